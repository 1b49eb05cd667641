//! Takes a whole model in: what it names is made or replaced, and what it does not name stays or, when asked, goes.
use std::collections::BTreeSet;

use soundings_portfolio_domain::Inputs;

use crate::store::input_log::Entry;

/// What to write so that the inputs hold what is named and, with `prune`, nothing else of the model. A pin stays with its
/// item and goes with it: it is no part of what a file says.
pub fn entries(inputs: &Inputs, named: Vec<Entry>, prune: bool) -> Vec<Entry> {
    let mut entries = named;
    if prune {
        let kept: BTreeSet<_> = entries.iter().map(Entry::key).collect();
        let standing = standing(inputs).into_iter().filter(|entry| !kept.contains(&entry.key()));
        let mut gone: Vec<Entry> = standing.collect();
        let pins = inputs.pins.keys().filter(|id| !kept.contains(&("item", (*id).clone())));
        gone.extend(pins.map(|id| Entry::Pin(id.clone(), None)));
        entries.extend(gone);
    }
    entries
}

/// Everything of the model that a file can name, as gone.
fn standing(inputs: &Inputs) -> Vec<Entry> {
    let items = inputs.items.keys().map(|id| Entry::Item(id.clone(), None));
    let criteria = inputs.criteria.keys().map(|id| Entry::Criterion(id.clone(), None));
    let resources = inputs.resources.keys().map(|id| Entry::Resource(id.clone(), None));
    let programmes = inputs.programmes.keys().map(|id| Entry::Programme(id.clone(), None));
    let portfolios = inputs.portfolios.keys().map(|id| Entry::Portfolio(id.clone(), None));
    items.chain(criteria).chain(resources).chain(programmes).chain(portfolios).collect()
}
