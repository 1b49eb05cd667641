//! The ranking, a pure function of its inputs.
mod heard;
mod order;
mod yardsticks;

use std::{borrow::Cow, cmp::Ordering, collections::BTreeMap, sync::Arc};

use sha2::{Digest, Sha256};

use crate::{
    Inputs, Item, Kind,
    arithmetic::{divide, narrow},
    demand::{self, ThemeDemand},
    direct::{self, Direct},
};
pub(crate) use heard::{Heard, Link};
pub(crate) use order::{Key, Placed, sorted};
pub(crate) use yardsticks::{Demanded, Yardsticks};

/// One ordering of the work items.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    /// Which ranking.
    pub kind: Kind,
    /// Best first.
    pub items: Vec<Ranked>,
    /// Σ swing of the criteria, in thousandths.
    pub swings: i64,
    /// Organisations that answered.
    pub answered: i64,
}

/// A work item in its place. Cheap to clone.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its id.
    pub id: Arc<str>,
    /// Its portfolio's id.
    pub portfolio: Arc<str>,
    /// Place, from 1.
    pub rank: i32,
    /// Σ swing·value, unnormalised; what items are compared by.
    pub worth: i128,
    /// Overall value in 10⁻¹².
    pub value: i64,
    /// Council demand in 10⁻¹².
    pub demand: i64,
    /// 95 % interval of demand, 0 to 1.
    pub demand_interval: (f64, f64),
    /// Organisations that speak for it: with a respondent who raises a linked theme, or by its link's stance more who speak
    /// for the theme than against it.
    pub behind: i64,
    /// Cost in pounds.
    pub cost_gbp: i64,
    /// By criterion, in order of id.
    pub values: Arc<[CriterionValue]>,
    /// Overall value if every missing score were worst, and best; in 10⁻¹².
    pub missing_range: (i64, i64),
}

/// Value under one criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionValue {
    /// Its id.
    pub criterion: Arc<str>,
    /// 0 to 1, in 10⁻¹².
    pub value: i64,
    /// Whether the prior stands in for a missing score.
    pub missing: bool,
    /// Whether the score lay outside the anchors.
    pub clipped: bool,
}

impl Ranked {
    /// Which of two items stands higher. Ties: higher demand, more organisations behind it, lower cost, id.
    pub fn order(&self, other: &Ranked) -> Ordering {
        self.key().order(&other.key())
    }

    /// What it stands at under a criterion that nobody scores, whose values are its scores.
    pub(crate) fn heard(&self, criterion: &str) -> Option<i64> {
        self.values.iter().find(|value| &*value.criterion == criterion).map(|value| value.value)
    }

    pub(crate) fn key(&self) -> Key<'_> {
        Key {
            worth: self.worth,
            demand: self.demand,
            behind: self.behind,
            cost_gbp: self.cost_gbp,
            id: &self.id,
        }
    }
}

/// Ranks every item, from nothing.
pub fn rank(inputs: &Inputs, kind: Kind) -> Ranking {
    let direct = Direct::of(inputs);
    let said = |target: &str| demand::counted(inputs, &direct, kind, target).map(Cow::Owned);
    rank_by(inputs, kind, Heard::new(Asked::of(inputs), direct.items(), &said), &said)
}

/// Ranks every item by what these demands say.
pub(crate) fn rank_with(inputs: &Inputs, kind: Kind, demands: &Demands) -> Ranking {
    rank_by(inputs, kind, demands.heard(), &|target| demands.said(target))
}

/// Ranks every item by what is `said` of its themes; each theme is asked for once, when the first item links to it, so
/// that one pass over the items does.
fn rank_by<'a>(
    inputs: &Inputs,
    kind: Kind,
    mut heard: Heard,
    said: &impl Fn(&str) -> Option<Cow<'a, ThemeDemand>>,
) -> Ranking {
    let yardsticks = Yardsticks::new(inputs, kind);
    let place = |(id, item): (&String, &Item)| {
        let links = heard.links(id, item, said);
        yardsticks.place(inputs, id, item, &heard, &links)
    };
    let mut items: Vec<Ranked> = inputs.items.iter().map(place).collect();
    let order = sorted(0..items.len() as u32, &|slot| items[slot as usize].key());
    for at in 0..items.len() {
        // What stood there was swapped on, to where its place was filled from.
        let mut from = order[at].slot as usize;
        while from < at {
            from = order[from].slot as usize;
        }
        items.swap(at, from);
        items[at].rank = place_number(at);
    }
    Ranking { kind, items, swings: yardsticks.swings, answered: heard.asked.answered }
}

/// The place of the item at this index.
pub(crate) fn place_number(at: usize) -> i32 {
    i32::try_from(at + 1).unwrap_or(i32::MAX)
}

