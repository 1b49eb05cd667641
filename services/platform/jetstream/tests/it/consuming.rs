use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use pretty_assertions::assert_eq;
use soundings_jetstream::{
    Delivery,
    Disposition::{self, Ack, Dead, Retry},
    Handle, Publisher, Stats, consumer, lookup,
};
use soundings_mailbox::{Envelope, Publish};
use soundings_proto::subjects::{CONSULTATION, ORGANISATION_CHANGED, PORTFOLIO_ORGANISATIONS};
use tokio::{sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::world::{World, event, events, ids, until};

/// Keeps what came, and answers as it is told; else it acknowledges.
struct Handler {
    came: Mutex<Vec<Delivery>>,
    answers: Mutex<HashMap<Uuid, VecDeque<Disposition>>>,
    goes_on: watch::Sender<bool>,
}

impl Handler {
    fn new() -> Arc<Handler> {
        let goes_on = watch::Sender::new(true);
        Arc::new(Handler { came: Mutex::default(), answers: Mutex::default(), goes_on })
    }

    fn answer(&self, event: &Envelope, answers: impl IntoIterator<Item = Disposition>) {
        self.answers.lock().unwrap().insert(event.id, answers.into_iter().collect());
    }

    fn came(&self) -> Vec<Delivery> {
        self.came.lock().unwrap().clone()
    }

    fn distinct(&self) -> HashSet<Uuid> {
        self.came().iter().map(|delivery| delivery.event.id).collect()
    }

    /// Waits until a batch came.
    async fn begins(&self) {
        until("batch", async || (!self.came().is_empty()).then_some(())).await;
    }

    /// Waits until so many different events came.
    async fn has(&self, count: usize) {
        until("deliveries", async || (self.distinct().len() == count).then_some(())).await;
    }
}

#[async_trait]
impl Handle for Handler {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        self.came.lock().unwrap().extend(batch.iter().cloned());
        self.goes_on.subscribe().wait_for(|goes_on| *goes_on).await.unwrap();
        let mut answers = self.answers.lock().unwrap();
        let next = |delivery: &Delivery| answers.get_mut(&delivery.event.id)?.pop_front();
        batch.iter().map(next).map(|answer| answer.unwrap_or(Ack)).collect()
    }
}

/// A consumer that runs.
#[derive(Default)]
struct Running {
    stats: Stats,
    stop: CancellationToken,
}

/// Lets a consumer run while something happens, then stops it.
async fn while_consuming<T>(
    world: &mut World,
    handler: &Arc<Handler>,
    happens: impl AsyncFnOnce(&mut World, &Running) -> T,
) -> T {
    let running = Running::default();
    let (conn, stats, stop) = (world.conn.clone(), running.stats.clone(), running.stop.clone());
    let runs = consumer::run(conn, &PORTFOLIO_ORGANISATIONS, handler.clone(), stats, stop);
    let happens = async {
        let done = happens(world, &running).await;
        running.stop.cancel();
        done
    };
    tokio::join!(runs, happens).1
}

async fn publish(world: &World, events: &[Envelope]) {
    let outcomes = Publisher::new(world.conn.clone()).publish(events).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
}

/// Waits until so many events are not answered for good.
async fn lags(world: &World, count: u64) {
    until("lag", async || {
        let lag = lookup::lag(&world.conn, &PORTFOLIO_ORGANISATIONS).await.ok()?;
        (lag == count).then_some(())
    })
    .await;
}

/// Waits until everything is answered for good.
async fn answered(world: &World) {
    lags(world, 0).await;
}

#[tokio::test]
async fn events_come_in_order_and_are_acknowledged() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(500);
    publish(&world, &events[..300]).await;
    while_consuming(&mut world, &handler, async |world, Running { stats, .. }| {
        handler.has(300).await;
        publish(world, &events[300..]).await;
        handler.has(500).await;
        answered(world).await;
        assert_eq!((stats.delivered(), stats.acked(), stats.rebuilt()), (500, 500, 0));
    })
    .await;
    let came = handler.came();
    assert_eq!(came.iter().map(|delivery| delivery.event.clone()).collect::<Vec<_>>(), events);
    assert!((1..).zip(&came).all(|(at, delivery)| (delivery.stream_sequence, delivery.attempt) == (at, 1)));
}

#[tokio::test]
async fn what_could_not_be_applied_now_comes_again() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(3);
    let soon = Duration::from_millis(50);
    handler.answer(&events[1], [Retry(Duration::ZERO), Retry(soon), Ack]);
    publish(&world, &events).await;
    while_consuming(&mut world, &handler, async |world, Running { stats, .. }| {
        until("third attempt", async || (handler.came().len() == 5).then_some(())).await;
        answered(world).await;
        assert_eq!((stats.acked(), stats.retried(), stats.dead()), (3, 2, 0));
    })
    .await;
    let came = handler.came().into_iter().map(|delivery| (delivery.event.sequence, delivery.attempt));
    assert_eq!(came.collect::<Vec<_>>(), [(1, 1), (2, 1), (3, 1), (2, 2), (2, 3)]);
}

