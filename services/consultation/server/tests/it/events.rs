use std::time::Duration;

use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_harness::holds_marker;
use soundings_jetstream::{Connection, Settings, lookup};
use soundings_mailbox::Envelope;
use soundings_proto::{
    consultation::v1::{self as proto, answer::Value},
    subjects::{self, CONSULTATION, EventKind},
};

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    NatsServer, World, answer, revision, submission, until, withdrawal, words,
};

async fn stored(conn: &Connection, kind: EventKind, aggregate: &str) -> Envelope {
    until(kind.event, async || {
        lookup::last_for_subject(conn, CONSULTATION, &kind.subject(aggregate)).await.ok().flatten()
    })
    .await
}

async fn connect(nats: &NatsServer) -> Connection {
    let conn = Connection::connect(Settings::new("test", nats.url())).await.unwrap();
    conn.ready(Duration::from_secs(20)).await.unwrap();
    conn
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_change_is_published_without_a_word_of_it(#[case] engine: Engine) {
    let nats = NatsServer::start().await;
    let Some(world) = World::beside(engine, &nats.url()).await else { return };
    world.furnish().await;
    let conn = connect(&nats).await;
    let mut client = world.respondent("GLG");
    let answers = vec![
        words("Zanzibar is what we need."),
        answer("one", Value::Choice("b".into())),
        answer("some", Value::Choices(proto::ChoiceSet { ids: vec!["a".into(), "c".into()] })),
        answer("mark", Value::Rating(4)),
    ];
    let made = client.submit_response(submission("GLG", answers)).await.unwrap().into_inner();
    let id = made.name.rsplit('/').next().unwrap().to_owned();

    let event = stored(&conn, subjects::RESPONSE_SUBMITTED, &id).await;
    assert_eq!(event.source, format!("//soundings/consultation/{}", made.name));
    assert_eq!((event.sequence, event.aggregate_id.as_str()), (1, id.as_str()));
    assert!(event.traceparent.is_some());
    let body = proto::ResponseSubmitted::decode(event.data.as_slice()).unwrap();
    let closed = |question: &str, choices: &[&str], rating| proto::ClosedAnswer {
        question: question.into(),
        choices: choices.iter().map(|id| (*id).to_owned()).collect(),
        rating,
    };
    let expected = proto::ResponseSubmitted {
        response: made.name.clone(),
        organisation: "organisations/GLG".into(),
        revision: 1,
        closed_answers: vec![
            closed("one", &["b"], None),
            closed("some", &["a", "c"], None),
            closed("mark", &[], Some(4)),
        ],
    };
    assert_eq!(body, expected);

    client.revise_response(revision(&made.name, 1, "Zanzibar, still.")).await.unwrap();
    assert_eq!(stored(&conn, subjects::RESPONSE_REVISED, &id).await.sequence, 2);
    client.withdraw_response(withdrawal(&made.name, 2)).await.unwrap();
    assert_eq!(stored(&conn, subjects::RESPONSE_WITHDRAWN, &id).await.sequence, 3);
    let event = stored(&conn, subjects::ORGANISATION_CHANGED, "GLG").await;
    let body = proto::OrganisationChanged::decode(event.data.as_slice()).unwrap();
    assert_eq!((body.display_name.as_str(), body.population), ("GLG Council", 1_000));
    world.close_survey("s").await;
    until("closing", async || {
        let event = stored(&conn, subjects::SURVEY_CHANGED, "s").await;
        (event.sequence == 2).then_some(())
    })
    .await;

    assert!(holds_marker(nats.folder(), &made.name), "the search looks where the events are");
    assert!(!holds_marker(nats.folder(), "Zanzibar"));
    until("empty outbox", async || world.outbox().await.is_empty().then_some(())).await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_was_taken_in_while_nats_was_away_is_published_when_it_comes(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let made = world.respondent("EDH").submit_response(submission("EDH", vec![words("Early.")])).await;
    let id = made.unwrap().into_inner().name.rsplit('/').next().unwrap().to_owned();
    assert!(world.outbox().await.len() >= 5);
    let mut config = world.config.clone();
    let folder = world.stop().await;

    let nats = NatsServer::start().await;
    config.nats = soundings_jetstream::Config::at(nats.url());
    let world = World::again(config, folder).await;
    assert_eq!(stored(&connect(&nats).await, subjects::RESPONSE_SUBMITTED, &id).await.sequence, 1);
    until("empty outbox", async || world.outbox().await.is_empty().then_some(())).await;
    world.stop().await;
}
