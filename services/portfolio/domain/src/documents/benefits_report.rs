//! Digital Partnership Programme Benefits.
use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::{
    Block, Column, Document, Stamp, Table,
    document::{facts, heading, paragraph},
    figures::{amount, and, counted, percent},
};
use crate::{
    Inputs,
    benefits::{Benefit, MILLION, Review, Reviewed, Status, Type},
};

/// Its title.
pub const TITLE: &str = "Digital Partnership Programme Benefits";

/// Writes the review of a register at a day.
pub fn benefits_report(
    inputs: &Inputs,
    review: &Review<'_>,
    day: NaiveDate,
    stamp: Stamp,
    notice: &str,
) -> Document {
    let mut blocks = summary(review, day);
    blocks.extend(attention(review));
    for (title, list) in [("Benefits one by one", &review.benefits), ("Disbenefits", &review.disbenefits)] {
        if !list.is_empty() {
            blocks.push(heading(2, title));
            if list.iter().any(|reviewed| reviewed.benefit.kind == Type::Disbenefit) {
                blocks.push(paragraph(
                    "Harms that come with the work. They are counted apart and set against nothing.",
                ));
            }
            list.iter().for_each(|reviewed| blocks.extend(one(inputs, reviewed)));
        }
    }
    let served =
        |id: &String| review.benefits.iter().any(|reviewed| reviewed.benefit.shares.contains_key(id));
    let without: Vec<String> =
        inputs.items.iter().filter(|(id, _)| !served(id)).map(|(_, item)| item.title.clone()).collect();
    if !without.is_empty() {
        blocks.push(heading(2, "Work without a benefit in the register"));
        blocks.push(Block::List(without));
    }
    Document { title: TITLE.to_owned(), notice: notice.to_owned(), stamp, blocks }
}

fn summary(review: &Review<'_>, day: NaiveDate) -> Vec<Block> {
    let mut blocks = vec![heading(2, "Summary")];
    let all = review.benefits.len() + review.disbenefits.len();
    if all == 0 {
        blocks.push(paragraph("There are no benefits in the register yet."));
        return blocks;
    }
    let cashable = review.cashable;
    let pounds = |pounds: i64| amount(pounds, "GBP");
    blocks.push(paragraph(format!(
        "As of {}, {} and {} are followed. Only what was measured counts as realised.",
        written(day),
        counted(review.benefits.len(), "benefit"),
        counted(review.disbenefits.len(), "disbenefit"),
    )));
    if cashable.benefits > 0 {
        let row = |name: &str, value: i64| vec![name.to_owned(), pounds(value)];
        blocks.push(Block::Table(Table {
            caption: format!(
                "Cashable benefits together, by the shares that our work accounts for ({} of {} measured)",
                cashable.measured, cashable.benefits
            ),
            columns: vec![Column::text("Cashable"), Column::number("Pounds")],
            rows: vec![
                row("At the targets", cashable.target),
                row("Planned by this day", cashable.planned),
                row("Measured by this day", cashable.realised),
            ],
        }));
    }
    for (caption, list) in [
        ("Benefits against their plan", &review.benefits),
        ("Disbenefits against what was expected", &review.disbenefits),
    ] {
        if !list.is_empty() {
            blocks.push(Block::Table(against_plan(caption, list)));
        }
    }
    blocks
}

fn against_plan(caption: &str, list: &[Reviewed<'_>]) -> Table {
    let row = |reviewed: &Reviewed<'_>| {
        let benefit = reviewed.benefit;
        let measured = reviewed
            .measured
            .map(|(day, actual)| format!("{} on {}", amount(actual.amount, &benefit.unit), written(day)));
        vec![
            named(benefit),
            kind(benefit.kind).to_owned(),
            amount(benefit.target, &benefit.unit),
            amount(reviewed.planned, &benefit.unit),
            measured.unwrap_or_else(|| "not measured".to_owned()),
            reviewed.realised.map(|realised| percent(realised, MILLION, 0)).unwrap_or_else(|| "–".to_owned()),
            standing(reviewed),
        ]
    };
    Table {
        caption: caption.to_owned(),
        columns: vec![
            Column::text("Benefit"),
            Column::text("Type"),
            Column::number("Target"),
            Column::number("Planned by this day"),
            Column::number("Measured"),
            Column::number("Realised"),
            Column::text("Standing"),
        ],
        rows: list.iter().map(row).collect(),
    }
}

