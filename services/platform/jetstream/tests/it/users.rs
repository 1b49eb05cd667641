//! Each user on a server with nothing but its own permissions.

use std::time::Duration;

use async_nats::{
    ConnectOptions,
    jetstream::{self, consumer::pull},
};
use futures::StreamExt;
use soundings_chassis::Lifecycle;
use soundings_harness::{NatsServer, until};
use soundings_jetstream::{
    Connection, Credentials, Delivery, Disposition, Handle, Publisher, Settings, Stats, consumer, lookup,
    provision, users,
};
use soundings_mailbox::{Envelope, Publish, PublishError};
use soundings_proto::subjects::{
    CONSULTATION, DEAD_LETTERS, DURABLES, EVENTS, PORTFOLIO, PORTFOLIO_CURRENT, PORTFOLIO_ORGANISATIONS,
    RANKING_ASSURED, RANKING_CHANGED, RESPONSE_SUBMITTED, STREAMS, THEMES, THEMES_RESPONSES, dead_letter,
    ranking_current,
};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::world::event_of;

const SERVICES: [&str; 3] = ["consultation", "themes", "portfolio"];
const SUBSCRIBER: &str = "downstream";

/// A server with every user, and their seeds.
struct Guarded {
    nats: NatsServer,
    folder: TempDir,
}

impl Guarded {
    async fn start() -> Guarded {
        let folder = TempDir::new().unwrap();
        let all: Vec<_> = SERVICES
            .map(users::Permissions::service)
            .into_iter()
            .chain([users::Permissions::provisioner(), users::Permissions::subscriber(SUBSCRIBER)])
            .map(|user| {
                let seed = users::new_seed().unwrap();
                std::fs::write(folder.path().join(&user.name), &seed).unwrap();
                (users::public_key(&seed).unwrap(), user)
            })
            .collect();
        let text = users::authorization(all.iter().map(|(key, user)| (key.as_str(), user)));
        let nats = NatsServer::start_with(&text).await;
        let guarded = Guarded { nats, folder };
        provision(&guarded.connect("provision").await).await.unwrap();
        guarded
    }

    async fn connect(&self, name: &str) -> Connection {
        let credentials = Credentials::NkeyFile(self.folder.path().join(name));
        let settings = Settings { credentials, provisions: false, ..Settings::new(name, self.nats.url()) };
        let conn = Connection::connect(settings).await.unwrap();
        conn.ready(Duration::from_secs(20)).await.unwrap();
        conn
    }

    /// The bare client, for what no service does.
    async fn client(&self, name: &str) -> async_nats::Client {
        self.options(name).connect(self.nats.url()).await.unwrap()
    }

    fn options(&self, name: &str) -> ConnectOptions {
        let seed = std::fs::read_to_string(self.folder.path().join(name)).unwrap();
        ConnectOptions::with_nkey(seed).custom_inbox_prefix(format!("_INBOX_{name}"))
    }

    /// The server refuses a user each of these subjects, by name.
    async fn refuses(&self, name: &str, subjects: impl IntoIterator<Item = String>) {
        let (tell, mut told) = mpsc::unbounded_channel();
        let options = self.options(name).event_callback(move |event| {
            let tell = tell.clone();
            async move { drop(tell.send(event.to_string().to_lowercase())) }
        });
        let client = options.connect(self.nats.url()).await.unwrap();
        for subject in subjects {
            client.publish(subject.clone(), "{}".into()).await.unwrap();
            let violation = format!("permissions violation for publish to \"{subject}\"").to_lowercase();
            let refused = async { while !told.recv().await.unwrap().contains(&violation) {} };
            let refused = tokio::time::timeout(Duration::from_secs(5), refused).await;
            assert!(refused.is_ok(), "{name} may publish to {subject}");
        }
    }
}

struct Tell(mpsc::UnboundedSender<Envelope>);

#[async_trait::async_trait]
impl Handle for Tell {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        batch
            .into_iter()
            .map(|delivery| {
                self.0.send(delivery.event).unwrap();
                Disposition::Ack
            })
            .collect()
    }
}

