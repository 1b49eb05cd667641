use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_chassis::{Clock, Lifecycle};
use soundings_jetstream::{Delivery, Disposition, Handle, Stats, consumer, lookup, provision};
use soundings_mailbox::{Database, Envelope, Lease};
use soundings_portfolio_domain::{
    Kind::{self, Official},
    ONE,
};
use soundings_proto::{
    portfolio::v1 as proto,
    subjects::{Durable, PORTFOLIO, PORTFOLIO_ORGANISATIONS, PORTFOLIO_SIGNALS, RANKING_CHANGED},
};

use crate::{
    nats::{Nats, again, partnership, signal},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, order, until,
    },
};

/// What a team downstream reads.
static SUBSCRIBER: Durable = Durable { name: "somebody-else", stream: PORTFOLIO, events: &[RANKING_CHANGED] };

/// Follows the changes of both rankings, as another team's service does.
struct Subscriber {
    heard: Arc<Heard>,
    lifecycle: Lifecycle,
}

/// Events in the order they came.
#[derive(Default)]
pub struct Heard(pub Mutex<Vec<Envelope>>);

#[async_trait]
impl Handle for Heard {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        let dispositions = vec![Disposition::Ack; batch.len()];
        self.0.lock().unwrap().extend(batch.into_iter().map(|delivery| delivery.event));
        dispositions
    }
}

impl Subscriber {
    fn start(nats: &Nats) -> Subscriber {
        let (heard, lifecycle) = (Arc::new(Heard::default()), Lifecycle::new());
        let (connection, handler, stop) = (nats.connection.clone(), heard.clone(), lifecycle.soft());
        lifecycle.spawn("somebody-else", async move {
            consumer::run(connection, &SUBSCRIBER, handler, Stats::default(), stop).await;
            Ok(())
        });
        Subscriber { heard, lifecycle }
    }

    /// Every change so far, once there are so many of each ranking; they are numbered without gaps, each once.
    async fn heard(&self, counts: [i64; 2]) -> Vec<Envelope> {
        let expected = counts.iter().sum::<i64>() as usize;
        let events = until("every change", async || {
            let heard = self.heard.0.lock().unwrap();
            (heard.len() >= expected).then(|| heard.clone())
        })
        .await;
        for (kind, count) in Kind::ALL.into_iter().zip(counts) {
            let of_kind = events.iter().filter(|event| event.aggregate_id == kind.name());
            let numbers: Vec<i64> = of_kind.map(|event| event.sequence).collect();
            assert_eq!(numbers, (1..=count).collect::<Vec<_>>(), "{kind:?}");
        }
        events
    }

    async fn stop(self) {
        self.lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
    }
}

fn change(event: &Envelope) -> proto::RankingChange {
    proto::RankingChanged::decode(event.data.as_slice()).unwrap().change.unwrap()
}

/// Signals that the changes of a ranking tell of, in order.
fn told(events: &[Envelope], kind: Kind, after: i64) -> Vec<(String, i64)> {
    let newer = events.iter().filter(|event| event.aggregate_id == kind.name() && event.sequence > after);
    let signals = newer.flat_map(|event| change(event).signals);
    signals.map(|signal| (signal.organisation, signal.sequence)).collect()
}

/// Three organisations have answered.
async fn answered(ground: &Ground) -> (World, Vec<Envelope>) {
    let world = ground.furnished().await;
    let mut events = partnership();
    for (n, id) in ["EDH", "GLG", "ORK"].into_iter().enumerate() {
        let event = signal(id, 1, 5, &[("T1", 2 + n as i64), ("T2", 1)]);
        ground.nats.publish(std::slice::from_ref(&event)).await;
        world.settled(std::slice::from_ref(&event)).await;
        events.push(event);
    }
    (world, events)
}

