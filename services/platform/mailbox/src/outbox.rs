//! Events that were decided in a transaction and wait for the relay.

use std::collections::HashMap;

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, QueryResult, Value};

use crate::sql::{self, column, micros, places, places_from};
use crate::{Ack, Envelope, Outgoing, Result};

const COLUMNS: &str = "id, source, ty, subject, aggregate_id, sequence, time, data, dataschema, correlation_id, \
                       causation_id, traceparent, tracestate";

/// The most rows that [`prune`] removes: others wait for the writer meanwhile.
pub(crate) const PRUNED_AT_ONCE: u64 = 10_000;

/// A row of the outbox that is not published yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Its place in the order of insertion.
    pub position: i64,
    /// What to publish.
    pub event: Envelope,
}

/// What waits, for metrics and health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Depth {
    /// Rows not published yet.
    pub waiting: i64,
    /// When the oldest of them happened.
    pub oldest: Option<DateTime<Utc>>,
    /// Rows that can never be published; an operator must look.
    pub parked: i64,
}

/// Appends events in the caller's transaction, in the given order.
pub async fn append<C: ConnectionTrait>(tx: &C, events: &[Outgoing]) -> Result<()> {
    for chunk in sql::chunks(events) {
        let insert = format!("INSERT INTO outbox ({COLUMNS}, standing) VALUES {}", places(chunk.len(), 14));
        let mut values = Vec::with_capacity(chunk.len() * 14);
        for outgoing in chunk {
            values.extend(envelope_values(&outgoing.event));
            values.push(i64::from(outgoing.standing).into());
        }
        sql::execute(tx, &insert, values).await?;
    }
    Ok(())
}

/// The next number of an aggregate that has no revision of its own: 1, 2, 3 … without gaps, as the row stays locked
/// until the caller's transaction ends.
pub async fn allocate<C: ConnectionTrait>(tx: &C, source: &str) -> Result<i64> {
    let row = sql::query_one(
        tx,
        "INSERT INTO sequences (source, last) VALUES ($1, 1) \
         ON CONFLICT (source) DO UPDATE SET last = sequences.last + 1 RETURNING last",
        vec![source.into()],
    )
    .await?;
    match row {
        Some(row) => column(&row, "last"),
        None => Err(sea_orm::DbErr::RecordNotInserted.into()),
    }
}

/// As [`allocate`], for several aggregates, each named once; returns their numbers. Rows are locked in the order given: who
/// takes several gives them in one order everywhere, or two may wait for each other.
pub async fn allocate_many<C: ConnectionTrait>(tx: &C, sources: &[String]) -> Result<HashMap<String, i64>> {
    let mut numbers = HashMap::with_capacity(sources.len());
    for chunk in sql::chunks(sources) {
        let insert = format!(
            "INSERT INTO sequences (source, last) VALUES {} \
             ON CONFLICT (source) DO UPDATE SET last = sequences.last + 1 RETURNING source, last",
            places(chunk.len(), 2)
        );
        let values = chunk.iter().flat_map(|source| [source.as_str().into(), 1_i64.into()]);
        for row in sql::query(tx, &insert, values.collect()).await? {
            numbers.insert(column(&row, "source")?, column(&row, "last")?);
        }
    }
    Ok(numbers)
}

/// Locks an aggregate's number until the caller's transaction ends without taking one: who allocates or holds it next
/// waits, and then reads what this transaction wrote.
pub async fn hold<C: ConnectionTrait>(tx: &C, source: &str) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO sequences (source, last) VALUES ($1, 0) \
         ON CONFLICT (source) DO UPDATE SET last = sequences.last",
        vec![source.into()],
    )
    .await?;
    Ok(())
}

/// The oldest rows that wait for publishing, at most `limit`.
pub async fn waiting<C: ConnectionTrait>(conn: &C, limit: i64) -> Result<Vec<Waiting>> {
    let select = format!(
        "SELECT position, {COLUMNS} FROM outbox WHERE published_at IS NULL AND parked_at IS NULL \
         ORDER BY position LIMIT $1"
    );
    let rows = sql::query(conn, &select, vec![limit.into()]).await?;
    rows.iter().map(|row| Ok(Waiting { position: column(row, "position")?, event: envelope(row)? })).collect()
}