fn attention(review: &Review<'_>) -> Vec<Block> {
    let all = review.benefits.iter().chain(&review.disbenefits);
    let overdue = all.filter_map(|reviewed| {
        let since = reviewed.overdue_since?;
        let owner = match reviewed.benefit.owner.as_str() {
            "" => "nobody owns it".to_owned(),
            owner => format!("owner: {owner}"),
        };
        Some(format!("{}: was to be measured by {}; {owner}", named(reviewed.benefit), written(since)))
    });
    let overdue: Vec<String> = overdue.collect();
    if overdue.is_empty() {
        return Vec::new();
    }
    vec![heading(2, "Needs attention: measurements that are overdue"), Block::List(overdue)]
}

fn one(inputs: &Inputs, reviewed: &Reviewed<'_>) -> Vec<Block> {
    let benefit = reviewed.benefit;
    let unit = benefit.unit.as_str();
    let mut blocks = vec![heading(3, named(benefit))];
    let aim = format!("from {} to {}", amount(benefit.baseline, unit), amount(benefit.target, unit));
    blocks.extend(facts([
        ("Type", kind(benefit.kind).to_owned()),
        ("Owner", benefit.owner.clone()),
        ("Measure", format!("{}, {aim}", benefit.measure)),
        ("Standing", standing(reviewed)),
        ("Rests on", rests_on(inputs, benefit)),
    ]));
    let mut days: Vec<NaiveDate> = benefit.profile.keys().chain(benefit.actuals.keys()).copied().collect();
    days.sort_unstable();
    days.dedup();
    let row = |day: NaiveDate| {
        let planned = benefit.profile.get(&day).map(|planned| amount(*planned, unit)).unwrap_or_default();
        let actual = benefit.actuals.get(&day);
        let measured = actual.map(|actual| amount(actual.amount, unit)).unwrap_or_default();
        vec![
            written(day),
            planned,
            measured,
            actual.map(|actual| actual.evidence.clone()).unwrap_or_default(),
        ]
    };
    blocks.push(Block::Table(Table {
        caption: format!("{}: planned and measured", named(benefit)),
        columns: vec![
            Column::text("Day"),
            Column::number("Planned"),
            Column::number("Measured"),
            Column::text("Evidence"),
        ],
        rows: days.into_iter().map(row).collect(),
    }));
    blocks
}

/// Work items with their shares, each with the themes that it answers.
fn rests_on(inputs: &Inputs, benefit: &Benefit) -> String {
    let source = |(id, share): (&String, &i64)| {
        let share = if *share == 1000 { String::new() } else { format!(" ({})", percent(*share, 1000, 1)) };
        let Some(item) = inputs.items.get(id) else { return format!("{id}, which is gone{share}") };
        let themes: BTreeSet<&str> = item
            .links
            .iter()
            .filter(|(_, link)| link.is_answer())
            .map(|(said, _)| inputs.goes_to(said))
            .collect();
        let themes = themes.into_iter().filter_map(|theme| inputs.themes.get(theme));
        let themes: Vec<String> = themes.map(|theme| format!("“{}”", theme.title)).collect();
        let answers =
            if themes.is_empty() { String::new() } else { format!(", which answers {}", and(&themes)) };
        format!("{}{share}{answers}", item.title)
    };
    benefit.shares.iter().map(source).collect::<Vec<_>>().join("; ")
}

fn named(benefit: &Benefit) -> String {
    if benefit.illustrative { format!("{} (illustrative)", benefit.title) } else { benefit.title.clone() }
}

fn kind(kind: Type) -> &'static str {
    match kind {
        Type::Cashable => "cashable",
        Type::NonCashable => "non-cashable",
        Type::Quality => "quality",
        Type::Disbenefit => "disbenefit",
    }
}

/// Where it stands, in words: nothing is told by colour.
fn standing(reviewed: &Reviewed<'_>) -> String {
    let status = match reviewed.benefit.status {
        Status::Proposed => "proposed",
        Status::Agreed => "agreed",
        Status::Closed => "closed",
        Status::Abandoned => "abandoned",
    };
    let harm = reviewed.benefit.kind == Type::Disbenefit;
    let mut words = vec![status.to_owned()];
    match reviewed.realised {
        None => words.push("never measured".to_owned()),
        Some(realised) if realised < reviewed.planned_share => {
            words.push(if harm { "less than expected" } else { "behind its plan" }.to_owned());
        }
        Some(_) => words.push(if harm { "as expected or more" } else { "on its plan" }.to_owned()),
    }
    if reviewed.overdue_since.is_some() {
        words.push("overdue".to_owned());
    }
    words.join(", ")
}

fn written(day: NaiveDate) -> String {
    day.format("%-d %B %Y").to_string()
}
