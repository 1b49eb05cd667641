//! The whole model as a file: portfolios, programmes, resources, criteria and work items.
//!
//! In YAML, scores are in the criterion's unit: a number, `[low, likely, high]`, or nothing for what is not scored yet; the
//! largest swing is 100, and swings have at most three decimal places; link strengths and confidences and the values of
//! points are thousandths. Things stand in order of id when a file is written, so that two files can be compared line by
//! line.
mod faults;
mod from_messages;
pub mod items_csv;
pub mod link;
mod to_messages;

use std::{collections::BTreeMap, path::Path};

use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_norway::Value;
use soundings_proto::portfolio::v1 as proto;

pub use self::faults::Read;
use self::{
    faults::{Fault, Kept, Layout, Place},
    link::Link,
};
use super::{entry, fixed::Fixed};
use crate::failure::{Failure, Outcome};

#[derive(Serialize)]
struct File {
    portfolios: Vec<Portfolio>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    programmes: Vec<Programme>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    resources: Vec<Resource>,
    criteria: Vec<Criterion>,
    items: Vec<Item>,
}

/// Sections of a file.
const SECTIONS: [&str; 5] = ["portfolios", "programmes", "resources", "criteria", "items"];

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

#[derive(Serialize)]
#[serde(untagged)]
enum Score {
    Exact(Fixed),
    Range([Fixed; 3]),
}

impl<'de> Deserialize<'de> for Score {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = Value::deserialize(deserializer)?;
        let read = |value: &Value| serde_norway::from_value::<Fixed>(value.clone()).map_err(D::Error::custom);
        match &given {
            Value::Number(_) | Value::String(_) => read(&given).map(Score::Exact),
            Value::Sequence(three) if three.len() == 3 => {
                Ok(Score::Range([read(&three[0])?, read(&three[1])?, read(&three[2])?]))
            }
            _ => Err(D::Error::custom("is no score; give a number, or [low, likely, high]")),
        }
    }
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

/// Reads a file, by its ending: YAML, or CSV of work items. Only what is no YAML at all is refused here; every other fault
/// is kept beside what could be read.
pub fn read_file(path: &Path) -> Outcome<Read> {
    let (from, text) = (path.display().to_string(), super::text(path)?);
    let is_csv = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv"));
    if is_csv { items_csv::read(&from, &text) } else { read(&from, &text) }
}

/// Reads YAML; `from` names where the text comes from.
pub fn read(from: &str, text: &str) -> Outcome<Read> {
    let mut faults = Vec::new();
    let mut sections = match super::yaml::<Value>(from, text)? {
        Value::Mapping(mapping) => mapping,
        Value::Null => Default::default(),
        _ => return Err(Failure::usage(format!("{from}: give {}", SECTIONS.join(", ")))),
    };
    let mut kept = BTreeMap::new();
    let file = File {
        portfolios: section(&mut sections, "portfolios", &mut kept, &mut faults),
        programmes: section(&mut sections, "programmes", &mut kept, &mut faults),
        resources: section(&mut sections, "resources", &mut kept, &mut faults),
        criteria: section(&mut sections, "criteria", &mut kept, &mut faults),
        items: section(&mut sections, "items", &mut kept, &mut faults),
    };
    for key in sections.keys().filter_map(Value::as_str) {
        let text = format!("there is no section {key:?}; give {}", SECTIONS.join(", "));
        faults.push(Fault { place: Place::Section(key.to_owned()), text });
    }
    let mut wrong = |section: &'static str, entry: usize, field: &str, text: String| {
        let place = Place::Entry { section, at: kept[section][entry].at, path: vec![field.to_owned()] };
        faults.push(Fault { place, text });
    };
    let request = to_messages::request(file, &mut wrong);
    Ok(Read { request, from: from.to_owned(), layout: Layout::Yaml(text.to_owned()), kept, faults })
}

/// Takes a section's entries out of the file, each as far as it can be read.
fn section<T: serde::de::DeserializeOwned>(
    sections: &mut serde_norway::Mapping,
    section: &'static str,
    kept: &mut BTreeMap<&'static str, Vec<Kept>>,
    faults: &mut Vec<Fault>,
) -> Vec<T> {
    let list = match sections.remove(section) {
        Some(Value::Sequence(list)) => list,
        Some(_) => {
            let text = format!("{section} must be a list, [] for none");
            faults.push(Fault { place: Place::Section(section.to_owned()), text });
            Vec::new()
        }
        None => Vec::new(),
    };
    let mut entries = Vec::with_capacity(list.len());
    let its = kept.entry(section).or_default();
    for (at, value) in list.iter().enumerate() {
        let (read, wrong) = entry::read::<T>(value);
        let fault = |(path, text)| Fault { place: Place::Entry { section, at, path }, text };
        faults.extend(wrong.into_iter().map(fault));
        if let Some(read) = read {
            let id = value.get("id").and_then(Value::as_str).unwrap_or_default().to_owned();
            its.push(Kept { at, line: None, id });
            entries.push(read);
        }
    }
    entries
}

/// Writes a model as the text that [`read`] takes.
pub fn write(model: &Model) -> Outcome<String> {
    let file = from_messages::file(model)?;
    serde_norway::to_string(&file).map_err(|error| Failure::from(anyhow::Error::from(error)))
}

#[cfg(test)]
mod tests;
