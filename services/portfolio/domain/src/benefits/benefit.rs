//! A benefit, and which can be kept.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::MILLION;

/// Largest amount, in its unit.
const LARGEST: i64 = 1_000_000_000;
/// Most planned days, and most measurements.
const POINTS: usize = 200;
/// Most benefits of a register: their sums stay exact.
pub const BENEFITS: usize = 4_000;

/// A change that work is to bring, and how it is measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// What people call it.
    pub title: String,
    /// What kind it is.
    pub kind: Type,
    /// The work items that bring it: their shares in thousandths by id, at most 1,000 together.
    pub shares: BTreeMap<String, i64>,
    /// Who answers for it: a post.
    pub owner: String,
    /// What is measured.
    pub measure: String,
    /// What amounts are counted in.
    pub unit: String,
    /// The amount before the work.
    pub baseline: i64,
    /// The amount that is aimed at.
    pub target: i64,
    /// Planned amounts by day; the last is the target.
    pub profile: BTreeMap<NaiveDate, i64>,
    /// Where it stands.
    pub status: Status,
    /// What was measured, by day.
    pub actuals: BTreeMap<NaiveDate, Actual>,
    /// Whether its numbers are made up for show.
    pub illustrative: bool,
}

/// What kind of benefit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// Money that a budget can be cut by, in pounds.
    Cashable,
    /// Time or money that is freed and used for something else.
    NonCashable,
    /// Something is better, safer or fairer.
    Quality,
    /// A harm that comes with the work.
    Disbenefit,
}

/// Where a benefit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Thought of, not agreed: it counts in no total.
    Proposed,
    /// Agreed with its owner: it is to be measured.
    Agreed,
    /// Over: what was measured last is what came of it.
    Closed,
    /// Given up.
    Abandoned,
}

/// A measurement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actual {
    /// The amount.
    pub amount: i64,
    /// What shows it.
    pub evidence: String,
    /// Who recorded it.
    pub actor: String,
    /// When.
    pub recorded: DateTime<Utc>,
}

impl Benefit {
    /// How far an amount is from the baseline, in the direction of the target: positive is nearer to it.
    pub fn gain(&self, amount: i64) -> i64 {
        if self.target >= self.baseline { amount - self.baseline } else { self.baseline - amount }
    }

    /// Σ of the shares, in thousandths.
    pub fn share(&self) -> i64 {
        self.shares.values().sum()
    }
}

/// Bad fields of a benefit, each with what is wrong. `known` tells whether there is such a work item.
pub fn check(name: &str, benefit: &Benefit, known: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    let mut add = |field: &str, text: String| wrong.push((format!("{name}.{field}"), text));
    let texts = [
        ("title", &benefit.title, 1, 300),
        ("owner", &benefit.owner, usize::from(benefit.kind != Type::Disbenefit), 200),
        ("measure", &benefit.measure, 1, 300),
        ("unit", &benefit.unit, 0, 60),
    ];
    for (field, text, least, most) in texts {
        let count = text.trim().chars().count();
        if count < least || text.chars().count() > most {
            add(field, format!("must be {least} to {most} characters"));
        }
    }
    if benefit.kind == Type::Cashable && benefit.unit != "GBP" {
        add("unit", "must be GBP for a cashable benefit: its amounts are added up in pounds".into());
    }
    if benefit.shares.is_empty() {
        add("sources", "are missing: name the work item that brings it".into());
    }
    for (item, share) in &benefit.shares {
        if !known(item) {
            add("sources", format!("there is no workItems/{item}"));
        }
        if !(1..=1000).contains(share) {
            add("sources", format!("workItems/{item} has a share of {share}; give 1 to 1,000 thousandths"));
        }
    }
    if benefit.shares.len() <= 1000 && benefit.share() > 1000 {
        add("sources", format!("have shares of {} together; at most 1,000 thousandths", benefit.share()));
    }
    let amounts = [("baseline", benefit.baseline), ("target", benefit.target)].into_iter();
    let amounts = amounts.chain(benefit.profile.values().map(|amount| ("profile", *amount)));
    let amounts = amounts.chain(benefit.actuals.values().map(|actual| ("actual.amount", actual.amount)));
    for (field, amount) in
        amounts.filter(|(_, amount)| amount.unsigned_abs() > (LARGEST * MILLION).unsigned_abs())
    {
        add(field, format!("is {amount} millionths; at most {LARGEST} either way"));
    }
    if benefit.target == benefit.baseline {
        add("target", "is the baseline: then nothing is to change".into());
    }
    match benefit.profile.last_key_value() {
        None => add("profile", "is missing: give the day by which the target is to be reached".into()),
        Some((day, amount)) if *amount != benefit.target => {
            add("profile", format!("ends on {day} with another amount than the target"));
        }
        Some(_) => {}
    }
    if benefit.profile.len() > POINTS || benefit.actuals.len() > POINTS {
        add("profile", format!("at most {POINTS} planned days and as many measurements"));
    }
    wrong
}

/// Bad fields of a measurement, each with what is wrong.
pub fn check_actual(day: NaiveDate, actual: &Actual, today: NaiveDate) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    if day > today {
        wrong
            .push(("actual.date".to_owned(), format!("is after today, {today}: measure first, then record")));
    }
    if actual.evidence.trim().is_empty() || actual.evidence.chars().count() > 2_000 {
        let text = "must be 1 to 2,000 characters: what cannot be shown cannot be claimed";
        wrong.push(("actual.evidence".to_owned(), text.to_owned()));
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::benefits::review::tests::{benefit, day};

    fn fields(spoil: fn(&mut Benefit)) -> Vec<String> {
        let mut spoilt = benefit();
        spoil(&mut spoilt);
        check("b", &spoilt, |item| item == "I").into_iter().map(|(field, _)| field).collect()
    }

    #[test]
    fn what_cannot_be_measured_or_owned_is_refused_field_by_field() {
        assert_eq!(fields(|_| {}), Vec::<String>::new());
        assert_eq!(fields(|b| b.title = " ".into()), ["b.title"]);
        assert_eq!(fields(|b| b.owner.clear()), ["b.owner"]);
        assert_eq!(fields(|b| b.measure.clear()), ["b.measure"]);
        assert_eq!(fields(|b| b.unit = "GBP_k".into()), ["b.unit"]);
        assert_eq!(fields(|b| b.shares.clear()), ["b.sources"]);
        assert_eq!(fields(|b| b.shares = [("X".to_owned(), 1)].into()), ["b.sources"]);
        assert_eq!(fields(|b| b.shares = [("I".to_owned(), 1001)].into()), ["b.sources", "b.sources"]);
        assert_eq!(fields(|b| b.baseline = b.target), ["b.target"]);
        assert_eq!(fields(|b| b.profile.clear()), ["b.profile"]);
        assert_eq!(fields(|b| b.profile.extend([(day(2030, 1, 1), 7)])), ["b.profile"]);
        assert_eq!(fields(|b| b.baseline = i64::MAX), ["b.baseline"]);
        assert_eq!(fields(|b| (b.kind, b.owner) = (Type::Disbenefit, String::new())), Vec::<String>::new());
    }

    #[test]
    fn a_measurement_is_of_the_past_and_can_be_shown() {
        let actual =
            Actual { amount: 1, evidence: " ".into(), actor: "mia".into(), recorded: DateTime::UNIX_EPOCH };
        let named: Vec<_> =
            check_actual(day(2025, 1, 2), &actual, day(2025, 1, 1)).into_iter().map(|w| w.0).collect();
        assert_eq!(named, ["actual.date", "actual.evidence"]);
    }
}
