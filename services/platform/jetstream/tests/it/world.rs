//! A nats-server with the streams, and a look into them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::StreamExt;
use soundings_chassis::{Ids, SystemIds};
pub use soundings_harness::{NatsServer, until};
use soundings_jetstream::{Connection, Settings, cloud_events, provision};
use soundings_mailbox::Envelope;
use soundings_proto::subjects::{EventKind, ORGANISATION_CHANGED, Stream};
use uuid::Uuid;

/// A nats-server, a connection as a service has it, and another to look with.
pub struct World {
    pub nats: NatsServer,
    pub conn: Connection,
    pub client: async_nats::jetstream::Context,
}

impl World {
    /// With every stream and durable consumer.
    pub async fn start() -> World {
        let nats = NatsServer::start().await;
        let conn = connect(&nats).await;
        provision(&conn).await.unwrap();
        let client = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
        World { nats, conn, client }
    }

    /// Kills the server and starts it again, after some change to its folder.
    pub async fn restart_after(&mut self, change: impl FnOnce(&NatsServer)) {
        self.kill().await;
        change(&self.nats);
        self.nats.restart().await;
        self.conn.ready(Duration::from_secs(20)).await.unwrap();
    }

    /// Kills the server; the service's connection has noticed.
    pub async fn kill(&mut self) {
        self.nats.kill();
        until("lost connection", async || (!self.conn.is_connected()).then_some(())).await;
    }

    /// What a stream holds, in its order; None while it cannot be asked.
    pub async fn try_stored(&self, stream: Stream) -> Option<Vec<Envelope>> {
        let stream = self.client.get_stream(stream.name).await.ok()?;
        let config = async_nats::jetstream::consumer::pull::OrderedConfig::default();
        let consumer = stream.create_consumer(config).await.ok()?;
        let count = usize::try_from(consumer.cached_info().num_pending).unwrap();
        let messages = consumer.messages().await.ok()?.take(count);
        let messages: Vec<_> = messages.collect().await;
        let parse = |message: async_nats::jetstream::Message| {
            cloud_events::parse(&message.subject, message.headers.as_ref(), &message.payload)
        };
        messages.into_iter().map(|message| parse(message.ok()?).ok()).collect()
    }

    /// What a stream holds, in its order.
    pub async fn stored(&self, stream: Stream) -> Vec<Envelope> {
        until("answer of the stream", async || self.try_stored(stream).await).await
    }
}

/// A connection that is ready.
pub async fn connect(nats: &NatsServer) -> Connection {
    let conn = Connection::connect(Settings::new("test", nats.url())).await.unwrap();
    conn.ready(Duration::from_secs(20)).await.unwrap();
    conn
}

/// When every test begins.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_608_000, 0).unwrap()
}

/// An event of a kind.
pub fn event_of(kind: EventKind, aggregate: &str, sequence: i64) -> Envelope {
    let source = format!("//soundings/{}/{}s/{aggregate}", kind.context, kind.entity);
    Envelope::of(kind, SystemIds.next(), source, aggregate, sequence, noon(), &())
}

/// News of an organisation.
pub fn event(aggregate: &str, sequence: i64) -> Envelope {
    event_of(ORGANISATION_CHANGED, aggregate, sequence)
}

/// News of an organisation, numbered from 1.
pub fn events(count: i64) -> Vec<Envelope> {
    (1..=count).map(|sequence| event("GLG", sequence)).collect()
}

/// The ids of events.
pub fn ids(events: &[Envelope]) -> Vec<Uuid> {
    events.iter().map(|event| event.id).collect()
}
