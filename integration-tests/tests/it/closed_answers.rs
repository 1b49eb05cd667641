//! What councils answer to closed questions re-ranks the portfolio without a word, and can be explained.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_integration_tests::{
    Clients,
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK},
    until,
};
use soundings_proto::{
    consultation::v1::{self as consultation, answer::Value, question::Kind},
    portfolio::v1 as portfolio,
};

const SURVEY: &str = "surveys/ratings";

/// Opens a survey that asks how much an item, and a theme, would help.
async fn open(clients: &Clients) {
    let rating = |id: &str, bound_to: &str| consultation::Question {
        id: id.to_owned(),
        prompt: format!("How much would {id} help?"),
        required: false,
        kind: Some(Kind::Rating(consultation::RatingQuestion { lowest: 1, highest: 5 })),
        bound_to: bound_to.to_owned(),
    };
    let theme = format!("codebooks/{CODEBOOK}/themes/cost");
    let questions = vec![rating("item", "workItems/A"), rating("theme", &theme)];
    let survey = consultation::Survey { title: "Ratings".to_owned(), questions, ..Default::default() };
    let create = consultation::CreateSurveyRequest {
        survey_id: "ratings".to_owned(),
        survey: Some(survey),
        ..Default::default()
    };
    clients.consultation().create_survey(create).await.unwrap();
    let open = consultation::OpenSurveyRequest { name: SURVEY.to_owned(), ..Default::default() };
    clients.consultation().open_survey(open).await.unwrap();
}

/// A council's ratings, under this request number; returns the response's name.
async fn rate(clients: &Clients, council: &str, request: u32, ratings: &[(&str, i32)]) -> String {
    let answer = |(question, rating): &(&str, i32)| consultation::Answer {
        question: (*question).to_owned(),
        value: Some(Value::Rating(*rating)),
        ..Default::default()
    };
    let request = consultation::SubmitResponseRequest {
        parent: SURVEY.to_owned(),
        response: Some(consultation::Response {
            organisation: format!("organisations/{council}"),
            answers: ratings.iter().map(answer).collect(),
            ..Default::default()
        }),
        request_id: format!("01890000-0000-7000-8000-{request:012}"),
    };
    let first = clients.consultation().submit_response(request.clone()).await.unwrap().into_inner();
    let again = clients.consultation().submit_response(request).await.unwrap().into_inner();
    assert_eq!(first, again);
    first.name
}

/// Waits for a ranking of so many organisations and respondents, in this order.
async fn settled(
    clients: &Clients,
    (organisations, respondents): (i32, i64),
    order: [&str; 3],
) -> portfolio::Ranking {
    until(&format!("a ranking of {respondents} respondents as {order:?}"), async || {
        let ranking = clients.ranking().await?;
        let counted = (ranking.organisations_answered, ranking.respondents);
        (counted == (organisations, respondents) && model::order(&ranking) == order).then_some(ranking)
    })
    .await
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn ratings_alone_re_rank_the_portfolio_and_taking_them_back_undoes_it(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    let before = model::load(&clients).await;
    assert_eq!(model::order(&before), ["A", "B", "C"]);
    open(&clients).await;

    // The theme that B answers is what they want; A, which leads by its fit, is not.
    let mut names = Vec::new();
    for (council, request) in [("GLG", 1), ("EDH", 2), ("ORK", 3)] {
        names.push(rate(&clients, council, request, &[("theme", 5), ("item", 1)]).await);
    }
    let after = settled(&clients, (3, 3), ["B", "A", "C"]).await;
    assert_eq!(after.items[0].organisations_behind, 3);

    let request = portfolio::ExplainMoveRequest {
        work_item: "workItems/B".to_owned(),
        from_revision: before.revision,
        to_revision: after.revision,
        ..Default::default()
    };
    let why = clients.portfolio().explain_move(request).await.unwrap().into_inner();
    let theme = format!("codebooks/{CODEBOOK}/themes/cost");
    let cost = why.parts.iter().flat_map(|part| &part.themes).find(|part| part.theme == theme).unwrap();
    assert_eq!(cost.surveys, [SURVEY]);
    assert_eq!(cost.organisations.iter().map(|one| one.delta).sum::<i64>(), cost.delta);
    let get = portfolio::GetWorkItemRequest { name: "workItems/A".to_owned() };
    let a = clients.portfolio().get_work_item(get).await.unwrap().into_inner().direct.unwrap();
    assert_eq!((a.strength, a.organisations, a.answers, a.mean_support_ppm), (1000, 3, 3, 0));

    // They think better of it: two take their answers back, the third asks for A.
    for (at, name) in names[..2].iter().cloned().enumerate() {
        let request_id = format!("01890000-0000-7000-8000-1{at:011}");
        let withdraw = consultation::WithdrawResponseRequest { name, expected_revision: 1, request_id };
        clients.consultation().withdraw_response(withdraw).await.unwrap();
    }
    let revise = consultation::ReviseResponseRequest {
        name: names[2].clone(),
        answers: vec![consultation::Answer {
            question: "item".to_owned(),
            value: Some(Value::Rating(5)),
            ..Default::default()
        }],
        expected_revision: 1,
        request_id: "01890000-0000-7000-8000-200000000000".to_owned(),
    };
    clients.consultation().revise_response(revise).await.unwrap();
    let last = settled(&clients, (1, 1), ["A", "B", "C"]).await;
    assert_eq!(last.items[0].organisations_behind, 1);
    partnership.stop().await;
}
