//! Makes the streams and the durable consumers, or brings them up to date. Running it again changes nothing.

use std::time::Duration;

use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, pull};
use async_nats::jetstream::stream::{Config, DiscardPolicy, RetentionPolicy, StorageType};
use soundings_proto::subjects::{DURABLES, Durable, PORTFOLIO_CURRENT, STREAMS, Stream};

use crate::{Connection, Error};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long streams keep an event; an outbox keeps its rows at least as long.
pub const MAX_AGE: Duration = Duration::from_secs(90 * DAY.as_secs());
/// The largest event, in bytes with its headers.
pub const MAX_MESSAGE: i32 = 256 * 1024;
/// After how long an unacknowledged delivery is made again.
pub const ACK_WAIT: Duration = Duration::from_secs(30);
const MAX_ACK_PENDING: i64 = 2_000;

/// Makes or updates every stream and durable consumer.
///
/// # Errors
/// [`Error::JetStream`] when the server refuses, such as for want of permission.
pub async fn provision(conn: &Connection) -> Result<(), Error> {
    conn.check_version()?;
    for stream in STREAMS {
        conn.jetstream
            .create_or_update_stream(stream_config(stream, conn.settings.replicas))
            .await
            .map_err(|error| Error::JetStream(format!("stream {}: {error}", stream.name)))?;
    }
    for durable in &DURABLES {
        provision_durable(conn, durable).await?;
    }
    Ok(())
}

/// Makes or updates one durable consumer of an existing stream.
pub(crate) async fn provision_durable(
    conn: &Connection,
    durable: &Durable,
) -> Result<async_nats::jetstream::consumer::PullConsumer, Error> {
    conn.jetstream
        .create_consumer_on_stream(durable_config(durable), durable.stream.name)
        .await
        .map_err(|error| Error::JetStream(format!("consumer {}: {error}", durable.name)))
}

fn stream_config(stream: Stream, replicas: usize) -> Config {
    let standing = stream == PORTFOLIO_CURRENT;
    Config {
        name: stream.name.to_owned(),
        subjects: vec![stream.subjects.to_owned()],
        storage: StorageType::File,
        retention: RetentionPolicy::Limits,
        num_replicas: replicas.max(1),
        max_message_size: MAX_MESSAGE,
        duplicate_window: Duration::from_secs(600),
        allow_direct: true,
        allow_atomic_publish: true,
        // One message stands for each subject, for ever; elsewhere a full stream refuses rather than forgets.
        max_age: if standing { Duration::ZERO } else { MAX_AGE },
        max_messages_per_subject: if standing { 1 } else { -1 },
        discard: if standing { DiscardPolicy::Old } else { DiscardPolicy::New },
        max_messages: -1,
        max_bytes: -1,
        max_consumers: -1,
        ..Config::default()
    }
}

/// No consumer backoff: it would ignore the delays that the application asks for. No limit of deliveries: what can
/// never be applied is terminated by the application.
fn durable_config(durable: &Durable) -> pull::Config {
    pull::Config {
        durable_name: Some(durable.name.to_owned()),
        name: Some(durable.name.to_owned()),
        deliver_policy: DeliverPolicy::All,
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACK_WAIT,
        max_deliver: -1,
        max_ack_pending: MAX_ACK_PENDING,
        filter_subjects: durable.events.iter().map(|event| event.filter()).collect(),
        ..pull::Config::default()
    }
}
