//! Why an item's value changed: criterion → theme → organisation, parts that add up to the last digit.
//!
//! ΔV = Σ_j [(w′+w)/2·Δv_j + (v′+v)/2·Δw_j] = Σ_j [w′v′_j − w·v_j], exact in integers by multiplying with both sums of
//! swings. Demand is linear in its themes, so it takes its exact parts the same way. A theme's part w′d′ - w·d, with w the
//! link's strength times demand's weight, is what w does by itself, (w′-w)·(d′+d)/2, and what organisations do,
//! (w′+w)/2·(d′-d), which is linear in them. Shown parts are rounded by largest remainder, so that they still add up.
//! Within bounded inputs (100 criteria, 100,000 organisations) every product stays below 10³⁸.
use std::collections::BTreeSet;

use crate::{
    Inputs, Item, Ranked, Ranking,
    arithmetic::apportion,
    demand::{self, K},
};

/// A criterion's part in a change of value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionPart {
    /// Its id.
    pub criterion: String,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// For demand: parts by theme, which add up to `delta`.
    pub themes: Vec<ThemePart>,
}

/// A theme's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemePart {
    /// Its full name; None: the share of the item that no theme is linked to.
    pub theme: Option<String>,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// Parts by organisation, and what none of them accounts for; they add up to `delta`.
    pub organisations: Vec<OrganisationPart>,
}

/// What changed a theme's worth to an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// An organisation's tallies, by its id.
    Organisation(String),
    /// The number of organisations that answered, and rounding.
    Answered,
    /// How much the theme counts for the item: the link's strength, the theme's state, the weights.
    Link,
}

/// An organisation's part, or another cause's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationPart {
    /// Whose it is.
    pub cause: Cause,
    /// Its part in 10⁻¹².
    pub delta: i64,
    /// Respondents who raised the theme and who answered, before.
    pub before: (i64, i64),
    /// The same, after.
    pub after: (i64, i64),
}

/// One side of a comparison.
#[derive(Clone, Copy)]
pub struct Side<'a> {
    /// What was ranked.
    pub inputs: &'a Inputs,
    /// How.
    pub ranking: &'a Ranking,
}

/// What is subtracted: the side's item, and its demand criterion's weight over the common denominator.
#[derive(Clone, Copy)]
struct Weighed<'a> {
    side: Side<'a>,
    item: Option<&'a Item>,
    weight: i128,
}

/// A change of which exact parts are taken: `share / denominator`, shown as `delta`.
#[derive(Clone, Copy)]
struct Whole {
    share: i128,
    denominator: i128,
    delta: i64,
}

/// The parts of an item's change of value, in the order of criteria ids; None when it stands in neither ranking. An item
/// that is new or gone has value 0 on the other side, whose weights are this side's.
pub fn explain(item: &str, before: Side<'_>, after: Side<'_>) -> Option<Vec<CriterionPart>> {
    let (old, new) = (before.ranking.item(item), after.ranking.item(item));
    if old.is_none() && new.is_none() {
        return None;
    }
    let value = |ranked: Option<&Ranked>| ranked.map_or(0, |ranked| ranked.value);
    let total = value(new) - value(old);
    let w_old = if old.is_some() { before.inputs } else { after.inputs };
    let w_new = if new.is_some() { after.inputs } else { before.inputs };
    let swings = |inputs: &Inputs| i128::from(inputs.criteria.values().map(|c| c.swing).sum::<i64>()).max(1);
    let (s_old, s_new) = (swings(w_old), swings(w_new));
    let denominator = s_old * s_new;
    let criteria: BTreeSet<&String> = w_old.criteria.keys().chain(w_new.criteria.keys()).collect();
    let weight = |inputs: &Inputs, id: &str, other: i128| {
        inputs.criteria.get(id).map_or(0, |criterion| i128::from(criterion.swing)) * other
    };
    let shares: Vec<i128> = criteria
        .iter()
        .map(|id| {
            weight(w_new, id, s_old) * value_under(new, id) - weight(w_old, id, s_new) * value_under(old, id)
        })
        .collect();
    let parts = apportion(&shares, denominator, total);
    let is_demand = |inputs: &Inputs, id: &str| inputs.criteria.get(id).is_some_and(|c| c.is_demand);
    let weighed = |side, inputs: &Inputs, id: &str, other| Weighed {
        side,
        item: Side::item(side, item),
        weight: if is_demand(inputs, id) { weight(inputs, id, other) } else { 0 },
    };
    let explained = criteria.iter().zip(shares).zip(parts).map(|((id, share), delta)| {
        let themes = if is_demand(w_old, id) || is_demand(w_new, id) {
            let (was, is) = (weighed(before, w_old, id, s_new), weighed(after, w_new, id, s_old));
            by_theme(was, is, Whole { share, denominator, delta })
        } else {
            Vec::new()
        };
        CriterionPart { criterion: (*id).clone(), delta, themes }
    });
    Some(explained.collect())
}

