//! What each response contributes under a codebook, and its mentions; replaced as a whole, with the tallies moved by
//! the difference in the same transaction.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;
use soundings_themes_domain::{Contribution, TallyChange, VoiceKey};
use soundings_themes_engine::Mention;

use super::signals;
use super::sql::{self, CHUNK, column, list, places};

/// A response as it was read and assigned.
#[derive(Debug, Clone)]
pub struct AssignedResponse {
    /// The response's id.
    pub response: String,
    /// The survey's id.
    pub survey: String,
    /// The organisation's id.
    pub organisation: String,
    /// The revision that was read, whatever the event told of.
    pub revision: i64,
    /// When that revision was accepted.
    pub time: DateTime<Utc>,
    /// What it contributes; none: it was withdrawn, or answers no question of the codebook.
    pub contribution: Option<Contribution>,
    /// Its mentions, each with its question's id.
    pub mentions: Vec<(String, Mention)>,
}

/// Under what the responses were assigned.
#[derive(Debug, Clone, Copy)]
pub struct AssignedUnder<'a> {
    /// The codebook's id.
    pub codebook: &'a str,
    /// Its version.
    pub codebook_version: i64,
    /// The model's name and version.
    pub model_version: &'a str,
}

struct Before {
    revision: i64,
    contribution: Option<Contribution>,
    codebook_version: i64,
    model_version: String,
}

/// Takes assigned responses in: replaces what they contributed, moves the tallies, and returns the signals that changed
/// by it. What is older than what is there already is left aside, so any order and any repetition ends the same.
pub async fn replace<C: ConnectionTrait>(
    tx: &C,
    under: AssignedUnder<'_>,
    responses: &[AssignedResponse],
) -> Result<Vec<signals::Changed>, Error> {
    let mut organisations: Vec<&str> = responses.iter().map(|r| r.organisation.as_str()).collect();
    organisations.sort_unstable();
    organisations.dedup();
    // First the lock, then the reading: of two replicas the later one sees what the earlier one wrote.
    signals::lock(tx, under.codebook, &organisations).await?;
    let before = read(tx, under.codebook, responses).await?;

    let mut newest: BTreeMap<&str, &AssignedResponse> = BTreeMap::new();
    for response in responses {
        let slot = newest.entry(&response.response).or_insert(response);
        if response.revision > slot.revision {
            *slot = response;
        }
    }
    newest.retain(|id, response| {
        before.get(*id).is_none_or(|b| {
            response.revision > b.revision
                || response.revision == b.revision
                    && (b.codebook_version, b.model_version.as_str())
                        != (under.codebook_version, under.model_version)
        })
    });
    let taken: Vec<&AssignedResponse> = newest.into_values().collect();
    if taken.is_empty() {
        return Ok(Vec::new());
    }

    let mut changes: BTreeMap<&str, TallyChange> = BTreeMap::new();
    for response in &taken {
        let was = before.get(response.response.as_str()).and_then(|b| b.contribution.as_ref());
        changes.entry(&response.organisation).or_default().replace(was, response.contribution.as_ref());
    }
    write(tx, under, &taken).await?;
    changes.retain(|_, change| !change.is_empty());
    signals::apply(tx, under.codebook, &changes).await
}

/// Responses of surveys that no longer feed the codebook, as responses that contribute nothing under this version.
pub async fn outside<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    surveys: &[String],
    version: i64,
    limit: i64,
) -> Result<Vec<AssignedResponse>, Error> {
    let select = format!(
        "SELECT response, survey, organisation, revision FROM responses WHERE codebook = $1 AND \
         codebook_version < $2 AND survey NOT IN ({}) ORDER BY response LIMIT $3",
        list(4, surveys.len())
    );
    let mut values = vec![codebook.into(), version.into(), limit.into()];
    values.extend(surveys.iter().map(|survey| survey.as_str().into()));
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| {
            Ok(AssignedResponse {
                response: column(row, "response")?,
                survey: column(row, "survey")?,
                organisation: column(row, "organisation")?,
                revision: column(row, "revision")?,
                time: DateTime::<Utc>::UNIX_EPOCH,
                contribution: None,
                mentions: Vec::new(),
            })
        })
        .collect()
}

