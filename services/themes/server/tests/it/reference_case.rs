//! The reference case's demo responses, labelled by hand, through the assigner as the service runs it.

use std::collections::{BTreeMap, BTreeSet};

use soundings_themes::application::ready_codebooks::ModelEncoder;
use soundings_themes::rpc::codebook_yaml;
use soundings_themes_domain::Codebook;
use soundings_themes_engine::{Assigner, Thresholds};
use soundings_themes_model::Model;

const CODEBOOK: &str = include_str!("../../../../cli/seed/codebook.yaml");
const RESPONSES: &str = include_str!("../../../../cli/seed/responses.csv");
const LABELS: &str = include_str!("../../../../cli/seed/labels.csv");

/// How the assigned themes compare with the labels, over responses.
#[derive(Debug, Default)]
struct Agreement {
    right: usize,
    extra: usize,
    missed: usize,
    exact: usize,
    responses: usize,
    off_topic: usize,
    strayed: usize,
}

impl Agreement {
    fn f1(&self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.extra + self.missed) as f64
    }
}

#[expect(clippy::unwrap_used, reason = "the files are part of the repository")]
fn agreement(thresholds: Thresholds) -> Agreement {
    let encoder = ModelEncoder(Model::embedded().unwrap());
    let (codebook, _) = Codebook::load(None, &codebook_yaml::read(CODEBOOK).unwrap()).unwrap();
    let assigner = Assigner::new(&codebook, &encoder, thresholds);
    let labels: BTreeMap<String, BTreeSet<String>> = csv::Reader::from_reader(LABELS.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .map(|row| {
            (row[0].to_owned(), row[1].split(';').filter(|t| !t.is_empty()).map(str::to_owned).collect())
        })
        .collect();
    let mut found = Agreement::default();
    let mut reader = csv::Reader::from_reader(RESPONSES.as_bytes());
    let columns = reader.headers().unwrap().clone();
    for row in reader.records().map(Result::unwrap) {
        let Some(expected) = labels.get(&row[0]) else { continue };
        let answers =
            columns.iter().zip(&row).filter(|(column, _)| codebook.questions.iter().any(|q| q == column));
        let themes: BTreeSet<String> =
            answers.flat_map(|(_, text)| assigner.assign(text, &encoder)).filter_map(|m| m.theme).collect();
        found.responses += 1;
        found.right += themes.intersection(expected).count();
        found.extra += themes.difference(expected).count();
        found.missed += expected.difference(&themes).count();
        found.exact += usize::from(themes == *expected);
        found.off_topic += usize::from(expected.is_empty());
        found.strayed += usize::from(expected.is_empty() && !themes.is_empty());
    }
    found
}

/// Every answer of the demo consultation to an open question, by row.
fn rows() -> Vec<BTreeMap<String, String>> {
    csv::Reader::from_reader(RESPONSES.as_bytes()).deserialize().map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_three_themes_are_found_without_any_codebook_and_approved() {
    let labels: BTreeMap<String, String> = csv::Reader::from_reader(LABELS.as_bytes())
        .into_records()
        .map(Result::unwrap)
        .map(|row| (row[0].to_owned(), row[1].to_owned()))
        .collect();
    let bench = crate::setup::sqlite().await;
    bench.load("id: cb\ntitle: Nothing yet\nsurveys: [s]\nthemes: []\n").await.unwrap();
    for row in rows() {
        let answers: Vec<(&str, &str)> = ["help", "barriers"]
            .into_iter()
            .map(|q| (q, row[q].as_str()))
            .filter(|(_, t)| !t.is_empty())
            .collect();
        bench.say_on("2020-09-01", &row["row_key"], &row["organisation"], &answers).await;
    }
    bench.discover().await;
    bench.discover().await;
    let emerging = bench.emerging().await;
    // Which of the labels most of the responses that raise each theme have.
    let mut titles: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for found in &emerging {
        let theme = found.theme.as_ref().unwrap();
        let id = theme.name.rsplit('/').next().unwrap();
        let mut raised: BTreeMap<&str, usize> = BTreeMap::new();
        for label in labels_of(&bench, id, &labels).await {
            *raised.entry(label).or_default() += 1;
        }
        let all: usize = raised.values().sum();
        for (label, count) in raised {
            if 2 * count >= all {
                titles.entry(label).or_default().push((id.to_owned(), theme.title.to_lowercase()));
            }
        }
    }
    let mut approved = BTreeMap::new();
    for (label, word) in [("T1", "working"), ("T2", "data"), ("T3", "contract")] {
        let found = titles.get(label).cloned().unwrap_or_default();
        let (id, _) = found.iter().find(|(_, title)| title.contains(word)).unwrap();
        bench.approve(id, "", "").await.unwrap();
        approved.insert(label, id.clone());
    }
    bench.confirm("").await.unwrap();
    // Each stands for what people call by its label more than for anything else.
    for (label, id) in &approved {
        let raised = labels_of(&bench, id, &labels).await;
        let own = raised.iter().filter(|raised| raised.contains(label)).count();
        assert!(raised.len() >= 30 && 2 * own >= raised.len(), "{label} {id}: {own} of {}", raised.len());
    }
}

/// The label of each response that raises a theme.
#[expect(clippy::unwrap_used, reason = "tests")]
async fn labels_of<'a>(
    bench: &crate::setup::Bench,
    theme: &str,
    labels: &'a BTreeMap<String, String>,
) -> Vec<&'a str> {
    let message = soundings_proto::themes::v1::ListMentionsRequest {
        theme: crate::setup::Bench::theme_name(theme),
        page_size: 200,
        ..Default::default()
    };
    let mentions = bench.mentions(message).await.unwrap().mentions;
    let rows: BTreeSet<String> =
        mentions.iter().filter_map(|m| m.response.rsplit('/').next()).map(str::to_owned).collect();
    rows.iter().filter_map(|row| labels.get(row)).map(String::as_str).collect()
}

#[test]
fn the_demo_responses_raise_the_themes_that_people_see_in_them() {
    let found = agreement(Thresholds::default());
    assert!(found.f1() > 0.75, "{found:?}");
    assert!(found.strayed * 100 <= found.off_topic * 40, "{found:?}");
}
