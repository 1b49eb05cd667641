//! What several organisations could buy together: like contracts that end within one window.
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{Months, NaiveDate};

use super::{
    Contract,
    contract::{digest, plain},
};

/// What makes contracts alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// The same product, by its words.
    Product,
    /// The same supplier.
    Supplier,
    /// The same CPV class to so many digits, 2 to 8: 2 a division, 3 a group, 4 a class, 5 a category.
    Category(u8),
}

/// By which of a contract's last days it is placed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    /// The day on which it ends if nothing is extended.
    Term,
    /// The day on which it ends if every option to extend is taken; at least one contract has such an option.
    Extension,
}

/// What to look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Search {
    /// What makes contracts alike.
    pub basis: Basis,
    /// Most months between the first and the last end.
    pub window_months: u32,
    /// Months that buying together takes, before the first end.
    pub lead_months: u32,
    /// Contracts that end before this day are past; None: all count.
    pub from: Option<NaiveDate>,
}

impl Search {
    /// A window of 12 months, and 9 months to buy.
    pub fn by(basis: Basis) -> Self {
        Search { basis, window_months: 12, lead_months: 9, from: None }
    }
}

/// Contracts of at least two organisations that end within one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opportunity {
    /// Stays the same while the contract that ends first does: a digest of the basis, what is alike, the ending and that
    /// contract's id.
    pub id: String,
    /// What makes the contracts alike.
    pub basis: Basis,
    /// By which last day they are placed.
    pub ending: Ending,
    /// What is alike: the product's words, the supplier's id or name, the digits of the CPV code.
    pub alike: String,
    /// The same as people read it.
    pub title: String,
    /// Ids of the organisations, in order.
    pub organisations: Vec<String>,
    /// Ids of the contracts, in the order in which they end.
    pub contracts: Vec<String>,
    /// What those contracts that tell a value cost a year, in pence. A contract with several suppliers counts once.
    pub annual_value_pence: i64,
    /// Contracts whose value is not known. One with several suppliers counts once.
    pub without_value: i64,
    /// Contracts whose value is known. One with several suppliers counts once.
    pub with_value: i64,
    /// The first end.
    pub earliest_end: NaiveDate,
    /// The last end.
    pub latest_end: NaiveDate,
    /// When to begin to buy together at the latest: the first end, less the lead time.
    pub suggested_start: NaiveDate,
}

impl Opportunity {
    /// Which stands first in a list: the one to begin sooner, then that of more organisations, then by id.
    pub fn order(&self, other: &Opportunity) -> Ordering {
        (self.suggested_start, other.organisations.len())
            .cmp(&(other.suggested_start, self.organisations.len()))
            .then_with(|| self.id.cmp(&other.id))
    }
}

/// A contract in a group.
struct Placed<'a> {
    day: NaiveDate,
    id: &'a str,
    contract: &'a Contract,
}

/// Opportunities among live contracts: soonest to begin first, then of more organisations, then by id. The order of the
/// contracts does not matter; it takes O(n log n).
///
/// Windows of one group do not overlap. A window takes in all that ends in it, and of all sets of such windows the one is
/// taken in which most pairs of organisations can buy together.
pub fn opportunities<'a>(
    contracts: impl IntoIterator<Item = &'a Contract>,
    search: &Search,
) -> Vec<Opportunity> {
    let contracts: Vec<(String, &Contract)> =
        contracts.into_iter().filter(|c| c.is_live()).map(|c| (c.key.id(), c)).collect();
    let mut found = Vec::new();
    for ending in [Ending::Term, Ending::Extension] {
        let mut groups: BTreeMap<String, Vec<Placed<'_>>> = BTreeMap::new();
        for (id, contract) in &contracts {
            let day = match ending {
                Ending::Term => contract.end,
                Ending::Extension => contract.last_day(),
            };
            let Some(day) = day.filter(|day| search.from.is_none_or(|from| *day >= from)) else { continue };
            if let Some(alike) = alike(contract, search.basis) {
                groups.entry(alike).or_default().push(Placed { day, id, contract });
            }
        }
        for (alike, mut group) in groups {
            group.sort_by(|a, b| (a.day, a.id).cmp(&(b.day, b.id)));
            for window in windows(&group, ending, search.window_months) {
                found.push(opportunity(&group[window], &alike, ending, search));
            }
        }
    }
    found.sort_by(Opportunity::order);
    found
}

fn alike(contract: &Contract, basis: Basis) -> Option<String> {
    let alike = match basis {
        Basis::Product => plain(&contract.product),
        Basis::Supplier => contract.key.supplier.clone(),
        Basis::Category(digits) => {
            contract.cpv.as_ref()?.code.get(..usize::from(digits.clamp(2, 8)))?.to_owned()
        }
    };
    (!alike.is_empty()).then_some(alike)
}

