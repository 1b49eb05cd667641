//! What each response contributes under a codebook, and its mentions; replaced as a whole, with the tallies moved by
//! the difference in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;
use soundings_themes_domain::mention_decision::{Placed, place};
use soundings_themes_domain::{Codebook, Contribution, MentionDecision, StatementKey, TallyChange, VoiceKey};
use soundings_themes_engine::stance::{Position, Topics};

use super::sql::{self, column, list, places};
use super::{closed_answers, codebook_events, mention_decisions, signals};

mod contributions;
mod rows;
mod said;

pub use contributions::{Contributed, contributions};
pub use rows::{
    ONE_WORD, StatementNow, model_from_words, model_to_words, spread, statements_now, touched_by,
};
pub use said::Said;

/// A response as it was read and assigned by the model, before anybody's decisions.
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
    /// The voice it speaks with; none: it was withdrawn, or answers no question of the codebook.
    pub voice: Option<VoiceKey>,
    /// Whether nothing is left of it: it was withdrawn or erased. What people decided on it then goes as well.
    pub gone: bool,
    /// Its statements.
    pub statements: Vec<AssignedStatement>,
    /// What it chose in answer to closed questions: the question's id, and the choice's id or the rating.
    pub closed: Vec<(String, String)>,
    /// The number of the learned assigner that this revision was first assigned by; 0: none.
    pub learned: i64,
    /// The version of the learned assigner that assigned it now; empty: none did.
    pub learned_version: String,
}

impl AssignedResponse {
    /// The model's name and version with the learned assigner's.
    fn model_version(&self, model_version: &str) -> String {
        match self.learned_version.as_str() {
            "" => model_version.to_owned(),
            learned => format!("{model_version}{LEARNED}{learned}"),
        }
    }
}

/// Between the model's version and that of the learned assigner.
const LEARNED: &str = "+by+";

/// The model's version, and the learned assigner's if it decided as well.
#[must_use]
pub fn versions_in(model_version: &str) -> (&str, Option<&str>) {
    match model_version.split_once(LEARNED) {
        Some((model, learned)) => (model, Some(learned)),
        None => (model_version, None),
    }
}

/// A statement with what the model gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedStatement {
    /// The question's id.
    pub question: String,
    /// First character in the answer.
    pub start: i64,
    /// One past the last character.
    pub end: i64,
    /// The digest of its words.
    pub digest: String,
    /// The model's themes as it knows them, before any merge, each with its score in millionths, best first.
    pub model: Vec<(String, i32)>,
    /// The score of the nearest theme, if it fits none.
    pub nearest: i32,
    /// The next nearest theme, and its score in millionths.
    pub runner_up: Option<(String, i32)>,
    /// What it says, whatever theme it is under.
    pub said: Said,
}

/// Under what the responses were assigned.
#[derive(Debug, Clone, Copy)]
pub struct AssignedUnder<'a> {
    /// The codebook as it stands.
    pub codebook: &'a Codebook,
    /// The version that the model assigned under.
    pub codebook_version: i64,
    /// The model's name and version.
    pub model_version: &'a str,
}

struct PlacedStatement<'a> {
    statement: &'a AssignedStatement,
    placed: Placed,
    decisions: Vec<MentionDecision>,
    /// Towards each of its themes, in their order.
    positions: Vec<Position>,
}

struct Before {
    revision: i64,
    contribution: Option<Contribution>,
    codebook_version: i64,
    model_version: String,
}

/// A response with its statements where the model and people put them.
struct PlacedResponse<'a> {
    response: &'a AssignedResponse,
    statements: Vec<PlacedStatement<'a>>,
    contribution: Option<Contribution>,
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
    signals::lock(tx, &under.codebook.id, &organisations).await?;
    let before = read(tx, &under.codebook.id, responses).await?;

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
                    // A response is not assigned by what was learned since, unless somebody confirmed it.
                    && (b.codebook_version, versions_in(&b.model_version).0)
                        != (under.codebook_version, under.model_version)
        })
    });
    let taken: Vec<&AssignedResponse> = newest.into_values().collect();
    closed_answers::replace(tx, &under.codebook.id, &taken).await?;
    put(tx, under, &before, &taken).await
}

