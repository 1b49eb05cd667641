use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, code, fields, revision, submission, withdrawal, words,
};

async fn submitted(world: &World, text: &str) -> proto::Response {
    let request = submission("GLG", vec![words(text)]);
    world.respondent("GLG").submit_response(request).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_revision_replaces_the_answers_and_a_stale_one_is_refused(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let first = submitted(&world, "First.").await;
    let second = client.revise_response(revision(&first.name, 1, "Second.")).await.unwrap().into_inner();
    assert_eq!((second.revision, &second.answers), (2, &vec![words("Second.")]));
    assert_eq!(second.submit_time, first.submit_time);
    assert_eq!(code(client.revise_response(revision(&first.name, 1, "Third.")).await), Code::Aborted);
    assert_eq!(fields(client.revise_response(revision(&first.name, 2, " ")).await), ["answers"]);
    let get = proto::GetResponseRequest { name: first.name.clone() };
    assert_eq!(client.get_response(get).await.unwrap().into_inner(), second);

    let told = world.told_of("response").await;
    assert_eq!(told.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2]);
    assert!(told.iter().all(|e| e.source == format!("//soundings/consultation/{}", first.name)));
    let revised = proto::ResponseRevised::decode(told[1].data.as_slice()).unwrap();
    assert_eq!((revised.response, revised.revision), (first.name, 2));
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn ten_copies_of_a_revision_at_once_have_one_effect(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let first = submitted(&world, "First.").await;
    let request = revision(&first.name, 1, "Second.");
    let copies = (0..10).map(|_| {
        let (mut client, request) = (world.respondent("GLG"), request.clone());
        async move { client.revise_response(request).await.unwrap().into_inner() }
    });
    let replies = futures::future::join_all(copies).await;
    assert!(replies.iter().all(|reply| reply == &replies[0] && reply.revision == 2), "{replies:#?}");
    assert_eq!(replies[0].answers, [words("Second.")]);
    assert_eq!(world.told_of("response").await.len(), 2);
    let reused = proto::ReviseResponseRequest { answers: vec![words("Else.")], ..request };
    assert_eq!(code(world.respondent("GLG").revise_response(reused).await), Code::AlreadyExists);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_ten_different_revisions_of_one_state_one_is_taken(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let first = submitted(&world, "First.").await;
    let rivals = (0..10).map(|at| {
        let (mut client, request) =
            (world.respondent("GLG"), revision(&first.name, 1, &format!("No. {at}.")));
        async move { client.revise_response(request).await }
    });
    let (taken, refused): (Vec<_>, Vec<_>) =
        futures::future::join_all(rivals).await.into_iter().partition(Result::is_ok);
    assert_eq!(taken.len(), 1);
    assert!(refused.into_iter().all(|refused| code(refused) == Code::Aborted));
    assert_eq!(world.told_of("response").await.len(), 2);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_withdrawn_response_leaves_a_tombstone_and_no_words(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let first = submitted(&world, "Zanzibar one.").await;
    client.revise_response(revision(&first.name, 0, "Zanzibar two.")).await.unwrap();
    assert_eq!(world.hits("Zanzibar").await, 1, "the words stand in the response's row alone");

    let request = withdrawal(&first.name, 2);
    let gone = client.withdraw_response(request.clone()).await.unwrap().into_inner();
    assert_eq!((gone.revision, gone.state()), (3, proto::ResponseState::Withdrawn));
    assert!(gone.answers.is_empty());
    assert_eq!(world.hits("Zanzibar").await, 0);
    assert_eq!(client.withdraw_response(request).await.unwrap().into_inner(), gone);
    assert_eq!(code(client.revise_response(revision(&first.name, 0, "x")).await), Code::FailedPrecondition);
    assert_eq!(code(client.withdraw_response(withdrawal(&first.name, 0)).await), Code::FailedPrecondition);

    let told = world.told_of("response").await;
    assert_eq!(told.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    let withdrawn = proto::ResponseWithdrawn::decode(told[2].data.as_slice()).unwrap();
    assert_eq!((withdrawn.response, withdrawn.organisation.as_str()), (first.name, "organisations/GLG"));
    let get = proto::GetSurveyRequest { name: "surveys/s".into() };
    assert_eq!(client.get_survey(get).await.unwrap().into_inner().response_count, 0);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn nothing_changes_once_the_survey_is_closed(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    let first = submitted(&world, "First.").await;
    world.close_survey("s").await;
    assert_eq!(code(client.revise_response(revision(&first.name, 1, "x")).await), Code::FailedPrecondition);
    assert_eq!(code(client.withdraw_response(withdrawal(&first.name, 1)).await), Code::FailedPrecondition);
}
