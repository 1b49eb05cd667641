//! The register at a day: what is realised against what was planned, what is overdue, what was never measured.
use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Actual, Benefit, MILLION, Status, Type};
use crate::arithmetic::{divide, narrow};

/// The register at a day. Abandoned benefits are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Review<'a> {
    /// Benefits, in order of id.
    pub benefits: Vec<Reviewed<'a>>,
    /// Harms, in order of id.
    pub disbenefits: Vec<Reviewed<'a>>,
    /// What the cashable benefits come to.
    pub cashable: CashableTotals,
}

/// A benefit at a day.
#[derive(Debug, Clone, PartialEq)]
pub struct Reviewed<'a> {
    /// Its id.
    pub id: &'a str,
    /// The benefit.
    pub benefit: &'a Benefit,
    /// What was planned by the day: the last planned amount whose day has come, else the baseline.
    pub planned: i64,
    /// How much of the way from the baseline to the target that is, in 10⁻⁶.
    pub planned_share: i64,
    /// What was measured last by the day.
    pub measured: Option<(NaiveDate, &'a Actual)>,
    /// How much of that way was measured, in 10⁻⁶; None: nothing was measured, and nothing is realised.
    pub realised: Option<i64>,
    /// The last planned day that passed without a measurement on it or since, while the benefit is to be measured.
    pub overdue_since: Option<NaiveDate>,
}

/// Cashable benefits that are agreed or closed, added up by their shares, in 10⁻⁶ pounds. Each benefit's part is rounded once, half to even.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CashableTotals {
    /// At the targets.
    pub target: i64,
    /// Planned by the day.
    pub planned: i64,
    /// Measured by the day.
    pub realised: i64,
    /// How many cashable benefits there are.
    pub benefits: usize,
    /// How many of them were measured.
    pub measured: usize,
}

impl Reviewed<'_> {
    /// Whether nothing was measured by the day.
    pub fn unmeasured(&self) -> bool {
        self.measured.is_none()
    }

    /// What was measured is less of the way than was planned.
    pub fn is_behind(&self) -> bool {
        self.realised.is_some_and(|realised| realised < self.planned_share)
    }
}

/// Reviews benefits by id at a day.
pub fn review(register: &BTreeMap<String, Benefit>, day: NaiveDate) -> Review<'_> {
    let mut review =
        Review { benefits: Vec::new(), disbenefits: Vec::new(), cashable: CashableTotals::default() };
    for (id, benefit) in register.iter().filter(|(_, benefit)| benefit.status != Status::Abandoned) {
        let reviewed = reviewed(id, benefit, day);
        if benefit.kind == Type::Cashable && benefit.status != Status::Proposed {
            let shared = |amount: i64| {
                narrow(divide(i128::from(benefit.gain(amount)) * i128::from(benefit.share()), 1000))
            };
            let cashable = &mut review.cashable;
            cashable.benefits += 1;
            cashable.target += shared(benefit.target);
            cashable.planned += shared(reviewed.planned);
            if let Some((_, actual)) = reviewed.measured {
                cashable.measured += 1;
                cashable.realised += shared(actual.amount);
            }
        }
        match benefit.kind {
            Type::Disbenefit => review.disbenefits.push(reviewed),
            Type::Cashable | Type::NonCashable | Type::Quality => review.benefits.push(reviewed),
        }
    }
    review
}

fn reviewed<'a>(id: &'a str, benefit: &'a Benefit, day: NaiveDate) -> Reviewed<'a> {
    let planned = benefit.profile.range(..=day).next_back().map_or(benefit.baseline, |(_, amount)| *amount);
    let measured = benefit.actuals.range(..=day).next_back().map(|(day, actual)| (*day, actual));
    let due = benefit.profile.range(..day).next_back().map(|(due, _)| *due);
    let to_be_measured = benefit.status == Status::Agreed;
    Reviewed {
        id,
        benefit,
        planned,
        planned_share: way(benefit, planned),
        measured,
        realised: measured.map(|(_, actual)| way(benefit, actual.amount)),
        overdue_since: due.filter(|due| to_be_measured && measured.is_none_or(|(at, _)| at < *due)),
    }
}

/// (amount − baseline) / (target − baseline) in 10⁻⁶, rounded half to even.
fn way(benefit: &Benefit, amount: i64) -> i64 {
    let (from, to) = (i128::from(benefit.baseline), i128::from(benefit.target));
    if from == to { 0 } else { narrow(divide((i128::from(amount) - from) * i128::from(MILLION), to - from)) }
}

#[cfg(test)]
pub(super) mod tests;