/// Places the statements of these responses again, from what the model gave them, after decisions on them or on the
/// codebook. The caller has locked the codebook. Returns the signals that changed by it.
pub async fn place_again<C: ConnectionTrait>(
    tx: &C,
    codebook: &Codebook,
    responses: &BTreeSet<String>,
) -> Result<Vec<signals::Changed>, Error> {
    let ids: Vec<&str> = responses.iter().map(String::as_str).collect();
    let organisations = rows::organisations(tx, &codebook.id, &ids).await?;
    let organisations: Vec<&str> = organisations.iter().map(String::as_str).collect();
    signals::lock(tx, &codebook.id, &organisations).await?;
    let stored = rows::assigned(tx, &codebook.id, &ids).await?;
    let mut changed = BTreeMap::new();
    for ((codebook_version, model_version), responses) in &stored {
        let before = read(tx, &codebook.id, responses).await?;
        let under = AssignedUnder { codebook, codebook_version: *codebook_version, model_version };
        let taken: Vec<&AssignedResponse> = responses.iter().collect();
        for signal in put(tx, under, &before, &taken).await? {
            changed.entry(signal.organisation.clone()).or_insert_with(Vec::new).push(signal);
        }
    }
    Ok(changed.into_values().flatten().collect())
}

/// The revision that is held of each of these responses, with the number of the learned assigner that it was first
/// assigned by.
pub async fn held<C: ConnectionTrait>(
    conn: &C,
    codebook: &str,
    responses: &[&str],
) -> Result<HashMap<String, (i64, i64)>, Error> {
    let mut found = HashMap::new();
    for chunk in sql::chunks(responses) {
        let select = format!(
            "SELECT response, revision, learned FROM responses WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| (*response).into()));
        for row in sql::query(conn, &select, values).await? {
            found.insert(column(&row, "response")?, (column(&row, "revision")?, column(&row, "learned")?));
        }
    }
    Ok(found)
}

/// Keeps others from deciding on or assigning these responses' statements until the transaction ends.
pub async fn lock_responses<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    responses: &[&str],
) -> Result<(), Error> {
    let organisations = rows::organisations(tx, codebook, responses).await?;
    let organisations: Vec<&str> = organisations.iter().map(String::as_str).collect();
    signals::lock(tx, codebook, &organisations).await
}

/// Removes whatever people decided on these responses, and their words from where a split put them.
pub async fn forget<C: ConnectionTrait>(tx: &C, codebook: &str, responses: &[&str]) -> Result<(), Error> {
    codebook_events::withdraw(tx, codebook, responses).await?;
    mention_decisions::forget(tx, codebook, responses).await
}

async fn put<C: ConnectionTrait>(
    tx: &C,
    under: AssignedUnder<'_>,
    before: &HashMap<String, Before>,
    taken: &[&AssignedResponse],
) -> Result<Vec<signals::Changed>, Error> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let codebook = under.codebook.id.as_str();
    let gone: Vec<&str> = taken.iter().filter(|r| r.gone).map(|r| r.response.as_str()).collect();
    forget(tx, codebook, &gone).await?;
    let ids: Vec<&str> = taken.iter().filter(|r| !r.gone).map(|r| r.response.as_str()).collect();
    let decisions = mention_decisions::of_responses(tx, codebook, &ids).await?;
    let topics = Topics::of(under.codebook);
    let placed: Vec<PlacedResponse<'_>> =
        taken.iter().map(|response| placed(under.codebook, &topics, response, &decisions)).collect();
    let mut changes: BTreeMap<&str, TallyChange> = BTreeMap::new();
    for PlacedResponse { response, contribution, .. } in &placed {
        let was = before.get(response.response.as_str()).and_then(|b| b.contribution.as_ref());
        changes.entry(&response.organisation).or_default().replace(was, contribution.as_ref());
    }
    write(tx, under, &placed).await?;
    rows::write(tx, under, &placed).await?;
    changes.retain(|_, change| !change.is_empty());
    signals::apply(tx, codebook, &changes).await
}

