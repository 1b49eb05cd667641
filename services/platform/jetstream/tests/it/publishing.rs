use async_nats::jetstream::consumer::PullConsumer;
use pretty_assertions::assert_eq;
use soundings_harness::NatsServer;
use soundings_jetstream::{Connection, Publisher, Settings, provision::MAX_MESSAGE};
use soundings_mailbox::{Ack, Envelope, Publish, PublishError};
use soundings_proto::subjects::{
    CONSULTATION, DEAD_LETTERS, ORGANISATION_CHANGED, PORTFOLIO_ORGANISATIONS, SIGNAL_RECORDED, THEMES,
    dead_letter,
};

use crate::world::{World, event, event_of, events, ids, until};

fn ack(stream: &str, sequence: i64, duplicate: bool) -> Result<Ack, PublishError> {
    Ok(Ack { stream: stream.to_owned(), sequence, duplicate })
}

fn stored_at(sequences: impl IntoIterator<Item = i64>) -> Vec<Result<Ack, PublishError>> {
    sequences.into_iter().map(|sequence| ack(CONSULTATION.name, sequence, false)).collect()
}

fn is_permanent(outcome: &Result<Ack, PublishError>) -> bool {
    matches!(outcome, Err(PublishError::Permanent(_)))
}

fn is_transient(outcome: &Result<Ack, PublishError>) -> bool {
    matches!(outcome, Err(PublishError::Transient(_)))
}

/// How many messages of a stream were stored one by one: those of a batch say which batch.
async fn stored_singly(world: &World) -> usize {
    let stream = world.client.get_stream(CONSULTATION.name).await.unwrap();
    let mut singly = 0;
    for sequence in 1..=stream.cached_info().state.last_sequence {
        let message = stream.get_raw_message(sequence).await.unwrap();
        singly += usize::from(message.headers.get("Nats-Batch-Id").is_none());
    }
    singly
}

#[tokio::test]
async fn a_batch_is_stored_in_order_and_every_place_is_told() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    // More than one atomic batch's worth.
    let events = events(250);
    assert_eq!(publisher.publish(&events).await, stored_at(1..=250));
    assert_eq!(world.stored(CONSULTATION).await, events);
    assert_eq!(stored_singly(&world).await, 0);
    assert_eq!(publisher.publish(&[]).await, []);
    assert_eq!(publisher.publish(&[event("EDH", 1)]).await, stored_at([251]));
    assert_eq!(stored_singly(&world).await, 1);
}

#[tokio::test]
async fn events_go_to_the_streams_of_their_subjects() {
    let world = World::start().await;
    let mut batch = vec![event("GLG", 1), event_of(SIGNAL_RECORDED, "refresh:GLG", 1), event("GLG", 2)];
    batch.push(Envelope { subject: dead_letter("consumer"), ..event("GLG", 3) });
    batch.push(Envelope { subject: "soundings.finance.v1.thing.changed.x".into(), ..event("GLG", 4) });
    let outcomes = Publisher::new(world.conn.clone()).publish(&batch).await;
    let (consultation, themes) = (CONSULTATION.name, THEMES.name);
    assert_eq!(
        outcomes[..3],
        [ack(consultation, 1, false), ack(themes, 1, false), ack(consultation, 2, false)]
    );
    assert_eq!(outcomes[3], ack(DEAD_LETTERS.name, 1, false));
    assert!(is_permanent(&outcomes[4]), "no stream takes it: {outcomes:?}");
    assert_eq!(world.stored(THEMES).await, batch[1..2]);
}

#[tokio::test]
async fn a_batch_that_holds_a_duplicate_is_stored_one_by_one_and_the_duplicate_counts() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let events = events(5);
    assert_eq!(publisher.publish(&events[1..3]).await, stored_at(1..=2));
    let name = CONSULTATION.name;
    let expected = [
        ack(name, 3, false),
        ack(name, 1, true),
        ack(name, 2, true),
        ack(name, 4, false),
        ack(name, 5, false),
    ];
    assert_eq!(publisher.publish(&events).await, expected);
    let stored = ids(&world.stored(CONSULTATION).await);
    assert_eq!(stored, [1, 2, 0, 3, 4].map(|at: usize| events[at].id));
    assert_eq!(stored_singly(&world).await, 3);
}

#[tokio::test]
async fn what_is_too_large_can_never_be_stored_and_stands_in_nobodys_way() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let limit = usize::try_from(MAX_MESSAGE).unwrap();
    let mut batch = events(4);
    batch[1].data = vec![0; limit];
    // The body alone would fit, but not beside these headers.
    batch[2].data = vec![0; limit - 9 * 1024];
    batch[2].tracestate = Some("x".repeat(10 * 1024));
    let outcomes = publisher.publish(&batch).await;
    assert_eq!(
        (&outcomes[0], &outcomes[3]),
        (&ack(CONSULTATION.name, 1, false), &ack(CONSULTATION.name, 2, false))
    );
    assert!(is_permanent(&outcomes[1]) && is_permanent(&outcomes[2]), "{outcomes:?}");

    let largest = Envelope { data: vec![7; limit - 8 * 1024], ..event("GLG", 5) };
    assert_eq!(publisher.publish(std::slice::from_ref(&largest)).await, stored_at([3]));
    assert_eq!(world.stored(CONSULTATION).await[2], largest);
}

