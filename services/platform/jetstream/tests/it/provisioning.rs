use std::time::Duration;

use async_nats::jetstream::{
    consumer::{AckPolicy, DeliverPolicy, PullConsumer},
    stream::{DiscardPolicy, RetentionPolicy, StorageType},
};
use pretty_assertions::assert_eq;
use soundings_jetstream::{Connection, Error, Settings, provision};
use soundings_proto::subjects::{
    CONSULTATION, DEAD_LETTERS, DURABLES, PORTFOLIO, PORTFOLIO_CURRENT, STREAMS, THEMES, THEMES_RESPONSES,
};

use crate::world::{NatsServer, World, connect};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn streams_have_the_limits_that_were_decided() {
    let world = World::start().await;
    for (stream, subjects) in [
        (CONSULTATION, "soundings.consultation.v1.>"),
        (THEMES, "soundings.themes.v1.>"),
        (PORTFOLIO, "soundings.portfolio.v1.>"),
        (PORTFOLIO_CURRENT, "soundings.current.v1.>"),
        (DEAD_LETTERS, "soundings.dlq.v1.>"),
    ] {
        let found = world.client.get_stream(stream.name).await.unwrap();
        let config = &found.cached_info().config;
        assert_eq!(config.subjects, [subjects]);
        assert_eq!(config.storage, StorageType::File);
        assert_eq!(config.retention, RetentionPolicy::Limits);
        assert_eq!(config.duplicate_window, Duration::from_secs(600));
        assert_eq!((config.max_message_size, config.num_replicas), (256 * 1024, 1));
        assert!(config.allow_atomic_publish && config.allow_direct);
        assert_eq!((config.max_messages, config.max_bytes), (-1, -1));
        let ages = (config.max_age, config.discard, config.max_messages_per_subject);
        if stream == PORTFOLIO_CURRENT {
            assert_eq!(ages, (Duration::ZERO, DiscardPolicy::Old, 1), "one standing message a subject");
        } else {
            assert_eq!(ages, (90 * DAY, DiscardPolicy::New, -1), "{}", stream.name);
        }
    }
}

#[tokio::test]
async fn durables_read_their_events_from_the_start_and_leave_delays_to_the_service() {
    let world = World::start().await;
    for durable in DURABLES {
        let name = (durable.name, durable.stream.name);
        let found: PullConsumer = world.client.get_consumer_from_stream(name.0, name.1).await.unwrap();
        let config = &found.cached_info().config;
        let filters: Vec<_> = durable.events.iter().map(|event| event.filter()).collect();
        let filter = Some(config.filter_subject.clone()).filter(|filter| !filter.is_empty());
        assert_eq!(filter.map_or(config.filter_subjects.clone(), |filter| vec![filter]), filters);
        assert_eq!((config.deliver_policy, config.ack_policy), (DeliverPolicy::All, AckPolicy::Explicit));
        assert_eq!((config.max_deliver, config.ack_wait), (-1, Duration::from_secs(30)));
        assert!(config.backoff.is_empty());
    }
}

#[tokio::test]
async fn provisioning_again_changes_nothing_and_puts_right_what_was_changed() {
    let world = World::start().await;
    let streams = async || {
        let mut all = Vec::new();
        for stream in STREAMS {
            let found = world.client.get_stream(stream.name).await.unwrap();
            all.push((found.cached_info().created, found.cached_info().config.clone()));
        }
        all
    };
    let durable = async || {
        let name = (THEMES_RESPONSES.name, THEMES_RESPONSES.stream.name);
        let found: PullConsumer = world.client.get_consumer_from_stream(name.0, name.1).await.unwrap();
        (found.cached_info().created, found.cached_info().config.clone())
    };
    let before = (streams().await, durable().await);
    provision(&world.conn).await.unwrap();
    assert_eq!((streams().await, durable().await), before);

    let mut changed = before.0[0].1.clone();
    changed.duplicate_window = Duration::from_secs(1);
    world.client.update_stream(changed).await.unwrap();
    assert_ne!(streams().await, before.0);
    provision(&world.conn).await.unwrap();
    assert_eq!(streams().await, before.0);
}

#[tokio::test]
async fn what_the_server_refuses_is_told_with_the_streams_name() {
    let nats = NatsServer::start().await;
    let conn = connect(&nats).await;
    let client = async_nats::jetstream::new(async_nats::connect(nats.url()).await.unwrap());
    let squatter = async_nats::jetstream::stream::Config {
        name: "SQUATTER".into(),
        subjects: vec!["soundings.consultation.>".into()],
        ..Default::default()
    };
    client.create_stream(squatter).await.unwrap();
    let error = provision(&conn).await.unwrap_err();
    assert!(matches!(&error, Error::JetStream(reason) if reason.starts_with("stream SND_CONSULTATION: ")));

    let three = Settings { replicas: 3, ..Settings::new("test", nats.url()) };
    let conn = Connection::connect(three).await.unwrap();
    conn.ready(Duration::from_secs(20)).await.unwrap();
    assert!(provision(&conn).await.is_err(), "three copies need three servers");
}
