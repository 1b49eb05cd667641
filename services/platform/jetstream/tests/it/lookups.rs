use pretty_assertions::assert_eq;
use soundings_jetstream::{Publisher, lookup};
use soundings_mailbox::{Envelope, Publish};
use soundings_proto::subjects::{
    CONSULTATION, ORGANISATION_CHANGED, PORTFOLIO_CURRENT, PORTFOLIO_ORGANISATIONS, ranking_current,
};

use crate::world::{World, event, events};

#[tokio::test]
async fn a_late_joiner_is_told_the_newest_event_of_a_subject() {
    let world = World::start().await;
    let subject = ORGANISATION_CHANGED.subject("GLG");
    assert_eq!(lookup::last_for_subject(&world.conn, CONSULTATION, &subject).await.unwrap(), None);
    let mut events = events(3);
    events.push(event("EDH", 1));
    Publisher::new(world.conn.clone()).publish(&events).await;
    let newest = lookup::last_for_subject(&world.conn, CONSULTATION, &subject).await.unwrap();
    assert_eq!(newest.as_ref(), Some(&events[2]));
}

#[tokio::test]
async fn one_ranking_stands_for_each_kind() {
    let world = World::start().await;
    let standing =
        |kind: &str, sequence| Envelope { subject: ranking_current(kind), ..event(kind, sequence) };
    let events = [standing("official", 1), standing("provisional", 1), standing("official", 2)];
    Publisher::new(world.conn.clone()).publish(&events).await;
    assert_eq!(world.stored(PORTFOLIO_CURRENT).await, events[1..]);
    let official =
        lookup::last_for_subject(&world.conn, PORTFOLIO_CURRENT, &ranking_current("official")).await;
    assert_eq!(official.unwrap().as_ref(), Some(&events[2]));
}

#[tokio::test]
async fn the_lag_counts_what_is_not_acknowledged() {
    let world = World::start().await;
    let lag = async || lookup::lag(&world.conn, &PORTFOLIO_ORGANISATIONS).await.unwrap();
    assert_eq!(lag().await, 0);
    Publisher::new(world.conn.clone()).publish(&events(7)).await;
    assert_eq!(lag().await, 7);
}
