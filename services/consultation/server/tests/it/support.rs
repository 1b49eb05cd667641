use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_proto::consultation::v1::{
    self as proto, answer::Value, import_responses_request::Part, question::Kind,
};
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, answer, code, fields, questions, request_id, submission, survey, withdrawal, words,
};

const THEME: &str = "codebooks/c/themes/T1";

/// A rating from 1 to 5 that is bound to this; empty: to nothing.
fn rating(id: &str, bound_to: &str) -> proto::Question {
    proto::Question {
        id: id.into(),
        prompt: format!("How much {id}?"),
        required: false,
        kind: Some(Kind::Rating(proto::RatingQuestion { lowest: 1, highest: 5 })),
        bound_to: bound_to.into(),
    }
}

/// Opens the survey `rated`: a question bound to a theme, one to an item, one to nothing.
async fn furnish(world: &World) {
    let questions = vec![rating("theme", THEME), rating("item", "workItems/i"), rating("free", "")];
    world.operator().create_survey(survey("rated", questions)).await.unwrap();
    world.open_survey("rated").await;
}

fn given(ratings: &[(&str, i32)]) -> Vec<proto::Answer> {
    ratings.iter().map(|(question, rating)| answer(question, Value::Rating(*rating))).collect()
}

fn rated(organisation: &str, ratings: &[(&str, i32)]) -> proto::SubmitResponseRequest {
    proto::SubmitResponseRequest {
        parent: "surveys/rated".into(),
        ..submission(organisation, given(ratings))
    }
}

fn revised(name: &str, ratings: &[(&str, i32)]) -> proto::ReviseResponseRequest {
    let (name, answers) = (name.into(), given(ratings));
    proto::ReviseResponseRequest { name, answers, expected_revision: 0, request_id: request_id() }
}

/// A snapshot as (organisation, sequence, respondents, tallies).
type Told = (String, i64, i64, Vec<(String, i64, i64)>);

/// Every snapshot, in order of organisation and number; each tally as (question, respondents, support).
async fn told(world: &World) -> Vec<Told> {
    let mut told = Vec::new();
    for event in world.told_of("support").await {
        let body = proto::SupportRecorded::decode(event.data.as_slice()).unwrap();
        let support = body.support.unwrap();
        let organisation = support.organisation.strip_prefix("organisations/").unwrap().to_owned();
        assert_eq!(event.subject, format!("soundings.consultation.v1.support.recorded.rated:{organisation}"));
        assert_eq!((support.survey.as_str(), support.sequence), ("surveys/rated", event.sequence));
        assert!(body.response_time.is_some());
        let tally = |tally: proto::SupportTally| {
            assert_eq!(tally.target, if tally.question == "theme" { THEME } else { "workItems/i" });
            (tally.question, tally.respondents, tally.support_ppm)
        };
        let tallies = support.tallies.into_iter().map(tally).collect();
        told.push((organisation, support.sequence, support.respondents, tallies));
    }
    told.sort();
    told
}

