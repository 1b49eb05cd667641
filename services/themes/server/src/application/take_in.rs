//! Taking responses in: their mentions and contributions replace the old ones, the tallies move, and the signals that
//! changed go to the outbox, all in the caller's transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use sea_orm::ConnectionTrait;
use soundings_mailbox::{Error, outbox};

use super::ReadResponse;
use super::across_threads::across_threads;
use super::assign_responses::assign_response;
use super::ready_codebooks::{Ready, ReadyCodebook, ReadyCodebooks};
use crate::events::outgoing::{Cause, signal_recorded};
use crate::store::assignments::{self, AssignedUnder};
use crate::store::{AssignedResponse, codebooks};

/// Responses assigned under every codebook that they feed, not yet written.
#[derive(Default)]
pub struct Assigned {
    /// The versions of all codebooks, where responses were assigned under each that they feed.
    every: Option<BTreeMap<String, i64>>,
    by_codebook: BTreeMap<String, (Arc<ReadyCodebook>, Vec<AssignedResponse>)>,
    /// Ids of responses of which nothing is left.
    gone: Vec<String>,
}

impl Assigned {
    /// Assigns responses under every codebook that their survey feeds.
    #[must_use]
    pub fn under_all(codebooks: &ReadyCodebooks, ready: &Ready, responses: &[ReadResponse]) -> Self {
        let mut assigned = Self { every: Some(ready.versions()), ..Self::default() };
        let under_each = across_threads(responses, |response| {
            let under = |codebook: &Arc<ReadyCodebook>| {
                (codebook.clone(), assign_response(codebook, codebooks.encoder(), response))
            };
            ready.fed_by(&response.survey).map(under).collect::<Vec<_>>()
        });
        for (codebook, response) in under_each.into_iter().flatten() {
            assigned.push(&codebook, response);
        }
        let gone = responses.iter().filter(|response| response.answers.is_empty());
        assigned.gone = gone.map(|response| response.response.clone()).collect();
        assigned
    }

    /// Responses that were assigned under one codebook.
    #[must_use]
    pub fn under_one(codebook: &Arc<ReadyCodebook>, responses: Vec<AssignedResponse>) -> Self {
        let by_codebook = BTreeMap::from([(codebook.codebook.id.clone(), (codebook.clone(), responses))]);
        Self { by_codebook, ..Self::default() }
    }

    /// Keeps only the responses whose id passes.
    pub fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        for (_, responses) in self.by_codebook.values_mut() {
            responses.retain(|response| keep(&response.response));
        }
        self.gone.retain(|response| keep(response));
    }

    fn push(&mut self, codebook: &Arc<ReadyCodebook>, response: AssignedResponse) {
        let of = self.by_codebook.entry(codebook.codebook.id.clone());
        of.or_insert_with(|| (codebook.clone(), Vec::new())).1.push(response);
    }

    /// Writes them in a transaction. False: a codebook changed since they were assigned; nothing was written, and they
    /// are to be assigned again.
    ///
    /// # Errors
    /// When the database fails; the transaction is then to be rolled back.
    pub async fn write<C: ConnectionTrait>(
        &self,
        tx: &C,
        codebooks: &ReadyCodebooks,
        cause: &Cause<'_>,
    ) -> Result<bool, Error> {
        let versions = codebooks::versions(tx, true).await?;
        let stale = self.every.as_ref().is_some_and(|every| *every != versions)
            || self
                .by_codebook
                .iter()
                .any(|(id, (ready, _))| versions.get(id) != Some(&ready.codebook.version));
        if stale {
            return Ok(false);
        }
        let model_version = codebooks.model_version();
        for (ready, responses) in self.by_codebook.values() {
            let codebook = &ready.codebook;
            let codebook_version = codebook.version;
            let under = AssignedUnder { codebook, codebook_version, model_version: &model_version };
            let changed = assignments::replace(tx, under, responses).await?;
            let told = |signal| signal_recorded(codebook, codebook_version, &model_version, signal, cause);
            let events: Vec<_> = changed.iter().map(|signal| told(signal).into()).collect();
            outbox::append(tx, &events).await?;
        }
        if !self.gone.is_empty() {
            // Also under codebooks that their survey feeds no more.
            let gone: Vec<&str> = self.gone.iter().map(String::as_str).collect();
            for codebook in versions.keys() {
                assignments::forget(tx, codebook, &gone).await?;
            }
        }
        Ok(true)
    }
}
