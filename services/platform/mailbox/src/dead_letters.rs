//! Messages that could not be applied: kept with their reason until an operator replays or discards them.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Value};
use uuid::Uuid;

use crate::outbox::{self, envelope_values, envelope_with_id};
use crate::sql::{self, column, micros};
use crate::{Envelope, Outgoing, Result};

/// Where a dead letter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Waits for an operator.
    Parked,
    /// Was applied in the end.
    Replayed,
    /// Was given up.
    Discarded,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Replayed => "replayed",
            Self::Discarded => "discarded",
        }
    }

    fn parse(text: &str) -> Self {
        match text {
            "replayed" => Self::Replayed,
            "discarded" => Self::Discarded,
            _ => Self::Parked,
        }
    }
}

/// A message that could not be applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id (UUIDv7).
    pub id: Uuid,
    /// The durable consumer that gave it up.
    pub consumer: String,
    /// The message.
    pub event: Envelope,
    /// Why, in plain words without content.
    pub reason: String,
    /// When it was given up.
    pub parked_at: DateTime<Utc>,
    /// Where it stands.
    pub state: State,
    /// When it was replayed or discarded.
    pub settled_at: Option<DateTime<Utc>>,
    /// Who did that.
    pub settled_by: Option<String>,
    /// Why they did.
    pub settled_reason: Option<String>,
}

/// What an operator did to a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The dead letter.
    pub dead_letter: Uuid,
    /// `parked`, `replayed` or `discarded`.
    pub action: String,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// Keeps a message that can never be applied, and announces it on the dead-letter stream in the same transaction.
/// The caller then terminates the message. False: it is kept already, and nothing is announced again.
pub async fn park<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    consumer: &str,
    event: &Envelope,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let insert = format!(
        "INSERT INTO dead_letters (event_id, source, ty, subject, aggregate_id, sequence, time, data, dataschema, \
         correlation_id, causation_id, traceparent, tracestate, id, consumer, reason, parked_at, state) \
         VALUES {} ON CONFLICT (consumer, event_id) DO NOTHING",
        sql::places(1, 18)
    );
    let mut values: Vec<Value> = envelope_values(event).into();
    values.extend([
        id.into(),
        consumer.into(),
        reason.into(),
        micros(now).into(),
        State::Parked.as_str().into(),
    ]);
    if sql::execute(tx, &insert, values).await? == 0 {
        return Ok(false);
    }
    audit(tx, id, State::Parked, consumer, reason, now).await?;
    let notice = notice::of(id, consumer, event, reason, now);
    outbox::append(tx, &[Outgoing::from(notice)]).await?;
    Ok(true)
}

/// A page of dead letters, oldest first: those after `after`, at most `limit`; settled ones only when asked for.
pub async fn list<C: ConnectionTrait>(
    conn: &C,
    after: Option<Uuid>,
    limit: i64,
    show_settled: bool,
) -> Result<Vec<DeadLetter>> {
    let select = format!(
        "SELECT {COLUMNS} FROM dead_letters WHERE id > $1 AND (state = 'parked' OR $2 = 1) ORDER BY id LIMIT $3"
    );
    let after = after.unwrap_or(Uuid::nil());
    let rows =
        sql::query(conn, &select, vec![after.into(), i64::from(show_settled).into(), limit.into()]).await?;
    rows.iter().map(dead_letter).collect()
}

/// One dead letter.
pub async fn show<C: ConnectionTrait>(conn: &C, id: Uuid) -> Result<Option<DeadLetter>> {
    let select = format!("SELECT {COLUMNS} FROM dead_letters WHERE id = $1");
    sql::query_one(conn, &select, vec![id.into()]).await?.as_ref().map(dead_letter).transpose()
}

/// One dead letter that still waits, locked until the transaction ends: apply its event in this transaction, then
/// call [`replayed`].
pub async fn take<C: ConnectionTrait>(tx: &C, id: Uuid) -> Result<Option<DeadLetter>> {
    let lock = if tx.get_database_backend() == DbBackend::Postgres { " FOR UPDATE" } else { "" };
    let select = format!("SELECT {COLUMNS} FROM dead_letters WHERE id = $1 AND state = 'parked'{lock}");
    sql::query_one(tx, &select, vec![id.into()]).await?.as_ref().map(dead_letter).transpose()
}

/// Records that a waiting dead letter was replayed, in the transaction that applied it. False: it does not wait.
pub async fn replayed<C: ConnectionTrait>(tx: &C, id: Uuid, actor: &str, now: DateTime<Utc>) -> Result<bool> {
    settle(tx, id, State::Replayed, actor, "applied", now).await
}

/// Gives a waiting dead letter up, for a reason that is kept. False: it does not wait.
pub async fn discard<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    actor: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    settle(tx, id, State::Discarded, actor, reason, now).await
}

async fn settle<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    state: State,
    actor: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<bool> {
    let settled = sql::execute(
        tx,
        "UPDATE dead_letters SET state = $1, settled_at = $2, settled_by = $3, settled_reason = $4 \
         WHERE id = $5 AND state = 'parked'",
        vec![state.as_str().into(), micros(now).into(), actor.into(), reason.into(), id.into()],
    )
    .await?;
    if settled == 1 {
        audit(tx, id, state, actor, reason, now).await?;
    }
    Ok(settled == 1)
}

/// Everything that was done to a dead letter, oldest first.
pub async fn audit_of<C: ConnectionTrait>(conn: &C, id: Uuid) -> Result<Vec<AuditEntry>> {
    let select = "SELECT dead_letter, action, actor, reason, at FROM dead_letter_audit WHERE dead_letter = $1 \
                  ORDER BY position";
    let rows = sql::query(conn, select, vec![id.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(AuditEntry {
                dead_letter: column(row, "dead_letter")?,
                action: column(row, "action")?,
                actor: column(row, "actor")?,
                reason: column(row, "reason")?,
                at: sql::time(column(row, "at")?),
            })
        })
        .collect()
}

/// How many wait, for metrics.
pub async fn waiting<C: ConnectionTrait>(conn: &C) -> Result<i64> {
    let select = "SELECT COUNT(*) AS waiting FROM dead_letters WHERE state = 'parked'";
    let row = sql::query_one(conn, select, vec![]).await?;
    row.map(|row| column(&row, "waiting")).transpose().map(Option::unwrap_or_default)
}

async fn audit<C: ConnectionTrait>(
    tx: &C,
    id: Uuid,
    state: State,
    actor: &str,
    reason: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    sql::execute(
        tx,
        "INSERT INTO dead_letter_audit (dead_letter, action, actor, reason, at) VALUES ($1, $2, $3, $4, $5)",
        vec![id.into(), state.as_str().into(), actor.into(), reason.into(), micros(now).into()],
    )
    .await?;
    Ok(())
}

const COLUMNS: &str = "id, consumer, event_id, source, ty, subject, aggregate_id, sequence, time, data, dataschema, \
                       correlation_id, causation_id, traceparent, tracestate, reason, parked_at, state, settled_at, \
                       settled_by, settled_reason";

fn dead_letter(row: &QueryResult) -> Result<DeadLetter> {
    Ok(DeadLetter {
        id: column(row, "id")?,
        consumer: column(row, "consumer")?,
        event: envelope_with_id(row, "event_id")?,
        reason: column(row, "reason")?,
        parked_at: sql::time(column(row, "parked_at")?),
        state: State::parse(&column::<String>(row, "state")?),
        settled_at: column::<Option<i64>>(row, "settled_at")?.map(sql::time),
        settled_by: column(row, "settled_by")?,
        settled_reason: column(row, "settled_reason")?,
    })
}

mod notice;