fn snapshot(organisation: &str, sequence: i64, respondents: i64, tallies: &[(&str, i64, i64)]) -> Told {
    let tallies = tallies.iter().map(|(question, n, support)| ((*question).to_owned(), *n, *support));
    (organisation.into(), sequence, respondents, tallies.collect())
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_change_of_bound_answers_is_told_as_what_stands_then(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    furnish(&world).await;
    let mut client = world.respondent("GLG");
    let request = rated("GLG", &[("theme", 4), ("free", 1)]);
    let first = client.submit_response(request.clone()).await.unwrap().into_inner();
    client.submit_response(request).await.unwrap();
    let second =
        client.submit_response(rated("GLG", &[("theme", 1), ("item", 5)])).await.unwrap().into_inner();
    world.respondent("EDH").submit_response(rated("EDH", &[("item", 3)])).await.unwrap();
    // Neither of these says anything of what is bound.
    client.submit_response(rated("GLG", &[("free", 5)])).await.unwrap();
    client.submit_response(submission("GLG", vec![words("Elsewhere.")])).await.unwrap();
    client.revise_response(revised(&first.name, &[("theme", 4), ("free", 2)])).await.unwrap();
    let mut expected = vec![
        snapshot("EDH", 1, 1, &[("item", 1, 500_000)]),
        snapshot("GLG", 1, 1, &[("theme", 1, 750_000)]),
        snapshot("GLG", 2, 2, &[("item", 1, 1_000_000), ("theme", 2, 750_000)]),
    ];
    assert_eq!(told(&world).await, expected);

    let request = revised(&first.name, &[("theme", 5)]);
    client.revise_response(request.clone()).await.unwrap();
    client.revise_response(request).await.unwrap();
    client.revise_response(revised(&first.name, &[("free", 5)])).await.unwrap();
    let withdraw = withdrawal(&second.name, 0);
    client.withdraw_response(withdraw.clone()).await.unwrap();
    client.withdraw_response(withdraw).await.unwrap();
    expected.extend([
        snapshot("GLG", 3, 2, &[("item", 1, 1_000_000), ("theme", 2, 1_000_000)]),
        snapshot("GLG", 4, 1, &[("item", 1, 1_000_000), ("theme", 1, 0)]),
        snapshot("GLG", 5, 0, &[("item", 0, 0), ("theme", 0, 0)]),
    ]);
    assert_eq!(told(&world).await, expected);
    assert_eq!(code(client.withdraw_response(withdrawal(&second.name, 0)).await), Code::FailedPrecondition);
    assert_eq!(told(&world).await.len(), 6, "what is refused is not told");
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_imported_file_counts_once_in_a_snapshot_for_each_organisation(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    furnish(&world).await;
    let file = "organisation,theme,item\nGLG,2,\nGLG,,5\nEDH,9,\nEDH,3,1\nORK,,\n";
    for imported in [3, 0] {
        let header = proto::ImportHeader {
            parent: "surveys/rated".into(),
            layout: proto::ImportLayout::Csv.into(),
            ..Default::default()
        };
        let parts = [Part::Header(header), Part::Chunk(file.as_bytes().to_vec())];
        let parts = parts.map(|part| proto::ImportResponsesRequest { part: Some(part) });
        let reply = world.operator().import_responses(futures::stream::iter(parts)).await.unwrap();
        assert_eq!(reply.into_inner().imported, imported);
    }
    let expected = [
        snapshot("EDH", 1, 1, &[("item", 1, 0), ("theme", 1, 500_000)]),
        snapshot("GLG", 1, 2, &[("item", 1, 1_000_000), ("theme", 1, 250_000)]),
    ];
    assert_eq!(told(&world).await, expected);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn answers_that_come_and_go_at_once_are_numbered_without_a_gap_and_add_up(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    furnish(&world).await;
    let acts = (0..60).map(|at: i32| {
        let organisation = ["GLG", "EDH"][usize::from(at % 3 == 0)];
        let mut client = world.respondent(organisation);
        async move {
            let request = rated(organisation, &[("theme", 1 + at % 5)]);
            let made = client.submit_response(request).await.unwrap().into_inner();
            match at % 4 {
                1 => drop(client.revise_response(revised(&made.name, &[("item", 5)])).await.unwrap()),
                3 => drop(client.withdraw_response(withdrawal(&made.name, 1)).await.unwrap()),
                _ => {}
            }
        }
    });
    futures::future::join_all(acts).await;
    let told = told(&world).await;
    for organisation in ["GLG", "EDH"] {
        let own: Vec<_> = told.iter().filter(|(id, ..)| id == organisation).collect();
        let numbers: Vec<i64> = own.iter().map(|(_, sequence, ..)| *sequence).collect();
        assert_eq!(numbers, (1..=numbers.len() as i64).collect::<Vec<_>>());
        let of = |at: &i32| ["GLG", "EDH"][usize::from(at % 3 == 0)] == organisation;
        let kept: Vec<i64> =
            (0..60).filter(of).filter(|at| at % 2 == 0).map(|at| i64::from(at % 5)).collect();
        let moved = (0..60).filter(of).filter(|at| at % 4 == 1).count() as i64;
        let (theme, item) = (kept.len() as i64, moved);
        let last = &own.last().unwrap();
        assert_eq!(last.2, theme + item);
        let support = kept.iter().sum::<i64>() * 250_000;
        assert_eq!(last.3, [("item".into(), item, item * 1_000_000), ("theme".into(), theme, support)]);
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_cannot_be_bound_is_refused_by_name_and_what_can_is_read_back(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut operator = world.operator();
    let mut wrong = questions();
    wrong[0].bound_to = THEME.into();
    wrong[3].bound_to = "themes/T1".into();
    let refused = operator.create_survey(survey("bound", wrong)).await;
    assert_eq!(fields(refused), ["survey.questions[0].bound_to", "survey.questions[3].bound_to"]);

    let mut right = questions();
    right[3].bound_to = THEME.into();
    let made = operator.create_survey(survey("bound", right.clone())).await.unwrap().into_inner();
    let get = proto::GetSurveyRequest { name: "surveys/bound".into() };
    let read = operator.get_survey(get).await.unwrap().into_inner();
    assert_eq!((&made.questions, &read.questions), (&right, &right));
}
