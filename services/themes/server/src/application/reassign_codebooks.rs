//! Assigning every response of a codebook anew after its themes or feeds changed: read from consultation, the owner,
//! page by page, so that responses from before the codebook come in as well. What was assigned stays readable meanwhile.

use std::time::Duration;

use soundings_mailbox::{Error, database};
use tokio_util::sync::CancellationToken;

use super::across_threads::across_threads;
use super::learned_by::LearnedBy;
use super::take_in::Assigned;
use super::{ReadResponse, Runtime, SourceError, off_the_runtime};
use crate::store::{assignments, codebooks};

const LOOK_EVERY: Duration = Duration::from_secs(30);
const FIRST_RETRY: Duration = Duration::from_millis(100);
const LAST_RETRY: Duration = Duration::from_secs(10);
const PAGE: i64 = 200;

/// Why a codebook could not be assigned anew yet.
#[derive(Debug, thiserror::Error)]
pub enum ReassignError {
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
    /// Consultation failed.
    #[error(transparent)]
    Source(#[from] SourceError),
}

/// Assigns anew whatever has to be, until `stop`: when told to, at the start, and now and then in case a process ended
/// half-way. Any number of replicas may run it; what two of them write is the same.
pub async fn run(runtime: Runtime, stop: CancellationToken) {
    let mut retry = FIRST_RETRY;
    while !stop.is_cancelled() {
        let wait = match reassign_all(&runtime, &stop).await {
            Ok(()) => {
                retry = FIRST_RETRY;
                LOOK_EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "a codebook's responses could not be assigned anew yet; trying again");
                retry = (retry * 2).min(LAST_RETRY);
                retry
            }
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = runtime.reassign.notified() => {}
            () = tokio::time::sleep(wait) => {}
        }
    }
}

/// Assigns anew every codebook that has to be, once.
///
/// # Errors
/// When the database or consultation does not answer; what was done stays done.
pub async fn reassign_all(runtime: &Runtime, stop: &CancellationToken) -> Result<(), ReassignError> {
    for id in codebooks::unassigned(runtime.db.read(), &runtime.codebooks.model_version()).await? {
        while !reassign(runtime, &id, stop).await? && !stop.is_cancelled() {}
    }
    Ok(())
}

/// One codebook. False: it changed meanwhile, or this process is stopping.
async fn reassign(runtime: &Runtime, id: &str, stop: &CancellationToken) -> Result<bool, ReassignError> {
    let ready = runtime.codebooks.current(runtime.db.read()).await?;
    let Some(codebook) = ready.get(id).cloned() else { return Ok(true) };
    let version = codebook.codebook.version;
    let write = async |responses: Vec<_>| -> Result<bool, Error> {
        // Other codebooks may change meanwhile: only this one's version matters here.
        let assigned = Assigned::under_one(&codebook, responses);
        let tx = runtime.db.begin().await?;
        let written = assigned.write(&tx, &runtime.codebooks, &runtime.cause(None)).await?;
        if written {
            database::commit(tx).await?;
            runtime.committed();
        }
        Ok(written)
    };
    loop {
        let outside =
            assignments::outside(runtime.db.read(), id, &codebook.codebook.surveys, version, PAGE).await?;
        if outside.is_empty() {
            break;
        }
        if stop.is_cancelled() || !write(outside).await? {
            return Ok(false);
        }
    }
    for survey in &codebook.codebook.surveys {
        let mut token = String::new();
        loop {
            let (responses, next) = match runtime.source.list(survey, &token).await {
                // The survey may be made later; its responses then come as events.
                Err(SourceError::NotFound) => break,
                page => page?,
            };
            let by = LearnedBy::read(runtime, &codebook, &responses, codebook.codebook.learned).await?;
            let (under, codebooks) = (codebook.clone(), runtime.codebooks.clone());
            let assign = move |r: &ReadResponse| by.assign(&under, codebooks.encoder(), r);
            let assigned = off_the_runtime(move || across_threads(&responses, assign)).await;
            if stop.is_cancelled() || !write(assigned).await? {
                return Ok(false);
            }
            if next.is_empty() {
                break;
            }
            token = next;
        }
    }
    let tx = runtime.db.begin().await?;
    codebooks::mark_assigned(&tx, id, version, &runtime.codebooks.model_version()).await?;
    database::commit(tx).await?;
    tracing::info!(codebook = id, version, "every response is assigned");
    Ok(true)
}
