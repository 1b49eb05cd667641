use std::collections::BTreeMap;

use futures::future::join_all;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{
    Admission::{self, Apply, Stale},
    database::commit,
    inbox,
};

use crate::world::{Engine, Postgres, Sqlite, World, event};

async fn admit(world: &World, source: &str, sequence: i64) -> Admission {
    let tx = world.db.begin().await.unwrap();
    let admission = inbox::admit(&tx, "consumer", source, sequence).await.unwrap();
    commit(tx).await.unwrap();
    admission
}

async fn admit_many(world: &World, messages: &[(&str, i64)]) -> Vec<Admission> {
    let tx = world.db.begin().await.unwrap();
    let admissions = inbox::admit_many(&tx, "consumer", messages).await.unwrap();
    commit(tx).await.unwrap();
    admissions
}

/// Numbers 0 to `count` in an order that jumps about.
fn shuffled(count: usize, seed: usize) -> Vec<usize> {
    let mut order: Vec<_> = (0..count).collect();
    order.sort_by_key(|at| (at + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_usize.rotate_left(seed as u32)) >> 20);
    order
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn only_what_is_newer_is_applied_and_gaps_are_counted(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    assert_eq!(admit(&world, "a", 1).await, Apply { gap: 0 });
    assert_eq!(admit(&world, "a", 1).await, Stale);
    assert_eq!(admit(&world, "a", 2).await, Apply { gap: 0 });
    assert_eq!(admit(&world, "a", 5).await, Apply { gap: 2 });
    assert_eq!(admit(&world, "a", 4).await, Stale);
    assert_eq!(admit(&world, "b", 3).await, Apply { gap: 2 }, "the first two never came");
    assert_eq!(inbox::last(world.db.read(), "consumer", "a").await.unwrap(), Some(5));
    assert_eq!(inbox::last(world.db.read(), "consumer", "c").await.unwrap(), None);
    assert_eq!(inbox::gaps(world.db.read(), "consumer").await.unwrap(), 4);

    let tx = world.db.begin().await.unwrap();
    assert_eq!(inbox::admit(&tx, "another", "a", 1).await.unwrap(), Apply { gap: 0 });
    assert_eq!(inbox::gaps(&tx, "another").await.unwrap(), 0);
    assert_eq!(inbox::gaps(&tx, "nobody").await.unwrap(), 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_was_undone_is_admitted_again(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let tx = world.db.begin().await.unwrap();
    assert!(inbox::admit(&tx, "consumer", "a", 1).await.unwrap().applies());
    tx.rollback().await.unwrap();
    assert_eq!(admit(&world, "a", 1).await, Apply { gap: 0 });
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn repeats_within_a_batch_are_admitted_as_if_one_after_the_other(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let batch = [("b", 1), ("a", 1), ("a", 1), ("a", 3), ("b", 2), ("a", 2), ("a", 4), ("b", 2)];
    let gapless = Apply { gap: 0 };
    let expected = [gapless, gapless, Stale, Apply { gap: 1 }, gapless, Stale, gapless, Stale];
    assert_eq!(admit_many(&world, &batch).await, expected);
    assert_eq!(admit_many(&world, &batch).await, [Stale; 8]);
    assert_eq!(admit_many(&world, &[]).await, []);
    assert_eq!(inbox::gaps(world.db.read(), "consumer").await.unwrap(), 1);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_replay_of_everything_is_stale_in_any_order(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut events = Vec::new();
    for source in 0..40 {
        events.extend((1..=20).map(|sequence| event(&format!("s{source}"), sequence)));
    }
    // Each event three times, shuffled: in the end the newest of each source was applied last.
    let mut newest = BTreeMap::new();
    let mut applied = 0;
    let order = shuffled(events.len() * 3, 0);
    for batch in order.chunks(200) {
        let batch: Vec<_> = batch.iter().map(|at| events[at % events.len()].clone()).collect();
        let tx = world.db.begin().await.unwrap();
        let admissions = inbox::admit_events(&tx, "consumer", &batch).await.unwrap();
        commit(tx).await.unwrap();
        for (event, _) in batch.iter().zip(admissions).filter(|(_, admission)| admission.applies()) {
            let before = newest.insert(event.source.clone(), event.sequence);
            assert!(before < Some(event.sequence));
            applied += 1;
        }
    }
    assert_eq!(newest.len(), 40);
    assert!(newest.values().all(|sequence| *sequence == 20), "{newest:?}");
    assert!(applied > 40 && applied < 800, "{applied} were applied: the order jumps about");
    let gaps = inbox::gaps(world.db.read(), "consumer").await.unwrap();
    assert_eq!(gaps, 800 - applied, "what was not applied was left out");

    let mut replay: Vec<_> = shuffled(events.len(), 7).into_iter().map(|at| events[at].clone()).collect();
    replay.extend(events);
    let tx = world.db.begin().await.unwrap();
    let admissions = inbox::admit_events(&tx, "consumer", &replay).await.unwrap();
    assert_eq!(admissions, vec![Stale; 1_600]);
    assert_eq!(inbox::gaps(&tx, "consumer").await.unwrap(), gaps);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_two_transactions_with_the_same_message_one_applies_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let first = world.db.begin().await.unwrap();
    assert!(inbox::admit(&first, "consumer", "a", 1).await.unwrap().applies());
    let commits = async {
        world.until_one_waits(engine).await;
        commit(first).await.unwrap();
    };
    assert_eq!(tokio::join!(admit(&world, "a", 1), commits).0, Stale);

    let first = world.db.begin().await.unwrap();
    assert!(inbox::admit(&first, "consumer", "a", 2).await.unwrap().applies());
    let gives_up = async {
        world.until_one_waits(engine).await;
        first.rollback().await.unwrap();
    };
    assert_eq!(tokio::join!(admit(&world, "a", 2), gives_up).0, Apply { gap: 0 });
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn batches_in_opposite_order_do_not_wait_for_each_other_in_a_circle(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let sources: Vec<_> = (0..100).map(|at| format!("s{at}")).collect();
    let batch = async |at: i64| {
        let mut messages: Vec<_> = sources.iter().map(|source| (source.as_str(), at + 1)).collect();
        if at % 2 == 1 {
            messages.reverse();
        }
        admit_many(&world, &messages).await
    };
    let admitted = join_all((0..8).map(batch)).await;
    for at in 0..sources.len() {
        let of_one: Vec<_> = admitted.iter().map(|batch| batch[at]).collect();
        assert!(of_one.iter().any(|admission| admission.applies()));
    }
    assert_eq!(inbox::last(world.db.read(), "consumer", "s50").await.unwrap(), Some(8));
}