impl<'a> Side<'a> {
    fn item(self, id: &str) -> Option<&'a Item> {
        self.inputs.items.get(id)
    }
}

impl Weighed<'_> {
    /// Weight times the strength of the link, 0 when the theme does not count here.
    fn strength(&self, theme: &str) -> i128 {
        let linked = self.item.filter(|_| self.side.inputs.counts(self.side.ranking.kind, theme));
        self.weight
            * linked.and_then(|item| item.links.get(theme)).map_or(0, |strength| i128::from(*strength))
    }

    fn demand(&self, theme: &str) -> i128 {
        demand::theme_demand(self.side.inputs, theme).value(self.side.ranking.answered)
    }

    fn tally(&self, codebook: &str, organisation: &str, theme: &str) -> (i64, i64) {
        let signal = self.side.inputs.signals.get(codebook).and_then(|signals| signals.get(organisation));
        signal.map_or((0, 0), |signal| (signal.themes.get(theme).copied().unwrap_or(0), signal.respondents))
    }
}

fn value_under(ranked: Option<&Ranked>, criterion: &str) -> i128 {
    let values = ranked.into_iter().flat_map(|ranked| ranked.values.iter());
    values.filter(|v| *v.criterion == *criterion).map(|v| i128::from(v.value)).sum()
}

fn by_theme(was: Weighed<'_>, is: Weighed<'_>, whole: Whole) -> Vec<ThemePart> {
    let links = [was.item, is.item].into_iter().flatten().flat_map(|item| item.links.keys());
    let themes: BTreeSet<&String> = links.collect();
    let worth = |of: &Weighed<'_>, theme: &str| of.strength(theme) * of.demand(theme);
    let mut shares: Vec<i128> = themes.iter().map(|theme| worth(&is, theme) - worth(&was, theme)).collect();
    // What is not linked, and the rounding of demand itself.
    shares.push(1000 * whole.share - shares.iter().sum::<i128>());
    let denominator = 1000 * whole.denominator;
    let parts = apportion(&shares, denominator, whole.delta);
    let mut explained: Vec<ThemePart> = Vec::with_capacity(shares.len());
    for ((theme, share), delta) in themes.iter().zip(&shares).zip(&parts) {
        let whole = Whole { share: *share, denominator, delta: *delta };
        let organisations = by_organisation(theme, &was, &is, whole);
        explained.push(ThemePart { theme: Some((*theme).clone()), delta: *delta, organisations });
    }
    let unlinked = parts.last().copied().unwrap_or(0);
    explained.push(ThemePart { theme: None, delta: unlinked, organisations: Vec::new() });
    explained.retain(|part| part.delta != 0 || !part.organisations.is_empty());
    explained
}

fn by_organisation(theme: &str, was: &Weighed<'_>, is: &Weighed<'_>, whole: Whole) -> Vec<OrganisationPart> {
    let codebook = theme.split('/').nth(1).unwrap_or_default();
    let answered = |of: &Weighed<'_>| i128::from(of.side.ranking.answered) + K;
    let (n_old, n_new) = (answered(was), answered(is));
    let (w_old, w_new) = (was.strength(theme), is.strength(theme));
    let both = was.side.inputs.answered(theme).chain(is.side.inputs.answered(theme));
    let ids: BTreeSet<&String> = both.map(|(id, _)| id).collect();
    let mut parts = Vec::with_capacity(ids.len() + 2);
    let mut shares = Vec::with_capacity(ids.len() + 2);
    for id in ids {
        let (before, after) = (was.tally(codebook, id, theme), is.tally(codebook, id, theme));
        let said = demand::share(after.0, after.1) * n_old - demand::share(before.0, before.1) * n_new;
        shares.push((w_new + w_old) * said);
        parts.push(OrganisationPart { cause: Cause::Organisation(id.clone()), delta: 0, before, after });
    }
    // Shares are over both means' denominators, and twice that for the halves.
    let own = 2 * n_old * n_new;
    shares.push((w_new - w_old) * (is.demand(theme) + was.demand(theme)) * n_old * n_new);
    parts.push(OrganisationPart { cause: Cause::Link, delta: 0, before: (0, 0), after: (0, 0) });
    // The prior, which gives way as organisations answer, and the rounding of the mean.
    shares.push(own * whole.share - shares.iter().sum::<i128>());
    parts.push(OrganisationPart { cause: Cause::Answered, delta: 0, before: (0, 0), after: (0, 0) });
    for (part, delta) in parts.iter_mut().zip(apportion(&shares, own * whole.denominator, whole.delta)) {
        part.delta = delta;
    }
    parts.retain(|part| part.delta != 0 || part.before != part.after);
    parts
}

#[cfg(test)]
mod tests;
