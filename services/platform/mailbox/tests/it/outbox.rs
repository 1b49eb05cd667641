use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{
    Outgoing,
    database::commit,
    outbox::{self, Depth},
    relay::Turn,
};
use soundings_proto::subjects::CONSULTATION;

use crate::world::{Engine, Postgres, Sqlite, World, beside, event, ids, noon, until};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn events_wait_in_the_order_of_insertion_with_all_that_they_say(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut first = event("b", 1);
    first.data = vec![0, 159, 255];
    first.correlation_id = Some("a request".into());
    first.causation_id = Some("another event".into());
    first.traceparent = Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".into());
    first.tracestate = Some("vendor=1".into());
    // More than one statement's worth.
    let mut all = vec![first];
    all.extend((1..=1_200).map(|sequence| event("a", sequence)));
    world.append(&all).await;
    world.append(&[event("c", 1)]).await;
    let waiting = world.waiting().await;
    assert_eq!(&waiting[..1_201], all);
    assert_eq!(waiting[1_201].aggregate_id, "c");

    let page = outbox::waiting(world.db.read(), 2).await.unwrap();
    assert!(page[0].position < page[1].position);
    assert_eq!(page.len(), 2);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_event_shares_the_fate_of_its_transaction(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let tx = world.db.begin().await.unwrap();
    outbox::append(&tx, &[Outgoing::from(event("a", 1))]).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(world.waiting().await, []);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn nothing_is_skipped_when_a_transaction_with_a_lower_position_commits_later(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let (held, others) = (event("held", 1), [event("a", 1), event("b", 1)]);
    let tx = world.db.begin().await.unwrap();
    outbox::append(&tx, &[Outgoing::from(held.clone())]).await.unwrap();
    let late = async {
        if engine == Postgres {
            until("others' commit", async || (world.waiting().await.len() == 2).then_some(())).await;
            assert_eq!(world.turn().await, Turn { published: 2, ..Turn::default() });
        }
        commit(tx).await.unwrap();
    };
    // SQLite's one writer lets the others wait for it.
    tokio::join!(world.append(&others), late);

    let published = if engine == Postgres { 1 } else { 3 };
    assert_eq!(world.turn().await, Turn { published, ..Turn::default() });
    assert_eq!(world.turn().await, Turn::default());
    let positions: Vec<_> = world.published().await.into_iter().map(|(id, ..)| id).collect();
    assert_eq!(positions, [held.id, others[0].id, others[1].id]);
    assert_eq!(world.broker.stored(CONSULTATION.name).len(), 3);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_aggregate_is_published_in_its_order_while_many_write(#[case] engine: Engine) {
    const AGGREGATES: usize = 4;
    let Some(world) = World::open(engine).await else { return };
    let writer = async |at: usize| {
        for turn in 0..10 {
            let aggregate = format!("s{}", (at + turn) % AGGREGATES);
            let tx = world.db.begin().await.unwrap();
            let sequence = outbox::allocate(&tx, &aggregate).await.unwrap();
            outbox::append(&tx, &[Outgoing::from(event(&aggregate, sequence))]).await.unwrap();
            commit(tx).await.unwrap();
            world.wake.notify();
        }
    };
    let stored = || world.broker.stored(CONSULTATION.name);
    beside(world.relay("one"), async {
        futures::future::join_all((0..8).map(writer)).await;
        until("80 events", async || (stored().len() == 80).then_some(())).await;
    })
    .await;
    for at in 0..AGGREGATES {
        let of_one = stored().into_iter().filter(|event| event.aggregate_id == format!("s{at}"));
        let sequences: Vec<_> = of_one.map(|event| event.sequence).collect();
        assert_eq!(sequences, (1..=20).collect::<Vec<_>>());
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_depth_tells_how_many_wait_and_since_when(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    assert_eq!(outbox::depth(world.db.read()).await.unwrap(), Depth { waiting: 0, oldest: None, parked: 0 });
    let events: Vec<_> = (0..3)
        .map(|at| {
            let mut event = event("a", at + 1);
            event.time = noon() - chrono::Duration::minutes(at);
            event
        })
        .collect();
    world.append(&events).await;
    world.broker.refuse(&events[2]);
    world.broker.fail(&events[0]);
    assert_eq!(world.turn().await, Turn { published: 0, parked: 1, failed: 2 });
    let oldest = Some(events[1].time);
    assert_eq!(outbox::depth(world.db.read()).await.unwrap(), Depth { waiting: 2, oldest, parked: 1 });
    assert_eq!(ids(&world.waiting().await), ids(&events[..2]));
}