#[tokio::test]
async fn what_no_client_can_send_can_never_be_stored() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let mut batch = events(3);
    batch[1].subject = "soundings.consultation.v1.organisation.changed.two words".into();
    let outcomes = publisher.publish(&batch).await;
    assert!(is_permanent(&outcomes[1]), "{outcomes:?}");
    assert_eq!(world.stored(CONSULTATION).await, [batch[0].clone(), batch[2].clone()]);

    // As much as the server takes in no message at all.
    let huge = Envelope { tracestate: Some("x".repeat(2 * 1024 * 1024)), ..event("GLG", 4) };
    assert!(is_permanent(&publisher.publish(&[huge]).await[0]));
}

#[tokio::test]
async fn while_the_server_is_away_everything_fails_for_now_and_nothing_is_queued() {
    let mut world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    world.kill().await;
    let outcomes = publisher.publish(&events(3)).await;
    assert!(outcomes.len() == 3 && outcomes.iter().all(is_transient), "{outcomes:?}");
    let state = publisher.stream_state(CONSULTATION.name).await;
    assert!(matches!(state, Err(PublishError::Transient(_))), "{state:?}");

    world.restart_after(|_| {}).await;
    let later = event("EDH", 1);
    assert_eq!(publisher.publish(std::slice::from_ref(&later)).await, stored_at([1]));
    assert_eq!(world.stored(CONSULTATION).await, [later]);
}

#[tokio::test]
async fn a_full_stream_holds_the_rest_back_in_order() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let limit = async |messages: i64| {
        let mut stream = world.client.get_stream(CONSULTATION.name).await.unwrap();
        let mut config = stream.info().await.unwrap().config.clone();
        config.max_messages = messages;
        world.client.update_stream(config).await.unwrap();
    };
    limit(7).await;
    let events = events(250);
    let outcomes = publisher.publish(&events).await;
    assert_eq!(outcomes[..7], stored_at(1..=7));
    assert!(outcomes[7..].iter().all(is_transient), "{outcomes:?}");
    assert_eq!(world.stored(CONSULTATION).await, events[..7]);
    limit(-1).await;
    assert_eq!(publisher.publish(&events[7..]).await, stored_at(8..=250));
    assert_eq!(world.stored(CONSULTATION).await, events);
}

#[tokio::test]
async fn an_unfinished_batch_of_the_same_events_is_in_nobodys_way() {
    let world = World::start().await;
    let events = events(3);
    // What a publisher leaves that ends in the middle of a batch.
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-Msg-Id", events[0].id.to_string());
    headers.insert("Nats-Batch-Id", events[0].id.to_string());
    headers.insert("Nats-Batch-Sequence", "1");
    let begun =
        world.client.client().request_with_headers(events[0].subject.clone(), headers, "".into()).await;
    assert!(begun.unwrap().payload.is_empty(), "the batch is begun");
    assert_eq!(Publisher::new(world.conn.clone()).publish(&events).await, stored_at(1..=3));
    assert_eq!(world.stored(CONSULTATION).await, events);
}

/// A service that starts beside its server: neither the connection nor a stream is there yet.
#[tokio::test]
async fn the_first_events_wait_for_the_connection_and_make_the_streams() {
    let nats = NatsServer::start().await;
    let conn = Connection::connect(Settings::new("service", nats.url())).await.unwrap();
    let publisher = Publisher::new(conn);
    assert_eq!(publisher.publish(&events(3)).await, stored_at(1..=3));
}

#[tokio::test]
async fn a_missing_stream_is_made_anew_and_takes_the_events_at_once() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    assert_eq!(publisher.publish(&events(1)).await, stored_at([1]));
    world.client.delete_stream(CONSULTATION.name).await.unwrap();
    assert_eq!(publisher.stream_state(CONSULTATION.name).await, Ok(None));
    let events = events(3);
    assert_eq!(publisher.publish(&events).await, stored_at(1..=3));
    let name = (PORTFOLIO_ORGANISATIONS.name, CONSULTATION.name);
    let durable: Result<PullConsumer, _> = world.client.get_consumer_from_stream(name.0, name.1).await;
    assert_eq!(durable.unwrap().cached_info().num_pending, 3, "its consumers are there too");
}

#[tokio::test]
async fn a_streams_state_tells_when_it_was_made_and_its_last_place() {
    let world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let state = async || publisher.stream_state(CONSULTATION.name).await.unwrap().unwrap();
    let before = state().await;
    assert_eq!(before.last_sequence, 0);
    publisher.publish(&events(3)).await;
    let after = state().await;
    assert_eq!((after.created, after.last_sequence), (before.created, 3));
    world.client.delete_stream(CONSULTATION.name).await.unwrap();
    soundings_jetstream::provision(&world.conn).await.unwrap();
    let remade = state().await;
    assert!(remade.created > before.created);
    assert_eq!(remade.last_sequence, 0);
    assert_eq!(publisher.stream_state("SND_NOWHERE").await, Ok(None));
}

#[tokio::test]
async fn every_connection_that_is_made_is_told() {
    let mut world = World::start().await;
    let publisher = Publisher::new(world.conn.clone());
    let mut connections = publisher.connections();
    let before = *connections.borrow_and_update();
    world.restart_after(|_| {}).await;
    until("another connection", async || (*connections.borrow() > before).then_some(())).await;
    assert!(connections.has_changed().unwrap());
    assert_eq!(publisher.publish(&[event_of(ORGANISATION_CHANGED, "GLG", 1)]).await, stored_at([1]));
}
