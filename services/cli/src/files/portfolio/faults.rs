//! A file as it was read, and all that is wrong with it: what the file itself shows, and what the service says of the rest,
//! each with its line.
use std::collections::BTreeMap;

use soundings_proto::portfolio::v1 as proto;

use crate::{
    commands::last_part,
    failure::{Failure, Outcome},
    files::places,
};

/// Fields that a file calls something else than the service does.
const ALIASES: [(&str, &str); 6] = [
    ("name", "id"),
    ("cost_gbp", "cost_gbp_k"),
    ("effort_centimonths", "person_months"),
    ("lowest", "lo"),
    ("highest", "hi"),
    ("prior_value", "prior"),
];

/// What a file calls a field of the service's.
fn alias(field: &str) -> &str {
    ALIASES.iter().find(|(theirs, _)| *theirs == field).map_or(field, |(_, ours)| ours)
}

/// Where a fault is.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// A line, from 1.
    Line(usize),
    /// A section of the file.
    Section(String),
    /// What the keys lead to in an entry of a section, the first being 0.
    Entry { section: &'static str, at: usize, path: Vec<String> },
}

/// What is wrong.
#[derive(Debug)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// What, and how to mend it.
    pub text: String,
}

/// How a file is laid out.
pub enum Layout {
    /// YAML, with its text.
    Yaml(String),
    /// A row for each work item.
    Csv,
}

/// An entry that was read: where it stands, its line if that is known already, and its id as the file has it.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Which of its section, from 0.
    pub at: usize,
    /// Its line, from 1, in a file of rows.
    pub line: Option<usize>,
    /// Its id.
    pub id: String,
}

/// A file that was read.
pub struct Read {
    /// What it says; where something is wrong, as far as it could be read.
    pub request: proto::ApplyPortfolioRequest,
    /// What the file is called.
    pub from: String,
    /// How it is laid out.
    pub layout: Layout,
    /// What stands behind each entry of the request, by section.
    pub kept: BTreeMap<&'static str, Vec<Kept>>,
    /// What the file itself shows to be wrong.
    pub faults: Vec<Fault>,
}

/// Fields that are judged together: when one of them cannot be read, what is said of another says nothing.
const TOGETHER: [&str; 3] = ["lo", "hi", "points"];

impl Read {
    /// The request, when nothing is wrong with the file.
    pub fn sound(self) -> Outcome<proto::ApplyPortfolioRequest> {
        if self.faults.is_empty() { Ok(self.request) } else { Err(self.refusal(&[], 0)) }
    }

    /// Whether the file itself shows nothing to be wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether it has rows.
    pub fn is_csv(&self) -> bool {
        matches!(self.layout, Layout::Csv)
    }

    /// Everything that is wrong, by line. `told`: what the service says of the request.
    pub fn refusal(&self, told: &[proto::PortfolioFault], omitted: i32) -> Failure {
        let mut all: Vec<(Option<usize>, String)> = Vec::new();
        for Fault { place, text } in &self.faults {
            let what = self.what(place).map(|what| format!("{what}: {text}"));
            all.push((self.line(place, None), what.unwrap_or_else(|| text.clone())));
        }
        for proto::PortfolioFault { field, description } in told {
            let Some(place) = self.place(field) else {
                all.push((None, format!("{field}: {description}")));
                continue;
            };
            if self.is_told(&place) {
                continue;
            }
            let what = self.what(&place).unwrap_or_else(|| field.clone());
            let word = description.split('"').nth(1);
            all.push((self.line(&place, word), format!("{what}: {description}")));
        }
        all.sort_by_key(|(line, _)| line.unwrap_or(usize::MAX));
        let count = all.len();
        let detail = |(line, text): (Option<usize>, String)| match line {
            Some(line) => format!("{}:{line}: {text}", self.from),
            None => format!("{}: {text}", self.from),
        };
        let mut details: Vec<String> = all.into_iter().map(detail).collect();
        if omitted > 0 {
            details.push(format!("and {omitted} more"));
        }
        let what = if count == 1 { "one fault".to_owned() } else { format!("{count} faults") };
        Failure::usage(format!("{what} in {}; nothing was changed", self.from)).with_details(details)
    }

