use chrono::Duration;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Error, relay::Turn};
use soundings_proto::subjects::CONSULTATION;
use tokio_util::sync::CancellationToken;

use crate::world::{Engine, Postgres, Sqlite, World, event, ids, until};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_that_was_taken_over_marks_nothing(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events = [event("a", 1), event("a", 2)];
    world.append(&events).await;
    let stale = world.lease("one").await.unwrap();
    world.clock.advance(Duration::seconds(5));
    let current = world.lease("two").await.unwrap();
    world.broker.refuse(&events[0]);
    let turn = world.relay("one").turn(&stale).await;
    assert!(matches!(turn, Err(Error::Fenced(_))), "{turn:?}");
    assert_eq!(world.waiting().await, events, "neither marked nor parked");

    world.broker.accept(&events[0]);
    assert_eq!(world.relay("two").turn(&current).await.unwrap(), Turn { published: 2, ..Turn::default() });
    let reconciled = world.relay("one").reconcile(&stale).await;
    assert!(matches!(reconciled, Err(Error::Fenced(_))), "{reconciled:?}");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_two_relays_one_works_and_the_other_takes_over_when_it_stops(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let (stop, stop_first) = (CancellationToken::new(), CancellationToken::new());
    let marked = async |count| {
        until("published events", async || (world.published().await.len() == count).then_some(())).await;
    };
    let work = async {
        world.append(&[event("a", 1)]).await;
        marked(1).await;
        for sequence in 2..=20 {
            world.append(&[event("a", sequence)]).await;
            world.wake.notify();
        }
        marked(20).await;
        stop_first.cancel();
        world.append(&[event("a", 21)]).await;
        marked(21).await;
        stop.cancel();
    };
    tokio::join!(world.relay("one").run(stop_first.clone()), world.relay("two").run(stop.clone()), work);
    let stored = world.broker.stored(CONSULTATION.name);
    assert_eq!(stored.iter().map(|event| event.sequence).collect::<Vec<_>>(), (1..=21).collect::<Vec<_>>());
    let sent: Vec<_> = world.broker.calls().concat();
    assert_eq!(sent, ids(&stored), "nothing was sent by both");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_keeps_its_lease_for_as_long_as_a_slow_broker_takes(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.append(&[event("a", 1)]).await;
    world.broker.hold_answers();
    let sent = || world.broker.calls().len();
    let stop = CancellationToken::new();
    let work = async {
        until("call", async || (sent() == 1).then_some(())).await;
        // Each step is shorter than the lease; together they are longer.
        for _ in 0..2 {
            world.clock.advance(Duration::seconds(4));
            until("renewal", async || world.lease_is_renewed().await.then_some(())).await;
        }
        assert_eq!(world.lease("two").await, None);
        world.broker.answer();
        until("mark", async || world.waiting().await.is_empty().then_some(())).await;
        stop.cancel();
    };
    tokio::join!(world.relay("one").run(stop.clone()), work);
    assert_eq!(sent(), 1);
}
