use chrono::Duration;
use futures::future::join_all;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Error, Lease, database::commit};

use crate::world::{Engine, Postgres, Sqlite, World};

const TTL: Duration = Duration::seconds(5);

async fn is_fenced(world: &World, lease: &Lease) -> bool {
    let tx = world.db.begin().await.unwrap();
    match lease.guard(&tx).await {
        Ok(()) => false,
        Err(Error::Fenced(name)) => name == lease.name,
        Err(error) => panic!("{error}"),
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_second_holder_gets_it_when_it_is_released_or_has_expired(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let first = world.lease("one").await.unwrap();
    assert_eq!(first.expires_at, world.now() + TTL);
    assert_eq!(world.lease("two").await, None);
    let other = Lease::acquire(&world.db, "another", "two", TTL, world.now()).await.unwrap();
    assert!(other.is_some(), "each name is a lease of its own");

    world.clock.advance(TTL - Duration::microseconds(1));
    assert_eq!(world.lease("two").await, None);
    world.clock.advance(Duration::microseconds(1));
    let second = world.lease("two").await.unwrap();
    assert!(second.token > first.token, "{second:?} after {first:?}");
    assert_eq!(world.lease("one").await, None);

    second.release(&world.db).await.unwrap();
    let third = world.lease("one").await.unwrap();
    assert!(third.token > first.token + 1);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_stale_holder_is_fenced_and_cannot_renew_or_release(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut stale = world.lease("one").await.unwrap();
    assert!(!is_fenced(&world, &stale).await);
    world.clock.advance(TTL);
    assert!(!is_fenced(&world, &stale).await, "expired, but nobody has taken it over");
    let current = world.lease("two").await.unwrap();
    assert!(is_fenced(&world, &stale).await);
    assert!(!is_fenced(&world, &current).await);

    assert!(!stale.renew(&world.db, TTL, world.now()).await.unwrap());
    stale.release(&world.db).await.unwrap();
    assert_eq!(world.lease("three").await, None, "two still holds it");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_holder_that_renews_keeps_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut lease = world.lease("one").await.unwrap();
    for _ in 0..5 {
        world.clock.advance(Duration::seconds(4));
        assert!(lease.renew(&world.db, TTL, world.now()).await.unwrap());
        assert_eq!(lease.expires_at, world.now() + TTL);
        assert_eq!(world.lease("two").await, None);
    }
    assert!(!is_fenced(&world, &lease).await);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_holder_that_claims_it_again_fences_its_own_former_self(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let former = world.lease("one").await.unwrap();
    let lease = world.lease("one").await.unwrap();
    assert!(is_fenced(&world, &former).await);
    assert!(!is_fenced(&world, &lease).await);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn nobody_takes_it_over_while_something_is_written_in_its_name(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let lease = world.lease("one").await.unwrap();
    let tx = world.db.begin().await.unwrap();
    lease.guard(&tx).await.unwrap();
    world.clock.advance(TTL);
    let writes = async {
        world.until_one_waits(engine).await;
        lease.guard(&tx).await.unwrap();
        commit(tx).await.unwrap();
    };
    let (successor, ()) = tokio::join!(world.lease("two"), writes);
    assert!(successor.unwrap().token > lease.token);
    assert!(is_fenced(&world, &lease).await);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_ten_that_claim_at_once_one_gets_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let holders: Vec<_> = (0..10).map(|at| at.to_string()).collect();
    for _ in 0..3 {
        let claims = join_all(holders.iter().map(|holder| world.lease(holder))).await;
        assert_eq!(claims.into_iter().flatten().count(), 1);
        world.clock.advance(TTL);
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_clock_that_is_set_back_does_not_leave_it_to_a_dead_holder(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let dead = world.lease("one").await.unwrap();
    world.clock.advance(-Duration::minutes(1));
    assert_eq!(world.lease("two").await, None, "two clocks may differ that much");
    world.clock.advance(-Duration::hours(1));
    let lease = world.lease("two").await.unwrap();
    assert_eq!(lease.expires_at, world.now() + TTL);
    assert!(is_fenced(&world, &dead).await);
}
