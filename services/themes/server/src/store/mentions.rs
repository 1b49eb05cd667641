//! Mentions, read a page at a time.

use std::collections::{BTreeSet, HashMap};

use sea_orm::{ConnectionTrait, QueryResult, Value};
use soundings_mailbox::Error;
use soundings_themes_domain::StatementKey;
use soundings_themes_engine::stance::{Act, Position};

use super::assignments::{ONE_WORD, model_from_words};
use super::sql::{self, column};

/// Which mentions, and from where on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionQuery {
    /// The codebook's id.
    pub codebook: String,
    /// Only of this theme; the empty id: of none; not given: of any theme.
    pub theme: Option<String>,
    /// Only of this organisation.
    pub organisation: Option<String>,
    /// Only of these qualities.
    pub qualities: Qualities,
    /// By score, highest first, instead of by arrival.
    pub best_first: bool,
    /// The score and position that the page before ended with.
    pub after: Option<(i64, i64)>,
}

/// What of their qualities is looked for; what is not given narrows nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualities {
    /// Where they stand towards their theme.
    pub position: Option<Position>,
    /// What they do.
    pub act: Option<Act>,
    /// Only those rich in evidence.
    pub evidence_rich: bool,
    /// Only those in another language.
    pub other_language: bool,
}

impl Qualities {
    /// Whether a mention has them.
    #[must_use]
    pub fn are_of(&self, mention: &StoredMention) -> bool {
        self.position.is_none_or(|position| mention.position_towards == position && !mention.theme.is_empty())
            && self.act.is_none_or(|act| mention.act == act)
            && (!self.evidence_rich || mention.evidence_rich)
            && (!self.other_language || !mention.language.is_empty())
    }
}

/// A mention as it is kept: places and scores, no words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredMention {
    /// Its place in the order of arrival.
    pub position: i64,
    /// The response's id.
    pub response: String,
    /// The survey's id.
    pub survey: String,
    /// The organisation's id.
    pub organisation: String,
    /// The question's id.
    pub question: String,
    /// The response's revision it was found in.
    pub revision: i64,
    /// First character in the answer.
    pub start: i64,
    /// One past the last character.
    pub end: i64,
    /// The theme's id; empty: none.
    pub theme: String,
    /// Its score in millionths.
    pub score: i64,
    /// The next theme's id; empty: none.
    pub runner_up: String,
    /// Its score in millionths.
    pub runner_up_score: i64,
    /// When the revision was accepted, in microseconds since 1970.
    pub response_time: i64,
    /// The model that assigned it.
    pub model_version: String,
    /// The codebook's version that assigned it.
    pub codebook_version: i64,
    /// The digest of the statement's words.
    pub digest: String,
    /// The model's themes, before any merge, each with its score in millionths, best first.
    pub model: Vec<(String, i32)>,
    /// How many decisions there are on the statement.
    pub decisions: i64,
    /// Who put it under its theme, or under none; empty: the model.
    pub decided_by: String,
    /// When, in microseconds since 1970.
    pub decided_at: i64,
    /// The other language that the statement is in; empty: none.
    pub language: String,
    /// Whether it is one word alone.
    pub one_word: bool,
    /// Where it stands towards its theme; unclear where it has none.
    pub position_towards: Position,
    /// What it does.
    pub act: Act,
    /// Whether it is rich in evidence.
    pub evidence_rich: bool,
}

impl StoredMention {
    /// The statement that it is a mention of.
    #[must_use]
    pub fn statement(&self) -> StatementKey {
        StatementKey {
            response: self.response.clone(),
            question: self.question.clone(),
            digest: self.digest.clone(),
        }
    }
}

/// Mentions by theme; under the empty id those of none.
pub async fn counts<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<HashMap<String, i64>, Error> {
    let select = "SELECT theme, COUNT(*) AS mentions FROM mentions WHERE codebook = $1 GROUP BY theme";
    let rows = sql::query(conn, select, vec![codebook.into()]).await?;
    rows.iter().map(|row| Ok((column(row, "theme")?, column(row, "mentions")?))).collect()
}

/// How many statements are in each other language, most first.
pub async fn languages<C: ConnectionTrait>(conn: &C, codebook: &str) -> Result<Vec<(String, i64)>, Error> {
    let select = "SELECT language, COUNT(*) AS statements FROM mentions WHERE codebook = $1 AND language <> '' AND \
                  ordinal = 0 GROUP BY language ORDER BY statements DESC, language";
    let rows = sql::query(conn, select, vec![codebook.into()]).await?;
    rows.iter().map(|row| Ok((column(row, "language")?, column(row, "statements")?))).collect()
}

/// How many match, whatever the page.
pub async fn count<C: ConnectionTrait>(conn: &C, query: &MentionQuery) -> Result<i64, Error> {
    let (condition, values) = condition(query);
    let select = format!("SELECT COUNT(*) AS mentions FROM mentions WHERE {condition}");
    sql::query_one(conn, &select, values).await?.map_or(Ok(0), |row| column(&row, "mentions"))
}

