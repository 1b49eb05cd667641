use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, code, organisation, questions, revision, submission, survey, withdrawal, words,
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn another_organisations_responses_are_as_good_as_missing(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let (mut ours, mut theirs) = (world.respondent("GLG"), world.respondent("EDH"));
    let response = ours.submit_response(submission("GLG", vec![words("Ours.")])).await.unwrap().into_inner();
    let missing = "surveys/s/responses/00000000-0000-7000-8000-000000000000";

    for name in [response.name.as_str(), missing] {
        let told = |status: tonic::Status| (status.code(), status.message().replace(name, ""));
        let absent = (Code::NotFound, "there is no response \"\"".to_owned());
        let get = proto::GetResponseRequest { name: name.into() };
        assert_eq!(told(theirs.get_response(get).await.unwrap_err()), absent);
        assert_eq!(told(theirs.revise_response(revision(name, 0, "x")).await.unwrap_err()), absent);
        assert_eq!(told(theirs.withdraw_response(withdrawal(name, 0)).await.unwrap_err()), absent);
    }
    let foreign = theirs.submit_response(submission("GLG", vec![words("Forged.")])).await.unwrap_err();
    let unknown = theirs.submit_response(submission("NONE", vec![words("Forged.")])).await.unwrap_err();
    assert_eq!((foreign.code(), unknown.code()), (Code::NotFound, Code::NotFound));
    assert_eq!(foreign.message().replace("GLG", ""), unknown.message().replace("NONE", ""));

    let list = |organisation: &str| proto::ListResponsesRequest {
        parent: "surveys/s".into(),
        organisation: organisation.into(),
        ..Default::default()
    };
    assert!(theirs.list_responses(list("")).await.unwrap().into_inner().responses.is_empty());
    assert_eq!(code(theirs.list_responses(list("organisations/GLG")).await), Code::NotFound);
    assert_eq!(
        ours.list_responses(list("")).await.unwrap().into_inner().responses,
        std::slice::from_ref(&response)
    );
    assert_eq!(world.told_of("response").await.len(), 1);

    let mut bound = world.client("ana", &[Role::Analyst], Some("EDH"));
    let batch = proto::BatchGetResponsesRequest { names: vec![response.name.clone()] };
    let read = bound.batch_get_responses(batch).await.unwrap().into_inner();
    assert_eq!((read.responses.len(), read.missing), (0, vec![response.name]));
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_respondent_bound_to_no_organisation_speaks_for_none(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut stray = world.client("stray", &[Role::Respondent], None);
    let submit = submission("GLG", vec![words("Forged.")]);
    assert_eq!(code(stray.submit_response(submit).await), Code::NotFound);
    let list = proto::ListResponsesRequest { parent: "surveys/s".into(), ..Default::default() };
    assert_eq!(code(stray.list_responses(list).await), Code::PermissionDenied);
    world.operator().submit_response(submission("GLG", vec![words("For them.")])).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn respondents_see_no_draft(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    for id in ["a", "z"] {
        world.operator().create_survey(survey(id, questions())).await.unwrap();
    }
    world.open_survey("z").await;
    world.close_survey("z").await;
    let get = proto::GetSurveyRequest { name: "surveys/a".into() };
    let list = proto::ListSurveysRequest { page_size: 2, ..Default::default() };
    let names = |list: proto::ListSurveysResponse| -> Vec<String> {
        list.surveys.into_iter().map(|survey| survey.name).collect()
    };
    let mut respondent = world.respondent("GLG");
    assert_eq!(code(respondent.get_survey(get.clone()).await), Code::NotFound);
    let seen = respondent.list_surveys(list.clone()).await.unwrap().into_inner();
    assert_eq!(
        (seen.next_page_token.as_str(), names(seen.clone())),
        ("", vec!["surveys/s".into(), "surveys/z".into()])
    );

    let mut analyst = world.client("ana", &[Role::Analyst, Role::Respondent], Some("GLG"));
    analyst.get_survey(get).await.unwrap();
    assert_eq!(names(analyst.list_surveys(list).await.unwrap().into_inner()), ["surveys/a", "surveys/s"]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn respondents_run_nothing(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut client = world.respondent("GLG");
    assert_eq!(code(client.create_organisation(organisation("X")).await), Code::PermissionDenied);
    assert_eq!(code(client.create_survey(survey("x", questions())).await), Code::PermissionDenied);
    let close = proto::CloseSurveyRequest { name: "surveys/s".into(), ..Default::default() };
    assert_eq!(code(client.close_survey(close).await), Code::PermissionDenied);
    let batch = proto::BatchGetResponsesRequest { names: vec!["surveys/s/responses/x".into()] };
    assert_eq!(code(client.batch_get_responses(batch).await), Code::PermissionDenied);
}