async fn read<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    responses: &[AssignedResponse],
) -> Result<HashMap<String, Before>, Error> {
    let mut found = HashMap::new();
    for chunk in responses.chunks(CHUNK) {
        let select = format!(
            "SELECT response, revision, voice, themes, codebook_version, model_version FROM responses \
             WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|r| r.response.as_str().into()));
        for row in sql::query(tx, &select, values).await? {
            let voice: Option<String> = column(&row, "voice")?;
            let themes: String = column(&row, "themes")?;
            let contribution = voice.map(|voice| Contribution {
                voice: VoiceKey::from_stored(voice),
                themes: themes.split_whitespace().map(str::to_owned).collect(),
            });
            let before = Before {
                revision: column(&row, "revision")?,
                contribution,
                codebook_version: column(&row, "codebook_version")?,
                model_version: column(&row, "model_version")?,
            };
            found.insert(column(&row, "response")?, before);
        }
    }
    Ok(found)
}

async fn write<C: ConnectionTrait>(
    tx: &C,
    under: AssignedUnder<'_>,
    responses: &[&AssignedResponse],
) -> Result<(), Error> {
    for chunk in responses.chunks(CHUNK) {
        let upsert = format!(
            "INSERT INTO responses (codebook, response, survey, organisation, revision, voice, themes, \
             codebook_version, model_version) VALUES {} ON CONFLICT (codebook, response) DO UPDATE SET \
             revision = excluded.revision, voice = excluded.voice, themes = excluded.themes, \
             codebook_version = excluded.codebook_version, model_version = excluded.model_version",
            places(chunk.len(), 9)
        );
        let mut values = Vec::with_capacity(chunk.len() * 9);
        for response in chunk {
            let contribution = response.contribution.as_ref();
            // An id holds no space, so a list of ids is one line of words.
            let themes = contribution
                .map_or_else(String::new, |c| c.themes.iter().cloned().collect::<Vec<_>>().join(" "));
            values.extend([
                under.codebook.into(),
                response.response.as_str().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                response.revision.into(),
                contribution.map(|c| c.voice.as_str().to_owned()).into(),
                themes.into(),
                under.codebook_version.into(),
                under.model_version.into(),
            ]);
        }
        sql::execute(tx, &upsert, values).await?;
        let delete =
            format!("DELETE FROM mentions WHERE codebook = $1 AND response IN ({})", list(2, chunk.len()));
        let mut values = vec![under.codebook.into()];
        values.extend(chunk.iter().map(|r| r.response.as_str().into()));
        sql::execute(tx, &delete, values).await?;
    }
    let mentions: Vec<_> = responses
        .iter()
        .flat_map(|r| r.mentions.iter().map(move |(question, m)| (*r, question, m)))
        .collect();
    for chunk in mentions.chunks(CHUNK) {
        let insert = format!(
            "INSERT INTO mentions (codebook, response, survey, organisation, question, revision, start_at, end_at, \
             theme, score, runner_up, runner_up_score, response_time, model_version, codebook_version) VALUES {}",
            places(chunk.len(), 15)
        );
        let mut values = Vec::with_capacity(chunk.len() * 15);
        for (response, question, mention) in chunk {
            let (runner_up, runner_up_score) = mention.runner_up.clone().unwrap_or_default();
            values.extend([
                under.codebook.into(),
                response.response.as_str().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                question.as_str().into(),
                response.revision.into(),
                (mention.start as i64).into(),
                (mention.end as i64).into(),
                mention.theme.clone().unwrap_or_default().into(),
                i64::from(mention.score_ppm).into(),
                runner_up.into(),
                i64::from(runner_up_score).into(),
                response.time.timestamp_micros().into(),
                under.model_version.into(),
                under.codebook_version.into(),
            ]);
        }
        sql::execute(tx, &insert, values).await?;
    }
    Ok(())
}