/// The windows that are taken, first to last, as ranges of the group, which is in the order of days.
fn windows(group: &[Placed<'_>], ending: Ending, months: u32) -> Vec<std::ops::Range<usize>> {
    // The end of the window that begins at each contract, and how many pairs of organisations are in it.
    let mut ends = Vec::with_capacity(group.len());
    let mut inside: HashMap<&str, usize> = HashMap::new();
    let (mut end, mut extended) = (0, 0_usize);
    let option = |placed: &Placed<'_>| usize::from(placed.contract.max_extent > placed.contract.end);
    for first in group {
        let last = first.day.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
        while let Some(next) = group.get(end).filter(|next| next.day <= last) {
            *inside.entry(&next.contract.organisation).or_default() += 1;
            extended += option(next);
            end += 1;
        }
        let counts = ending == Ending::Term || extended > 0;
        ends.push((end, if counts { inside.len() * inside.len().saturating_sub(1) / 2 } else { 0 }));
        extended -= option(first);
        if let Some(count) = inside.get_mut(&*first.contract.organisation) {
            *count -= 1;
            if *count == 0 {
                inside.remove(&*first.contract.organisation);
            }
        }
    }
    // The most pairs that can be had from each contract on: with the window that begins there, or without.
    let mut most = vec![0_usize; group.len() + 1];
    for (start, (end, pairs)) in ends.iter().enumerate().rev() {
        most[start] = most[start + 1].max(if *pairs > 0 { pairs + most[*end] } else { 0 });
    }
    let (mut taken, mut at) = (Vec::new(), 0);
    while at < group.len() {
        let (end, pairs) = ends[at];
        if pairs > 0 && pairs + most[end] == most[at] {
            taken.push(at..end);
            at = end;
        } else {
            at += 1;
        }
    }
    taken
}

fn opportunity(window: &[Placed<'_>], alike: &str, ending: Ending, search: &Search) -> Opportunity {
    let (first, last) = (&window[0], &window[window.len() - 1]);
    let organisations: BTreeSet<&str> = window.iter().map(|placed| &*placed.contract.organisation).collect();
    let (mut seen, mut pence, mut with_value, mut without_value) = (HashSet::new(), 0_i64, 0, 0);
    for contract in window.iter().map(|placed| placed.contract).filter(|c| seen.insert(c.key.shared())) {
        match contract.annual_value_pence {
            Some(value) => (pence, with_value) = (pence.saturating_add(value), with_value + 1),
            None => without_value += 1,
        }
    }
    let (basis, digits) = match search.basis {
        Basis::Product => ("product", 0),
        Basis::Supplier => ("supplier", 0),
        Basis::Category(digits) => ("category", digits.clamp(2, 8)),
    };
    let end = if ending == Ending::Term { "term" } else { "extension" };
    Opportunity {
        id: digest(&["soundings-opportunity-1", basis, &digits.to_string(), alike, end, first.id]),
        basis: search.basis,
        ending,
        alike: alike.to_owned(),
        title: title(window, alike, search.basis),
        organisations: organisations.into_iter().map(str::to_owned).collect(),
        contracts: window.iter().map(|placed| placed.id.to_owned()).collect(),
        annual_value_pence: pence,
        without_value,
        with_value,
        earliest_end: first.day,
        latest_end: last.day,
        suggested_start: first.day.checked_sub_months(Months::new(search.lead_months)).unwrap_or(first.day),
    }
}

/// What is alike as people call it: the shortest way in which any of the contracts writes it, and of those the first.
fn title(window: &[Placed<'_>], alike: &str, basis: Basis) -> String {
    let contracts = window.iter().map(|placed| placed.contract);
    let shortest = |texts: &mut dyn Iterator<Item = &str>| {
        texts
            .filter(|text| !text.is_empty())
            .min_by_key(|text| (text.len(), text.to_owned()))
            .map(str::to_owned)
    };
    match basis {
        Basis::Product => shortest(&mut contracts.map(|c| c.product.as_str())),
        Basis::Supplier => shortest(&mut contracts.map(|c| c.supplier_name.as_str())),
        Basis::Category(_) => {
            // The class itself, if any contract names it, else what is in it.
            let whole = format!("{alike:0<8}");
            let classes: Vec<_> = contracts.filter_map(|c| c.cpv.as_ref()).collect();
            let own =
                shortest(&mut classes.iter().filter(|cpv| cpv.code == whole).map(|cpv| cpv.title.as_str()));
            own.or_else(|| shortest(&mut classes.iter().map(|cpv| cpv.title.as_str())))
                .map(|title| format!("{title} (CPV {alike})"))
        }
    }
    .unwrap_or_else(|| {
        if matches!(basis, Basis::Category(_)) { format!("CPV {alike}") } else { alike.to_owned() }
    })
}

#[cfg(test)]
mod tests;
