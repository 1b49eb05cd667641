//! A small partnership: three councils, one survey, two themes, three work items.
use soundings_proto::{
    consultation::v1::{self as consultation, answer::Value, question::Kind},
    portfolio::v1 as portfolio,
    themes::v1 as themes,
};

use crate::{Clients, until};

/// The councils' ids.
pub const COUNCILS: [&str; 3] = ["EDH", "GLG", "ORK"];
/// The survey's id.
pub const SURVEY: &str = "s";
/// The codebook's id.
pub const CODEBOOK: &str = "c";
/// Says the theme `cost`, which item B answers.
pub const COST: &str = "Buying licences together would save money for every council.";
/// Says the theme `remote`, which item C answers.
pub const REMOTE: &str = "Our staff need laptops and broadband to work from home.";

const YAML: &str = "
id: c
title: Two themes
surveys: [surveys/s]
themes:
  - id: cost
    title: Cost optimisation
    state: approved
    description: Saving money on contracts, licences and procurement.
    exemplars: ['Buying together would save money for every council.', 'We all pay for the same licences.']
  - id: remote
    title: Supporting staff whilst they work remotely
    state: approved
    description: Equipment, connectivity and wellbeing of staff who work from home.
    exemplars: ['Staff need laptops and broadband to work from home.']
";

const ONE: i64 = 1_000_000_000_000;

/// Loads it all and waits for the first revision: A leads, for nobody has said anything.
pub async fn load(clients: &Clients) -> portfolio::Ranking {
    for id in COUNCILS {
        clients.consultation().create_organisation(organisation(id)).await.unwrap();
    }
    let load = themes::LoadCodebookRequest { yaml: YAML.to_owned(), ..Default::default() };
    clients.themes().load_codebook(load).await.unwrap();
    clients.portfolio().apply_portfolio(items()).await.unwrap();
    let survey = consultation::Survey {
        title: "A survey".to_owned(),
        questions: vec![consultation::Question {
            id: "words".to_owned(),
            prompt: "What would help?".to_owned(),
            required: true,
            kind: Some(Kind::FreeText(consultation::FreeTextQuestion { max_characters: 0 })),
            bound_to: String::new(),
        }],
        ..Default::default()
    };
    let create = consultation::CreateSurveyRequest {
        survey_id: SURVEY.to_owned(),
        survey: Some(survey),
        ..Default::default()
    };
    clients.consultation().create_survey(create).await.unwrap();
    let open = consultation::OpenSurveyRequest { name: format!("surveys/{SURVEY}"), ..Default::default() };
    clients.consultation().open_survey(open).await.unwrap();
    until("first ranking of three councils", async || {
        clients.ranking().await.filter(|ranking| ranking.organisations == 3)
    })
    .await
}

fn organisation(id: &str) -> consultation::CreateOrganisationRequest {
    consultation::CreateOrganisationRequest {
        organisation_id: id.to_owned(),
        organisation: Some(consultation::Organisation {
            display_name: format!("{id} Council"),
            kind: consultation::OrganisationKind::Council.into(),
            population: 1_000,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn items() -> portfolio::ApplyPortfolioRequest {
    let criterion = |id: &str, highest, swing, source: portfolio::ScoreSource| portfolio::Criterion {
        name: format!("criteria/{id}"),
        title: format!("The {id}"),
        highest,
        direction: portfolio::Direction::MoreIsBetter.into(),
        swing,
        source: source.into(),
        ..Default::default()
    };
    let item = |id: &str, fit: i64, theme: Option<&str>| portfolio::WorkItem {
        name: format!("workItems/{id}"),
        portfolio: "portfolios/P".to_owned(),
        title: format!("Item {id}"),
        scores: vec![portfolio::Score {
            criterion: "criteria/fit".to_owned(),
            likely: fit * ONE,
            ..Default::default()
        }],
        links: theme
            .map(|theme| portfolio::ThemeLink {
                theme: format!("codebooks/{CODEBOOK}/themes/{theme}"),
                strength: 1000,
                ..Default::default()
            })
            .into_iter()
            .collect(),
        ..Default::default()
    };
    portfolio::ApplyPortfolioRequest {
        portfolios: vec![portfolio::Portfolio {
            name: "portfolios/P".to_owned(),
            title: "All work".to_owned(),
            ..Default::default()
        }],
        criteria: vec![
            criterion("demand", ONE, 100_000, portfolio::ScoreSource::Demand),
            criterion("fit", 100 * ONE, 50_000, portfolio::ScoreSource::People),
        ],
        work_items: vec![item("A", 80, None), item("B", 60, Some("cost")), item("C", 40, Some("remote"))],
        ..Default::default()
    }
}

/// A response of a council in these words, under this request id.
pub fn response(council: &str, words: &str, request_id: &str) -> consultation::SubmitResponseRequest {
    consultation::SubmitResponseRequest {
        parent: format!("surveys/{SURVEY}"),
        response: Some(consultation::Response {
            organisation: format!("organisations/{council}"),
            answers: vec![consultation::Answer {
                question: "words".to_owned(),
                value: Some(Value::Text(words.to_owned())),
                ..Default::default()
            }],
            ..Default::default()
        }),
        request_id: request_id.to_owned(),
    }
}

/// The items of a ranking in order, such as `["B", "A", "C"]`.
pub fn order(ranking: &portfolio::Ranking) -> Vec<&str> {
    ranking.items.iter().map(|item| item.work_item.trim_start_matches("workItems/")).collect()
}