/// How many could speak.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Organisations that answered under any codebook.
    pub(crate) answered: i64,
    /// Organisations in the partnership.
    pub(crate) organisations: i64,
}

impl Asked {
    fn of(inputs: &Inputs) -> Self {
        let count = |of: usize| i64::try_from(of).unwrap_or(i64::MAX);
        Asked {
            answered: count(inputs.organisations_answered().len()),
            organisations: count(inputs.organisations.len()),
        }
    }
}

/// What organisations say of each linked theme that counts, by the theme that links say, and of items themselves, by
/// `workItems/{item}`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Demands {
    pub(crate) themes: BTreeMap<String, ThemeDemand>,
    pub(crate) asked: Asked,
}

impl Demands {
    pub(crate) fn new(inputs: &Inputs, kind: Kind) -> Self {
        Demands { themes: demand::targets(inputs, kind), asked: Asked::of(inputs) }
    }

    /// What is said of a theme or an item.
    pub(crate) fn said(&self, target: &str) -> Option<Cow<'_, ThemeDemand>> {
        self.themes.get(target).map(Cow::Borrowed)
    }

    pub(crate) fn heard(&self) -> Heard {
        let items = self.themes.keys().filter(|target| direct::item(target).is_some());
        Heard::new(self.asked, items.map(String::as_str), &|target| self.said(target))
    }
}

impl Ranking {
    /// SHA-256 (hex) of the ordering: the tag `soundings-ranking-1`, the kind's name, Σ swing as 8 bytes, then for each
    /// item in order its id and its portfolio's id (each as the number of its bytes, as 8 bytes, and the bytes), its worth
    /// as 16 bytes, its demand and the number of organisations behind it as 8 bytes each. Numbers are big-endian two's
    /// complement.
    pub fn digest(&self) -> String {
        let items = self.items.iter().map(|item| (item.key(), &*item.portfolio));
        digest(self.kind, self.swings, items)
    }

    /// What an item stands at under a criterion that nobody scores: its score, 0 to 1 in 10⁻¹², as it counts.
    pub(crate) fn heard(&self, item: &str, criterion: &str) -> Option<i64> {
        self.item(item)?.heard(criterion)
    }

    /// An item in its place.
    pub fn item(&self, id: &str) -> Option<&Ranked> {
        self.items.iter().find(|item| &*item.id == id)
    }

    /// Portfolios by the mean value of their items, best first, with the mean, the best item and the number of items.
    pub fn standing(&self, inputs: &Inputs) -> Vec<Standing> {
        let mut own: BTreeMap<&str, Vec<&Ranked>> =
            inputs.portfolios.keys().map(|id| (id.as_str(), Vec::new())).collect();
        for item in &self.items {
            own.entry(&item.portfolio).or_default().push(item);
        }
        let mut standing: Vec<Standing> = own.into_iter().map(|(id, own)| Standing::of(id, &own)).collect();
        standing.sort_by(|a, b| {
            (b.best.is_some(), b.mean)
                .cmp(&(a.best.is_some(), a.mean))
                .then_with(|| a.portfolio.cmp(&b.portfolio))
        });
        standing
    }
}

impl Standing {
    fn of(id: &str, own: &[&Ranked]) -> Self {
        let sum: i128 = own.iter().map(|item| i128::from(item.value)).sum();
        let count = i32::try_from(own.len()).unwrap_or(i32::MAX);
        let mean = if own.is_empty() { 0 } else { narrow(divide(sum, i128::from(count))) };
        Standing { portfolio: id.to_owned(), mean, best: own.first().map(|item| item.id.to_string()), count }
    }
}

/// The digest of items in order, with their portfolios; see [`Ranking::digest`].
pub(crate) fn digest<'a>(kind: Kind, swings: i64, items: impl Iterator<Item = (Key<'a>, &'a str)>) -> String {
    let mut hash = Sha256::new();
    hash.update(b"soundings-ranking-1");
    hash.update(kind.name().as_bytes());
    hash.update(swings.to_be_bytes());
    for (item, portfolio) in items {
        for name in [item.id, portfolio] {
            hash.update((name.len() as u64).to_be_bytes());
            hash.update(name.as_bytes());
        }
        hash.update(item.worth.to_be_bytes());
        hash.update(item.demand.to_be_bytes());
        hash.update(item.behind.to_be_bytes());
    }
    hex::encode(hash.finalize())
}

/// A portfolio's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its id.
    pub portfolio: String,
    /// Mean value of its items, in 10⁻¹².
    pub mean: i64,
    /// Its best item.
    pub best: Option<String>,
    /// How many items it has.
    pub count: i32,
}

#[cfg(test)]
pub(crate) mod tests;
