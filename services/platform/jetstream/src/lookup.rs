//! Single questions to a stream.

use async_nats::jetstream::stream::DirectGetErrorKind;
use soundings_mailbox::Envelope;
use soundings_proto::subjects::{Durable, Stream};

use crate::{Connection, Error, cloud_events};

/// The newest event of a subject, for a late joiner; None when there is none.
pub async fn last_for_subject(
    conn: &Connection,
    stream: Stream,
    subject: &str,
) -> Result<Option<Envelope>, Error> {
    let found = conn.jetstream.get_stream_no_info(stream.name).await;
    let found = found.map_err(|error| Error::JetStream(error.to_string()))?;
    match found.direct_get_last_for_subject(subject).await {
        Ok(message) => {
            cloud_events::parse(&message.subject, Some(&message.headers), &message.payload).map(Some)
        }
        Err(error) if error.kind() == DirectGetErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::JetStream(error.to_string())),
    }
}

/// Events of a durable consumer that are not acknowledged yet: those never delivered and those in flight.
pub async fn lag(conn: &Connection, durable: &Durable) -> Result<u64, Error> {
    let consumer: async_nats::jetstream::consumer::PullConsumer = conn
        .jetstream
        .get_consumer_from_stream(durable.name, durable.stream.name)
        .await
        .map_err(|error| Error::JetStream(error.to_string()))?;
    let info = consumer.cached_info();
    Ok(info.num_pending + info.num_ack_pending as u64)
}
