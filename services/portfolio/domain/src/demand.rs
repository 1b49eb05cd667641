//! Council demand: one organisation, one voice.
//!
//! Per theme and organisation, m = respondents who raise it / respondents who answered. Over the n organisations that
//! answered under any codebook, demand is the shrunk mean (Σm + k·½)/(n + k) with k = 4, frozen: before any answer it is
//! ½, and what nobody raises sinks as answers come. All themes share that n, so that one which nobody raised is worth no
//! more than no theme at all, whatever codebook it belongs to.
use std::collections::BTreeMap;

use crate::{Inputs, Kind, ONE, arithmetic::divide};

/// Weight of the prior, in organisations.
pub const K: i128 = 4;
/// Prior demand times [`K`].
pub const PRIOR: i128 = K * ONE as i128 / 2;

/// What organisations say of a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeDemand {
    /// Σm in 10⁻¹².
    pub sum: i128,
    /// Organisations that answered under the theme's codebook: those whose silence on it is known.
    pub answered: i64,
    /// Organisations that raise it, in order of id.
    pub behind: Vec<String>,
}

impl ThemeDemand {
    /// The shrunk mean over the organisations that `answered` under any codebook, 10⁻¹².
    pub fn value(&self, answered: i64) -> i128 {
        divide(self.sum + PRIOR, i128::from(answered) + K)
    }
}

/// Demand of a theme that nobody raised, when `answered` organisations did answer; 10⁻¹².
pub fn unraised(answered: i64) -> i128 {
    divide(PRIOR, i128::from(answered) + K)
}

/// An organisation's share of respondents who raise a theme, in 10⁻¹².
pub fn share(raised: i64, answered: i64) -> i128 {
    if answered == 0 { 0 } else { divide(i128::from(raised) * i128::from(ONE), i128::from(answered)) }
}

/// Demand of every linked theme that counts in this ranking.
pub fn themes(inputs: &Inputs, kind: Kind) -> BTreeMap<String, ThemeDemand> {
    let mut demands = BTreeMap::new();
    for theme in inputs.items.values().flat_map(|item| item.links.keys()) {
        if !demands.contains_key(theme) && inputs.counts(kind, theme) {
            demands.insert(theme.clone(), theme_demand(inputs, theme));
        }
    }
    demands
}

/// Demand of one theme.
pub fn theme_demand(inputs: &Inputs, theme: &str) -> ThemeDemand {
    let mut demand = ThemeDemand { sum: 0, answered: 0, behind: Vec::new() };
    for (organisation, signal) in inputs.answered(theme) {
        let raised = signal.themes.get(theme).copied().unwrap_or(0);
        demand.sum += share(raised, signal.respondents);
        demand.answered += 1;
        if raised > 0 {
            demand.behind.push(organisation.clone());
        }
    }
    demand
}
