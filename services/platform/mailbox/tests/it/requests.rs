use chrono::Duration;
use futures::future::join_all;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{
    Error,
    database::commit,
    requests::{
        self, Claim, Key,
        Outcome::{self, New, Replay, Reused},
        Stored,
    },
};

use crate::world::{Engine, Postgres, Sqlite, World};

fn claim(request_id: &str, body: u8, response: &str) -> Claim {
    let key = Key { principal: "ann".into(), method: "/Submit".into(), request_id: request_id.into() };
    Claim { key, stored: Stored { body_hash: [body; 32], response: response.into() } }
}

async fn claim_many(world: &World, claims: &[Claim]) -> Vec<Outcome> {
    let tx = world.db.begin().await.unwrap();
    let outcomes = requests::claim_many(&tx, claims, world.now()).await.unwrap();
    commit(tx).await.unwrap();
    outcomes
}

async fn lookup(world: &World, claim: &Claim) -> Outcome {
    requests::lookup(world.db.read(), &claim.key, &claim.stored.body_hash).await.unwrap()
}

fn replay(response: &str) -> Outcome {
    Replay(response.into())
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_ten_copies_at_once_one_is_new_and_the_rest_are_told_its_answer(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let copy = async |at: usize| claim_many(&world, &[claim("r", 1, &at.to_string())]).await.remove(0);
    let outcomes = join_all((0..10).map(copy)).await;
    let winners: Vec<_> = (0..10).filter(|at| outcomes[*at] == New).collect();
    let [winner] = winners[..] else { panic!("{outcomes:?}") };
    let answer = replay(&winner.to_string());
    assert!((0..10).all(|at| at == winner || outcomes[at] == answer), "{outcomes:?}");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_request_is_new_until_it_is_recorded(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let request = claim("r", 1, "first");
    assert_eq!(lookup(&world, &request).await, New);
    let tx = world.db.begin().await.unwrap();
    requests::record(&tx, &request, world.now()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(lookup(&world, &request).await, New, "its transaction was undone");

    let tx = world.db.begin().await.unwrap();
    requests::record(&tx, &request, world.now()).await.unwrap();
    commit(tx).await.unwrap();
    assert_eq!(lookup(&world, &request).await, replay("first"));
    assert_eq!(lookup(&world, &claim("r", 2, "")).await, Reused, "another body");
    let tx = world.db.begin().await.unwrap();
    let twice = requests::record(&tx, &request, world.now()).await;
    assert!(matches!(twice, Err(Error::UniqueViolation(_))), "{twice:?}");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_id_counts_for_one_caller_and_one_method(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let request = claim("r", 1, "first");
    assert_eq!(claim_many(&world, std::slice::from_ref(&request)).await, [New]);
    let (mut by_bob, mut to_revise) = (request.clone(), request.clone());
    by_bob.key.principal = "bob".into();
    to_revise.key.method = "/Revise".into();
    assert_eq!(lookup(&world, &by_bob).await, New);
    assert_eq!(claim_many(&world, &[by_bob, to_revise, request]).await, [New, New, replay("first")]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_copy_later_in_a_batch_is_told_what_became_of_the_first(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let batch = [
        claim("r", 1, "first"),
        claim("r", 1, "second"),
        claim("r", 2, "third"),
        claim("q", 1, "fourth"),
        claim("q", 1, "fifth"),
    ];
    let expected = [New, replay("first"), Reused, New, replay("fourth")];
    assert_eq!(claim_many(&world, &batch).await, expected);
    let expected = [replay("first"), replay("first"), Reused, replay("fourth"), replay("fourth")];
    assert_eq!(claim_many(&world, &batch).await, expected);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn batches_of_the_same_requests_in_opposite_order_apply_each_once(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    // More than one statement's worth.
    let requests: Vec<_> = (0..600).map(|at| claim(&format!("r{at}"), 1, "")).collect();
    let reversed: Vec<_> = requests.iter().rev().cloned().collect();
    let (forth, back) = tokio::join!(claim_many(&world, &requests), claim_many(&world, &reversed));
    for (forth, back) in forth.iter().zip(back.iter().rev()) {
        assert!((forth == &New) != (back == &New), "{forth:?} and {back:?}");
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_answer_is_kept_for_seven_days(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let prune = async || {
        let tx = world.db.begin().await.unwrap();
        let removed = requests::prune(&tx, world.now()).await.unwrap();
        commit(tx).await.unwrap();
        removed
    };
    let request = claim("r", 1, "first");
    claim_many(&world, std::slice::from_ref(&request)).await;
    world.clock.advance(Duration::days(7));
    assert_eq!(prune().await, 0);
    assert_eq!(lookup(&world, &request).await, replay("first"));
    world.clock.advance(Duration::microseconds(1));
    assert_eq!(prune().await, 1);
    assert_eq!(lookup(&world, &request).await, New);
}
