//! A database of a test's own, a broker, a clock that stands still, and relays between them.

use std::{future::Future, sync::Arc};

use chrono::{DateTime, Duration, Utc};
use soundings_chassis::{Clock, Ids, ManualClock, SystemIds};
pub use soundings_harness::{
    Engine::{self, Postgres, Sqlite},
    until,
};
use soundings_mailbox::{
    Database, Envelope, Lease, Outgoing, Relay, Wake,
    database::commit,
    migrations::Migrator,
    outbox::{self, Waiting},
    relay::{LEASE, Turn},
    sql,
};
use soundings_proto::subjects::SURVEY_CHANGED;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::broker::Broker;

/// Everything that a test of this crate needs.
pub struct World {
    pub db: Database,
    pub url: String,
    pub broker: Arc<Broker>,
    pub clock: Arc<ManualClock>,
    pub wake: Wake,
    _folder: TempDir,
}

impl World {
    /// With an empty mailbox; None when there is no server of this engine.
    pub async fn open(engine: Engine) -> Option<World> {
        let folder = TempDir::new().unwrap();
        let url = engine.database(folder.path(), "mailbox").await?;
        let db = Database::open(&url).await.unwrap();
        db.migrate::<Migrator>().await.unwrap();
        let clock = Arc::new(ManualClock::at(noon()));
        Some(World { db, url, broker: Broker::new(), clock, wake: Wake::default(), _folder: folder })
    }

    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Commits these events.
    pub async fn append(&self, events: &[Envelope]) {
        let outgoing: Vec<_> = events.iter().cloned().map(Outgoing::from).collect();
        self.append_outgoing(&outgoing).await;
    }

    /// Commits these events, of which some may stand.
    pub async fn append_outgoing(&self, events: &[Outgoing]) {
        let tx = self.db.begin().await.unwrap();
        outbox::append(&tx, events).await.unwrap();
        commit(tx).await.unwrap();
    }

    /// What waits for the relay.
    pub async fn waiting(&self) -> Vec<Envelope> {
        let waiting = outbox::waiting(self.db.read(), 100_000).await.unwrap();
        waiting.into_iter().map(|Waiting { event, .. }| event).collect()
    }

    /// What is marked as published, with its place, in the order of insertion.
    pub async fn published(&self) -> Vec<(Uuid, String, i64)> {
        let select = "SELECT id, stream, stream_sequence FROM outbox WHERE published_at IS NOT NULL \
                      ORDER BY position";
        let rows = sql::query(self.db.read(), select, vec![]).await.unwrap();
        let read = |row| -> soundings_mailbox::Result<_> {
            Ok((sql::column(row, "id")?, sql::column(row, "stream")?, sql::column(row, "stream_sequence")?))
        };
        rows.iter().map(|row| read(row).unwrap()).collect()
    }

    /// A relay of this database, as another process would have it.
    pub fn relay(&self, holder: &str) -> Relay {
        let (publish, clock) = (self.broker.clone(), self.clock.clone());
        Relay::new(self.db.clone(), publish, Arc::new(move || clock.now()), self.wake.clone(), holder)
    }

    /// The relay's lease for five seconds, if it is to be had.
    pub async fn lease(&self, holder: &str) -> Option<Lease> {
        Lease::acquire(&self.db, LEASE, holder, Duration::seconds(5), self.now()).await.unwrap()
    }

    /// One turn of a relay that holds the lease for it.
    pub async fn turn(&self) -> Turn {
        let lease = self.lease("turn").await.unwrap();
        let turn = self.relay("turn").turn(&lease).await.unwrap();
        lease.release(&self.db).await.unwrap();
        turn
    }

    /// Lets a relay find out what the streams lost; returns how many events are to be sent again.
    pub async fn reconcile(&self) -> u64 {
        let lease = self.lease("turn").await.unwrap();
        let lost = self.relay("turn").reconcile(&lease).await.unwrap().unwrap();
        lease.release(&self.db).await.unwrap();
        lost
    }

    /// One turn of a relay that ends after the broker has stored everything and before it is marked.
    pub async fn crash_before_the_mark(&self) {
        let lease = self.lease("turn").await.unwrap();
        let (relay, calls) = (self.relay("turn"), self.broker.calls().len());
        self.broker.hold_answers();
        tokio::select! {
            turn = relay.turn(&lease) => panic!("{turn:?}"),
            () = until("call", async || (self.broker.calls().len() > calls).then_some(())) => {}
        }
        self.broker.answer();
    }

    /// Whether the relay's lease was renewed just now, for its five seconds.
    pub async fn lease_is_renewed(&self) -> bool {
        let select = "SELECT COUNT(*) AS renewed FROM leases WHERE expires_at = $1";
        let expires = sql::micros(self.now() + Duration::seconds(5));
        let row = sql::query_one(self.db.read(), select, vec![expires.into()]).await.unwrap().unwrap();
        sql::column::<i64>(&row, "renewed").unwrap() == 1
    }

    /// Waits until a statement waits for another transaction's lock. SQLite has one writer at a time, who waits
    /// already to begin.
    pub async fn until_one_waits(&self, engine: Engine) {
        if engine == Sqlite {
            return;
        }
        let select = "SELECT COUNT(*) AS waiting FROM pg_stat_activity \
                      WHERE datname = current_database() AND wait_event_type = 'Lock'";
        until("statement that waits for a lock", async || {
            let row = sql::query_one(self.db.read(), select, vec![]).await.unwrap().unwrap();
            (sql::column::<i64>(&row, "waiting").unwrap() > 0).then_some(())
        })
        .await;
    }
}

/// Lets a relay run beside some work, and stops it after that.
pub async fn beside<T>(relay: Relay, work: impl Future<Output = T>) -> T {
    let stop = CancellationToken::new();
    let work = async {
        let done = work.await;
        stop.cancel();
        done
    };
    tokio::join!(relay.run(stop.clone()), work).1
}

/// When every test begins.
pub fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_608_000, 0).unwrap()
}

/// An event of an aggregate.
pub fn event(aggregate: &str, sequence: i64) -> Envelope {
    let source = format!("//soundings/consultation/surveys/{aggregate}");
    Envelope::of(SURVEY_CHANGED, SystemIds.next(), source, aggregate, sequence, noon(), &())
}

/// The ids of events.
pub fn ids(events: &[Envelope]) -> Vec<Uuid> {
    events.iter().map(|event| event.id).collect()
}
