//! Whose voice counts how much: the same inputs ranked under other voice policies, to be shown side by side.
//!
//! A policy gives each organisation that answered a weight; demand takes the weighted mean of the organisations' shares
//! where the ranking itself takes the plain one. All else, the shrinking towards the prior included, stays as it is, so
//! what differs between two columns is the policy alone.
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    Inputs, Kind, Ranking, Signal,
    arithmetic::divide,
    demand::{self, ThemeDemand},
    kendall,
    rank::{Demands, rank_with},
};

/// A rule for how much each organisation's voice counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// One organisation, one voice: what the ranking itself goes by.
    Organisation,
    /// Each respondent counts the same, so organisations with many count more.
    Respondent,
    /// Each person that an organisation speaks for counts the same; one whose population is not known has no voice.
    Population,
    /// Each kind of organisation counts the same, whatever their numbers.
    OrganisationKind,
}

impl Voice {
    /// Every policy, the ranking's own first.
    pub const ALL: [Voice; 4] =
        [Voice::Organisation, Voice::Respondent, Voice::Population, Voice::OrganisationKind];
}

/// A share of one kind's voice; large enough that its division among an organisation's kind rounds to nothing that shows.
const WHOLE: i128 = 1_000_000_000_000;

/// The ranking under a policy, beside the ranking itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// The policy.
    pub voice: Voice,
    /// The ordering.
    pub ranking: Ranking,
    /// Kendall's τ_b with the ranking itself, -1 to 1; 1 when there are fewer than two items.
    pub kendall_tau_b: f64,
}

/// The ranking under every policy. Under population it is left out where no population is known.
pub fn opinions(inputs: &Inputs, kind: Kind) -> Vec<Opinion> {
    let own = rank_under(inputs, kind, Voice::Organisation);
    let places: BTreeMap<&str, i32> = own.items.iter().map(|item| (&*item.id, item.rank)).collect();
    let known = inputs.organisations.values().any(|organisation| organisation.population > 0);
    let voices = Voice::ALL.into_iter().filter(|voice| known || *voice != Voice::Population);
    voices
        .map(|voice| {
            let ranking = rank_under(inputs, kind, voice);
            let pairs: Vec<_> = ranking.items.iter().map(|item| (places[&*item.id], item.rank)).collect();
            let kendall_tau_b = kendall::compare(&pairs).tau_b().unwrap_or(1.0);
            Opinion { voice, ranking, kendall_tau_b }
        })
        .collect()
}

/// The ranking under one policy.
pub fn rank_under(inputs: &Inputs, kind: Kind, voice: Voice) -> Ranking {
    let mut demands = Demands::new(inputs, kind);
    for (theme, demand) in &mut demands.themes {
        demand.sum = heard(inputs, theme, demand, voice);
    }
    rank_with(inputs, kind, &demands)
}

/// Σm under a policy: as many times the weighted mean as organisations answered.
fn heard(inputs: &Inputs, theme: &str, demand: &ThemeDemand, voice: Voice) -> i128 {
    let answered: Vec<_> = inputs.answered(theme).collect();
    let weights = weights(inputs, &answered, voice);
    let total: i128 = weights.iter().sum();
    if total == 0 {
        return demand.sum;
    }
    let heard: i128 = answered
        .iter()
        .zip(&weights)
        .map(|((_, signal), weight)| {
            let raised = signal.themes.get(theme).copied().unwrap_or(0);
            weight * demand::share(raised, signal.respondents)
        })
        .sum();
    divide(i128::from(demand.answered) * heard, total)
}

fn weights(inputs: &Inputs, answered: &[(&String, &Signal)], voice: Voice) -> Vec<i128> {
    let of = |id: &String| inputs.organisations.get(id);
    match voice {
        Voice::Organisation => vec![1; answered.len()],
        Voice::Respondent => answered.iter().map(|(_, signal)| i128::from(signal.respondents)).collect(),
        Voice::Population => {
            answered.iter().map(|(id, _)| of(id).map_or(0, |o| i128::from(o.population))).collect()
        }
        Voice::OrganisationKind => {
            let kinds: Vec<_> = answered.iter().map(|(id, _)| of(id).map(|o| o.kind)).collect();
            let mut numbers: BTreeMap<_, i128> = BTreeMap::new();
            kinds.iter().for_each(|kind| *numbers.entry(kind).or_default() += 1);
            kinds.iter().map(|kind| divide(WHOLE, numbers[kind])).collect()
        }
    }
}

#[cfg(test)]
mod tests;
