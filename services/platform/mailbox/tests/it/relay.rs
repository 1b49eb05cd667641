use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{outbox, relay::Turn};
use soundings_proto::subjects::{CONSULTATION, dead_letter};
use tokio::time::timeout;

use crate::world::{Engine, Postgres, Sqlite, World, beside, event, ids, until};

fn published(published: usize) -> Turn {
    Turn { published, ..Turn::default() }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_waits_is_stored_in_order_and_marked_with_its_place(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut events: Vec<_> = (1..=3).map(|sequence| event("a", sequence)).collect();
    events[1].subject = dead_letter("consumer");
    world.append(&events).await;
    assert_eq!(world.turn().await, published(3));
    assert_eq!(world.waiting().await, []);
    let place = |at: usize, stream: &str, sequence| (events[at].id, stream.to_owned(), sequence);
    let places = [place(0, "SND_CONSULTATION", 1), place(1, "SND_DLQ", 1), place(2, "SND_CONSULTATION", 2)];
    assert_eq!(world.published().await, places);
    assert_eq!(world.turn().await, published(0));
    assert_eq!(world.broker.calls().len(), 1, "nothing is sent for nothing");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_broker_that_is_away_leaves_everything_waiting_in_order(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events: Vec<_> = (1..=1_000).map(|sequence| event("a", sequence)).collect();
    world.append(&events).await;
    world.broker.go_away();
    let stored = || world.broker.stored(CONSULTATION.name);
    beside(world.relay("one"), async {
        until("third attempt", async || (world.broker.calls().len() >= 3).then_some(())).await;
        assert_eq!(world.waiting().await, events);
        assert_eq!(outbox::depth(world.db.read()).await.unwrap().parked, 0);
        world.broker.come_back();
        until("1,000 events", async || (stored().len() == 1_000).then_some(())).await;
        until("empty outbox", async || world.waiting().await.is_empty().then_some(())).await;
    })
    .await;
    assert_eq!(stored(), events);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_follows_a_failure_waits_for_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut events: Vec<_> = (1..=5).map(|sequence| event("a", sequence)).collect();
    events[4].subject = dead_letter("consumer");
    world.append(&events).await;
    world.broker.fail(&events[2]);
    assert_eq!(world.turn().await, Turn { published: 3, parked: 0, failed: 2 });
    assert_eq!(world.waiting().await, events[2..4], "another stream does not wait");
    world.broker.come_back();
    assert_eq!(world.turn().await, published(2));
    assert_eq!(world.broker.stored(CONSULTATION.name), events[..4]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_can_never_be_stored_is_parked_and_stands_in_nobodys_way(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events: Vec<_> = (1..=3).map(|sequence| event("a", sequence)).collect();
    world.append(&events).await;
    world.broker.refuse(&events[1]);
    assert_eq!(world.turn().await, Turn { published: 2, parked: 1, failed: 0 });
    assert_eq!(world.turn().await, published(0));
    assert_eq!(outbox::depth(world.db.read()).await.unwrap().parked, 1);

    world.broker.accept(&events[1]);
    let tx = world.db.begin().await.unwrap();
    assert_eq!(outbox::unpark(&tx).await.unwrap(), 1);
    tx.commit().await.unwrap();
    assert_eq!(world.turn().await, published(1));
    let stored = ids(&world.broker.stored(CONSULTATION.name));
    assert_eq!(stored, [events[0].id, events[2].id, events[1].id]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn after_a_crash_before_the_mark_the_same_ids_are_sent_and_duplicates_count(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events: Vec<_> = (1..=3).map(|sequence| event("a", sequence)).collect();
    world.append(&events).await;
    world.crash_before_the_mark().await;
    assert_eq!(world.waiting().await, events);
    assert_eq!(world.broker.stored(CONSULTATION.name), events);

    world.append(&[event("b", 1)]).await;
    assert_eq!(world.turn().await, published(4));
    let calls = world.broker.calls();
    assert_eq!(calls[1][..3], calls[0]);
    let places: Vec<_> = world.published().await.into_iter().map(|(.., sequence)| sequence).collect();
    assert_eq!(places, [1, 2, 3, 4]);
    assert_eq!(world.broker.stored(CONSULTATION.name).len(), 4);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_looks_by_itself_and_a_wake_up_makes_it_prompt(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let marked = async |count| {
        until("published event", async || (world.published().await.len() == count).then_some(())).await;
    };
    beside(world.relay("one"), async {
        world.append(&[event("a", 1)]).await;
        marked(1).await;
        // Five of them in less than the two polls that they would take at least.
        let woken = async {
            for sequence in 2..=6 {
                world.append(&[event("a", sequence)]).await;
                world.wake.notify();
                marked(usize::try_from(sequence).unwrap()).await;
            }
        };
        timeout(Duration::from_secs(2), woken).await.expect("prompt publishing");
    })
    .await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_that_stops_flushes_what_waits_and_gives_its_lease_up(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events: Vec<_> = (1..=1_000).map(|sequence| event("a", sequence)).collect();
    beside(world.relay("one"), async {
        world.append(&[event("b", 1)]).await;
        until("first event", async || (!world.published().await.is_empty()).then_some(())).await;
        world.append(&events).await;
    })
    .await;
    assert_eq!(world.waiting().await, []);
    assert!(world.lease("two").await.is_some());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_that_stops_leaves_what_cannot_be_published_now(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.broker.go_away();
    world.append(&[event("a", 1)]).await;
    beside(world.relay("one"), async {
        until("attempt", async || (!world.broker.calls().is_empty()).then_some(())).await;
    })
    .await;
    assert_eq!(world.waiting().await.len(), 1);
    assert!(world.lease("two").await.is_some());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_closed_connection_does_not_make_a_relay_spin(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.broker.go_away();
    world.broker.close();
    world.append(&[event("a", 1)]).await;
    let calls = || world.broker.calls().len();
    let spins = until("twentieth attempt", async || (calls() >= 20).then_some(()));
    let spins = beside(world.relay("one"), timeout(Duration::from_millis(500), spins)).await;
    assert!(spins.is_err(), "it waits between attempts");
    assert!(calls() > 0);
}
