//! Where in a file a field stands that a service refuses.
use soundings_proto::portfolio::v1 as proto;

use crate::commands::last_part;

/// Fields that a file calls something else than the service does.
const ALIASES: [(&str, &str); 5] = [
    ("cost_gbp", "cost_gbp_k"),
    ("effort_centimonths", "person_months"),
    ("lowest", "lo"),
    ("highest", "hi"),
    ("prior_value", "prior"),
];

/// The line, from 1, that a detail such as `workItems/MW-1.cost_gbp: must be 0 or more` is about.
pub fn line(text: &str, request: &proto::ApplyPortfolioRequest, detail: &str) -> Option<usize> {
    let place = detail.split(':').next()?;
    let (thing, field) = place.split_once('.').unwrap_or((place, ""));
    let (section, id) = thing_of(thing, request)?;
    let field = field.split(['.', '[']).next().unwrap_or_default();
    let field = ALIASES.iter().find(|(theirs, _)| *theirs == field).map_or(field, |(_, ours)| ours);
    let entry = entry(text, section, &id)?;
    let named = entry.clone().find(|at| {
        let line = text.lines().nth(*at).unwrap_or_default();
        !field.is_empty() && holds_key(line, field)
    });
    Some(named.or_else(|| entry.clone().next())? + 1)
}

/// The section and the id of `workItems/MW-1`, or of the request's entry `work_items[3]`.
fn thing_of(thing: &str, request: &proto::ApplyPortfolioRequest) -> Option<(&'static str, String)> {
    if let Some((collection, id)) = thing.split_once('/') {
        let section = match collection {
            "workItems" => "items",
            "criteria" => "criteria",
            "programmes" => "programmes",
            _ => return None,
        };
        return Some((section, id.to_owned()));
    }
    let (list, at) = thing.strip_suffix(']')?.split_once('[')?;
    let at: usize = at.parse().ok()?;
    let (section, name) = match list {
        "work_items" => ("items", &request.work_items.get(at)?.name),
        "criteria" => ("criteria", &request.criteria.get(at)?.name),
        "programmes" => ("programmes", &request.programmes.get(at)?.name),
        "resources" => ("resources", &request.resources.get(at)?.name),
        "portfolios" => ("portfolios", &request.portfolios.get(at)?.name),
        _ => return None,
    };
    Some((section, last_part(name)))
}

/// The lines, from 0, of an entry of a section: from where its id stands to the next entry.
fn entry(text: &str, section: &str, id: &str) -> Option<std::ops::Range<usize>> {
    let lines: Vec<&str> = text.lines().collect();
    let top = |line: &str| !line.starts_with([' ', '-', '#']) && !line.trim().is_empty();
    let from = lines.iter().position(|line| top(line) && holds_key(line, section))?;
    let to = lines.iter().skip(from + 1).position(|line| top(line)).map_or(lines.len(), |n| from + 1 + n);
    let begins = |line: &str| line.trim_start().starts_with("- ");
    let is_its = |line: &str| {
        let value = value_of(line, "id").unwrap_or_default();
        value.trim_matches(['"', '\'']) == id
    };
    let at = (from + 1..to).find(|at| is_its(lines[*at]))?;
    let first = (from + 1..=at).rev().find(|at| begins(lines[*at])).unwrap_or(at);
    let indent = |line: &str| line.len() - line.trim_start().len();
    let next = (at + 1..to).find(|next| begins(lines[*next]) && indent(lines[*next]) <= indent(lines[first]));
    Some(first..next.unwrap_or(to))
}

/// Whether a line gives a key, in block or in flow style.
fn holds_key(line: &str, key: &str) -> bool {
    value_of(line, key).is_some()
}

/// What follows a key on its line, up to the next comma or brace.
fn value_of<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    let starts = line.match_indices(key).map(|(at, _)| at);
    starts
        .filter(|at| line[..*at].chars().next_back().is_none_or(|before| " -{,".contains(before)))
        .find_map(|at| line[at + key.len()..].strip_prefix(':'))
        .map(|rest| rest.split([',', '}']).next().unwrap_or_default().trim())
}