#[tokio::test]
async fn a_service_publishes_its_own_events_in_batches_and_singly_and_no_others() {
    let guarded = Guarded::start().await;
    for service in SERVICES {
        let publisher = Publisher::new(guarded.connect(service).await);
        for kind in EVENTS {
            let events = ["a", "b", "c"].map(|aggregate| event_of(*kind, aggregate, 1));
            let own = kind.context == service;
            let batch = if own { publisher.publish(&events).await } else { Vec::new() };
            assert!(batch.iter().all(Result::is_ok), "{service} {kind:?}: {batch:?}");
            if !own {
                guarded.refuses(service, [kind.subject("a")]).await;
            }
        }
        for stream in STREAMS {
            let kept = stream.subjects.starts_with(&format!("soundings.{service}."))
                || stream == DEAD_LETTERS
                || (service == "portfolio" && stream == PORTFOLIO_CURRENT);
            if kept {
                assert!(publisher.stream_state(stream.name).await.unwrap().is_some());
            } else {
                guarded.refuses(service, [format!("$JS.API.STREAM.INFO.{}", stream.name)]).await;
            }
        }
    }
    let portfolio = Publisher::new(guarded.connect("portfolio").await);
    let mut standing = event_of(RANKING_CHANGED, "official", 1);
    standing.subject = ranking_current("official");
    let mut parked = event_of(RANKING_CHANGED, "official", 1);
    parked.subject = dead_letter(PORTFOLIO_ORGANISATIONS.name);
    let outcomes = portfolio.publish(&[standing, parked]).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    guarded.refuses("portfolio", [dead_letter(THEMES_RESPONSES.name)]).await;
    guarded.refuses("themes", [ranking_current("official")]).await;
}

#[tokio::test]
async fn a_service_reads_its_own_consumers_and_no_others() {
    let guarded = Guarded::start().await;
    for durable in &DURABLES {
        let owner = durable.name.split('-').next().unwrap();
        let source = durable.events[0];
        let publisher = Publisher::new(guarded.connect(source.context).await);
        let sent = publisher.publish(&[event_of(source, "a", 1), event_of(source, "b", 1)]).await;
        assert!(sent.iter().all(Result::is_ok), "{sent:?}");

        let conn = guarded.connect(owner).await;
        let (tell, mut told) = mpsc::unbounded_channel();
        let lifecycle = Lifecycle::new();
        let run = consumer::run(
            conn.clone(),
            durable,
            std::sync::Arc::new(Tell(tell)),
            Stats::default(),
            lifecycle.soft(),
        );
        lifecycle.spawn("consumer", async move {
            run.await;
            Ok(())
        });
        told.recv().await.unwrap();
        told.recv().await.unwrap();
        until("acknowledgements", async || (lookup::lag(&conn, durable).await.ok()? == 0).then_some(()))
            .await;
        lifecycle.shutdown(Duration::from_secs(5)).await.unwrap();

        let pull = format!("$JS.API.CONSUMER.MSG.NEXT.{}.{}", durable.stream.name, durable.name);
        for other in SERVICES.into_iter().chain(["provision", SUBSCRIBER]).filter(|other| *other != owner) {
            guarded.refuses(other, [pull.clone()]).await;
        }
    }
}

#[tokio::test]
async fn nobody_changes_or_deletes_streams_but_the_one_that_provisions() {
    let guarded = Guarded::start().await;
    for user in SERVICES.into_iter().chain([SUBSCRIBER, "provision"]) {
        let verbs: &[_] = match user {
            "provision" => &["DELETE", "PURGE", "SNAPSHOT", "MSG.DELETE"],
            _ => &["DELETE", "PURGE", "SNAPSHOT", "MSG.DELETE", "CREATE", "UPDATE"],
        };
        let of_streams = STREAMS.into_iter().flat_map(|stream| {
            verbs.iter().map(move |verb| format!("$JS.API.STREAM.{verb}.{}", stream.name))
        });
        guarded.refuses(user, of_streams).await;
        let of_durables = DURABLES
            .iter()
            .map(|durable| format!("$JS.API.CONSUMER.DELETE.{}.{}", durable.stream.name, durable.name));
        guarded.refuses(user, of_durables).await;
    }
    let error = provision(&guarded.connect("themes").await).await.unwrap_err();
    assert!(error.to_string().starts_with("JetStream: stream SND_CONSULTATION"), "{error}");
}

