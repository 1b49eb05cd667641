//! Who speaks for a theme and who against it.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_engine::stance::Position;

use super::Seen;
use crate::store::mentions::{StoredMention, from_row};
use crate::store::sql::{self, column};

/// Respondents by where they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// For it.
    pub r#for: i64,
    /// Against it.
    pub against: i64,
    /// For it and against it about alike.
    pub mixed: i64,
    /// Neither.
    pub unclear: i64,
}

impl Counts {
    fn add(&mut self, stand: i64, voices: i64) {
        *(match stand {
            0 => &mut self.against,
            1 => &mut self.r#for,
            2 => &mut self.mixed,
            _ => &mut self.unclear,
        }) += voices;
    }

    /// Both together.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self {
            r#for: self.r#for + other.r#for,
            against: self.against + other.against,
            mixed: self.mixed + other.mixed,
            unclear: self.unclear + other.unclear,
        }
    }
}

/// Of a statement: 1 for, -1 against. A response stands where they add up to; a voice is against if a response is, else
/// for if one is, else mixed, else unclear: 0, 1, 2, 3.
const LEANING: &str = "CAST(SUM(CASE towards WHEN 'for' THEN 1 WHEN 'against' THEN -1 ELSE 0 END) AS BIGINT) AS leaning, \
    MAX(CASE WHEN towards = 'unclear' THEN 0 ELSE 1 END) AS leans";
const STAND: &str = "CAST(MIN(CASE WHEN leaning < 0 THEN 0 WHEN leaning > 0 THEN 1 WHEN leans = 1 THEN 2 ELSE 3 END) AS \
    BIGINT) AS stand";

/// How each organisation stands towards each theme, by theme, then by organisation.
pub async fn by_organisation<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
) -> Result<BTreeMap<(String, String), Counts>, Error> {
    let (condition, values) = seen.condition_of_theme();
    let select = format!(
        "WITH said AS (SELECT codebook, organisation, theme, response, {LEANING} FROM mentions WHERE {condition} AND \
         theme <> '' GROUP BY codebook, organisation, theme, response), \
         voiced AS (SELECT s.theme, s.organisation, r.voice, {STAND} FROM said s JOIN responses r ON \
         r.codebook = s.codebook AND r.response = s.response GROUP BY s.theme, s.organisation, r.voice) \
         SELECT theme, organisation, stand, COUNT(*) AS voices FROM voiced GROUP BY theme, organisation, stand"
    );
    let mut found: BTreeMap<(String, String), Counts> = BTreeMap::new();
    for row in sql::query(conn, &select, values).await? {
        let key = (column(&row, "theme")?, column(&row, "organisation")?);
        found.entry(key).or_default().add(column(&row, "stand")?, column(&row, "voices")?);
    }
    Ok(found)
}

/// The statements of the theme seen that stand so, highest score first, the same words once.
pub async fn quotes<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    position: Position,
    limit: i64,
) -> Result<Vec<StoredMention>, Error> {
    let (condition, mut values) = seen.condition_of_theme();
    values.extend([position.as_str().into(), limit.into()]);
    let (stands, last) = (values.len() - 1, values.len());
    let select = format!(
        "SELECT * FROM (SELECT m.*, ROW_NUMBER() OVER (PARTITION BY digest ORDER BY score DESC, position) AS repeat_no \
         FROM mentions m WHERE {condition} AND towards = ${stands}) said WHERE repeat_no = 1 \
         ORDER BY score DESC, position LIMIT ${last}"
    );
    sql::query(conn, &select, values).await?.iter().map(from_row).collect()
}

/// The closed questions that somebody answered, a page of at most `limit` after this (survey, question).
pub async fn questions<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    (survey, question): (&str, &str),
    limit: i64,
) -> Result<Vec<(String, String)>, Error> {
    let (condition, mut values) = seen.condition();
    let next = values.len() + 1;
    values.extend([survey.into(), question.into(), limit.into()]);
    let select = format!(
        "SELECT DISTINCT survey, question FROM closed_answers WHERE {condition} AND (survey, question) > (${next}, ${}) \
         ORDER BY survey, question LIMIT ${}",
        next + 1,
        next + 2
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter().map(|row| Ok((column(row, "survey")?, column(row, "question")?))).collect()
}

/// An answer to a closed question.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The choice's id, or the rating.
    pub value: String,
    /// Distinct voices that chose it.
    pub respondents: i64,
    /// How they stand towards each theme that they raise, by theme.
    pub themes: BTreeMap<String, Counts>,
}

/// The answers to a closed question; shorter ones first, so that ratings are in order.
pub async fn answers<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    (survey, question): (&str, &str),
) -> Result<Vec<Answer>, Error> {
    let (condition, mut values) = seen.condition();
    let (survey_at, question_at) = (values.len() + 1, values.len() + 2);
    values.extend([survey.into(), question.into()]);
    let chosen = format!(
        "chosen AS (SELECT codebook AS book, response AS chooser, value FROM closed_answers WHERE {condition} AND \
         survey = ${survey_at} AND question = ${question_at})"
    );
    let select = format!(
        "WITH {chosen}, voices AS (SELECT DISTINCT c.value, r.organisation, r.voice FROM chosen c JOIN responses r ON \
         r.codebook = c.book AND r.response = c.chooser WHERE r.voice IS NOT NULL) \
         SELECT value, COUNT(*) AS respondents FROM voices GROUP BY value"
    );
    let mut found: BTreeMap<(usize, String), Answer> = BTreeMap::new();
    let slot = |row: &QueryResult| -> Result<(usize, String), Error> {
        let value: String = column(row, "value")?;
        Ok((value.len(), value))
    };
    for row in sql::query(conn, &select, values.clone()).await? {
        let (key, respondents) = (slot(&row)?, column(&row, "respondents")?);
        let value = key.1.clone();
        found.insert(key, Answer { value, respondents, themes: BTreeMap::new() });
    }
    let theme = seen.theme.as_ref().map_or_else(String::new, |theme| {
        values.push(theme.as_str().into());
        format!(" AND theme = ${}", values.len())
    });
    let select = format!(
        "WITH {chosen}, said AS (SELECT c.value, m.codebook, m.organisation, m.theme, m.response, {LEANING} \
         FROM mentions m JOIN chosen c ON c.book = m.codebook AND c.chooser = m.response WHERE theme <> ''{theme} \
         GROUP BY c.value, m.codebook, m.organisation, m.theme, m.response), \
         voiced AS (SELECT s.value, s.theme, s.organisation, r.voice, {STAND} FROM said s JOIN responses r ON \
         r.codebook = s.codebook AND r.response = s.response GROUP BY s.value, s.theme, s.organisation, r.voice) \
         SELECT value, theme, stand, COUNT(*) AS voices FROM voiced GROUP BY value, theme, stand"
    );
    for row in sql::query(conn, &select, values).await? {
        let counts = found.entry(slot(&row)?).or_default().themes.entry(column(&row, "theme")?).or_default();
        counts.add(column(&row, "stand")?, column(&row, "voices")?);
    }
    Ok(found.into_values().collect())
}
