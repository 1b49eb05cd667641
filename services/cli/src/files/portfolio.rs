//! The whole model as a file: portfolios, programmes, resources, criteria and work items.
//!
//! In YAML, scores are in the criterion's unit: a number, `[low, likely, high]`, or nothing for what is not scored yet;
//! swings are whole and the largest is 100; link strengths and confidences and the values of points are thousandths. Things stand in
//! order of id when a file is written, so that two files can be compared line by line.
mod from_messages;
pub mod items_csv;
pub mod link;
mod places;
mod to_messages;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use soundings_proto::portfolio::v1 as proto;

use self::link::Link;
use super::fixed::Fixed;
use crate::failure::{Failure, Outcome};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    portfolios: Vec<Portfolio>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    programmes: Vec<Programme>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource>,
    #[serde(default)]
    criteria: Vec<Criterion>,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Portfolio {
    id: String,
    title: String,
    /// Where the title comes from; for readers of the file.
    #[serde(default, rename = "evidence", skip_serializing)]
    _evidence: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programme {
    id: String,
    portfolio: String,
    title: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Resource {
    id: String,
    title: String,
    #[serde(default)]
    unit: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Criterion {
    id: String,
    title: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    unit: String,
    lo: Fixed,
    hi: Fixed,
    direction: Direction,
    swing: Fixed,
    #[serde(default)]
    source: Source,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    points: Vec<(Fixed, Fixed)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prior: Option<Fixed>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Max,
    Min,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Source {
    #[default]
    People,
    Demand,
    Evidence,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    id: String,
    portfolio: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    programme: String,
    title: String,
    /// A longer title; for readers of the file.
    #[serde(default, rename = "full_name", skip_serializing)]
    _full_name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    role: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    key_actions: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    outcomes: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    owner: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    partners: Vec<String>,
    #[serde(default = "nothing", skip_serializing_if = "Fixed::is_zero")]
    cost_gbp_k: Fixed,
    #[serde(default = "nothing", skip_serializing_if = "Fixed::is_zero")]
    person_months: Fixed,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    needs: BTreeMap<String, Fixed>,
    /// Where the title comes from; for readers of the file.
    #[serde(default, rename = "evidence", skip_serializing)]
    _evidence: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    depends_on: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    excludes: Vec<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    mandatory: bool,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    scores: BTreeMap<String, Option<Score>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Score {
    Exact(Fixed),
    Range([Fixed; 3]),
}

fn nothing() -> Fixed {
    Fixed(0)
}

/// What a model's messages say; all that a file can hold.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Model {
    /// Groups of work items.
    pub portfolios: Vec<proto::Portfolio>,
    /// Groups inside a portfolio.
    pub programmes: Vec<proto::Programme>,
    /// What work takes.
    pub resources: Vec<proto::Resource>,
    /// Yardsticks.
    pub criteria: Vec<proto::Criterion>,
    /// Pieces of work.
    pub items: Vec<proto::WorkItem>,
}

/// Reads a file; `from` names where the text comes from.
pub fn read(from: &str, text: &str) -> Outcome<proto::ApplyPortfolioRequest> {
    let file: File = super::yaml(from, text)?;
    to_messages::request(file).map_err(|failure| failure.about(from))
}

/// Writes a model as the text that [`read`] takes.
pub fn write(model: &Model) -> Outcome<String> {
    let file = from_messages::file(model)?;
    serde_norway::to_string(&file).map_err(|error| Failure::from(anyhow::Error::from(error)))
}

/// A refusal of a file's request, with the line of each field that was named.
pub fn with_lines(
    failure: Failure,
    from: &str,
    text: &str,
    request: &proto::ApplyPortfolioRequest,
) -> Failure {
    failure.map_details(|detail| match places::line(text, request, detail) {
        Some(line) => format!("{from}:{line}: {detail}"),
        None => detail.to_owned(),
    })
}

#[cfg(test)]
mod tests;
