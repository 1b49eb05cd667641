use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::{Principal, Role};
use soundings_chassis::{Clock, Ids, SystemClock, SystemIds, page_token::PageTokens};
use soundings_harness::Engine::{self, Postgres, Sqlite};
use soundings_jetstream::{Delivery, Disposition, Handle};
use soundings_mailbox::{Database, Envelope, database, dead_letters, migrations::Migrator};
use soundings_proto::mailbox::v1::{self as proto, dead_letter_service_server::DeadLetterService};
use soundings_upkeep::DeadLetterRpc;
use tempfile::TempDir;
use tonic::{Code, Request, Status};

const CONSUMER: &str = "test-consumer";

/// Refuses every event until it is mended.
#[derive(Default)]
struct Consumer {
    mended: AtomicBool,
}

#[async_trait]
impl Handle for Consumer {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        let told = match self.mended.load(Ordering::SeqCst) {
            true => Disposition::Ack,
            false => Disposition::Dead("it cannot be read".to_owned()),
        };
        vec![told; batch.len()]
    }
}

struct World {
    db: Database,
    rpc: DeadLetterRpc,
    consumer: Arc<Consumer>,
    _folder: TempDir,
}

impl World {
    async fn with(engine: Engine, letters: i64) -> Option<World> {
        let folder = TempDir::new().unwrap();
        let db = Database::open(&engine.database(folder.path(), "upkeep").await?).await.unwrap();
        db.migrate::<Migrator>().await.unwrap();
        for number in 1..=letters {
            let tx = db.begin().await.unwrap();
            let (id, now) = (SystemIds.next(), SystemClock.now());
            dead_letters::park(&tx, id, CONSUMER, &event(number), "it cannot be read", now).await.unwrap();
            database::commit(tx).await.unwrap();
        }
        let consumer = Arc::new(Consumer::default());
        let handlers: Vec<(&'static str, Arc<dyn Handle>)> = vec![(CONSUMER, consumer.clone())];
        let tokens = PageTokens::new("key");
        let rpc = DeadLetterRpc::new(db.clone(), Arc::new(SystemClock), tokens, handlers);
        Some(World { db, rpc, consumer, _folder: folder })
    }

    async fn page(&self, token: &str, size: i32, settled: bool) -> proto::ListDeadLettersResponse {
        let request = proto::ListDeadLettersRequest {
            page_size: size,
            page_token: token.to_owned(),
            show_settled: settled,
        };
        self.rpc.list_dead_letters(by_operator(request)).await.unwrap().into_inner()
    }

    async fn replay(&self, name: &str) -> Result<proto::DeadLetter, Status> {
        let request = proto::ReplayDeadLetterRequest { name: name.to_owned() };
        Ok(self.rpc.replay_dead_letter(by_operator(request)).await?.into_inner())
    }

    async fn discard(&self, name: &str, reason: &str) -> Result<proto::DeadLetter, Status> {
        let request = proto::DiscardDeadLetterRequest { name: name.to_owned(), reason: reason.to_owned() };
        Ok(self.rpc.discard_dead_letter(by_operator(request)).await?.into_inner())
    }

    async fn history(&self, name: &str) -> Vec<(String, String, String)> {
        let id = name.trim_start_matches("deadLetters/").parse().unwrap();
        let entries = dead_letters::audit_of(self.db.read(), id).await.unwrap();
        entries.into_iter().map(|entry| (entry.action, entry.actor, entry.reason)).collect()
    }
}

fn by_operator<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    let principal = Principal { subject: "olu".into(), roles: vec![Role::Operator], organisation: None };
    request.extensions_mut().insert(principal);
    request
}

fn event(number: i64) -> Envelope {
    Envelope {
        id: SystemIds.next(),
        source: format!("//soundings/test/{number}"),
        ty: "soundings.test.thing.changed.v1".into(),
        subject: "soundings.test.v1.thing.changed.x".into(),
        aggregate_id: "x".into(),
        sequence: number,
        time: SystemClock.now(),
        data: vec![0xff],
        dataschema: "soundings.test.v1.ThingChanged".into(),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
        tracestate: None,
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_letter_stays_until_its_consumer_can_apply_it(#[case] engine: Engine) {
    let Some(world) = World::with(engine, 1).await else { return };
    let listed = world.page("", 0, false).await.dead_letters;
    let name = listed[0].name.clone();
    assert_eq!((listed[0].consumer.as_str(), listed[0].sequence), (CONSUMER, 1));
    assert_eq!(listed[0].state(), proto::DeadLetterState::Parked);

    let refused = world.replay(&name).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::FailedPrecondition, "it cannot be read"));
    assert_eq!(world.page("", 0, false).await.dead_letters.len(), 1);

    world.consumer.mended.store(true, Ordering::SeqCst);
    assert_eq!(world.replay(&name).await.unwrap().state(), proto::DeadLetterState::Replayed);
    assert_eq!(world.page("", 0, false).await.dead_letters, []);
    assert_eq!(world.page("", 0, true).await.dead_letters.len(), 1);
    assert_eq!(world.replay(&name).await.unwrap_err().code(), Code::FailedPrecondition);
    assert_eq!(world.discard(&name, "late").await.unwrap_err().code(), Code::FailedPrecondition);
    let actors: Vec<_> =
        world.history(&name).await.into_iter().map(|(action, who, _)| (action, who)).collect();
    let expected = [("parked", CONSUMER), ("replayed", "olu")].map(|(a, w)| (a.to_owned(), w.to_owned()));
    assert_eq!(actors, expected);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_letter_is_given_up_for_a_reason_that_is_kept(#[case] engine: Engine) {
    let Some(world) = World::with(engine, 1).await else { return };
    let name = world.page("", 0, false).await.dead_letters[0].name.clone();
    assert_eq!(world.discard(&name, "  ").await.unwrap_err().code(), Code::InvalidArgument);
    let gone = world.discard(&name, "a test message").await.unwrap();
    assert_eq!(gone.state(), proto::DeadLetterState::Discarded);
    let last = world.history(&name).await.pop().unwrap();
    assert_eq!(last, ("discarded".into(), "olu".into(), "a test message".into()));

    assert_eq!(world.discard("letters/1", "x").await.unwrap_err().code(), Code::InvalidArgument);
    let unknown = format!("deadLetters/{}", SystemIds.next());
    assert_eq!(world.replay(&unknown).await.unwrap_err().code(), Code::NotFound);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn pages_hold_every_letter_once_oldest_first(#[case] engine: Engine) {
    let Some(world) = World::with(engine, 7).await else { return };
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let page = world.page(&token, 3, false).await;
        seen.extend(page.dead_letters.iter().map(|letter| letter.sequence));
        if page.next_page_token.is_empty() {
            break;
        }
        token = page.next_page_token;
    }
    assert_eq!(seen, [1, 2, 3, 4, 5, 6, 7]);
}