/// Another signal arrives, and is the next revision of both rankings and nothing else.
async fn next_is_the_next(ground: &Ground, world: &World, event: Envelope, stands: &[(i64, String)]) {
    let events = [event];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    for ((revision, digest), (now, new)) in stands.iter().zip(world.stands().await) {
        assert_eq!(now, revision + 1);
        assert_ne!(&new, digest);
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_restart_is_no_news_and_what_came_meanwhile_is(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let subscriber = Subscriber::start(&ground.nats);
    let (world, _) = answered(&ground).await;
    let (stands, position) = (world.stands().await, world.inputs().await.1);
    let counts = world.verify_all().await;
    world.stop().await;

    let world = ground.start().await;
    assert_eq!(world.stands().await, stands);
    assert_eq!(world.verify_all().await, counts);
    next_is_the_next(&ground, &world, signal("EDH", 2, 5, &[("T1", 5), ("T2", 3)]), &stands).await;
    assert_eq!(world.inputs().await.1, position + 1);
    let stands = world.stands().await;
    world.stop().await;

    // One came while it was down: the next revision.
    let missed = [signal("GLG", 2, 5, &[("T1", 5), ("T2", 4)])];
    ground.nats.publish(&missed).await;
    let world = ground.start().await;
    world.settled(&missed).await;
    let numbers = |stands: &[(i64, String)]| stands.iter().map(|(revision, _)| *revision).collect::<Vec<_>>();
    let next = world.stands().await;
    assert_eq!(numbers(&next), numbers(&stands).iter().map(|n| n + 1).collect::<Vec<_>>());

    // A decision may or may not be ranked before it stops: either way it is one revision.
    let request = proto::SetScoreRequest {
        work_item: "workItems/C".into(),
        criterion: "criteria/fit".into(),
        score: Some(proto::Score { likely: 99 * ONE, ..Default::default() }),
        ..Default::default()
    };
    world.manager().set_score(request).await.unwrap();
    world.stop().await;

    // Several came: at most a revision of each, and each is told once.
    let missed = [
        signal("EDH", 3, 6, &[("T1", 1), ("T2", 1)]),
        signal("GLG", 3, 6, &[("T1", 2), ("T2", 2)]),
        signal("ORK", 2, 6, &[("T1", 3), ("T2", 3)]),
    ];
    ground.nats.publish(&missed).await;
    let world = ground.start().await;
    world.settled(&missed).await;
    let counts = world.verify_all().await;
    let events = subscriber.heard(counts).await;
    for (kind, (before, _)) in Kind::ALL.into_iter().zip(next) {
        let newest = world.ranking(kind, 0).await.unwrap();
        assert!(
            (before + 1..=before + 4).contains(&newest.revision),
            "{kind:?}: {before} to {}",
            newest.revision
        );
        let mut told = told(&events, kind, before);
        told.sort();
        let three = [("EDH", 3), ("GLG", 3), ("ORK", 2)];
        assert_eq!(told, three.map(|(id, sequence)| (format!("organisations/{id}"), sequence)));
    }
    world.stop().await;
    subscriber.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn everything_once_more_after_a_restart_changes_nothing(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let (world, events) = answered(&ground).await;
    let (stands, position) = (world.stands().await, world.inputs().await.1);
    world.stop().await;
    let world = ground.start().await;
    ground.nats.publish(&events.iter().map(again).collect::<Vec<_>>()).await;
    for durable in [&PORTFOLIO_ORGANISATIONS, &PORTFOLIO_SIGNALS] {
        until("the end of the replay", async || {
            let lag = lookup::lag(&ground.nats.connection, durable).await.ok()?;
            (lag == 0).then_some(())
        })
        .await;
    }
    assert_eq!(world.inputs().await.1, position);
    next_is_the_next(&ground, &world, signal("ORK", 2, 5, &[("T1", 5), ("T2", 5)]), &stands).await;
    assert_eq!(world.inputs().await.1, position + 1, "only what was new went in");
    let subscriber = Subscriber::start(&ground.nats);
    subscriber.heard(world.verify_all().await).await;
    subscriber.stop().await;
    world.stop().await;
}

#[rstest]
#[case::sqlite_while_it_runs(Sqlite, true)]
#[case::sqlite_while_it_is_down(Sqlite, false)]
#[case::postgres_while_it_runs(Postgres, true)]
#[case::postgres_while_it_is_down(Postgres, false)]
#[tokio::test]
async fn lost_streams_are_filled_again_from_the_outbox(#[case] engine: Engine, #[case] runs: bool) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let (world, inputs) = answered(&ground).await;
    let stands = world.stands().await;
    let counts = world.verify_all().await;
    let subscriber = Subscriber::start(&ground.nats);
    let before = subscriber.heard(counts).await;
    subscriber.stop().await;
    let mut standing = BTreeMap::new();
    for (kind, (_, digest)) in Kind::ALL.into_iter().zip(&stands) {
        let newest = until("the standing ranking", async || {
            ground.nats.current(kind.name()).await.filter(|current| current.digest == *digest)
        });
        standing.insert(kind.name(), newest.await);
    }

    let mut world = Some(world);
    if !runs {
        world.take().unwrap().stop().await;
    }
    ground.nats.server.kill();
    ground.nats.server.lose_streams();
    ground.nats.server.restart().await;
    ground.nats.connection.ready(Duration::from_secs(20)).await.unwrap();
    provision(&ground.nats.connection).await.unwrap();
    let world = match world {
        Some(world) => world,
        None => ground.start().await,
    };
    for (name, expected) in standing {
        let found = until("the standing ranking", async || ground.nats.current(name).await).await;
        assert_eq!(found, expected);
    }
    let subscriber = Subscriber::start(&ground.nats);
    assert_eq!(
        subscriber.heard(counts).await,
        before,
        "the same events, under the same ids, in the same order"
    );
    assert_eq!(world.stands().await, stands);

    // The other services fill theirs too, and what is new still arrives.
    ground.nats.publish(&inputs).await;
    next_is_the_next(&ground, &world, signal("ORK", 2, 5, &[("T1", 5), ("T2", 5)]), &stands).await;
    subscriber.heard(world.verify_all().await).await;
    subscriber.stop().await;
    world.stop().await;
}

/// How often a replica made revisions.
fn made(world: &World) -> u64 {
    *world.running.runtime.revised.borrow()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_two_replicas_one_ranks_and_the_other_takes_over(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let (one, other) = tokio::join!(ground.furnished(), ground.start());
    for sequence in 1..=6 {
        for id in ["EDH", "GLG", "ORK"] {
            let event = [signal(id, sequence, 9, &[("T1", sequence), ("T2", 7 - sequence)])];
            ground.nats.publish(&event).await;
        }
    }
    let newest = ["EDH", "GLG", "ORK"].map(|id| signal(id, 7, 9, &[("T1", 9)]));
    ground.nats.publish(&newest).await;
    one.settled(&newest).await;
    assert_eq!(one.stands().await, other.stands().await);
    let subscriber = Subscriber::start(&ground.nats);
    subscriber.heard(one.verify_all().await).await;
    let (idle, busy) = if made(&one) == 0 { (one, other) } else { (other, one) };
    assert!(made(&idle) == 0 && made(&busy) > 0, "{} and {}", made(&idle), made(&busy));

    // What one decides, the other ranks.
    let request = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    idle.manager().delete_work_item(request).await.unwrap();
    idle.ranked().await;
    assert_eq!(order(&busy.ranking(Official, 0).await.unwrap()).len(), 2);
    assert_eq!(made(&idle), 0);

    let stands = idle.stands().await;
    busy.stop().await;
    next_is_the_next(&ground, &idle, signal("ORK", 8, 9, &[]), &stands).await;
    assert!(made(&idle) > 0);
    let third = ground.start().await;
    let stands = third.stands().await;
    idle.stop().await;
    next_is_the_next(&ground, &third, signal("ORK", 9, 9, &[("T1", 8)]), &stands).await;
    subscriber.heard(third.verify_all().await).await;
    subscriber.stop().await;
    third.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn who_lost_the_lease_ranks_nothing_until_the_holders_time_is_over(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let (world, _) = answered(&ground).await;
    let db = Database::open(&ground.config.database).await.unwrap();
    let ttl = chrono::Duration::seconds(10);
    // The service slept past its lease, and one that will die without a word took it.
    until("the lease", async || {
        ground.clock.advance(chrono::Duration::seconds(11));
        Lease::acquire(&db, "ranker", "who dies", ttl, ground.clock.now()).await.unwrap()
    })
    .await;
    let stands = world.stands().await;
    let events = [signal("GLG", 2, 5, &[("T1", 5), ("T2", 5)])];
    ground.nats.publish(&events).await;
    world.taken_in(&events).await;
    assert_eq!(world.stands().await, stands);
    ground.clock.advance(chrono::Duration::seconds(11));
    world.ranked().await;
    for (kind, (revision, _)) in Kind::ALL.into_iter().zip(stands) {
        assert_eq!(world.ranking(kind, 0).await.unwrap().revision, revision + 1);
    }
    world.verify_all().await;
    world.stop().await;
}
