use std::collections::HashSet;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_proto::consultation::v1::{self as proto, answer::Value};
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, answer, code, fields, questions, request_id, submission, survey, words,
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn ten_copies_of_a_request_at_once_have_one_effect(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let answers = vec![answer("mark", Value::Rating(4)), words("Laptops, please.")];
    let request = submission("GLG", answers);
    let copies = (0..10).map(|_| {
        let (mut client, request) = (world.respondent("GLG"), request.clone());
        async move { client.submit_response(request).await.unwrap().into_inner() }
    });
    let replies = futures::future::join_all(copies).await;

    assert!(replies.iter().all(|reply| reply == &replies[0]), "{replies:#?}");
    assert_eq!(replies[0].answers.iter().map(|a| a.question.as_str()).collect::<Vec<_>>(), ["words", "mark"]);
    assert_eq!(replies[0].answers[0].value, Some(Value::Text("Laptops, please.".into())));
    assert_eq!(world.told_of("response").await.len(), 1);
    let listed = list(&world).await;
    assert_eq!(listed, replies[..1]);

    let mut client = world.respondent("GLG");
    let other = proto::SubmitResponseRequest {
        request_id: request.request_id,
        ..submission("GLG", vec![words("Else.")])
    };
    assert_eq!(code(client.submit_response(other.clone()).await), Code::AlreadyExists);
    // Another caller's requests have ids of their own.
    let other =
        proto::SubmitResponseRequest { response: submission("EDH", vec![words("Else.")]).response, ..other };
    world.respondent("EDH").submit_response(other).await.unwrap();
}

