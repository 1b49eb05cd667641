//! Why an item's value changed: criterion → theme → organisation, parts that add up to the last digit.
//!
//! ΔV = Σ_j [(w′+w)/2·Δv_j + (v′+v)/2·Δw_j], exact in integers by multiplying with both sums of swings; shown parts
//! are rounded by largest remainder, so that they still add up.
use std::collections::BTreeSet;

use crate::{
    Inputs, Item, Kind, Ranked, Ranking,
    arithmetic::apportion,
    demand::{self, K, PRIOR},
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
    /// Parts by organisation, which add up to `delta`.
    pub organisations: Vec<OrganisationPart>,
}

/// An organisation's part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationPart {
    /// Its id; None: what the number of organisations that answered does by itself.
    pub organisation: Option<String>,
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

/// The parts of an item's change of value, in the order of criteria ids; None when it stands in neither ranking. An item
/// that is new or gone has value 0 on the other side, whose weights are this side's.
pub fn explain(item: &str, before: Side<'_>, after: Side<'_>) -> Option<Vec<CriterionPart>> {
    let (old, new) = (before.ranking.item(item), after.ranking.item(item));
    let value = |ranked: Option<&Ranked>| ranked.map_or(0, |ranked| ranked.value);
    let total = value(new) - value(old);
    let w_old = if old.is_some() { before.inputs } else { after.inputs };
    let w_new = if new.is_some() { after.inputs } else { before.inputs };
    if old.is_none() && new.is_none() {
        return None;
    }
    let swings = |inputs: &Inputs| i128::from(inputs.criteria.values().map(|c| c.swing).sum::<i64>());
    let (s_old, s_new) = (swings(w_old), swings(w_new));
    let criteria: BTreeSet<&String> = w_old.criteria.keys().chain(w_new.criteria.keys()).collect();
    let criteria: Vec<&String> = criteria.into_iter().collect();
    let shares: Vec<i128> = criteria
        .iter()
        .map(|id| {
            let swing = |inputs: &Inputs| i128::from(inputs.criteria.get(*id).map_or(0, |c| c.swing));
            let (w, w2) = (swing(w_old) * s_new, swing(w_new) * s_old);
            let (v, v2) = (value_under(old, id), value_under(new, id));
            (w2 + w) * (v2 - v) + (v2 + v) * (w2 - w)
        })
        .collect();
    let parts = apportion(&shares, total);
    let demand = |inputs: &Inputs, id: &str| inputs.criteria.get(id).is_some_and(|c| c.is_demand);
    Some(
        criteria
            .into_iter()
            .zip(parts)
            .map(|(id, delta)| {
                let is_demand = demand(w_old, id) || demand(w_new, id);
                let themes = if is_demand { by_theme(item, before, after, delta) } else { Vec::new() };
                CriterionPart { criterion: id.clone(), delta, themes }
            })
            .collect(),
    )
}

fn value_under(ranked: Option<&Ranked>, criterion: &str) -> i128 {
    let values = ranked.into_iter().flat_map(|ranked| &ranked.values);
    values.filter(|v| v.criterion == criterion).map(|v| i128::from(v.value)).sum()
}

fn by_theme(item: &str, before: Side<'_>, after: Side<'_>, delta: i64) -> Vec<ThemePart> {
    let none = Vec::new;
    let (old, new) = (before.inputs.items.get(item), after.inputs.items.get(item));
    let links = [old, new].into_iter().flatten().flat_map(|item| item.links.keys());
    let themes: BTreeSet<&String> = links.collect();
    let kind = after.ranking.kind;
    let mut shares = Vec::with_capacity(themes.len() + 1);
    for theme in &themes {
        let worth = |side: Side<'_>, item: Option<&Item>| {
            strength(side.inputs, kind, item, theme) * demand::theme_demand(side.inputs, theme).value()
        };
        shares.push(worth(after, new) - worth(before, old));
    }
    let unlinked = |side: Side<'_>, item: Option<&Item>| {
        let linked: i128 = themes.iter().map(|theme| strength(side.inputs, kind, item, theme)).sum();
        if item.is_some() { (1000 - linked) * demand::unraised(side.ranking.answered) } else { 0 }
    };
    shares.push(unlinked(after, new) - unlinked(before, old));

    let parts = apportion(&shares, delta);
    if parts.iter().all(|part| *part == 0) && delta == 0 {
        return none();
    }
    // What cannot be shared out (shares that cancel each other) stands with what no theme accounts for.
    let rest = delta - parts.iter().sum::<i64>();
    let mut themes: Vec<ThemePart> = themes
        .into_iter()
        .zip(&parts)
        .map(|(theme, delta)| ThemePart {
            theme: Some(theme.clone()),
            delta: *delta,
            organisations: by_organisation(theme, (before, old), (after, new), *delta),
        })
        .collect();
    let unlinked = parts.last().copied().unwrap_or(0) + rest;
    themes.push(ThemePart { theme: None, delta: unlinked, organisations: Vec::new() });
    themes.retain(|part| part.delta != 0 || !part.organisations.is_empty());
    themes
}

fn strength(inputs: &Inputs, kind: Kind, item: Option<&Item>, theme: &str) -> i128 {
    let counts = inputs.counts(kind, theme);
    item.filter(|_| counts).and_then(|item| item.links.get(theme)).map_or(0, |strength| i128::from(*strength))
}

fn by_organisation(
    theme: &str,
    (before, old): (Side<'_>, Option<&Item>),
    (after, new): (Side<'_>, Option<&Item>),
    delta: i64,
) -> Vec<OrganisationPart> {
    let kind = after.ranking.kind;
    let answered = |side: Side<'_>| side.inputs.answered(theme).count() as i128 + K;
    let (n_old, n_new) = (answered(before), answered(after));
    let s_old = strength(before.inputs, kind, old, theme) * n_new;
    let s_new = strength(after.inputs, kind, new, theme) * n_old;
    let tally = |side: Side<'_>, id: &str| {
        let found = side.inputs.answered(theme).find(|(organisation, _)| *organisation == id);
        found.map_or((0, 0), |(_, signal)| {
            (signal.themes.get(theme).copied().unwrap_or(0), signal.respondents)
        })
    };
    let both = before.inputs.answered(theme).chain(after.inputs.answered(theme));
    let ids: BTreeSet<&String> = both.map(|(id, _)| id).collect();
    let mut parts = Vec::with_capacity(ids.len() + 1);
    let mut shares = Vec::with_capacity(ids.len() + 1);
    for id in ids {
        let (was, is) = (tally(before, id), tally(after, id));
        shares.push(s_new * demand::share(is.0, is.1) - s_old * demand::share(was.0, was.1));
        parts.push(OrganisationPart { organisation: Some(id.clone()), delta: 0, before: was, after: is });
    }
    shares.push(PRIOR * (s_new - s_old));
    parts.push(OrganisationPart { organisation: None, delta: 0, before: (0, 0), after: (0, 0) });
    for (part, share) in parts.iter_mut().zip(apportion(&shares, delta)) {
        part.delta = share;
    }
    let rest = delta - parts.iter().map(|part| part.delta).sum::<i64>();
    if let Some(last) = parts.last_mut() {
        last.delta += rest;
    }
    parts.retain(|part| part.delta != 0 || part.before != part.after);
    parts
}

#[cfg(test)]
mod tests;
