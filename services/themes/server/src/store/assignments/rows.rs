//! Statements as rows: one for each theme that a statement belongs to, or one for none, and each with all that the
//! model gave it, so that a statement can be placed again without its words.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::Error;
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::{Codebook, StatementKey, VoiceKey};

use super::said::{stance_from_words, stance_to_words};
use super::{
    AssignedResponse, AssignedStatement, AssignedUnder, PlacedResponse, PlacedStatement, Said, versions_in,
};
use crate::store::sql::{self, column, list, places};

/// The note on a statement of one word.
pub const ONE_WORD: &str = "one_word";
const COLUMNS: usize = 28;

/// The model's themes as one column: `theme:score` words.
#[must_use]
pub fn model_to_words(model: &[(String, i32)]) -> String {
    model.iter().map(|(theme, score)| format!("{theme}:{score}")).collect::<Vec<_>>().join(" ")
}

/// The model's themes that [`model_to_words`] wrote.
#[must_use]
pub fn model_from_words(words: &str) -> Vec<(String, i32)> {
    let word = |word: &str| {
        let (theme, score) = word.rsplit_once(':')?;
        Some((theme.to_owned(), score.parse().ok()?))
    };
    words.split_whitespace().filter_map(word).collect()
}

/// Replaces the rows of these responses.
pub(super) async fn write<C: ConnectionTrait>(
    tx: &C,
    under: AssignedUnder<'_>,
    responses: &[PlacedResponse<'_>],
) -> Result<(), Error> {
    let codebook = under.codebook.id.as_str();
    for chunk in sql::chunks(responses) {
        let delete =
            format!("DELETE FROM mentions WHERE codebook = $1 AND response IN ({})", list(2, chunk.len()));
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|r| r.response.response.as_str().into()));
        sql::execute(tx, &delete, values).await?;
    }
    let mut rows = Vec::new();
    for PlacedResponse { response, statements, .. } in responses {
        for PlacedStatement { statement, placed, decisions, positions } in statements {
            let none = (String::new(), statement.nearest, placed.decided);
            let themes = if placed.themes.is_empty() { vec![none] } else { placed.themes.clone() };
            for (ordinal, (theme, score, by)) in themes.into_iter().enumerate() {
                let decided = by.and_then(|by| decisions.get(by));
                let position = positions.get(ordinal).map_or("", |position| position.as_str());
                let by = (decided, decisions.len());
                rows.push((*response, *statement, ordinal as i64, (theme, score, position), by));
            }
        }
    }
    for chunk in sql::chunks(&rows) {
        let insert = format!(
            "INSERT INTO mentions (codebook, response, survey, organisation, question, revision, start_at, end_at, \
             theme, score, runner_up, runner_up_score, response_time, model_version, codebook_version, ordinal, \
             digest, model, nearest, decisions, decided_by, decided_at, \
             language, note, stance, act, evidence, towards) VALUES {}",
            places(chunk.len(), COLUMNS)
        );
        let mut values = Vec::with_capacity(chunk.len() * COLUMNS);
        for (response, statement, ordinal, (theme, score, position), (decided, decisions)) in chunk {
            let said = &statement.said;
            let (runner_up, runner_up_score) = statement.runner_up.clone().unwrap_or_default();
            values.extend([
                codebook.into(),
                response.response.as_str().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                statement.question.as_str().into(),
                response.revision.into(),
                statement.start.into(),
                statement.end.into(),
                theme.as_str().into(),
                i64::from(*score).into(),
                runner_up.into(),
                i64::from(runner_up_score).into(),
                response.time.timestamp_micros().into(),
                response.model_version(under.model_version).into(),
                under.codebook_version.into(),
                (*ordinal).into(),
                statement.digest.as_str().into(),
                model_to_words(&statement.model).into(),
                i64::from(statement.nearest).into(),
                (*decisions as i64).into(),
                decided.map_or("", |decision| &decision.actor).into(),
                decided.map_or(0, |decision| decision.time).into(),
                said.language.as_str().into(),
                if said.one_word { ONE_WORD } else { "" }.into(),
                stance_to_words(&said.stance).into(),
                said.stance.act.as_str().into(),
                i64::from(said.evidence_rich).into(),
                (*position).into(),
            ]);
        }
        sql::execute(tx, &insert, values).await?;
    }
    Ok(())
}

fn said(row: &QueryResult) -> Result<Said, Error> {
    Ok(Said {
        language: column(row, "language")?,
        one_word: column::<String>(row, "note")? == ONE_WORD,
        stance: stance_from_words(&column::<String>(row, "stance")?, &column::<String>(row, "act")?)?,
        evidence_rich: column::<i64>(row, "evidence")? != 0,
    })
}

