use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::sql;
use soundings_proto::consultation::v1::{self as proto, import_responses_request::Part};

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, questions, revision, submission, survey, withdrawal, words,
};

/// What the survey `s` is said to count, once that is what its rows are and what the list of surveys says.
async fn counted(world: &World) -> i64 {
    let get = proto::GetSurveyRequest { name: "surveys/s".into() };
    let told = world.operator().get_survey(get).await.unwrap().into_inner().response_count;
    let select = "SELECT COUNT(*) AS n FROM responses WHERE survey = 's' AND withdrawn = 0";
    let row = sql::query_one(world.running.runtime.db.read(), select, vec![]).await.unwrap().unwrap();
    assert_eq!(told, sql::column::<i64>(&row, "n").unwrap());
    let list = world.operator().list_surveys(proto::ListSurveysRequest::default()).await.unwrap();
    let surveys = list.into_inner().surveys;
    let listed: Vec<_> = surveys.iter().map(|s| (s.name.as_str(), s.response_count)).collect();
    assert_eq!(listed, [("surveys/other", 0), ("surveys/s", told)]);
    told
}

async fn import(world: &World, file: &str) {
    let header = proto::ImportHeader {
        parent: "surveys/s".into(),
        layout: proto::ImportLayout::Csv.into(),
        ..Default::default()
    };
    let parts = [Part::Header(header), Part::Chunk(file.as_bytes().to_vec())];
    let parts = parts.map(|part| proto::ImportResponsesRequest { part: Some(part) });
    world.operator().import_responses(futures::stream::iter(parts)).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_surveys_count_is_what_stands_whatever_wrote_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.operator().create_survey(survey("other", questions())).await.unwrap();
    assert_eq!(counted(&world).await, 0);

    let mut client = world.respondent("GLG");
    let request = submission("GLG", vec![words("First.")]);
    let first = client.submit_response(request.clone()).await.unwrap().into_inner();
    client.submit_response(request).await.unwrap();
    assert_eq!(counted(&world).await, 1, "a repeat is none");
    client.submit_response(submission("GLG", vec![words(" ")])).await.unwrap_err();
    client.revise_response(revision(&first.name, 1, "Second.")).await.unwrap();
    assert_eq!(counted(&world).await, 1);

    let file = "organisation,words\nGLG,One.\nEDH,Two.\nNONE,Three.\n";
    import(&world, file).await;
    import(&world, file).await;
    assert_eq!(counted(&world).await, 3);

    let withdraw = withdrawal(&first.name, 2);
    client.withdraw_response(withdraw.clone()).await.unwrap();
    client.withdraw_response(withdraw).await.unwrap();
    client.withdraw_response(withdrawal(&first.name, 0)).await.unwrap_err();
    assert_eq!(counted(&world).await, 2);
    assert_eq!(world.close_survey("s").await.response_count, 2);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn responses_that_come_and_go_at_once_are_all_counted(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    world.operator().create_survey(survey("other", questions())).await.unwrap();
    let acts = (0..100).map(|at| {
        let (mut client, world) = (world.respondent("GLG"), &world);
        async move {
            if at % 50 == 0 {
                return import(world, &format!("organisation,words\nEDH,Row {at}.\n")).await;
            }
            let request = submission("GLG", vec![words(&format!("Number {at}."))]);
            let made = client.submit_response(request).await.unwrap().into_inner();
            if at % 2 == 1 {
                client.withdraw_response(withdrawal(&made.name, 1)).await.unwrap();
            }
        }
    });
    futures::future::join_all(acts).await;
    assert_eq!(counted(&world).await, 50);
}
