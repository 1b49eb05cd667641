use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Outgoing, relay::Turn};
use soundings_proto::subjects::CONSULTATION;

use crate::world::{Engine, Postgres, Sqlite, World, beside, event, ids, until};

fn published(published: usize) -> Turn {
    Turn { published, ..Turn::default() }
}

/// A world whose stream holds events 1 to 5 of an aggregate.
async fn with_five(engine: Engine) -> Option<(World, Vec<soundings_mailbox::Envelope>)> {
    let world = World::open(engine).await?;
    let events: Vec<_> = (1..=5).map(|sequence| event("a", sequence)).collect();
    world.append(&events).await;
    assert_eq!(world.turn().await, published(5));
    assert_eq!(world.reconcile().await, 0);
    Some((world, events))
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_stream_that_is_gone_gets_everything_again(#[case] engine: Engine) {
    let Some((world, events)) = with_five(engine).await else { return };
    world.broker.lose_streams();
    assert_eq!(world.reconcile().await, 5);
    assert_eq!(world.waiting().await, events);
    assert_eq!(world.turn().await, published(5));
    assert_eq!(world.broker.stored(CONSULTATION.name), events);
    assert_eq!(world.reconcile().await, 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_stream_that_was_made_again_gets_everything_again(#[case] engine: Engine) {
    let Some((world, events)) = with_five(engine).await else { return };
    world.broker.remake_streams();
    assert_eq!(world.reconcile().await, 5);
    assert_eq!(world.turn().await, published(5));
    assert_eq!(world.broker.stored(CONSULTATION.name), events);
    assert_eq!(world.reconcile().await, 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_old_copy_gets_the_tail_again(#[case] engine: Engine) {
    let Some((world, events)) = with_five(engine).await else { return };
    world.broker.cut_to(3);
    assert_eq!(world.reconcile().await, 2);
    assert_eq!(world.waiting().await, events[3..]);
    assert_eq!(world.turn().await, published(2));
    assert_eq!(world.broker.stored(CONSULTATION.name), events);
    assert_eq!(world.reconcile().await, 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_place_given_out_twice_shows_that_the_tail_is_gone(#[case] engine: Engine) {
    let Some((world, mut events)) = with_five(engine).await else { return };
    world.broker.cut_to(3);
    events.push(event("a", 6));
    world.append(&events[5..]).await;
    assert_eq!(world.turn().await, published(1));
    assert_eq!(world.waiting().await, events[3..5]);
    assert_eq!(world.turn().await, published(2));
    let stored = ids(&world.broker.stored(CONSULTATION.name));
    assert_eq!(stored[..3], ids(&events[..3]));
    assert_eq!(stored[3..], ids(&[events[5].clone(), events[3].clone(), events[4].clone()]));
    assert_eq!(world.reconcile().await, 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_a_standing_subject_only_the_newest_is_sent_again(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let standing = |aggregate, sequence| Outgoing { event: event(aggregate, sequence), standing: true };
    let events = [standing("a", 1), standing("b", 1), standing("a", 2)];
    world.append_outgoing(&events).await;
    world.turn().await;
    world.broker.lose_streams();
    assert_eq!(world.reconcile().await, 2);
    assert_eq!(world.turn().await, published(2));
    let stored = ids(&world.broker.stored(CONSULTATION.name));
    assert_eq!(stored, [events[1].event.id, events[2].event.id]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_was_acknowledged_as_a_duplicate_is_sent_again_too(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let events: Vec<_> = (1..=5).map(|sequence| event("a", sequence)).collect();
    world.append(&events).await;
    world.crash_before_the_mark().await;
    assert_eq!(world.turn().await, published(5));

    world.broker.cut_to(2);
    assert_eq!(world.reconcile().await, 3);
    assert_eq!(world.turn().await, published(3));
    world.broker.lose_streams();
    assert_eq!(world.reconcile().await, 5);
    assert_eq!(world.turn().await, published(5));
    assert_eq!(world.broker.stored(CONSULTATION.name), events);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_looks_for_losses_at_its_start_and_with_every_new_connection(#[case] engine: Engine) {
    let Some((world, events)) = with_five(engine).await else { return };
    let refilled = async || {
        until("refilled stream", async || {
            let idle = world.waiting().await.is_empty();
            (idle && world.broker.stored(CONSULTATION.name) == events).then_some(())
        })
        .await;
    };
    world.broker.cut_to(3);
    beside(world.relay("one"), async {
        refilled().await;
        // Idle, as it will mostly be when the connection comes back.
        world.broker.lose_streams();
        world.broker.reconnect();
        refilled().await;
        // The streams may take a moment longer than the connection.
        world.broker.cut_to(1);
        world.broker.leave_unanswered(1);
        world.broker.reconnect();
        refilled().await;
    })
    .await;
}