/// The organisations of these responses, in order.
pub(super) async fn organisations<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    responses: &[&str],
) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for chunk in sql::chunks(responses) {
        let select = format!(
            "SELECT DISTINCT organisation FROM responses WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for row in sql::query(conn, &select, values).await? {
            found.push(column(&row, "organisation")?);
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Where a statement is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementNow {
    /// Its themes, by id.
    pub themes: BTreeSet<String>,
    /// The model's alone, where they stand now.
    pub model: BTreeSet<String>,
    /// Whether people decided on it.
    pub decided: bool,
}

/// Where the statements of these responses are now.
pub async fn statements_now<C: ConnectionTrait>(
    conn: &C,
    codebook: &Codebook,
    responses: &[&str],
) -> Result<HashMap<StatementKey, StatementNow>, Error> {
    let mut found: HashMap<StatementKey, StatementNow> = HashMap::new();
    for chunk in sql::chunks(responses) {
        let select = format!(
            "SELECT response, question, digest, theme, model, decisions FROM mentions WHERE codebook = $1 AND \
             response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.id.as_str().into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for row in sql::query(conn, &select, values).await? {
            let key = StatementKey {
                response: column(&row, "response")?,
                question: column(&row, "question")?,
                digest: column(&row, "digest")?,
            };
            let now = found.entry(key).or_default();
            now.themes.extend(Some(column::<String>(&row, "theme")?).filter(|theme| !theme.is_empty()));
            let model = place(&model_from_words(&column::<String>(&row, "model")?), &[], codebook);
            now.model = model.themes.into_iter().map(|(theme, _, _)| theme).collect();
            now.decided = column::<i64>(&row, "decisions")? > 0;
        }
    }
    Ok(found)
}

/// How many responses of a codebook there are, and of these at most `limit`, spread evenly over all in the order of
/// their ids: each as its survey's id and its own.
pub async fn spread<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    limit: i64,
) -> Result<(i64, Vec<(String, String)>), Error> {
    let count = "SELECT COUNT(*) AS responses FROM responses WHERE codebook = $1 AND voice IS NOT NULL";
    let row = sql::query_one(conn, count, vec![codebook.into()]).await?;
    let responses: i64 = row.map_or(Ok(0), |row| column(&row, "responses"))?;
    let step = (responses + limit - 1) / limit.max(1);
    let select = "SELECT survey, response FROM (SELECT survey, response, ROW_NUMBER() OVER (ORDER BY response) AS n \
                  FROM responses WHERE codebook = $1 AND voice IS NOT NULL) AS numbered \
                  WHERE (n - 1) % $2 = 0 ORDER BY n";
    let rows = sql::query(conn, select, vec![codebook.into(), step.max(1).into()]).await?;
    let chosen = rows.iter().map(|row| Ok((column(row, "survey")?, column(row, "response")?)));
    Ok((responses, chosen.collect::<Result<_, Error>>()?))
}

/// At least the responses with a statement that the model or a person gave one of these themes, `limit` at most.
pub async fn touched_by<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    themes: &BTreeSet<String>,
    limit: usize,
) -> Result<BTreeSet<String>, Error> {
    let mut found = BTreeSet::new();
    for theme in themes {
        // What matches besides, such as a longer id with the same end, is placed where it is.
        let given = "SELECT DISTINCT response FROM mentions WHERE codebook = $1 AND model LIKE $2 LIMIT $3";
        let decided = "SELECT DISTINCT response FROM mention_decisions WHERE codebook = $1 AND \
                       (themes LIKE $2 OR from_theme LIKE $2) LIMIT $3";
        for (select, pattern) in [(given, format!("%{theme}:%")), (decided, format!("%{theme}%"))] {
            let values = vec![codebook.into(), pattern.into(), (limit as i64).into()];
            for row in sql::query(conn, select, values).await? {
                found.insert(column(&row, "response")?);
            }
        }
        if found.len() >= limit {
            break;
        }
    }
    Ok(found)
}

/// Codebook version and model version.
type Versions = (i64, String);

/// These responses as the model assigned them, by the versions that it did so under.
pub(super) async fn assigned<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    responses: &[&str],
) -> Result<BTreeMap<Versions, Vec<AssignedResponse>>, Error> {
    let mut found: BTreeMap<String, (Versions, AssignedResponse)> = BTreeMap::new();
    for chunk in sql::chunks(responses) {
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        let those = format!("codebook = $1 AND response IN ({})", list(2, chunk.len()));
        for row in sql::query(conn, &format!("SELECT * FROM responses WHERE {those}"), values.clone()).await?
        {
            let voice: Option<String> = column(&row, "voice")?;
            let model_version: String = column(&row, "model_version")?;
            let (model, learned) = versions_in(&model_version);
            let response = AssignedResponse {
                response: column(&row, "response")?,
                survey: column(&row, "survey")?,
                organisation: column(&row, "organisation")?,
                revision: column(&row, "revision")?,
                time: DateTime::<Utc>::UNIX_EPOCH,
                voice: voice.map(VoiceKey::from_stored),
                gone: false,
                statements: Vec::new(),
                closed: Vec::new(),
                learned: column(&row, "learned")?,
                learned_version: learned.unwrap_or_default().to_owned(),
            };
            let versions = (column(&row, "codebook_version")?, model.to_owned());
            found.insert(response.response.clone(), (versions, response));
        }
        let select = format!("SELECT * FROM mentions WHERE {those} AND ordinal = 0 ORDER BY position");
        for row in sql::query(conn, &select, values).await? {
            let Some((_, response)) = found.get_mut(&column::<String>(&row, "response")?) else { continue };
            let score = |name: &str| column::<i64>(&row, name).map(|score| score as i32);
            let runner_up: String = column(&row, "runner_up")?;
            let runner_up_score = score("runner_up_score")?;
            response.time = soundings_mailbox::sql::time(column(&row, "response_time")?);
            response.statements.push(AssignedStatement {
                question: column(&row, "question")?,
                start: column(&row, "start_at")?,
                end: column(&row, "end_at")?,
                digest: column(&row, "digest")?,
                model: model_from_words(&column::<String>(&row, "model")?),
                nearest: score("nearest")?,
                runner_up: (!runner_up.is_empty()).then_some((runner_up, runner_up_score)),
                said: said(&row)?,
            });
        }
    }
    let mut grouped: BTreeMap<Versions, Vec<AssignedResponse>> = BTreeMap::new();
    for (versions, response) in found.into_values() {
        grouped.entry(versions).or_default().push(response);
    }
    Ok(grouped)
}
