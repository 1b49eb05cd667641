//! A request that changes something: who asks, why, and its record, which makes a repeat harmless.

use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use sha2::{Digest, Sha256};
use soundings_mailbox::requests::{self, Claim, Key, Outcome, Stored};
use soundings_mailbox::{Error, sql};

use super::Runtime;

/// Who asks, why, and under what request id.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// The request id's scope; none: the request has no id.
    pub key: Option<Key>,
    /// Hash of the request.
    pub body_hash: [u8; 32],
}

/// Whether a request was seen before.
pub(super) enum Asked<R> {
    /// It was not.
    First,
    /// It was, and was answered with this.
    Again(R),
    /// Its id was used for another request.
    Otherwise,
}

/// Holds a request's record until the transaction ends: copies of one request come one after another, so that the later
/// ones find the record of the first. SQLite's only writer sees to that by itself.
pub(super) async fn hold<R: Message + Default>(
    tx: &DatabaseTransaction,
    request: &Request,
) -> Result<Asked<R>, Error> {
    let Some(key) = &request.key else { return Ok(Asked::First) };
    if tx.get_database_backend() == DbBackend::Postgres {
        let digest = Sha256::digest(key.request_id.as_bytes());
        let lock = digest.iter().take(8).fold(0_i64, |lock, byte| (lock << 8) | i64::from(*byte));
        sql::execute(tx, "SELECT pg_advisory_xact_lock($1)", vec![lock.into()]).await?;
    }
    Ok(match requests::lookup(tx, key, &request.body_hash).await? {
        Outcome::New => Asked::First,
        Outcome::Replay(reply) => Asked::Again(
            R::decode(reply.as_slice()).map_err(|error| Error::Corrupt(format!("a reply: {error}")))?,
        ),
        Outcome::Reused => Asked::Otherwise,
    })
}

/// Records what a request was answered with.
pub(super) async fn recorded(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    request: &Request,
    reply: &[u8],
) -> Result<(), Error> {
    let Some(key) = &request.key else { return Ok(()) };
    let stored = Stored { body_hash: request.body_hash, response: reply.to_vec() };
    requests::record(tx, &Claim { key: key.clone(), stored }, (runtime.now)()).await
}
