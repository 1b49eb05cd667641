//! Finding out that a stream lost events, and sending them again.
//!
//! The outbox remembers, for each stream, when it was made and the last place it gave out. A stream made at another
//! time is a new one; a last place below the remembered one is an old copy. Either way the rows whose place is gone
//! are marked as waiting again. Consumers apply a source's number once, so sending too much is harmless.

use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;

use crate::sql::{self, column, micros};
use crate::{Ack, Result, StreamState};

/// A stream as the outbox remembers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) stream: String,
    pub(crate) created: i64,
    pub(crate) last_sequence: i64,
}

/// Every stream that this outbox ever published to.
pub(crate) async fn remembered<C: ConnectionTrait>(conn: &C) -> Result<Vec<Remembered>> {
    let rows =
        sql::query(conn, "SELECT stream, created, last_sequence FROM outbox_streams ORDER BY stream", vec![])
            .await?;
    rows.iter()
        .map(|row| {
            Ok(Remembered {
                stream: column(row, "stream")?,
                created: column(row, "created")?,
                last_sequence: column(row, "last_sequence")?,
            })
        })
        .collect()
}

/// The first place that the stream has lost, if it lost any.
pub(crate) fn lost_from(remembered: &Remembered, found: Option<StreamState>) -> Option<i64> {
    match found {
        None => Some(1),
        // Not known yet when it was made: only the place counts.
        Some(state) if remembered.created != 0 && remembered.created != micros(state.created) => Some(1),
        Some(state) => (state.last_sequence < remembered.last_sequence).then_some(state.last_sequence + 1),
    }
}

/// Compares what the broker has with what is remembered, and marks what was lost; returns how many rows.
pub(crate) async fn apply<C: ConnectionTrait>(
    tx: &C,
    stream: &str,
    found: Option<StreamState>,
) -> Result<u64> {
    let Some(known) = remembered(tx).await?.into_iter().find(|known| known.stream == stream) else {
        return Ok(0);
    };
    let lost = match lost_from(&known, found) {
        Some(first) => resend_from(tx, stream, first).await?,
        None => 0,
    };
    match found {
        None => {
            sql::execute(tx, "DELETE FROM outbox_streams WHERE stream = $1", vec![stream.into()]).await?;
        }
        Some(state) => {
            // Below what was remembered only after a loss; never above what the acknowledgements told.
            let last = state.last_sequence.min(known.last_sequence);
            sql::execute(
                tx,
                "UPDATE outbox_streams SET created = $1, last_sequence = $2 WHERE stream = $3",
                vec![micros(state.created).into(), last.into(), stream.into()],
            )
            .await?;
        }
    }
    Ok(lost)
}

/// Marks everything from a place on as waiting again; of a standing subject only its newest event.
pub(crate) async fn resend_from<C: ConnectionTrait>(tx: &C, stream: &str, first: i64) -> Result<u64> {
    sql::execute(
        tx,
        "UPDATE outbox SET published_at = NULL, stream = NULL, stream_sequence = NULL \
         WHERE published_at IS NOT NULL AND stream = $1 AND stream_sequence >= $2 \
         AND (standing = 0 OR NOT EXISTS (SELECT 1 FROM outbox AS newer WHERE newer.standing = 1 \
         AND newer.subject = outbox.subject AND newer.position > outbox.position))",
        vec![stream.into(), first.into()],
    )
    .await
}

/// Remembers the places that a batch was given, those of duplicates too: their first acknowledgement may never have
/// come. A new place that was given out before shows that the stream went backwards: what was there is marked as
/// waiting again. Returns how many rows.
pub(crate) async fn advance<'a, C: ConnectionTrait>(
    tx: &C,
    stream: &str,
    acks: impl Iterator<Item = &'a Ack> + Clone,
) -> Result<u64> {
    let Some(highest) = acks.clone().map(|ack| ack.sequence).max() else { return Ok(0) };
    let lowest_new = acks.filter(|ack| !ack.duplicate).map(|ack| ack.sequence).min();
    let known = remembered(tx).await?.into_iter().find(|known| known.stream == stream);
    let remembered = known.map_or(0, |known| known.last_sequence);
    let (lost, last) = match lowest_new.filter(|lowest| *lowest <= remembered) {
        Some(lowest) => (resend_from(tx, stream, lowest).await?, highest),
        None => (0, highest.max(remembered)),
    };
    sql::execute(
        tx,
        "INSERT INTO outbox_streams (stream, created, last_sequence) VALUES ($1, 0, $2) \
         ON CONFLICT (stream) DO UPDATE SET last_sequence = excluded.last_sequence",
        vec![stream.into(), last.into()],
    )
    .await?;
    Ok(lost)
}

/// When rows may be removed: never before the streams have forgotten them.
pub(crate) fn prune_horizon(now: DateTime<Utc>) -> DateTime<Utc> {
    now - chrono::Duration::days(90)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(created: i64, last_sequence: i64) -> Remembered {
        Remembered { stream: "S".to_owned(), created, last_sequence }
    }

    fn found(created: i64, last_sequence: i64) -> Option<StreamState> {
        Some(StreamState { created: sql::time(created), last_sequence })
    }

    #[test]
    fn a_stream_lost_what_lies_above_its_last_place() {
        assert_eq!(lost_from(&known(7, 100), found(7, 100)), None);
        assert_eq!(lost_from(&known(7, 100), found(7, 180)), None, "published, but the mark was lost");
        assert_eq!(lost_from(&known(7, 100), found(7, 60)), Some(61));
        assert_eq!(lost_from(&known(7, 100), found(8, 500)), Some(1), "another stream of the same name");
        assert_eq!(lost_from(&known(0, 100), found(8, 100)), None, "its making was not known yet");
        assert_eq!(lost_from(&known(7, 100), None), Some(1));
    }
}
