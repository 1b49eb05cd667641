//! Work items as CSV, one row each, for people who work in spreadsheets. Columns may stand in any order; `score.{criterion}`
//! holds a number or `LOW..LIKELY..HIGH` in the criterion's unit, `links` holds links as [`link`] has them, and lists are
//! parted by semicolons.
use std::collections::BTreeMap;

use soundings_proto::portfolio::v1 as proto;

use super::{
    faults::{Fault, Layout, Place, Read, kept_rows},
    link,
};
use crate::{
    commands::last_part,
    decimal,
    failure::{Failure, Outcome},
};

/// Columns before the scores.
const COLUMNS: [&str; 15] = [
    "id",
    "portfolio",
    "programme",
    "title",
    "role",
    "key_actions",
    "outcomes",
    "owner",
    "partners",
    "cost_gbp",
    "person_months",
    "depends_on",
    "excludes",
    "mandatory",
    "links",
];
const SCORE: &str = "score.";
const NEED: &str = "need.";

/// Writes items, in the order given.
pub fn write(
    items: &[proto::WorkItem],
    criteria: &[proto::Criterion],
    resources: &[proto::Resource],
) -> Outcome<String> {
    let people = criteria
        .iter()
        .filter(|c| !matches!(c.source(), proto::ScoreSource::Demand | proto::ScoreSource::Evidence));
    let criteria: Vec<String> = people.map(|c| last_part(&c.name)).collect();
    let resources: Vec<String> = resources.iter().map(|r| last_part(&r.name)).collect();
    let mut table = csv::Writer::from_writer(Vec::new());
    let header = COLUMNS.iter().map(|column| (*column).to_owned());
    let header = header.chain(criteria.iter().map(|id| format!("{SCORE}{id}")));
    table.write_record(header.chain(resources.iter().map(|id| format!("{NEED}{id}")))).map_err(broken)?;
    for item in items {
        let own = COLUMNS.iter().map(|column| cell(item, column));
        let scores = criteria.iter().map(|id| score(item, id));
        table
            .write_record(own.chain(scores).chain(resources.iter().map(|id| need(item, id))))
            .map_err(broken)?;
    }
    let bytes = table.into_inner().map_err(|error| broken(error.into_error().into()))?;
    String::from_utf8(bytes).map_err(|error| Failure::from(anyhow::Error::from(error)))
}

fn broken(error: csv::Error) -> Failure {
    Failure::from(anyhow::Error::from(error))
}

fn ids(names: &[String]) -> String {
    names.iter().map(|name| last_part(name)).collect::<Vec<_>>().join("; ")
}