#[tokio::test]
async fn what_can_never_be_applied_is_terminated() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(3);
    handler.answer(&events[1], [Dead("it cannot be read".into())]);
    publish(&world, &events).await;
    while_consuming(&mut world, &handler, async |world, Running { stats, .. }| {
        handler.has(3).await;
        answered(world).await;
        assert_eq!((stats.acked(), stats.dead()), (2, 1));
    })
    .await;
    assert_eq!(handler.came().len(), 3);
}

#[tokio::test]
async fn unknown_events_are_passed_over_and_what_is_no_event_is_terminated() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let unknown = Envelope { ty: "soundings.consultation.organisation.merged.v1".into(), ..event("GLG", 1) };
    let known = event("GLG", 2);
    publish(&world, std::slice::from_ref(&unknown)).await;
    let stored = world.client.publish(ORGANISATION_CHANGED.subject("GLG"), "hello".into()).await.unwrap();
    stored.await.unwrap();
    publish(&world, std::slice::from_ref(&known)).await;
    while_consuming(&mut world, &handler, async |world, Running { stats, .. }| {
        handler.has(1).await;
        answered(world).await;
        assert_eq!((stats.delivered(), stats.unknown(), stats.malformed(), stats.acked()), (3, 1, 1, 1));
    })
    .await;
    assert_eq!(handler.came()[0].event, known);
}

#[tokio::test]
async fn a_consumer_that_stops_finishes_what_is_in_flight() {
    let (mut world, handler) = (World::start().await, Handler::new());
    publish(&world, &events(20)).await;
    handler.goes_on.send_replace(false);
    let stats = while_consuming(&mut world, &handler, async |_, Running { stats, stop }| {
        handler.begins().await;
        stop.cancel();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        handler.goes_on.send_replace(true);
        stats.clone()
    })
    .await;
    let begun = handler.came().len() as u64;
    assert_eq!(stats.acked(), begun);
    lags(&world, 20 - begun).await;
}

#[tokio::test]
async fn what_came_but_was_not_begun_goes_back_at_once() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(2_000);
    publish(&world, &events).await;
    handler.goes_on.send_replace(false);
    while_consuming(&mut world, &handler, async |_, Running { stop, .. }| {
        handler.begins().await;
        stop.cancel();
        handler.goes_on.send_replace(true);
    })
    .await;
    let begun = handler.distinct().len();
    assert!(begun <= consumer::MAX_BATCH, "it was stopped in the middle");
    let rest = while_consuming(&mut world, &handler, async |_, _| handler.has(2_000).await);
    timeout(Duration::from_secs(10), rest).await.expect("the rest, before any acknowledgement is overdue");
    assert_eq!(handler.distinct(), ids(&events).into_iter().collect());
}

#[tokio::test]
async fn a_consumer_outlives_a_restart_of_the_server() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(40);
    publish(&world, &events[..20]).await;
    while_consuming(&mut world, &handler, async |world, _| {
        handler.has(20).await;
        world.restart_after(|_| {}).await;
        publish(world, &events[20..]).await;
        handler.has(40).await;
    })
    .await;
}

#[tokio::test]
async fn a_deleted_durable_is_made_anew_and_everything_comes_again() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(40);
    publish(&world, &events[..20]).await;
    while_consuming(&mut world, &handler, async |world, Running { stats, .. }| {
        handler.has(20).await;
        answered(world).await;
        let name = (PORTFOLIO_ORGANISATIONS.name, CONSULTATION.name);
        world.client.delete_consumer_from_stream(name.0, name.1).await.unwrap();
        publish(world, &events[20..]).await;
        handler.has(40).await;
        answered(world).await;
        assert!(stats.rebuilt() >= 1);
    })
    .await;
    let again: Vec<_> = handler.came()[20..].iter().map(|delivery| delivery.event.id).collect();
    assert_eq!(again, ids(&events));
}

#[tokio::test]
async fn a_consumer_goes_on_when_the_streams_were_lost() {
    let (mut world, handler) = (World::start().await, Handler::new());
    let events = events(40);
    publish(&world, &events[..20]).await;
    while_consuming(&mut world, &handler, async |world, _| {
        handler.has(20).await;
        world.restart_after(|nats| nats.lose_streams()).await;
        until("streams", async || world.client.get_stream(CONSULTATION.name).await.ok()).await;
        publish(world, &events[20..]).await;
        handler.has(40).await;
    })
    .await;
}
