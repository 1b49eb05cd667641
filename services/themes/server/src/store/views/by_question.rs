//! Which themes are raised in answer to each question.

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::Seen;
use crate::store::sql::{self, column};

/// What was said in answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The survey's id.
    pub survey: String,
    /// The question's id.
    pub question: String,
    /// Responses with a statement.
    pub responses: i64,
    /// Statements, once for each theme.
    pub mentions: i64,
    /// Those under no theme.
    pub unassigned: i64,
}

/// How often a theme is raised in answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The survey's id.
    pub survey: String,
    /// The question's id.
    pub question: String,
    /// The theme's id.
    pub theme: String,
    /// Statements.
    pub mentions: i64,
    /// Responses with such a statement.
    pub responses: i64,
}

/// A page of at most `limit` questions after this (survey, question).
pub async fn questions<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    (survey, question): (&str, &str),
    limit: i64,
) -> Result<Vec<Question>, Error> {
    let (condition, mut values) = seen.condition();
    let next = values.len() + 1;
    values.extend([survey.into(), question.into(), limit.into()]);
    let select = format!(
        "SELECT survey, question, COUNT(DISTINCT response) AS responses, COUNT(*) AS mentions, \
         COUNT(CASE WHEN theme = '' THEN 1 END) AS unassigned FROM mentions \
         WHERE {condition} AND (survey, question) > (${next}, ${}) GROUP BY survey, question \
         ORDER BY survey, question LIMIT ${}",
        next + 1,
        next + 2
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Question {
                survey: column(row, "survey")?,
                question: column(row, "question")?,
                responses: column(row, "responses")?,
                mentions: column(row, "mentions")?,
                unassigned: column(row, "unassigned")?,
            })
        })
        .collect()
}

/// The themes raised from one (survey, question) to another, both included; in order of question, then most responses
/// first.
pub async fn raised<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    first: (&str, &str),
    last: (&str, &str),
) -> Result<Vec<Raised>, Error> {
    let (condition, mut values) = seen.condition();
    let next = values.len() + 1;
    values.extend([first.0.into(), first.1.into(), last.0.into(), last.1.into()]);
    let select = format!(
        "SELECT survey, question, theme, COUNT(*) AS mentions, COUNT(DISTINCT response) AS responses FROM mentions \
         WHERE {condition} AND theme <> '' AND (survey, question) >= (${next}, ${}) AND (survey, question) <= (${}, ${}) \
         GROUP BY survey, question, theme ORDER BY survey, question, responses DESC, theme",
        next + 1,
        next + 2,
        next + 3
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Raised {
                survey: column(row, "survey")?,
                question: column(row, "question")?,
                theme: column(row, "theme")?,
                mentions: column(row, "mentions")?,
                responses: column(row, "responses")?,
            })
        })
        .collect()
}