/// A decimal without zeros at its end.
fn plain(value: i64) -> String {
    let text = decimal::show(value, 12);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn cell(item: &proto::WorkItem, column: &str) -> String {
    match column {
        "id" => last_part(&item.name),
        "portfolio" => last_part(&item.portfolio),
        "programme" => last_part(&item.programme),
        "title" => item.title.clone(),
        "role" => item.role.clone(),
        "key_actions" => item.key_actions.clone(),
        "outcomes" => item.outcomes.clone(),
        "owner" => item.owner.clone(),
        "partners" => item.partners.join("; "),
        "cost_gbp" => item.cost_gbp.to_string(),
        "person_months" => hundredths(item.effort_centimonths),
        "depends_on" => ids(&item.depends_on),
        "excludes" => ids(&item.excludes),
        "mandatory" => if item.mandatory { "yes" } else { "" }.to_owned(),
        _ => item
            .links
            .iter()
            .map(|l| format!("{}={}", l.theme, link::weight(l)))
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn hundredths(amount: i64) -> String {
    let text = format!("{}.{:02}", amount / 100, amount % 100);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn score(item: &proto::WorkItem, criterion: &str) -> String {
    let Some(score) = item.scores.iter().find(|s| last_part(&s.criterion) == criterion) else {
        return String::new();
    };
    let (low, high) = (score.low.unwrap_or(score.likely), score.high.unwrap_or(score.likely));
    if (low, high) == (score.likely, score.likely) {
        return plain(score.likely);
    }
    [low, score.likely, high].map(plain).join("..")
}

fn need(item: &proto::WorkItem, resource: &str) -> String {
    let found = item.needs.iter().find(|n| last_part(&n.resource) == resource);
    found.map(|need| hundredths(need.hundredths)).unwrap_or_default()
}

/// Reads items; every fault is kept with its line.
pub fn read(from: &str, text: &str) -> Outcome<Read> {
    let mut table = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let header = table.headers().map_err(|error| Failure::usage(format!("{from}: {error}")))?.clone();
    let mut faults = Vec::new();
    let known = |name: &str| COLUMNS.contains(&name) || name.starts_with(SCORE) || name.starts_with(NEED);
    for name in header.iter().filter(|name| !known(name)) {
        let text = format!("there is no column {name:?}; give {}, score.… or need.…", COLUMNS.join(", "));
        faults.push(Fault { place: Place::Line(1), text });
    }
    for name in ["id", "portfolio", "title"].into_iter().filter(|name| !header.iter().any(|h| h == *name)) {
        faults.push(Fault { place: Place::Line(1), text: format!("the column {name} is missing") });
    }
    let (mut work_items, mut lines) = (Vec::new(), Vec::new());
    for row in table.records() {
        match row {
            Ok(row) => {
                let line = row.position().map_or(0, |position| whole(position.line()));
                let cells: BTreeMap<&str, &str> = header.iter().zip(row.iter()).collect();
                let (item, wrong) = item(&cells);
                let at = work_items.len();
                faults.extend(wrong.into_iter().map(|(column, text)| Fault {
                    place: Place::Entry { section: "items", at, path: vec![column] },
                    text,
                }));
                work_items.push(item);
                lines.push(line);
            }
            Err(error) => {
                let line = error.position().map_or(1, |position| whole(position.line()));
                faults.push(Fault { place: Place::Line(line), text: error.to_string() });
            }
        }
    }
    let names = work_items.iter().map(|item| item.name.clone()).zip(lines);
    let kept = BTreeMap::from([("items", kept_rows(names))]);
    let request = proto::ApplyPortfolioRequest { work_items, ..Default::default() };
    Ok(Read { request, from: from.to_owned(), layout: Layout::Csv, kept, faults })
}

fn whole(line: u64) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX)
}

/// A row as an item, and the columns whose cells cannot be taken, with what is wrong.
fn item(cells: &BTreeMap<&str, &str>) -> (proto::WorkItem, Vec<(String, String)>) {
    let mut wrong = Vec::new();
    let text = |column: &str| cells.get(column).copied().unwrap_or_default().to_owned();
    let list = |column: &str| -> Vec<String> {
        let cell = cells.get(column).copied().unwrap_or_default();
        cell.split(';').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    };
    let named = |collection: &str, id: &str| {
        if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
    };
    let names = |column: &str| list(column).iter().map(|id| format!("workItems/{id}")).collect();
    let mut amount = |column: &str, parts: i64, what: &str| {
        let cell = cells.get(column).copied().unwrap_or_default();
        let step = 1_000_000_000_000 / parts;
        let scaled = if cell.is_empty() { Some(0) } else { decimal_wide(cell) };
        scaled
            .filter(|v| v % i128::from(step) == 0)
            .and_then(|v| i64::try_from(v / i128::from(step)).ok())
            .unwrap_or_else(|| {
                wrong.push((column.to_owned(), format!("is {cell:?}; give {what}")));
                0
            })
    };
    let cost_gbp = amount("cost_gbp", 1, "whole pounds");
    let effort_centimonths = amount("person_months", 100, "a number with at most two decimal places");
    let mut needs = Vec::new();
    for column in cells.keys().filter(|column| column.starts_with(NEED) && !cells[*column].is_empty()) {
        let hundredths = amount(column, 100, "a number with at most two decimal places");
        needs.push(proto::ResourceNeed { resource: named("resources", &column[NEED.len()..]), hundredths });
    }
    let mut scores = Vec::new();
    for (column, cell) in cells.iter().filter(|(column, cell)| column.starts_with(SCORE) && !cell.is_empty())
    {
        let numbers: Option<Vec<i64>> = cell.split("..").map(decimal::read).collect();
        let criterion = named("criteria", &column[SCORE.len()..]);
        match numbers.as_deref() {
            Some([likely]) => scores.push(proto::Score { criterion, likely: *likely, low: None, high: None }),
            Some([low, likely, high]) => {
                scores.push(proto::Score { criterion, likely: *likely, low: Some(*low), high: Some(*high) });
            }
            _ => {
                let text = format!("is {cell:?}; give a number, or LOW..LIKELY..HIGH");
                wrong.push(((*column).to_owned(), text));
            }
        }
    }
    let mut links = Vec::new();
    for link in list("links") {
        match link::read(&link) {
            Some(link) => links.push(link),
            None => {
                let text = format!(
                    "holds {link:?}; give codebooks/…/themes/…=THOUSANDTHS, and if need be ~CONFIDENCE and a reading \
                     (stance or against)"
                );
                wrong.push(("links".to_owned(), text));
            }
        }
    }
    let mandatory = match text("mandatory").to_lowercase().as_str() {
        "" | "no" | "false" => false,
        "yes" | "true" => true,
        other => {
            wrong.push(("mandatory".to_owned(), format!("is {other:?}; give yes or no")));
            false
        }
    };
    let item = proto::WorkItem {
        name: format!("workItems/{}", text("id")),
        portfolio: named("portfolios", &text("portfolio")),
        programme: named("programmes", &text("programme")),
        title: text("title"),
        role: text("role"),
        key_actions: text("key_actions"),
        outcomes: text("outcomes"),
        owner: text("owner"),
        partners: list("partners"),
        depends_on: names("depends_on"),
        excludes: names("excludes"),
        cost_gbp,
        effort_centimonths,
        needs,
        scores,
        links,
        mandatory,
        direct: None,
        etag: String::new(),
    };
    (item, wrong)
}

/// A decimal in 10⁻¹², where pounds may be more than [`decimal::read`] takes.
fn decimal_wide(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction = decimal::read(&format!("0.{fraction}"))?;
    let whole: i128 = whole.parse().ok()?;
    Some(whole * 1_000_000_000_000 + i128::from(fraction) * if text.starts_with('-') { -1 } else { 1 })
}
