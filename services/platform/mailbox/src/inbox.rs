//! Which messages were applied: the newest number of each source, for each consumer.
//!
//! Call [`admit`] in the transaction of the effect and of the events that follow from it, and acknowledge the message
//! after the commit. A replay of everything, at any age, then changes nothing.

use std::collections::HashMap;

use sea_orm::ConnectionTrait;

use crate::sql::{self, column, places};
use crate::{Envelope, Result};

/// Whether a message is to be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// It is newer than all before.
    Apply {
        /// How many numbers of its source were left out before it; they are counted, not waited for.
        gap: i64,
    },
    /// It, or a newer one of its source, was applied before.
    Stale,
}

impl Admission {
    /// Whether to apply it.
    pub fn applies(self) -> bool {
        matches!(self, Self::Apply { .. })
    }
}

/// Admits a message if it is newer than every one of its source before. The row stays locked until the transaction
/// ends, so that of two replicas with the same message one waits and is told [`Admission::Stale`].
pub async fn admit<C: ConnectionTrait>(
    tx: &C,
    consumer: &str,
    source: &str,
    sequence: i64,
) -> Result<Admission> {
    let admitted = admit_many(tx, consumer, &[(source, sequence)]).await?;
    Ok(admitted.first().copied().unwrap_or(Admission::Stale))
}

/// Admits many messages as if one after the other, in a statement or two.
pub async fn admit_many<C: ConnectionTrait>(
    tx: &C,
    consumer: &str,
    messages: &[(&str, i64)],
) -> Result<Vec<Admission>> {
    let mut admissions = vec![Admission::Stale; messages.len()];
    for round in rounds(messages) {
        for chunk in sql::chunks(&round) {
            let upsert = format!(
                "INSERT INTO inbox (consumer, source, sequence, previous, gaps) VALUES {} \
                 ON CONFLICT (consumer, source) DO UPDATE SET previous = inbox.sequence, \
                 gaps = inbox.gaps + excluded.sequence - inbox.sequence - 1, sequence = excluded.sequence \
                 WHERE inbox.sequence < excluded.sequence RETURNING source, previous",
                places(chunk.len(), 5)
            );
            let mut values = Vec::with_capacity(chunk.len() * 5);
            for &at in chunk {
                let (source, sequence) = messages[at];
                let gap = sequence.saturating_sub(1);
                values.extend([consumer.into(), source.into(), sequence.into(), 0_i64.into(), gap.into()]);
            }
            let mut previous = HashMap::with_capacity(chunk.len());
            for row in sql::query(tx, &upsert, values).await? {
                previous.insert(column::<String>(&row, "source")?, column::<i64>(&row, "previous")?);
            }
            for &at in chunk {
                let (source, sequence) = messages[at];
                if let Some(previous) = previous.get(source) {
                    admissions[at] = Admission::Apply { gap: sequence - previous - 1 };
                }
            }
        }
    }
    Ok(admissions)
}

/// Admits events as [`admit_many`] does.
pub async fn admit_events<C: ConnectionTrait>(
    tx: &C,
    consumer: &str,
    events: &[Envelope],
) -> Result<Vec<Admission>> {
    let messages: Vec<_> = events.iter().map(|event| (event.source.as_str(), event.sequence)).collect();
    admit_many(tx, consumer, &messages).await
}

/// The newest number applied of a source.
pub async fn last<C: ConnectionTrait>(conn: &C, consumer: &str, source: &str) -> Result<Option<i64>> {
    let row = sql::query_one(
        conn,
        "SELECT sequence FROM inbox WHERE consumer = $1 AND source = $2",
        vec![consumer.into(), source.into()],
    )
    .await?;
    row.map(|row| column(&row, "sequence")).transpose()
}

/// How many numbers were left out in all, of one consumer.
pub async fn gaps<C: ConnectionTrait>(conn: &C, consumer: &str) -> Result<i64> {
    let row = sql::query_one(
        conn,
        "SELECT CAST(COALESCE(SUM(gaps), 0) AS BIGINT) AS gaps FROM inbox WHERE consumer = $1",
        vec![consumer.into()],
    )
    .await?;
    row.map(|row| column(&row, "gaps")).transpose().map(Option::unwrap_or_default)
}

/// One statement may touch a row once: the first message of every source, then the second, and so on. Sources are
/// sorted, so that two replicas lock them in the same order.
fn rounds(messages: &[(&str, i64)]) -> Vec<Vec<usize>> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut rounds: Vec<Vec<usize>> = Vec::new();
    for (at, (source, _)) in messages.iter().enumerate() {
        let round = seen.entry(source).or_insert(0);
        if rounds.len() == *round {
            rounds.push(Vec::new());
        }
        rounds[*round].push(at);
        *round += 1;
    }
    for round in &mut rounds {
        round.sort_by_key(|&at| messages[at].0);
    }
    rounds
}
