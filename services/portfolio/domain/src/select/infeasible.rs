//! Why no selection is possible, by name.
use std::{collections::BTreeSet, fmt};

use super::{Limit, model::taken};
use crate::Inputs;

/// Why an item is decided before anything is selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// It must be done.
    Mandatory,
    /// A pin holds it in.
    HeldIn,
    /// A pin keeps it out.
    KeptOut,
    /// A required item needs it.
    Needed,
}

/// A limit that what is required breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub limit: Limit,
    /// How much there is.
    pub available: i64,
    /// How much the required items take together.
    pub required: i128,
    /// Each of them that takes any: id, amount, and why it is required; largest first.
    pub items: Vec<(String, i64, Why)>,
}

/// Why there is no selection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Infeasible {
    /// What must be done takes more than there is.
    #[error("{}", .0.iter().map(Broken::to_string).collect::<Vec<_>>().join("; "))]
    Broken(Vec<Broken>),
    /// More than can be solved exactly.
    #[error("a selection cannot be made of {0}")]
    TooLarge(String),
}

impl Infeasible {
    pub(super) fn report(
        inputs: &Inputs,
        required: &BTreeSet<&str>,
        limits: &[Limit],
        available: &[i64],
    ) -> Self {
        let mut broken = Vec::new();
        for (limit, available) in limits.iter().zip(available) {
            let mut items: Vec<(String, i64, Why)> = Vec::new();
            for id in required {
                let Some(item) = inputs.items.get(*id) else { continue };
                let held_in = inputs.pins.get(*id).is_some_and(|pin| pin.held_in);
                let why = match (item.mandatory, held_in) {
                    (true, _) => Why::Mandatory,
                    (false, true) => Why::HeldIn,
                    (false, false) => Why::Needed,
                };
                items.push(((*id).to_owned(), taken(item, limit), why));
            }
            let sum: i128 = items.iter().map(|(_, amount, _)| i128::from(*amount)).sum();
            items.retain(|(_, amount, _)| *amount > 0);
            items.sort_by(|a, b| (b.1, &a.0).cmp(&(a.1, &b.0)));
            if sum > i128::from(*available) {
                broken.push(Broken { limit: limit.clone(), available: *available, required: sum, items });
            }
        }
        Infeasible::Broken(broken)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hundredths = |amount: i128| format!("{}.{:02}", amount / 100, amount % 100);
        let shown = |amount: i128| match &self.limit {
            Limit::Budget => format!("£{amount}"),
            Limit::Effort => format!("{} person-months", hundredths(amount)),
            Limit::Resource(id) => format!("{} of {id}", hundredths(amount)),
        };
        let what = match self.limit {
            Limit::Budget => "costs",
            Limit::Effort | Limit::Resource(_) => "takes",
        };
        let (required, available) = (shown(self.required), shown(i128::from(self.available)));
        write!(to, "what is required {what} {required}, and there is {available}: ")?;
        for (at, (id, amount, why)) in self.items.iter().enumerate() {
            let why = match why {
                Why::Mandatory => "mandatory",
                Why::HeldIn => "pinned in",
                Why::KeptOut => "kept out",
                Why::Needed => "needed by a required item",
            };
            let comma = if at == 0 { "" } else { ", " };
            write!(to, "{comma}{id} {} ({why})", shown(i128::from(*amount)))?;
        }
        Ok(())
    }
}