#[tokio::test]
async fn a_subscriber_reads_rankings_and_nothing_else() {
    let guarded = Guarded::start().await;
    let publisher = Publisher::new(guarded.connect("portfolio").await);
    let mut standing = event_of(RANKING_CHANGED, "official", 1);
    standing.subject = ranking_current("official");
    let sent = publisher.publish(&[event_of(RANKING_CHANGED, "official", 1), standing]).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");

    let conn = guarded.connect(SUBSCRIBER).await;
    let current = lookup::last_for_subject(&conn, PORTFOLIO_CURRENT, &ranking_current("official")).await;
    assert!(current.unwrap().is_some(), "the standing ranking");
    let jetstream = jetstream::new(guarded.client(SUBSCRIBER).await);
    let durable = |name: &str| pull::Config {
        durable_name: Some(name.to_owned()),
        filter_subject: RANKING_CHANGED.filter(),
        ..pull::Config::default()
    };
    let stream = jetstream.get_stream(PORTFOLIO.name).await.unwrap();
    let own = stream.create_consumer(durable(SUBSCRIBER)).await.unwrap();
    let message = own.messages().await.unwrap().next().await.unwrap().unwrap();
    message.ack().await.unwrap();
    until("acknowledgement", async || {
        let info = own.get_info().await.ok()?;
        (info.num_pending == 0 && info.num_ack_pending == 0).then_some(())
    })
    .await;

    let assured = pull::Config { filter_subject: RANKING_ASSURED.filter(), ..durable(SUBSCRIBER) };
    stream.create_consumer(assured).await.expect("those that are announced, in their place");
    assert!(stream.create_consumer(durable("another")).await.is_err(), "only one, by its own name");
    guarded.refuses(SUBSCRIBER, [RESPONSE_SUBMITTED.subject("a"), RANKING_CHANGED.subject("official")]).await;
    for stream in [CONSULTATION, THEMES, DEAD_LETTERS] {
        let about = ["STREAM.INFO", "STREAM.MSG.GET", "CONSUMER.CREATE"];
        let about = about.map(|verb| format!("$JS.API.{verb}.{}", stream.name));
        guarded.refuses(SUBSCRIBER, about).await;
    }
}

#[tokio::test]
async fn nobody_listens_in_on_another() {
    let guarded = Guarded::start().await;
    let publisher = Publisher::new(guarded.connect("portfolio").await);
    for user in SERVICES.into_iter().chain(["provision", SUBSCRIBER]) {
        let client = guarded.client(user).await;
        for subject in ["soundings.>", "_INBOX_portfolio.>", "_INBOX.>", "$JS.>", ">"] {
            if user == "portfolio" && subject.starts_with("_INBOX_portfolio") {
                continue;
            }
            let mut heard = client.subscribe(subject).await.unwrap();
            client.flush().await.unwrap();
            let sent = publisher.publish(&[event_of(RANKING_CHANGED, "official", 1)]).await;
            assert!(matches!(sent[..], [Ok(_)]), "{sent:?}");
            let nothing = tokio::time::timeout(Duration::from_millis(50), heard.next()).await;
            assert!(!matches!(nothing, Ok(Some(_))), "{user} hears {subject}");
        }
    }
}

#[tokio::test]
async fn who_has_no_key_does_not_come_in() {
    let guarded = Guarded::start().await;
    let stranger = TempDir::new().unwrap();
    std::fs::write(stranger.path().join("seed"), users::new_seed().unwrap()).unwrap();
    for credentials in [Credentials::None, Credentials::NkeyFile(stranger.path().join("seed"))] {
        let settings = Settings { credentials, ..Settings::new("themes", guarded.nats.url()) };
        let conn = Connection::connect(settings).await.unwrap();
        let error = conn.ready(Duration::from_millis(500)).await.unwrap_err();
        assert!(error.to_string().contains("not reachable"), "{error}");
        let outcomes = Publisher::new(conn).publish(&[event_of(RANKING_CHANGED, "official", 1)]).await;
        assert!(matches!(outcomes[..], [Err(PublishError::Transient(_))]), "{outcomes:?}");
    }
}
