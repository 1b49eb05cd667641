use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, code, fields, questions, request_id, survey,
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn one_goes_from_draft_to_open_to_closed(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    let request = proto::CreateSurveyRequest { request_id: request_id(), ..survey("s", questions()) };
    let draft = client.create_survey(request.clone()).await.unwrap().into_inner();
    assert_eq!((draft.state(), &draft.questions), (proto::SurveyState::Draft, &questions()));
    assert_eq!(client.create_survey(request).await.unwrap().into_inner(), draft);
    assert_eq!(code(client.create_survey(survey("s", questions())).await), Code::AlreadyExists);

    let edit = |etag: &str| proto::UpdateSurveyRequest {
        survey: Some(proto::Survey { title: "Anew".into(), etag: etag.into(), ..draft.clone() }),
        request_id: String::new(),
    };
    let edited = client.update_survey(edit(&draft.etag)).await.unwrap().into_inner();
    assert_eq!(edited.title, "Anew");
    assert_eq!(code(client.update_survey(edit(&draft.etag)).await), Code::Aborted);

    let name = || "surveys/s".to_owned();
    let stale = proto::OpenSurveyRequest { name: name(), etag: draft.etag.clone(), ..Default::default() };
    assert_eq!(code(client.open_survey(stale).await), Code::Aborted);
    let opened = world.open_survey("s").await;
    assert_eq!(opened.state(), proto::SurveyState::Open);
    assert!(opened.open_time.is_some() && opened.close_time.is_none());
    assert_eq!(code(client.update_survey(edit("")).await), Code::FailedPrecondition);
    let again = proto::OpenSurveyRequest { name: name(), ..Default::default() };
    assert_eq!(code(client.open_survey(again).await), Code::FailedPrecondition);
    assert_eq!(world.close_survey("s").await.state(), proto::SurveyState::Closed);
    let get = proto::GetSurveyRequest { name: name() };
    assert!(client.get_survey(get).await.unwrap().into_inner().close_time.is_some());

    let told: Vec<_> = world
        .told_of("survey")
        .await
        .iter()
        .map(|e| (e.sequence, proto::SurveyChanged::decode(e.data.as_slice()).unwrap().state()))
        .collect();
    assert_eq!(told, [(1, proto::SurveyState::Open), (2, proto::SurveyState::Closed)]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn bad_fields_are_named(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    let mut bad = questions();
    bad[1].id = "words".into();
    bad[3].kind = Some(proto::question::Kind::Rating(proto::RatingQuestion { lowest: 5, highest: 1 }));
    let named = ["survey_id", "survey.questions[1].id", "survey.questions[3].rating"];
    assert_eq!(fields(client.create_survey(survey("", bad.clone())).await), named);
    bad[0].kind = None;
    assert_eq!(fields(client.create_survey(survey("s", bad)).await), ["survey.questions[0].kind"]);
    assert_eq!(fields(client.create_survey(survey("s", Vec::new())).await), ["survey.questions"]);
    let mut bad = questions();
    bad[0].prompt = "About\0?".into();
    let choices = ["a", "b"].map(|id| proto::Choice { id: id.into(), label: "\0".into() }).into();
    bad[1].kind = Some(proto::question::Kind::SingleChoice(proto::SingleChoiceQuestion { choices }));
    let mut bad = survey("s", bad);
    bad.survey.as_mut().unwrap().title = "A\0".into();
    let named = [
        "survey.title",
        "survey.questions[0].prompt",
        "survey.questions[1].single_choice.choices[0].label",
        "survey.questions[1].single_choice.choices[1].label",
    ];
    assert_eq!(fields(client.create_survey(bad).await), named, "PostgreSQL keeps no NUL");
    let none = proto::CreateSurveyRequest { survey: None, ..survey("s", Vec::new()) };
    assert_eq!(fields(client.create_survey(none).await), ["survey"]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn they_are_listed_a_page_at_a_time(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    for id in ["c", "a", "b"] {
        client.create_survey(survey(id, questions())).await.unwrap();
    }
    let mut list = proto::ListSurveysRequest { page_size: 2, ..Default::default() };
    let first = client.list_surveys(list.clone()).await.unwrap().into_inner();
    list.page_token = first.next_page_token;
    let second = client.list_surveys(list).await.unwrap().into_inner();
    let names: Vec<_> = first.surveys.into_iter().chain(second.surveys).map(|s| s.name).collect();
    assert_eq!(names, ["surveys/a", "surveys/b", "surveys/c"]);
    assert_eq!(second.next_page_token, "");
}
