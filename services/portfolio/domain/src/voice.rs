//! Whose voice counts how much: the same inputs ranked under other voice policies, to be shown side by side.
//!
//! A policy gives each organisation that answered a weight, the same for every theme; demand takes the weighted mean of
//! the organisations' shares where the ranking itself takes the plain one. All else, the shrinking towards the prior
//! included, stays as it is, so what differs between two columns is the policy alone.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Inputs, Kind, Ranking, Reading,
    arithmetic::divide,
    direct::Direct,
    kendall,
    rank::{Demands, rank_with},
};

/// A rule for how much each organisation's voice counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// One organisation, one voice: what the ranking itself goes by.
    Organisation,
    /// Each respondent counts the same, so organisations with many count more. Who answered under several codebooks is
    /// not counted twice: an organisation has as many as under the codebook, or by the survey with bound questions, where
    /// it has the most.
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
    let weights = weights(inputs, &inputs.organisations_answered(), voice);
    let total: i128 = weights.values().sum();
    let direct = Direct::of(inputs);
    for (theme, demand) in demands.themes.iter_mut().filter(|_| total > 0) {
        let heard = |reading| {
            divide(
                i128::from(demands.asked.answered) * heard(inputs, &direct, (theme, reading), &weights),
                total,
            )
        };
        (demand.sum, demand.net) = (heard(Reading::Raised), heard(Reading::Stance));
    }
    rank_with(inputs, kind, &demands)
}

/// The weighted sum of the organisations' shares; times all that answered, by the sum of weights, it stands for Σm.
fn heard(
    inputs: &Inputs,
    direct: &Direct<'_>,
    (said, reading): (&str, Reading),
    weights: &BTreeMap<&str, i128>,
) -> i128 {
    let theme = inputs.goes_to(said);
    let need = inputs.need(theme);
    let weighed = direct.tallies(inputs, theme);
    weighed.map(|(id, tally)| weights.get(id).copied().unwrap_or(0) * tally.share(reading, need)).sum()
}

/// The weight of each organisation that answered.
fn weights<'a>(inputs: &Inputs, answered: &BTreeSet<&'a str>, voice: Voice) -> BTreeMap<&'a str, i128> {
    let of = |id: &str| inputs.organisations.get(id);
    let kind = |id: &str| of(id).map(|organisation| organisation.kind);
    let mut numbers: BTreeMap<_, i128> = BTreeMap::new();
    answered.iter().for_each(|id| *numbers.entry(kind(id)).or_default() += 1);
    let weight = |id: &str| match voice {
        Voice::Organisation => 1,
        Voice::Respondent => {
            let signals = inputs.signals.values().filter_map(|signals| signals.get(id));
            let supports = inputs.supports.values().filter_map(|supports| supports.get(id));
            let written = signals.map(|signal| signal.respondents);
            i128::from(written.chain(supports.map(|support| support.respondents)).max().unwrap_or(0))
        }
        Voice::Population => of(id).map_or(0, |organisation| i128::from(organisation.population)),
        Voice::OrganisationKind => divide(WHOLE, numbers[&kind(id)]),
    };
    answered.iter().map(|id| (*id, weight(id))).collect()
}

#[cfg(test)]
mod tests;
