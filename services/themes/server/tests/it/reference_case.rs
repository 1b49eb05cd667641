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

#[test]
fn the_demo_responses_raise_the_themes_that_people_see_in_them() {
    let found = agreement(Thresholds::default());
    assert!(found.f1() > 0.75, "{found:?}");
    assert!(found.strayed * 100 <= found.off_topic * 40, "{found:?}");
}
