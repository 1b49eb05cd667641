//! Idempotency records: a mutation sent twice under one request id takes effect once.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use sea_orm::ConnectionTrait;

use crate::sql::{self, column, list, micros, places};
use crate::{Error, Result};

/// How long a record is kept.
pub const KEPT: Duration = Duration::days(7);

/// What a request id is scoped by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Key {
    /// Who calls.
    pub principal: String,
    /// The full gRPC method path.
    pub method: String,
    /// The client's request id.
    pub request_id: String,
}

/// A first answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// Hash of the parsed command.
    pub body_hash: [u8; 32],
    /// The answer's bytes.
    pub response: Vec<u8>,
}

/// A request with the answer it is to have if it is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// Its key.
    pub key: Key,
    /// Hash of the parsed command, and the answer's bytes.
    pub stored: Stored,
}

/// What to do with a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was never seen: apply it.
    New,
    /// It was applied before: give the first answer again.
    Replay(Vec<u8>),
    /// Its id was used for another command: ALREADY_EXISTS.
    Reused,
}

fn outcome(first: Option<&Stored>, body_hash: &[u8; 32]) -> Outcome {
    match first {
        None => Outcome::New,
        Some(first) if first.body_hash == *body_hash => Outcome::Replay(first.response.clone()),
        Some(_) => Outcome::Reused,
    }
}

/// Looks one request up. A new one must be [`record`]ed in the transaction of its effect.
pub async fn lookup<C: ConnectionTrait>(conn: &C, key: &Key, body_hash: &[u8; 32]) -> Result<Outcome> {
    let found = lookup_many(conn, std::slice::from_ref(key)).await?;
    Ok(outcome(found.get(key), body_hash))
}

/// Looks many requests up in one query.
pub async fn lookup_many<C: ConnectionTrait>(conn: &C, keys: &[Key]) -> Result<HashMap<Key, Stored>> {
    let mut found = HashMap::new();
    for chunk in sql::chunks(keys) {
        let select = format!(
            "SELECT principal, method, request_id, body_hash, response FROM requests WHERE request_id IN ({})",
            list(1, chunk.len())
        );
        let values = chunk.iter().map(|key| key.request_id.as_str().into()).collect();
        for row in sql::query(conn, &select, values).await? {
            let key = Key {
                principal: column(&row, "principal")?,
                method: column(&row, "method")?,
                request_id: column(&row, "request_id")?,
            };
            let body_hash: Vec<u8> = column(&row, "body_hash")?;
            let body_hash = body_hash
                .try_into()
                .map_err(|_| Error::Corrupt("an idempotency record's hash is not 32 bytes".to_owned()))?;
            found.insert(key, Stored { body_hash, response: column(&row, "response")? });
        }
    }
    Ok(found)
}

/// Records a new request's answer in the transaction of its effect.
///
/// # Errors
/// [`Error::UniqueViolation`] when another replica has just recorded the same request: roll back and look it up again.
pub async fn record<C: ConnectionTrait>(tx: &C, claim: &Claim, now: DateTime<Utc>) -> Result<()> {
    match claim_many(tx, std::slice::from_ref(claim), now).await?.first() {
        Some(Outcome::New) => Ok(()),
        _ => Err(Error::UniqueViolation(format!("request {}", claim.key.request_id))),
    }
}

/// Claims requests at the start of the transaction that applies them, with the answers they are to have. Only those
/// told [`Outcome::New`] are recorded and may be applied; a copy later in the batch is told what became of the first.
/// A concurrent transaction with the same key is waited for.
pub async fn claim_many<C: ConnectionTrait>(
    tx: &C,
    claims: &[Claim],
    now: DateTime<Utc>,
) -> Result<Vec<Outcome>> {
    let mut first: HashMap<&Key, usize> = HashMap::with_capacity(claims.len());
    let mut distinct = Vec::with_capacity(claims.len());
    for (at, claim) in claims.iter().enumerate() {
        first.entry(&claim.key).or_insert_with(|| {
            distinct.push(at);
            at
        });
    }
    // The same order in every replica, so that two batches never wait for each other in a circle.
    distinct.sort_by_key(|&at| {
        let key = &claims[at].key;
        (&key.request_id, &key.principal, &key.method)
    });

    let mut inserted = vec![false; claims.len()];
    for chunk in sql::chunks(&distinct) {
        let insert = format!(
            "INSERT INTO requests (request_id, principal, method, body_hash, response, recorded_at) VALUES {} \
             ON CONFLICT (request_id, principal, method) DO NOTHING RETURNING request_id, principal, method",
            places(chunk.len(), 6)
        );
        let mut values = Vec::with_capacity(chunk.len() * 6);
        for &at in chunk {
            let Claim { key, stored } = &claims[at];
            values.extend([
                key.request_id.as_str().into(),
                key.principal.as_str().into(),
                key.method.as_str().into(),
                stored.body_hash.as_slice().into(),
                stored.response.as_slice().into(),
                micros(now).into(),
            ]);
        }
        for row in sql::query(tx, &insert, values).await? {
            let key = Key {
                principal: column(&row, "principal")?,
                method: column(&row, "method")?,
                request_id: column(&row, "request_id")?,
            };
            if let Some(&at) = first.get(&key) {
                inserted[at] = true;
            }
        }
    }

    let known: Vec<_> =
        distinct.iter().filter(|&&at| !inserted[at]).map(|&at| claims[at].key.clone()).collect();
    let known = if known.is_empty() { HashMap::new() } else { lookup_many(tx, &known).await? };
    let outcomes = claims.iter().enumerate().map(|(at, claim)| {
        let of = first.get(&claim.key).copied().unwrap_or(at);
        match (inserted[of], of == at) {
            (true, true) => Outcome::New,
            (true, false) => outcome(Some(&claims[of].stored), &claim.stored.body_hash),
            (false, _) => match outcome(known.get(&claim.key), &claim.stored.body_hash) {
                // The row that was in the way is gone again; the caller's next attempt will be new.
                Outcome::New => Outcome::Reused,
                told => told,
            },
        }
    });
    Ok(outcomes.collect())
}

/// Removes records older than [`KEPT`]; returns how many.
pub async fn prune<C: ConnectionTrait>(tx: &C, now: DateTime<Utc>) -> Result<u64> {
    sql::execute(tx, "DELETE FROM requests WHERE recorded_at < $1", vec![micros(now - KEPT).into()]).await
}