async fn list(world: &World) -> Vec<proto::Response> {
    let all =
        proto::ListResponsesRequest { parent: "surveys/s".into(), page_size: 1000, ..Default::default() };
    world.operator().list_responses(all).await.unwrap().into_inner().responses
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn one_rejection_does_not_fail_those_that_are_written_with_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let used = submission("GLG", vec![words("First.")]);
    world.operator().submit_response(used.clone()).await.unwrap();
    let calls = (0..60).map(|at| {
        let mut request = submission("ORK", vec![words(&format!("Number {at}."))]);
        match at % 6 {
            0 => request.request_id = used.request_id.clone(),
            1 => request.response.as_mut().unwrap().organisation = "organisations/NONE".into(),
            2 => request.response.as_mut().unwrap().answers = vec![words("with a \0 in it")],
            _ => {}
        }
        let mut client = world.operator();
        async move { (at % 6, client.submit_response(request).await) }
    });
    let mut accepted = HashSet::new();
    for (kind, result) in futures::future::join_all(calls).await {
        match kind {
            0 => assert_eq!(code(result), Code::AlreadyExists),
            1 => assert_eq!(code(result), Code::NotFound),
            2 => assert_eq!(fields(result), ["response.answers[0].text"]),
            _ => assert!(accepted.insert(result.unwrap().into_inner().name)),
        }
    }
    assert_eq!(accepted.len(), 30);
    assert_eq!(list(&world).await.len(), 31);
    assert_eq!(world.told_of("response").await.len(), 31);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn one_request_id_written_five_ways_is_one_request(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let request = submission("GLG", vec![words("Once.")]);
    let first = client.submit_response(request.clone()).await.unwrap().into_inner();
    let id = request.request_id.clone();
    for written in [id.to_uppercase(), format!("{{{id}}}"), format!("urn:uuid:{id}"), id.replace('-', "")] {
        let again = proto::SubmitResponseRequest { request_id: written, ..request.clone() };
        assert_eq!(client.submit_response(again).await.unwrap().into_inner(), first);
    }
    assert_eq!(list(&world).await, [first]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn only_an_open_survey_takes_responses_yet_a_closed_one_answers_a_repeat(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    world.operator().create_survey(survey("draft", questions())).await.unwrap();
    let early = proto::SubmitResponseRequest {
        parent: "surveys/draft".into(),
        ..submission("GLG", vec![words("x")])
    };
    assert_eq!(code(client.submit_response(early).await), Code::FailedPrecondition);

    let request = submission("GLG", vec![words("In time.")]);
    let first = client.submit_response(request.clone()).await.unwrap().into_inner();
    assert_eq!(world.close_survey("s").await.response_count, 1);
    assert_eq!(client.submit_response(request.clone()).await.unwrap().into_inner(), first);
    let late = submission("GLG", vec![words("Late.")]);
    assert_eq!(code(client.submit_response(late).await), Code::FailedPrecondition);
    let reused = proto::SubmitResponseRequest {
        request_id: request.request_id,
        ..submission("GLG", vec![words("y")])
    };
    assert_eq!(code(client.submit_response(reused).await), Code::AlreadyExists);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_survey_that_another_replica_closed_takes_nothing_though_it_is_remembered_as_open(
    #[case] engine: Engine,
) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let request = submission("GLG", vec![words("In time.")]);
    let first = client.submit_response(request.clone()).await.unwrap().into_inner();

    let close = proto::CloseSurveyRequest { name: "surveys/s".into(), ..Default::default() };
    world.replica().await.close_survey(close).await.unwrap();
    let mut other = client.clone();
    let late = submission("GLG", vec![words("Late.")]);
    let (again, late) = futures::join!(client.submit_response(request), other.submit_response(late));
    assert_eq!(again.unwrap().into_inner(), first);
    assert_eq!(code(late), Code::FailedPrecondition);
    assert_eq!(list(&world).await.len(), 1);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_bad_field_is_named(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let answers = vec![
        answer("one", Value::Choice("z".into())),
        answer("some", Value::Choices(proto::ChoiceSet { ids: ["a", "b", "c"].map(String::from).into() })),
        answer("mark", Value::Rating(9)),
        answer("else", Value::Rating(1)),
        answer("words", Value::Rating(1)),
    ];
    let named = [
        "response.answers[0].choice",
        "response.answers[1].choices.ids",
        "response.answers[2].rating",
        "response.answers[3].question",
        "response.answers[4]",
    ];
    assert_eq!(fields(client.submit_response(submission("GLG", answers)).await), named);

    let many = (0..300).map(|_| answer("else", Value::Rating(1))).collect();
    assert_eq!(fields(client.submit_response(submission("GLG", many)).await).len(), 20);

    let good = || submission("GLG", vec![words("x")]);
    let bad_id = proto::SubmitResponseRequest { request_id: "1".into(), ..good() };
    assert_eq!(fields(client.submit_response(bad_id).await), ["request_id"]);
    let bad_parent = proto::SubmitResponseRequest { parent: "survey/s".into(), ..good() };
    assert_eq!(fields(client.submit_response(bad_parent).await), ["parent"]);
    let no_value = vec![proto::Answer { question: "words".into(), ..Default::default() }];
    assert_eq!(
        fields(client.submit_response(submission("GLG", no_value)).await),
        ["response.answers[0].value"]
    );
    let nothing = proto::SubmitResponseRequest { response: None, ..good() };
    assert_eq!(fields(client.submit_response(nothing).await), ["response"]);
    let unknown = proto::SubmitResponseRequest { parent: "surveys/none".into(), ..good() };
    assert_eq!(code(client.submit_response(unknown).await), Code::NotFound);
    let large = submission("GLG", vec![words(&"x".repeat(2 * 1024 * 1024))]);
    assert_eq!(code(client.submit_response(large).await), Code::ResourceExhausted);
    assert!(world.told_of("response").await.is_empty());
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_restart(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let request =
        proto::SubmitResponseRequest { request_id: request_id(), ..submission("EDH", vec![words("Kept.")]) };
    let first = world.respondent("EDH").submit_response(request.clone()).await.unwrap().into_inner();
    let (config, subject) = (world.config.clone(), "ann@EDH");
    let folder = world.stop().await;
    let again = World::again(config, folder).await;
    let mut client = again.client(subject, &[soundings_access::Role::Respondent], Some("EDH"));
    assert_eq!(client.submit_response(request).await.unwrap().into_inner(), first);
    assert_eq!(list(&again).await, [first]);
    assert_eq!(again.told_of("response").await.len(), 1);
    again.stop().await;
}
