//! What confirming changed words would move: responses are assigned by those words and compared with where their
//! statements are now; and what the tallies would then be. Nothing is written.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use soundings_mailbox::Error;
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::{Codebook, Contribution, MentionDecision, Signal, StatementKey, tally};

use super::across_threads::across_threads;
use super::learned_by::LearnedBy;
use super::ready_codebooks::{ReadyCodebook, ReadyCodebooks};
use super::{ReadResponse, Runtime, SourceError, off_the_runtime};
use crate::rpc::names;
use crate::store::assignments::Contributed;
use crate::store::{assignments, mention_decisions};

const NAMES_A_READ: usize = 500;

/// What would move.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Preview {
    /// Responses of the codebook.
    pub responses: i64,
    /// Those that were looked at.
    pub read: i64,
    /// Statements in those.
    pub statements: i64,
    /// Statements that would change their themes.
    pub changed: i64,
    /// Statements that the model would change and a person's decision holds.
    pub held: i64,
    /// Statements by the theme that they leave and the one that they go to; the empty id: none.
    pub flows: BTreeMap<(String, String), i64>,
    /// Each theme's statements before and after; under the empty id those of none.
    pub themes: BTreeMap<String, (i64, i64)>,
    /// The tallies that there would be, by organisation, without those that nobody answered for; none: a part of the
    /// responses was looked at, which does not tell the whole.
    pub signals: Option<BTreeMap<String, Signal>>,
}

/// Why it could not be told.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// Consultation failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Looks at what the wanted words and the learned assigner of that number would make of `limit` responses at most, spread evenly over all in the order of their ids.
///
/// # Errors
/// When the database or consultation does not answer.
pub async fn preview_reassignment(
    runtime: &Runtime,
    codebook: &Codebook,
    learned: i64,
    limit: i64,
) -> Result<Preview, PreviewError> {
    let conn = runtime.db.read();
    let (responses, chosen) = assignments::spread(conn, &codebook.id, limit).await?;
    let mut preview = Preview { responses, ..Preview::default() };
    let codebooks = runtime.codebooks.clone();
    let confirmed = codebook.confirmed(learned);
    let latest = codebooks.learned(conn, &codebook.id, learned).await?;
    let wanted = off_the_runtime(move || {
        let assigner = codebooks.assigner(&confirmed.as_confirmed());
        Arc::new(ReadyCodebook::new(confirmed, assigner, latest))
    });
    let wanted = wanted.await;
    let mut contributed: HashMap<String, (i64, Option<Contribution>)> = HashMap::new();
    for chunk in chosen.chunks(NAMES_A_READ) {
        let named: Vec<String> =
            chunk.iter().map(|(survey, response)| names::response(survey, response)).collect();
        let read = runtime.source.batch_get(&named).await?.responses;
        let ids: Vec<&str> = chunk.iter().map(|(_, response)| response.as_str()).collect();
        let decisions = mention_decisions::of_responses(conn, &codebook.id, &ids).await?;
        let before = assignments::statements_now(conn, codebook, &ids).await?;
        let by = LearnedBy::read(runtime, &wanted, &read, learned).await?;
        let (wanted, codebooks) = (wanted.clone(), runtime.codebooks.clone());
        let after = off_the_runtime(move || after(&wanted, &by, &codebooks, &read, &decisions)).await;
        preview.read += after.contributed.len() as i64;
        contributed.extend(after.contributed);
        for (key, (themes, model)) in after.statements {
            // Words that have been revised since are assigned when their event comes.
            if let Some(was) = before.get(&key) {
                preview.compare(was, &themes, &model);
            }
        }
    }
    if chosen.len() as i64 >= responses {
        let stand = assignments::contributions(conn, &codebook.id).await?;
        preview.signals = Some(off_the_runtime(move || signals(&stand, &contributed)).await);
    }
    Ok(preview)
}

/// The tallies of every organisation, with what these responses would contribute in the place of what they do. A response
/// that has been revised since keeps what it contributes until its event comes.
fn signals(
    stand: &[Contributed],
    contributed: &HashMap<String, (i64, Option<Contribution>)>,
) -> BTreeMap<String, Signal> {
    let mut by_organisation: BTreeMap<String, Vec<&Contribution>> = BTreeMap::new();
    for stands in stand {
        let same = contributed.get(&stands.response).filter(|(revision, _)| *revision == stands.revision);
        let would = same.map_or(Some(&stands.contribution), |(_, would)| would.as_ref());
        by_organisation.entry(stands.organisation.clone()).or_default().extend(would);
    }
    by_organisation.retain(|_, contributions| !contributions.is_empty());
    by_organisation
        .into_iter()
        .map(|(organisation, contributions)| (organisation, tally::recount(contributions)))
        .collect()
}

/// A statement's themes, and the model's alone.
type Themes = BTreeSet<String>;

/// What the wanted words make of some responses.
#[derive(Default)]
struct After {
    statements: BTreeMap<StatementKey, (Themes, Themes)>,
    /// By response: the revision that was read, and what it would contribute.
    contributed: HashMap<String, (i64, Option<Contribution>)>,
}

fn after(
    wanted: &ReadyCodebook,
    by: &LearnedBy,
    codebooks: &ReadyCodebooks,
    responses: &[ReadResponse],
    decisions: &HashMap<StatementKey, Vec<MentionDecision>>,
) -> After {
    let mut found = After::default();
    let ids = |model: &[(String, i32)], decisions: &[MentionDecision]| -> Themes {
        place(model, decisions, &wanted.codebook).themes.into_iter().map(|(theme, _, _)| theme).collect()
    };
    let all = across_threads(responses, |response| by.assign(wanted, codebooks.encoder(), response));
    for (response, assigned) in responses.iter().zip(all) {
        let would = assignments::contribution(&wanted.codebook, &wanted.topics, &assigned, decisions);
        found.contributed.insert(response.response.clone(), (response.revision, would));
        for statement in assigned.statements {
            let key = StatementKey {
                response: response.response.clone(),
                question: statement.question,
                digest: statement.digest,
            };
            let of = decisions.get(&key).map(Vec::as_slice).unwrap_or_default();
            let themes = (ids(&statement.model, of), ids(&statement.model, &[]));
            found.statements.entry(key).or_insert(themes);
        }
    }
    found
}

impl Preview {
    fn compare(&mut self, was: &assignments::StatementNow, is: &Themes, model: &Themes) {
        self.statements += 1;
        for (themes, after) in [(&was.themes, false), (is, true)] {
            let none = [String::new()];
            let counted: Box<dyn Iterator<Item = &String>> =
                if themes.is_empty() { Box::new(none.iter()) } else { Box::new(themes.iter()) };
            for theme in counted {
                let count = self.themes.entry(theme.clone()).or_default();
                *(if after { &mut count.1 } else { &mut count.0 }) += 1;
            }
        }
        if was.themes == *is {
            self.held += i64::from(was.decided && was.model != *model);
            return;
        }
        self.changed += 1;
        let mut left = was.themes.difference(is);
        let mut joined = is.difference(&was.themes);
        loop {
            let (from, to) = (left.next(), joined.next());
            if from.is_none() && to.is_none() {
                break;
            }
            let flow = (from.cloned().unwrap_or_default(), to.cloned().unwrap_or_default());
            *self.flows.entry(flow).or_default() += 1;
        }
    }
}