/// A page of at most `limit`.
pub async fn page<C: ConnectionTrait>(
    conn: &C,
    query: &MentionQuery,
    limit: i64,
) -> Result<Vec<StoredMention>, Error> {
    let (mut condition, mut values) = condition(query);
    let next = values.len() + 1;
    if let Some((score, position)) = query.after {
        if query.best_first {
            condition += &format!(" AND (score < ${next} OR (score = ${next} AND position > ${}))", next + 1);
            values.extend([score.into(), position.into()]);
        } else {
            condition += &format!(" AND position > ${next}");
            values.push(position.into());
        }
    }
    let order = if query.best_first { "score DESC, position" } else { "position" };
    values.push(limit.into());
    let select = format!("SELECT * FROM mentions WHERE {condition} ORDER BY {order} LIMIT ${}", values.len());
    sql::query(conn, &select, values).await?.iter().map(from_row).collect()
}

/// The mentions of one statement, in order; none: no response that stands holds it.
pub async fn of_statement<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    statement: &StatementKey,
) -> Result<Vec<StoredMention>, Error> {
    let select = "SELECT * FROM mentions WHERE codebook = $1 AND response = $2 AND question = $3 AND digest = $4 \
                  ORDER BY position";
    let values = vec![
        codebook.into(),
        statement.response.as_str().into(),
        statement.question.as_str().into(),
        statement.digest.as_str().into(),
    ];
    let mut rows: Vec<StoredMention> =
        sql::query(conn, select, values).await?.iter().map(from_row).collect::<Result<_, _>>()?;
    // The same sentence twice in an answer is one statement; its first place stands for both.
    if let Some((start, end)) = rows.first().map(|first| (first.start, first.end)) {
        rows.retain(|row| (row.start, row.end) == (start, end));
    }
    Ok(rows)
}

/// The best score that the model gives a statement of an answer under a theme, in millionths; 0: it gives none a theme.
pub async fn best_of_answer<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    (response, question): (&str, &str),
) -> Result<i32, Error> {
    let select =
        "SELECT * FROM mentions WHERE codebook = $1 AND response = $2 AND question = $3 AND ordinal = 0";
    let rows = sql::query(conn, select, vec![codebook.into(), response.into(), question.into()]).await?;
    let mut best = 0;
    for row in &rows {
        let scores = from_row(row)?.model.into_iter().map(|(_, score)| score);
        best = scores.fold(best, i32::max);
    }
    Ok(best)
}

/// The statements with these words, of this organisation alone if it is given, `limit` at most.
pub async fn identical<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    digest: &str,
    organisation: Option<&str>,
    limit: usize,
) -> Result<BTreeSet<StatementKey>, Error> {
    let own = if organisation.is_some() { " AND organisation = $4" } else { "" };
    let select = format!(
        "SELECT DISTINCT response, question, digest FROM mentions WHERE codebook = $1 AND digest = $2{own} LIMIT $3"
    );
    let mut values = vec![codebook.into(), digest.into(), (limit as i64).into()];
    values.extend(organisation.map(Value::from));
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| {
            Ok(StatementKey {
                response: column(row, "response")?,
                question: column(row, "question")?,
                digest: column(row, "digest")?,
            })
        })
        .collect()
}

pub(super) fn from_row(row: &QueryResult) -> Result<StoredMention, Error> {
    Ok(StoredMention {
        position: column(row, "position")?,
        response: column(row, "response")?,
        survey: column(row, "survey")?,
        organisation: column(row, "organisation")?,
        question: column(row, "question")?,
        revision: column(row, "revision")?,
        start: column(row, "start_at")?,
        end: column(row, "end_at")?,
        theme: column(row, "theme")?,
        score: column(row, "score")?,
        runner_up: column(row, "runner_up")?,
        runner_up_score: column(row, "runner_up_score")?,
        response_time: column(row, "response_time")?,
        model_version: column(row, "model_version")?,
        codebook_version: column(row, "codebook_version")?,
        digest: column(row, "digest")?,
        model: model_from_words(&column::<String>(row, "model")?),
        decisions: column(row, "decisions")?,
        decided_by: column(row, "decided_by")?,
        decided_at: column(row, "decided_at")?,
        language: column(row, "language")?,
        one_word: column::<String>(row, "note")? == ONE_WORD,
        position_towards: Position::parse(&column::<String>(row, "towards")?).unwrap_or_default(),
        act: Act::parse(&column::<String>(row, "act")?).unwrap_or_default(),
        evidence_rich: column::<i64>(row, "evidence")? != 0,
    })
}

fn condition(query: &MentionQuery) -> (String, Vec<Value>) {
    let mut condition = "codebook = $1".to_owned();
    let mut values: Vec<Value> = vec![query.codebook.as_str().into()];
    match &query.theme {
        Some(theme) => {
            values.push(theme.as_str().into());
            condition += &format!(" AND theme = ${}", values.len());
        }
        None => condition += " AND theme <> ''",
    }
    if let Some(organisation) = &query.organisation {
        values.push(organisation.as_str().into());
        condition += &format!(" AND organisation = ${}", values.len());
    }
    let Qualities { position, act, evidence_rich, other_language } = &query.qualities;
    let words = [("towards", position.map(Position::as_str)), ("act", act.map(Act::as_str))];
    for (name, word) in words {
        let Some(word) = word else { continue };
        values.push(word.into());
        condition += &format!(" AND {name} = ${}", values.len());
    }
    if *evidence_rich {
        condition += " AND evidence <> 0";
    }
    if *other_language {
        condition += " AND language <> ''";
    }
    (condition, values)
}
