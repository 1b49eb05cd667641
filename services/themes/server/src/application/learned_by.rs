//! Which learned assigner a response is assigned by again: the one that first assigned it, or the one that somebody
//! confirmed since. So what is learned later moves nothing by itself.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use soundings_mailbox::Error;
use soundings_themes_engine::Encoder;

use super::assign_responses::assign_response_by;
use super::ready_codebooks::{Learned, ReadyCodebook};
use super::{ReadResponse, Runtime};
use crate::store::{AssignedResponse, assignments};

/// The learned assigners of some responses.
pub struct LearnedBy {
    /// By response, the number that first assigned its present revision.
    first: HashMap<String, i64>,
    /// What all are assigned by at least.
    least: i64,
    latest: i64,
    learned: BTreeMap<i64, Arc<Learned>>,
}

impl LearnedBy {
    /// Of these responses, of which every one is to be assigned by number `least` at least.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn read(
        runtime: &Runtime,
        codebook: &ReadyCodebook,
        responses: &[ReadResponse],
        least: i64,
    ) -> Result<Self, Error> {
        let (conn, id) = (runtime.db.read(), codebook.codebook.id.as_str());
        let ids: Vec<&str> = responses.iter().map(|response| response.response.as_str()).collect();
        let held = assignments::held(conn, id, &ids).await?;
        let same = responses.iter().filter_map(|response| {
            let (_, first) = held.get(&response.response).filter(|held| held.0 == response.revision)?;
            Some((response.response.clone(), *first))
        });
        let first: HashMap<String, i64> = same.collect();
        let latest = codebook.learned_number();
        let mut by = Self { first, least, latest, learned: BTreeMap::new() };
        for response in responses {
            let number = by.number(response);
            if by.learned.contains_key(&number) {
                continue;
            }
            if let Some(learned) = runtime.codebooks.learned(conn, id, number).await? {
                by.learned.insert(number, learned);
            }
        }
        Ok(by)
    }

    /// Assigns one of them.
    #[must_use]
    pub fn assign(
        &self,
        codebook: &ReadyCodebook,
        encoder: &dyn Encoder,
        response: &ReadResponse,
    ) -> AssignedResponse {
        let learned = self.learned.get(&self.number(response)).map(Arc::as_ref);
        let assigned = assign_response_by(codebook, learned, encoder, response);
        let first = self.first.get(&response.response).copied().unwrap_or(assigned.learned);
        AssignedResponse { learned: first, ..assigned }
    }

    fn number(&self, response: &ReadResponse) -> i64 {
        self.first.get(&response.response).map_or(self.latest, |first| *first).max(self.least)
    }
}
