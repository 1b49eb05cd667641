//! What a council says re-ranks the portfolio by itself, and a subscriber hears of it and can say why.
use std::time::Duration;

use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_integration_tests::{
    Engine::{self, Postgres, Sqlite},
    Partnership, holds_marker,
    model::{self, CODEBOOK, COST, REMOTE},
    until,
};
use soundings_jetstream::{Connection, Settings, lookup};
use soundings_mailbox::Envelope;
use soundings_proto::{consultation::v1 as consultation, portfolio::v1 as portfolio, subjects};
use tonic::Request;

async fn subscriber(partnership: &Partnership) -> Connection {
    let connection = Connection::connect(Settings::new("subscriber", partnership.nats.url())).await.unwrap();
    connection.ready(Duration::from_secs(20)).await.unwrap();
    connection
}

/// The newest `ranking.changed` once it tells of this revision or a later one.
async fn told_of(connection: &Connection, revision: i64) -> (Envelope, portfolio::RankingChange) {
    let subject = subjects::RANKING_CHANGED.subject("official");
    until("ranking.changed", async || {
        let event = lookup::last_for_subject(connection, subjects::PORTFOLIO, &subject).await.ok()??;
        let change = portfolio::RankingChanged::decode(event.data.as_slice()).unwrap().change.unwrap();
        (change.revision >= revision).then_some((event, change))
    })
    .await
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_councils_answer_re_ranks_the_portfolio_and_a_subscriber_hears_why(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    let before = model::load(&clients).await;
    assert_eq!(model::order(&before), ["A", "B", "C"]);
    let downstream = subscriber(&partnership).await;

    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let marker = "Zanzibar";
    for (council, id) in [("GLG", 1), ("EDH", 2), ("ORK", 3)] {
        let id = format!("01890000-0000-7000-8000-00000000000{id}");
        let words = format!("{COST} So says {marker}.");
        let mut request = Request::new(model::response(council, &words, &id));
        let parent = format!("00-{trace}-00f067aa0ba902b7-01");
        request.metadata_mut().insert("traceparent", parent.parse().unwrap());
        clients.consultation().submit_response(request).await.unwrap();
    }
    let after = clients.settled(CODEBOOK, 3).await;
    assert_eq!(model::order(&after), ["B", "A", "C"]);
    assert_eq!((after.organisations_answered, after.respondents), (3, 3));

    // A subscriber outside, in one event: what moved and through which theme.
    let (event, change) = told_of(&downstream, after.revision).await;
    assert_eq!(change.digest, after.digest);
    assert_eq!(event.ty, "soundings.portfolio.ranking.changed.v1");
    let theme = format!("codebooks/{CODEBOOK}/themes/cost");
    let through = |mover: &portfolio::Mover| mover.contributions.iter().any(|c| c.theme == theme);
    assert!(change.movers.iter().any(through), "{change:#?}");
    // Who joins late finds the ranking as it stands.
    let current = subjects::ranking_current("official");
    until("the standing ranking", async || {
        let event =
            lookup::last_for_subject(&downstream, subjects::PORTFOLIO_CURRENT, &current).await.ok()??;
        let body = portfolio::RankingCurrent::decode(event.data.as_slice()).unwrap();
        (body.ranking.unwrap().digest == after.digest).then_some(())
    })
    .await;

    // Why: down to the councils and the sentences.
    let request = portfolio::ExplainMoveRequest {
        work_item: "workItems/B".to_owned(),
        from_revision: before.revision,
        to_revision: after.revision,
        ..Default::default()
    };
    // Quotes are given as far as they can be had in time.
    let why = until("an explanation with every quote", async || {
        let why = clients.portfolio().explain_move(request.clone()).await.unwrap().into_inner();
        let quotes: usize =
            why.parts.iter().flat_map(|part| &part.themes).map(|part| part.quotes.len()).sum();
        (quotes >= 3).then_some(why)
    })
    .await;
    let parts: i64 = why.parts.iter().map(|part| part.delta).sum();
    assert_eq!(parts, why.value_after - why.value_before);
    let cost = why.parts.iter().flat_map(|part| &part.themes).find(|part| part.theme == theme).unwrap();
    let councils: i64 = cost.organisations.iter().map(|part| part.delta).sum();
    assert_eq!(councils, cost.delta);
    assert_eq!(cost.quotes.len(), 3);
    assert!(cost.quotes.iter().all(|quote| quote.text.contains("licences")), "{:#?}", cost.quotes);

    // Not a word of it went through the streams.
    assert!(holds_marker(partnership.nats.folder(), &after.digest), "the search looks where the events are");
    assert!(!holds_marker(partnership.nats.folder(), marker));
    partnership.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn one_trace_runs_from_the_submitted_response_to_the_signal_it_caused(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    let downstream = subscriber(&partnership).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let mut request = Request::new(model::response("GLG", COST, "01890000-0000-7000-8000-000000000001"));
    request.metadata_mut().insert("traceparent", format!("00-{trace}-00f067aa0ba902b7-01").parse().unwrap());
    clients.consultation().submit_response(request).await.unwrap();
    clients.settled(CODEBOOK, 1).await;
    let subject = subjects::SIGNAL_RECORDED.subject(&format!("{CODEBOOK}:GLG"));
    let signal = until("signal", async || {
        lookup::last_for_subject(&downstream, subjects::THEMES, &subject).await.ok().flatten()
    })
    .await;
    assert!(signal.traceparent.is_some_and(|parent| parent.contains(trace)));
    partnership.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn revising_and_withdrawing_take_the_ranking_back_to_where_it_was(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    let before = model::load(&clients).await;
    let id = "01890000-0000-7000-8000-000000000001";
    let submitted = clients.consultation().submit_response(model::response("GLG", COST, id)).await.unwrap();
    let submitted = submitted.into_inner();
    let raised = clients.settled(CODEBOOK, 1).await;
    assert_eq!(model::order(&raised), ["B", "A", "C"]);

    let answers = model::response("GLG", REMOTE, id).response.unwrap().answers;
    let revise = consultation::ReviseResponseRequest {
        name: submitted.name.clone(),
        answers,
        expected_revision: 1,
        request_id: "01890000-0000-7000-8000-000000000002".to_owned(),
    };
    clients.consultation().revise_response(revise).await.unwrap();
    until("ranking without cost", async || {
        let ranking = clients.ranking().await?;
        (model::order(&ranking) != ["B", "A", "C"]).then_some(())
    })
    .await;

    let withdraw = consultation::WithdrawResponseRequest {
        name: submitted.name,
        expected_revision: 2,
        request_id: "01890000-0000-7000-8000-000000000003".to_owned(),
    };
    clients.consultation().withdraw_response(withdraw).await.unwrap();
    let after = clients.settled(CODEBOOK, 0).await;
    let values = |ranking: &portfolio::Ranking| -> Vec<(String, i64)> {
        ranking.items.iter().map(|item| (item.work_item.clone(), item.value)).collect()
    };
    assert_eq!(values(&after), values(&before));
    partnership.stop().await;
}
