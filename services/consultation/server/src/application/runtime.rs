//! What the service's parts work with.
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use futures::future::BoxFuture;
use sea_orm::DatabaseTransaction;
use soundings_chassis::{Clock, Ids, Problem};
use soundings_consultation_domain::Survey;
use soundings_mailbox::{
    Database, Error, Wake,
    requests::{self, Claim, Outcome, Stored},
};

use super::mutation::Mutation;
use crate::{
    rpc::status_mapping,
    store::{organisations, surveys},
};

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

    /// Forgets a survey that was closed.
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
        R: prost::Message + Default,
        F: for<'c> FnOnce(&'c DatabaseTransaction, DateTime<Utc>) -> BoxFuture<'c, Result<R, Problem>> + Send,
    {
        let now = self.clock.now();
        let tx = self.db.begin().await.map_err(status_mapping::database)?;
        if !request.request_id.is_empty() {
            match requests::lookup(&tx, &request.key(), &request.body_hash)
                .await
                .map_err(status_mapping::database)?
            {
                Outcome::New => {}
                Outcome::Replay(bytes) => return R::decode(bytes.as_slice()).map_err(Problem::internal),
                Outcome::Reused => return Err(Problem::request_id_reused(&request.request_id)),
            }
        }
        let reply = act(&tx, now).await?;
        if !request.request_id.is_empty() {
            let stored = Stored { body_hash: request.body_hash, response: reply.encode_to_vec() };
            requests::record(&tx, &Claim { key: request.key(), stored }, now)
                .await
                .map_err(status_mapping::database)?;
        }
        soundings_mailbox::database::commit(tx).await.map_err(status_mapping::database)?;
        self.wake.notify();
        Ok(reply)
    }
}