fn placed<'a>(
    codebook: &Codebook,
    topics: &Topics,
    response: &'a AssignedResponse,
    decisions: &HashMap<StatementKey, Vec<MentionDecision>>,
) -> PlacedResponse<'a> {
    let mut key = StatementKey { response: response.response.clone(), ..StatementKey::default() };
    let mut statements = Vec::with_capacity(response.statements.len());
    let mut leanings: BTreeMap<String, i64> = BTreeMap::new();
    for statement in &response.statements {
        key.question.clone_from(&statement.question);
        key.digest.clone_from(&statement.digest);
        let decisions = decisions.get(&key).cloned().unwrap_or_default();
        let placed = place(&statement.model, &decisions, codebook);
        let mut positions = Vec::with_capacity(placed.themes.len());
        for (theme, _, _) in &placed.themes {
            let position = statement.said.stance.towards(theme, topics);
            *leanings.entry(theme.clone()).or_default() += match position {
                Position::For => 1,
                Position::Against => -1,
                Position::Mixed | Position::Unclear => 0,
            };
            positions.push(position);
        }
        statements.push(PlacedStatement { statement, placed, decisions, positions });
    }
    let against =
        leanings.iter().filter(|(_, leaning)| **leaning < 0).map(|(theme, _)| theme.clone()).collect();
    let themes = leanings.into_keys().collect();
    let contribution = response.voice.clone().map(|voice| Contribution { voice, themes, against });
    PlacedResponse { response, statements, contribution }
}

/// What a response would contribute where these decisions on its statements stand; none: it would speak with no voice.
#[must_use]
pub fn contribution(
    codebook: &Codebook,
    topics: &Topics,
    response: &AssignedResponse,
    decisions: &HashMap<StatementKey, Vec<MentionDecision>>,
) -> Option<Contribution> {
    placed(codebook, topics, response, decisions).contribution
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
                voice: None,
                gone: false,
                statements: Vec::new(),
                closed: Vec::new(),
                learned: 0,
                learned_version: String::new(),
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
    for chunk in sql::chunks(responses) {
        let select = format!(
            "SELECT response, revision, voice, themes, against, codebook_version, model_version FROM responses \
             WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|r| r.response.as_str().into()));
        for row in sql::query(tx, &select, values).await? {
            let before = Before {
                revision: column(&row, "revision")?,
                contribution: contributions::of_row(&row)?,
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
    responses: &[PlacedResponse<'_>],
) -> Result<(), Error> {
    for chunk in sql::chunks(responses) {
        let upsert = format!(
            "INSERT INTO responses (codebook, response, survey, organisation, revision, voice, themes, \
             against, codebook_version, model_version, learned) VALUES {} ON CONFLICT (codebook, response) DO UPDATE SET \
             revision = excluded.revision, voice = excluded.voice, themes = excluded.themes, \
             against = excluded.against, codebook_version = excluded.codebook_version, model_version = excluded.model_version, \
             learned = excluded.learned",
            places(chunk.len(), 11)
        );
        let mut values = Vec::with_capacity(chunk.len() * 11);
        for PlacedResponse { response, contribution, .. } in chunk {
            // An id holds no space, so a list of ids is one line of words.
            let line = |ids: &BTreeSet<String>| ids.iter().cloned().collect::<Vec<_>>().join(" ");
            let themes = contribution.as_ref().map(|c| line(&c.themes)).unwrap_or_default();
            let against = contribution.as_ref().map(|c| line(&c.against)).unwrap_or_default();
            values.extend([
                under.codebook.id.as_str().into(),
                response.response.as_str().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                response.revision.into(),
                contribution.as_ref().map(|c| c.voice.as_str().to_owned()).into(),
                themes.into(),
                against.into(),
                under.codebook_version.into(),
                response.model_version(under.model_version).into(),
                response.learned.into(),
            ]);
        }
        sql::execute(tx, &upsert, values).await?;
    }
    Ok(())
}
