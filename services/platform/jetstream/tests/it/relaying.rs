use std::{collections::HashSet, path::Path, process::Command, sync::Arc};

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_chassis::{Clock, SystemClock};
use soundings_harness::Engine::{self, Postgres, Sqlite};
use soundings_jetstream::Publisher;
use soundings_mailbox::{
    Database, Envelope, Outgoing, Relay, Wake, database::commit, migrations::Migrator, outbox,
};
use soundings_proto::subjects::CONSULTATION;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::world::{World, event, events, ids, until};

/// A service's database, whose relay publishes to the world's server.
struct Service {
    world: World,
    db: Database,
    wake: Wake,
    _folder: TempDir,
}

impl Service {
    async fn start(engine: Engine) -> Option<Service> {
        let folder = TempDir::new().unwrap();
        let url = engine.database(folder.path(), "service").await?;
        let db = Database::open(&url).await.unwrap();
        db.migrate::<Migrator>().await.unwrap();
        Some(Service { world: World::start().await, db, wake: Wake::default(), _folder: folder })
    }

    async fn append(&self, events: &[Envelope]) {
        let outgoing: Vec<_> = events.iter().cloned().map(Outgoing::from).collect();
        let tx = self.db.begin().await.unwrap();
        outbox::append(&tx, &outgoing).await.unwrap();
        commit(tx).await.unwrap();
        self.wake.notify();
    }

    async fn waiting(&self) -> i64 {
        outbox::depth(self.db.read()).await.unwrap().waiting
    }

    /// Waits until the stream holds so many events and none waits any more.
    async fn settled(&self, count: usize) -> Vec<Envelope> {
        until("settled stream", async || {
            let stored = self.world.try_stored(CONSULTATION).await?;
            (stored.len() == count && self.waiting().await == 0).then_some(stored)
        })
        .await
    }

    /// Lets the relay run while something happens.
    async fn while_relaying<T>(mut self, happens: impl AsyncFnOnce(&mut Service) -> T) -> T {
        let stop = CancellationToken::new();
        let publish = Arc::new(Publisher::new(self.world.conn.clone()));
        let now = Arc::new(|| SystemClock.now());
        let relay = Relay::new(self.db.clone(), publish, now, self.wake.clone(), "relay").run(stop.clone());
        let happens = async {
            let done = happens(&mut self).await;
            stop.cancel();
            done
        };
        tokio::join!(relay, happens).1
    }
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_a_service_commits_is_stored_in_order(#[case] engine: Engine) {
    let Some(service) = Service::start(engine).await else { return };
    let events: Vec<_> = (1..=300).map(|at| event(&format!("o{}", at % 7), (at + 6) / 7)).collect();
    service
        .while_relaying(async |service| {
            for part in events.chunks(17) {
                service.append(part).await;
            }
            assert_eq!(service.settled(300).await, events);
        })
        .await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_server_killed_in_the_middle_loses_and_doubles_nothing(#[case] engine: Engine) {
    let Some(service) = Service::start(engine).await else { return };
    let events = events(6_000);
    service.append(&events).await;
    let stored = service
        .while_relaying(async |service| {
            for part in 1..=3 {
                until("part", async || (service.waiting().await <= 6_000 - part * 1_000).then_some(())).await;
                service.world.kill().await;
                assert!(service.waiting().await > 0, "it was killed in the middle");
                service.world.restart_after(|_| {}).await;
            }
            service.settled(6_000).await
        })
        .await;
    let distinct: HashSet<_> = ids(&stored).into_iter().collect();
    assert_eq!(distinct, ids(&events).into_iter().collect());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn streams_deleted_while_the_server_is_down_are_filled_again(#[case] engine: Engine) {
    let Some(service) = Service::start(engine).await else { return };
    let events = events(500);
    service.append(&events).await;
    service
        .while_relaying(async |service| {
            service.settled(500).await;
            service.world.restart_after(|nats| nats.lose_streams()).await;
            assert_eq!(service.settled(500).await, events);
        })
        .await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_old_copy_of_the_streams_gets_the_tail_again(#[case] engine: Engine) {
    let Some(service) = Service::start(engine).await else { return };
    let events = events(500);
    let backup = TempDir::new().unwrap();
    let copied = backup.path().join("js");
    service
        .while_relaying(async |service| {
            service.append(&events[..200]).await;
            service.settled(200).await;
            service.world.restart_after(|nats| copy(&nats.folder().join("js"), &copied)).await;
            service.append(&events[200..]).await;
            service.settled(500).await;
            let restore = |nats: &soundings_harness::NatsServer| {
                nats.lose_streams();
                copy(&copied, &nats.folder().join("js"));
            };
            service.world.restart_after(restore).await;
            let stored = service.settled(500).await;
            assert_eq!(stored[..200], events[..200]);
            let distinct: HashSet<_> = ids(&stored).into_iter().collect();
            assert_eq!(distinct, ids(&events).into_iter().collect());
        })
        .await;
}
