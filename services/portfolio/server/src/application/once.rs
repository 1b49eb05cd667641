//! Carries a mutation out once, however often its request comes.
use chrono::{DateTime, Utc};
use prost::Message;
use sea_orm::DatabaseTransaction;
use soundings_chassis::Problem;
use soundings_mailbox::{
    database, outbox,
    requests::{self, Claim, Key, Outcome, Stored},
};

use super::Runtime;

/// A mutation's request, as it is kept to be carried out once.
pub struct Mutation {
    /// Who calls.
    pub principal: String,
    /// The method's name.
    pub method: &'static str,
    /// The client's id; empty when it gave none.
    pub request_id: String,
    /// Hash of the body without the id.
    pub body_hash: [u8; 32],
    /// Checks everything and writes nothing.
    pub validate_only: bool,
    /// A work item that must not have changed: its id, and the etag it was read with (empty: whatever it is).
    pub read: Option<(String, String)>,
}

impl Mutation {
    fn key(&self) -> Key {
        let (principal, method) = (self.principal.clone(), self.method.to_owned());
        Key { principal, method, request_id: self.request_id.clone() }
    }
}

/// Acts within a transaction that holds `what` until it ends: of two that hold the same, the later waits for the earlier.
/// A repeat under the same request id gets the first reply; one of another request under that id is refused. Of a mutation
/// that only tries, nothing stays.
///
/// # Errors
/// What the act refuses, and failures of the database; then nothing has changed.
pub async fn once<R: Message + Default>(
    runtime: &Runtime,
    mutation: &Mutation,
    what: &str,
    act: impl AsyncFnOnce(&DatabaseTransaction, DateTime<Utc>) -> Result<R, Problem>,
) -> Result<R, Problem> {
    let now = runtime.clock.now();
    let tx = runtime.db.begin().await?;
    outbox::hold(&tx, what).await?;
    if !mutation.request_id.is_empty() {
        match requests::lookup(&tx, &mutation.key(), &mutation.body_hash).await? {
            Outcome::New => {}
            Outcome::Replay(bytes) => return R::decode(bytes.as_slice()).map_err(Problem::internal),
            Outcome::Reused => return Err(Problem::request_id_reused(&mutation.request_id)),
        }
    }
    let reply = act(&tx, now).await?;
    if mutation.validate_only {
        return Ok(reply);
    }
    if !mutation.request_id.is_empty() {
        let stored = Stored { body_hash: mutation.body_hash, response: reply.encode_to_vec() };
        requests::record(&tx, &Claim { key: mutation.key(), stored }, now).await?;
    }
    database::commit(tx).await?;
    runtime.wake.notify();
    Ok(reply)
}
