//! What the service's parts work with.
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use sha2::{Digest, Sha256};
use soundings_chassis::{Clock, Ids, Problem};
use soundings_consultation_domain::Survey;
use soundings_mailbox::{
    Database, Error, Wake,
    requests::{self, Claim, Outcome, Stored},
    sql,
};

use super::mutation::Mutation;
use crate::store::{organisations, surveys};

/// Shared by every part; clones share it.
#[derive(Clone)]
pub struct Runtime {
    /// The database.
    pub db: Database,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Wakes the relay.
    pub wake: Wake,
    // Only what never changes again is kept: an open survey's questions, an organisation's existence.
    open_surveys: Arc<RwLock<HashMap<String, Arc<Survey>>>>,
    organisations: Arc<RwLock<BTreeSet<String>>>,
}

impl Runtime {
    /// With nothing remembered.
    pub fn new(db: Database, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>, wake: Wake) -> Self {
        Runtime { db, clock, ids, wake, open_surveys: Arc::default(), organisations: Arc::default() }
    }

    /// A survey; an open one may be remembered, so whether it is still open is checked again when a response is written.
    pub async fn survey(&self, id: &str) -> Result<Option<Arc<Survey>>, Error> {
        let known = self.open_surveys.read().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if known.is_some() {
            return Ok(known);
        }
        let Some(survey) = surveys::find(self.db.read(), id).await?.map(Arc::new) else { return Ok(None) };
        if survey.check_open().is_ok() {
            let mut open = self.open_surveys.write().unwrap_or_else(PoisonError::into_inner);
            open.insert(id.to_owned(), survey.clone());
        }
        Ok(Some(survey))
    }

    /// Forgets a survey that is not open any more.
    pub fn forget_survey(&self, id: &str) {
        self.open_surveys.write().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Whether there is an organisation of this id.
    pub async fn organisation_exists(&self, id: &str) -> Result<bool, Error> {
        if self.organisations.read().unwrap_or_else(PoisonError::into_inner).contains(id) {
            return Ok(true);
        }
        let exists = organisations::find(self.db.read(), id).await?.is_some();
        if exists {
            self.organisations.write().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned());
        }
        Ok(exists)
    }

    /// Carries a mutation out once: its effect, its events and the record of its request in one transaction. A repeat
    /// gets the first reply.
    pub async fn once<R, F>(&self, request: &Mutation, act: F) -> Result<R, Problem>
    where
        R: prost::Message + Default + Clone,
        F: for<'c> FnOnce(&'c DatabaseTransaction, DateTime<Utc>) -> BoxFuture<'c, Result<R, Problem>> + Send,
    {
        self.once_sparing(request, R::clone, |kept| kept, act).await
    }

    /// As [`Runtime::once`], with only `spare(reply)` kept in the record; `restore` makes a repeat's reply of it.
    pub async fn once_sparing<R, F>(
        &self,
        request: &Mutation,
        spare: impl FnOnce(&R) -> R + Send,
        restore: impl FnOnce(R) -> R + Send,
        act: F,
    ) -> Result<R, Problem>
    where
        R: prost::Message + Default,
        F: for<'c> FnOnce(&'c DatabaseTransaction, DateTime<Utc>) -> BoxFuture<'c, Result<R, Problem>> + Send,
    {
        let now = self.clock.now();
        let tx = self.db.begin().await?;
        if !request.request_id.is_empty() {
            hold_request(&tx, &request.request_id).await?;
            match requests::lookup(&tx, &request.key(), &request.body_hash).await? {
                Outcome::New => {}
                Outcome::Replay(bytes) => {
                    return R::decode(bytes.as_slice()).map(restore).map_err(Problem::internal);
                }
                Outcome::Reused => return Err(Problem::request_id_reused(&request.request_id)),
            }
        }
        let reply = act(&tx, now).await?;
        if !request.request_id.is_empty() {
            let stored = Stored { body_hash: request.body_hash, response: spare(&reply).encode_to_vec() };
            requests::record(&tx, &Claim { key: request.key(), stored }, now).await?;
        }
        soundings_mailbox::database::commit(tx).await?;
        self.wake.notify();
        Ok(reply)
    }
}

/// Copies of one request come one after another, so that the later ones find the record of the first. SQLite's only
/// writer sees to that by itself.
async fn hold_request(tx: &DatabaseTransaction, request_id: &str) -> Result<(), Error> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let digest = Sha256::digest(request_id.as_bytes());
        let key = digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte));
        sql::execute(tx, "SELECT pg_advisory_xact_lock($1)", vec![key.into()]).await?;
    }
    Ok(())
}