    /// Whether the file itself shows what is wrong there.
    fn is_told(&self, place: &Place) -> bool {
        let of = |place: &Place| match place {
            Place::Entry { section, at, path } => {
                let field = path.first().cloned().unwrap_or_default();
                let field = if TOGETHER.contains(&&*field) { TOGETHER[0].to_owned() } else { field };
                Some((*section, *at, field))
            }
            _ => None,
        };
        of(place)
            .is_some_and(|sought| self.faults.iter().any(|fault| of(&fault.place) == Some(sought.clone())))
    }

    /// What stands at a place, as the file calls it: `item MW-1.scores.fit`.
    fn what(&self, place: &Place) -> Option<String> {
        let Place::Entry { section, at, path } = place else { return None };
        let id = self.kept.get(section).and_then(|kept| kept.iter().find(|kept| kept.at == *at));
        let thing = match id {
            Some(kept) if !kept.id.is_empty() => format!("{} {}", singular(section), kept.id),
            _ => format!("{section}[{at}]"),
        };
        Some(path.iter().fold(thing, |thing, key| match key.parse::<usize>() {
            Ok(n) => format!("{thing}[{n}]"),
            Err(_) => format!("{thing}.{key}"),
        }))
    }

    fn line(&self, place: &Place, word: Option<&str>) -> Option<usize> {
        match (place, &self.layout) {
            (Place::Line(line), _) => Some(*line),
            (Place::Section(section), Layout::Yaml(text)) => places::section_line(text, section),
            (Place::Section(_), Layout::Csv) => None,
            (Place::Entry { section, at, path }, Layout::Yaml(text)) => {
                places::line(text, section, *at, path, word)
            }
            (Place::Entry { section, at, .. }, Layout::Csv) => {
                self.kept.get(section)?.iter().find(|kept| kept.at == *at)?.line
            }
        }
    }

    /// Where in the file a field stands that the service names: `work_items[3].name`, `workItems/MW-1.cost_gbp`,
    /// `criteria.swing`.
    fn place(&self, field: &str) -> Option<Place> {
        let (section, entry, rest) = self.entry(field)?;
        let Some(entry) = entry else { return Some(Place::Section(section.to_owned())) };
        let at = self.kept.get(section)?.get(entry)?.at;
        let key = rest.trim_start_matches('.').split(['.', '[']).next().unwrap_or_default();
        let key = match self.layout {
            Layout::Csv if key == "cost_gbp" => key,
            _ => alias(key),
        };
        let path = if key.is_empty() { Vec::new() } else { vec![key.to_owned()] };
        Some(Place::Entry { section, at, path })
    }

    /// The section, which entry of the request, and what follows.
    fn entry<'a>(&self, field: &'a str) -> Option<(&'static str, Option<usize>, &'a str)> {
        let request = &self.request;
        let lists: [(&str, &str, Vec<&str>); 5] = [
            ("items", "work_items", request.work_items.iter().map(|it| &*it.name).collect()),
            ("criteria", "criteria", request.criteria.iter().map(|it| &*it.name).collect()),
            ("programmes", "programmes", request.programmes.iter().map(|it| &*it.name).collect()),
            ("resources", "resources", request.resources.iter().map(|it| &*it.name).collect()),
            ("portfolios", "portfolios", request.portfolios.iter().map(|it| &*it.name).collect()),
        ];
        // An id may hold points: the longest that fits is meant.
        let named = lists.iter().flat_map(|(section, _, names)| {
            names.iter().enumerate().filter_map(move |(at, name)| {
                let rest = field.strip_prefix(name)?;
                (rest.is_empty() || rest.starts_with('.')).then_some((*section, Some(at), rest))
            })
        });
        let named = named.min_by_key(|(_, _, rest)| rest.len());
        named.or_else(|| {
            lists.iter().find_map(|(section, list, _)| {
                let rest = field.strip_prefix(list)?;
                if let Some(rest) = rest.strip_prefix('[') {
                    let (at, rest) = rest.split_once(']')?;
                    return Some((*section, Some(at.parse().ok()?), rest));
                }
                (rest.is_empty() || rest.starts_with('.')).then_some((*section, None, rest))
            })
        })
    }
}

fn singular(section: &str) -> &str {
    if section == "criteria" { "criterion" } else { section.trim_end_matches('s') }
}

/// What was kept of the entries whose names these are, where none was left out.
pub fn kept_rows(names: impl Iterator<Item = (String, usize)>) -> Vec<Kept> {
    let row =
        |(at, (name, line)): (usize, (String, usize))| Kept { at, line: Some(line), id: last_part(&name) };
    names.enumerate().map(row).collect()
}
