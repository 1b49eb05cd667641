use std::sync::atomic::{AtomicBool, Ordering};

use futures::future::join_all;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Outgoing, database::commit, outbox};

use crate::world::{Engine, Postgres, Sqlite, World, event};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn numbers_have_no_gaps_though_many_take_them_and_some_give_up(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let taker = async |at: usize| {
        let tx = world.db.begin().await.unwrap();
        let number = outbox::allocate(&tx, "shared").await.unwrap();
        if at.is_multiple_of(3) {
            tx.rollback().await.unwrap();
            return None;
        }
        commit(tx).await.unwrap();
        Some(number)
    };
    let mut taken: Vec<_> = join_all((0..30).map(taker)).await.into_iter().flatten().collect();
    taken.sort_unstable();
    assert_eq!(taken, (1..=20).collect::<Vec<_>>());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_source_counts_for_itself_and_one_transaction_may_take_several(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let tx = world.db.begin().await.unwrap();
    let mut taken = Vec::new();
    for source in ["a", "a", "b", "a"] {
        taken.push(outbox::allocate(&tx, source).await.unwrap());
    }
    assert_eq!(taken, [1, 2, 1, 3]);
    let sources: Vec<String> = (0..300).map(|n| format!("many-{n:03}")).chain(["a".to_owned()]).collect();
    let many = outbox::allocate_many(&tx, &sources).await.unwrap();
    assert!(sources.iter().all(|source| many[source] == if source == "a" { 4 } else { 1 }));
    assert_eq!((many.len(), outbox::allocate(&tx, "many-299").await.unwrap()), (301, 2));
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn who_waits_for_a_held_number_reads_what_the_holder_wrote(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let holder = world.db.begin().await.unwrap();
    outbox::hold(&holder, "shared").await.unwrap();
    let committed = AtomicBool::new(false);
    let first = async {
        world.until_one_waits(engine).await;
        outbox::append(&holder, &[Outgoing::from(event("a", 1))]).await.unwrap();
        committed.store(true, Ordering::SeqCst);
        commit(holder).await.unwrap();
    };
    let second = async {
        let tx = world.db.begin().await.unwrap();
        outbox::hold(&tx, "shared").await.unwrap();
        assert!(committed.load(Ordering::SeqCst), "it waits");
        assert_eq!(outbox::waiting(&tx, 10).await.unwrap().len(), 1);
        assert_eq!(outbox::allocate(&tx, "shared").await.unwrap(), 1, "holding takes no number");
        commit(tx).await.unwrap();
    };
    tokio::join!(first, second);
}
