//! What confirming changed words would move: responses are assigned by those words and compared with where their
//! statements are now. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use soundings_mailbox::Error;
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::{Codebook, MentionDecision, StatementKey};

use super::learned_by::LearnedBy;
use super::ready_codebooks::{ReadyCodebook, ReadyCodebooks};
use super::{ReadResponse, Runtime, SourceError, off_the_runtime};
use crate::rpc::names;
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
    let book = codebook.clone();
    let latest = codebooks.learned(conn, &codebook.id, learned).await?;
    let wanted = off_the_runtime(move || {
        let assigner = codebooks.assigner(&book.as_wanted());
        Arc::new(ReadyCodebook::new(book, assigner, latest))
    });
    let wanted = wanted.await;
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
        preview.read += after.keys().map(|key| &key.response).collect::<BTreeSet<_>>().len() as i64;
        for (key, (themes, model)) in after {
            // Words that have been revised since are assigned when their event comes.
            if let Some(was) = before.get(&key) {
                preview.compare(was, &themes, &model);
            }
        }
    }
    Ok(preview)
}

/// A statement's themes, and the model's alone.
type Themes = BTreeSet<String>;

fn after(
    wanted: &ReadyCodebook,
    by: &LearnedBy,
    codebooks: &ReadyCodebooks,
    responses: &[ReadResponse],
    decisions: &std::collections::HashMap<StatementKey, Vec<MentionDecision>>,
) -> BTreeMap<StatementKey, (Themes, Themes)> {
    let mut found = BTreeMap::new();
    let ids = |model: &[(String, i32)], decisions: &[MentionDecision]| -> Themes {
        place(model, decisions, &wanted.codebook).themes.into_iter().map(|(theme, _, _)| theme).collect()
    };
    for response in responses {
        for statement in by.assign(wanted, codebooks.encoder(), response).statements {
            let key = StatementKey {
                response: response.response.clone(),
                question: statement.question,
                digest: statement.digest,
            };
            let of = decisions.get(&key).map(Vec::as_slice).unwrap_or_default();
            let themes = (ids(&statement.model, of), ids(&statement.model, &[]));
            found.entry(key).or_insert(themes);
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