/// Marks rows as published, with where they are stored.
pub(crate) async fn mark<C: ConnectionTrait>(tx: &C, acks: &[(i64, Ack)], now: DateTime<Utc>) -> Result<()> {
    for chunk in sql::chunks(acks) {
        let Some((_, first)) = chunk.first() else { continue };
        debug_assert!(chunk.iter().all(|(_, ack)| ack.stream == first.stream));
        let update = format!(
            "UPDATE outbox SET published_at = $1, stream = $2, stream_sequence = sent.column2 \
             FROM (VALUES {}) AS sent WHERE outbox.position = sent.column1",
            places_from(3, chunk.len(), 2)
        );
        let mut values = vec![micros(now).into(), first.stream.as_str().into()];
        for (position, ack) in chunk {
            values.extend([(*position).into(), ack.sequence.into()]);
        }
        sql::execute(tx, &update, values).await?;
    }
    Ok(())
}

/// Takes a row that can never be published out of the way.
pub(crate) async fn park<C: ConnectionTrait>(
    tx: &C,
    position: i64,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sql::execute(
        tx,
        "UPDATE outbox SET parked_at = $1, park_reason = $2 WHERE position = $3",
        vec![micros(now).into(), reason.into(), position.into()],
    )
    .await?;
    Ok(())
}

/// Lets the relay try every parked row again; returns how many there were.
pub async fn unpark<C: ConnectionTrait>(tx: &C) -> Result<u64> {
    sql::execute(
        tx,
        "UPDATE outbox SET parked_at = NULL, park_reason = NULL WHERE parked_at IS NOT NULL",
        vec![],
    )
    .await
}

/// How much waits.
pub async fn depth<C: ConnectionTrait>(conn: &C) -> Result<Depth> {
    let waiting = sql::query_one(
        conn,
        "SELECT COUNT(*) AS waiting, MIN(time) AS oldest FROM outbox \
         WHERE published_at IS NULL AND parked_at IS NULL",
        vec![],
    )
    .await?;
    let parked =
        sql::query_one(conn, "SELECT COUNT(*) AS parked FROM outbox WHERE parked_at IS NOT NULL", vec![])
            .await?;
    let (waiting, oldest) = match waiting {
        Some(row) => (column(&row, "waiting")?, column::<Option<i64>>(&row, "oldest")?.map(sql::time)),
        None => (0, None),
    };
    let parked = parked.map(|row| column(&row, "parked")).transpose()?.unwrap_or(0);
    Ok(Depth { waiting, oldest, parked })
}

/// Removes rows published longer than `keep` ago, but the newest of a standing subject, at most 10,000 at once; returns
/// how many.
///
/// `keep` must be at least the stream's own maximum age, or the loss of a stream could not be repaired.
pub async fn prune<C: ConnectionTrait>(tx: &C, now: DateTime<Utc>, keep: Duration) -> Result<u64> {
    let delete = format!(
        "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox AS old \
         WHERE old.published_at < $1 AND (old.standing = 0 OR EXISTS \
         (SELECT 1 FROM outbox AS newer WHERE newer.standing = 1 AND newer.subject = old.subject \
         AND newer.position > old.position)) LIMIT {PRUNED_AT_ONCE})"
    );
    sql::execute(tx, &delete, vec![micros(now - keep).into()]).await
}

/// The values of [`Envelope`]'s columns, in their order.
pub(crate) fn envelope_values(event: &Envelope) -> [Value; 13] {
    [
        event.id.into(),
        event.source.as_str().into(),
        event.ty.as_str().into(),
        event.subject.as_str().into(),
        event.aggregate_id.as_str().into(),
        event.sequence.into(),
        micros(event.time).into(),
        event.data.as_slice().into(),
        event.dataschema.as_str().into(),
        event.correlation_id.clone().into(),
        event.causation_id.clone().into(),
        event.traceparent.clone().into(),
        event.tracestate.clone().into(),
    ]
}

fn envelope(row: &QueryResult) -> Result<Envelope> {
    envelope_with_id(row, "id")
}

/// Reads an event whose id is in the column `id`.
pub(crate) fn envelope_with_id(row: &QueryResult, id: &str) -> Result<Envelope> {
    Ok(Envelope {
        id: column(row, id)?,
        source: column(row, "source")?,
        ty: column(row, "ty")?,
        subject: column(row, "subject")?,
        aggregate_id: column(row, "aggregate_id")?,
        sequence: column(row, "sequence")?,
        time: sql::time(column(row, "time")?),
        data: column(row, "data")?,
        dataschema: column(row, "dataschema")?,
        correlation_id: column(row, "correlation_id")?,
        causation_id: column(row, "causation_id")?,
        traceparent: column(row, "traceparent")?,
        tracestate: column(row, "tracestate")?,
    })
}
