use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_chassis::{Ids, SystemIds};
use soundings_mailbox::{
    Envelope,
    database::commit,
    dead_letters::{self, DeadLetter, State},
    relay::Turn,
};
use soundings_proto::{
    mailbox::v1::{self as wire, DeadLetterState},
    subjects::DEAD_LETTERS,
};
use uuid::Uuid;

use crate::world::{Engine, Postgres, Sqlite, World, event};

/// Parks an event; None when it is kept already.
async fn park(world: &World, consumer: &str, event: &Envelope) -> Option<Uuid> {
    let id = SystemIds.next();
    let tx = world.db.begin().await.unwrap();
    let kept = dead_letters::park(&tx, id, consumer, event, "it cannot be read", world.now()).await.unwrap();
    commit(tx).await.unwrap();
    kept.then_some(id)
}

async fn replayed(world: &World, id: Uuid) -> bool {
    let tx = world.db.begin().await.unwrap();
    let settled = dead_letters::replayed(&tx, id, "olu", world.now()).await.unwrap();
    commit(tx).await.unwrap();
    settled
}

async fn discard(world: &World, id: Uuid) -> bool {
    let tx = world.db.begin().await.unwrap();
    let settled = dead_letters::discard(&tx, id, "ann", "of no use", world.now()).await.unwrap();
    commit(tx).await.unwrap();
    settled
}

async fn list(world: &World, after: Option<Uuid>, limit: i64, settled: bool) -> Vec<Uuid> {
    let page = dead_letters::list(world.db.read(), after, limit, settled).await.unwrap();
    page.into_iter().map(|letter| letter.id).collect()
}

async fn show(world: &World, id: Uuid) -> DeadLetter {
    dead_letters::show(world.db.read(), id).await.unwrap().unwrap()
}

async fn history(world: &World, id: Uuid) -> Vec<(String, String, String)> {
    let entries = dead_letters::audit_of(world.db.read(), id).await.unwrap();
    assert!(entries.iter().all(|entry| entry.dead_letter == id && entry.at == world.now()));
    entries.into_iter().map(|entry| (entry.action, entry.actor, entry.reason)).collect()
}

fn entry(action: &str, actor: &str, reason: &str) -> (String, String, String) {
    (action.into(), actor.into(), reason.into())
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_message_is_parked_once_for_each_consumer_and_announced_without_its_body(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut poison = event("a", 7);
    poison.data = b"Zanzibar".to_vec();
    poison.correlation_id = Some("a request".into());
    let id = park(&world, "themes-responses", &poison).await.unwrap();
    assert_eq!(park(&world, "themes-responses", &poison).await, None);
    assert!(park(&world, "another", &poison).await.is_some());
    assert_eq!(dead_letters::waiting(world.db.read()).await.unwrap(), 2);

    let letter = DeadLetter {
        id,
        consumer: "themes-responses".into(),
        event: poison.clone(),
        reason: "it cannot be read".into(),
        parked_at: world.now(),
        state: State::Parked,
        settled_at: None,
        settled_by: None,
        settled_reason: None,
    };
    assert_eq!(show(&world, id).await, letter);
    let parked = entry("parked", "themes-responses", "it cannot be read");
    assert_eq!(history(&world, id).await, [parked]);

    let notices = world.waiting().await;
    assert_eq!(notices.len(), 2, "the second parking was announced no more");
    let notice = &notices[0];
    assert_eq!(notice.subject, "soundings.dlq.v1.message.parked.themes-responses");
    assert_eq!((notice.source.clone(), notice.sequence), (format!("//soundings/deadLetters/{id}"), 1));
    assert_eq!(notice.correlation_id.as_deref(), Some("a request"));
    assert_eq!(notice.causation_id, Some(poison.id.to_string()));
    let body = wire::DeadLetter::decode(notice.data.as_slice()).unwrap();
    assert_eq!((body.name, body.event_id), (format!("deadLetters/{id}"), poison.id.to_string()));
    assert_eq!((body.source, body.sequence, body.reason), (poison.source, 7, "it cannot be read".into()));
    assert_eq!(body.state, i32::from(DeadLetterState::Parked));
    assert!(!notice.data.windows(8).any(|part| part == b"Zanzibar"));
    assert_eq!(world.turn().await, Turn { published: 2, ..Turn::default() });
    assert_eq!(world.broker.stored(DEAD_LETTERS.name), notices);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_parking_that_is_undone_is_announced_to_nobody(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let (id, poison) = (SystemIds.next(), event("a", 1));
    let tx = world.db.begin().await.unwrap();
    assert!(dead_letters::park(&tx, id, "consumer", &poison, "why", world.now()).await.unwrap());
    tx.rollback().await.unwrap();
    assert_eq!(world.waiting().await, []);
    assert_eq!(dead_letters::show(world.db.read(), id).await.unwrap(), None);
    assert_eq!(history(&world, id).await, []);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn letters_are_listed_oldest_first_a_page_at_a_time(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut ids = Vec::new();
    for sequence in 1..=5 {
        ids.push(park(&world, "consumer", &event("a", sequence)).await.unwrap());
    }
    assert!(discard(&world, ids[1]).await);
    assert_eq!(list(&world, None, 2, false).await, [ids[0], ids[2]]);
    assert_eq!(list(&world, Some(ids[2]), 2, false).await, [ids[3], ids[4]]);
    assert!(list(&world, Some(ids[4]), 2, false).await.is_empty());
    assert_eq!(list(&world, None, 100, true).await, ids);
    assert_eq!(dead_letters::waiting(world.db.read()).await.unwrap(), 4);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_letter_is_settled_once_and_it_is_kept_who_did_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mended = park(&world, "consumer", &event("a", 1)).await.unwrap();
    let useless = park(&world, "consumer", &event("a", 2)).await.unwrap();
    assert!(replayed(&world, mended).await);
    assert!(discard(&world, useless).await);
    for id in [mended, useless, Uuid::nil()] {
        assert!(!replayed(&world, id).await);
        assert!(!discard(&world, id).await);
    }
    let letter = show(&world, mended).await;
    assert_eq!((letter.state, letter.settled_at), (State::Replayed, Some(world.now())));
    assert_eq!(letter.settled_by.as_deref(), Some("olu"));
    let letter = show(&world, useless).await;
    assert_eq!((letter.state, letter.settled_reason.as_deref()), (State::Discarded, Some("of no use")));
    let parked = entry("parked", "consumer", "it cannot be read");
    assert_eq!(history(&world, mended).await, [parked.clone(), entry("replayed", "olu", "applied")]);
    assert_eq!(history(&world, useless).await, [parked, entry("discarded", "ann", "of no use")]);
    assert_eq!(park(&world, "consumer", &letter.event).await, None, "it does not come to life again");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_two_who_take_a_letter_at_once_one_applies_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let id = park(&world, "consumer", &event("a", 1)).await.unwrap();
    let first = world.db.begin().await.unwrap();
    assert_eq!(dead_letters::take(&first, id).await.unwrap().unwrap().id, id);
    let applies = async {
        world.until_one_waits(engine).await;
        assert!(dead_letters::replayed(&first, id, "olu", world.now()).await.unwrap());
        commit(first).await.unwrap();
    };
    let second = async {
        let tx = world.db.begin().await.unwrap();
        dead_letters::take(&tx, id).await.unwrap()
    };
    assert_eq!(tokio::join!(second, applies).0, None);
}
