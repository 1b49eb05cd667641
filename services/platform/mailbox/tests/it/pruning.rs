use chrono::Duration;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::{Outgoing, database::commit, outbox, sql};

use crate::world::{Engine, Postgres, Sqlite, World, beside, event, until};

const KEEP: Duration = Duration::days(90);

async fn prune(world: &World) -> u64 {
    let tx = world.db.begin().await.unwrap();
    let removed = outbox::prune(&tx, world.now(), KEEP).await.unwrap();
    commit(tx).await.unwrap();
    removed
}

async fn rows(world: &World) -> i64 {
    let count = "SELECT COUNT(*) AS rows FROM outbox";
    let row = sql::query_one(world.db.read(), count, vec![]).await.unwrap().unwrap();
    sql::column(&row, "rows").unwrap()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn events_are_removed_only_once_they_were_published_long_ago(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let [sent, unfit, waiting] = [1, 2, 3].map(|sequence| event("a", sequence));
    world.append(&[sent, unfit.clone(), waiting.clone()]).await;
    world.broker.refuse(&unfit);
    world.broker.fail(&waiting);
    world.turn().await;

    world.clock.advance(KEEP);
    assert_eq!(prune(&world).await, 0, "the streams keep it until now");
    world.clock.advance(Duration::microseconds(1));
    assert_eq!(prune(&world).await, 1);
    world.clock.advance(Duration::days(10_000));
    assert_eq!(prune(&world).await, 0, "one is parked and one waits");
    assert_eq!(rows(&world).await, 2);
    assert_eq!(world.waiting().await, [waiting]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_newest_event_of_a_standing_subject_stays(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let standing = |aggregate, sequence| Outgoing { event: event(aggregate, sequence), standing: true };
    let events = [standing("a", 1), standing("b", 1), standing("a", 2)];
    world.append_outgoing(&events).await;
    world.turn().await;
    world.clock.advance(Duration::days(10_000));
    assert_eq!(prune(&world).await, 1);
    let left: Vec<_> = world.published().await.into_iter().map(|(id, ..)| id).collect();
    assert_eq!(left, [events[1].event.id, events[2].event.id]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_relay_removes_however_much_is_old_enough(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let many: Vec<_> = (1..=10_500).map(|sequence| event("a", sequence)).collect();
    world.append(&many).await;
    let tx = world.db.begin().await.unwrap();
    let sent = "UPDATE outbox SET published_at = 0, stream = 'SND_CONSULTATION', stream_sequence = position";
    sql::execute(&tx, sent, vec![]).await.unwrap();
    commit(tx).await.unwrap();
    beside(world.relay("one"), async {
        until("empty table", async || (rows(&world).await == 0).then_some(())).await;
    })
    .await;
}
