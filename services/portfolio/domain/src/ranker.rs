//! A ranking that is kept up to date: what an input touches is placed anew, the rest stays where it is.
//!
//! At every moment it equals [`rank()`](crate::rank()) of the same inputs, bit for bit.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Inputs, Kind, Ranked, Ranking, demand,
    rank::{Demands, Yardsticks, digest, place_number},
};

/// Up to this many items are moved one by one; beyond, they are sorted and merged with the rest.
const FEW: usize = 64;

/// What changed among the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched<'a> {
    /// Tallies under a codebook.
    Signals(&'a str),
    /// A theme's state, by full name.
    Theme(&'a str),
    /// A work item: made, changed or gone.
    Item(&'a str),
    /// Criteria, portfolios, organisations, or what is not known.
    Everything,
}

/// Keeps one ranking.
#[derive(Debug, Clone)]
pub struct Ranker {
    kind: Kind,
    demands: Demands,
    yardsticks: Yardsticks,
    /// Every item, in no order; `rank` is not kept.
    slots: Vec<Ranked>,
    /// Slots by item id.
    slot_of: HashMap<String, usize>,
    /// Slots of the items linked to a theme.
    linked: BTreeMap<String, BTreeSet<usize>>,
    /// Slots, best first.
    order: Vec<usize>,
}

impl Ranker {
    /// A ranking of these inputs.
    pub fn new(inputs: &Inputs, kind: Kind) -> Self {
        let (demands, yardsticks) = (Demands::new(inputs, kind), Yardsticks::new(inputs));
        let mut ranker = Ranker {
            kind,
            demands,
            yardsticks,
            slots: Vec::with_capacity(inputs.items.len()),
            slot_of: HashMap::with_capacity(inputs.items.len()),
            linked: BTreeMap::new(),
            order: (0..inputs.items.len()).collect(),
        };
        for (slot, (id, item)) in inputs.items.iter().enumerate() {
            ranker.slots.push(ranker.yardsticks.place(inputs, id, item, &ranker.demands));
            ranker.slot_of.insert(id.clone(), slot);
            for theme in item.links.keys() {
                ranker.linked.entry(theme.clone()).or_default().insert(slot);
            }
        }
        ranker.sort();
        ranker
    }

    /// Brings it up to date with inputs in which `touched` changed since the last time.
    pub fn update(&mut self, inputs: &Inputs, touched: &[Touched<'_>]) {
        let gone = |touch: &Touched<'_>| match touch {
            Touched::Everything => true,
            Touched::Item(id) => !inputs.items.contains_key(*id),
            Touched::Signals(_) | Touched::Theme(_) => false,
        };
        if touched.iter().any(gone) {
            *self = Ranker::new(inputs, self.kind);
            return;
        }
        let mut moved = BTreeSet::new();
        let themes = self.themes_of(touched);
        for theme in &themes {
            if self.weigh(inputs, theme) {
                moved.extend(self.linked.get(theme).into_iter().flatten());
            }
        }
        // After the themes: an item that now links to one must not hide its change from the others.
        for touch in touched {
            if let Touched::Item(id) = touch {
                moved.insert(self.put(inputs, id));
            }
        }
        let answered = i64::try_from(inputs.organisations_answered().len()).unwrap_or(i64::MAX);
        if answered != self.demands.answered {
            // One more organisation answered: what nobody asked for sinks, everywhere.
            self.demands.answered = answered;
            moved = (0..self.slots.len()).collect();
        }
        for slot in &moved {
            let ranked = &mut self.slots[*slot];
            if let Some(item) = inputs.items.get(&*ranked.id) {
                self.yardsticks.place_again(inputs, item, &self.demands, ranked);
            }
        }
        self.reorder(&moved);
    }

    /// Linked themes whose demand may have changed.
    fn themes_of(&self, touched: &[Touched<'_>]) -> BTreeSet<String> {
        let mut themes = BTreeSet::new();
        for touch in touched {
            match touch {
                Touched::Signals(codebook) => {
                    let of = |theme: &&String| theme.split('/').nth(1) == Some(codebook);
                    themes.extend(self.linked.keys().filter(of).cloned());
                }
                Touched::Theme(theme) if self.linked.contains_key(*theme) => {
                    themes.insert((*theme).to_owned());
                }
                Touched::Theme(_) | Touched::Item(_) | Touched::Everything => {}
            }
        }
        themes
    }

    /// Works a theme's demand out again; tells whether it changed.
    fn weigh(&mut self, inputs: &Inputs, theme: &str) -> bool {
        let now = inputs.counts(self.kind, theme).then(|| demand::theme_demand(inputs, theme));
        if self.demands.themes.get(theme) == now.as_ref() {
            return false;
        }
        match now {
            Some(now) => drop(self.demands.themes.insert(theme.to_owned(), now)),
            None => drop(self.demands.themes.remove(theme)),
        }
        true
    }

    /// Puts an item that is new or changed into its slot, with the demand that is known so far.
    fn put(&mut self, inputs: &Inputs, id: &str) -> usize {
        let item = &inputs.items[id];
        let slot = self.slot_of.get(id).copied().unwrap_or(self.slots.len());
        for slots in self.linked.values_mut() {
            slots.remove(&slot);
        }
        for theme in item.links.keys() {
            self.linked.entry(theme.clone()).or_default().insert(slot);
            self.weigh(inputs, theme);
        }
        let unlinked: Vec<String> = self
            .linked
            .iter()
            .filter(|(_, slots)| slots.is_empty())
            .map(|(theme, _)| theme.clone())
            .collect();
        for theme in unlinked {
            self.linked.remove(&theme);
            self.demands.themes.remove(&theme);
        }
        let ranked = self.yardsticks.place(inputs, id, item, &self.demands);
        if slot == self.slots.len() {
            self.slots.push(ranked);
            self.slot_of.insert(id.to_owned(), slot);
            self.order.push(slot);
        } else {
            self.slots[slot] = ranked;
        }
        slot
    }

    /// Gives the moved slots their new places; the others keep their order among themselves.
    fn reorder(&mut self, moved: &BTreeSet<usize>) {
        if moved.len() == self.slots.len() {
            return self.sort();
        }
        let mut stays = vec![true; self.slots.len()];
        moved.iter().for_each(|slot| stays[*slot] = false);
        self.order.retain(|slot| stays[*slot]);
        let slots = &self.slots;
        if moved.len() <= FEW {
            for slot in moved {
                let at = self.order.partition_point(|other| slots[*other].order(&slots[*slot]).is_lt());
                self.order.insert(at, *slot);
            }
            return;
        }
        let mut moved: Vec<usize> = moved.iter().copied().collect();
        moved.sort_by(|a, b| slots[*a].order(&slots[*b]));
        let mut order = Vec::with_capacity(slots.len());
        let mut rest = self.order.iter().copied().peekable();
        for slot in moved {
            while let Some(next) = rest.next_if(|next| slots[*next].order(&slots[slot]).is_lt()) {
                order.push(next);
            }
            order.push(slot);
        }
        order.extend(rest);
        self.order = order;
    }

    fn sort(&mut self) {
        let slots = &self.slots;
        self.order.sort_by(|a, b| slots[*a].order(&slots[*b]));
    }

    /// The ranking as it stands.
    pub fn ranking(&self) -> Ranking {
        let placed = self.order.iter().enumerate();
        let items = placed.map(|(at, slot)| Ranked { rank: place_number(at), ..self.slots[*slot].clone() });
        Ranking {
            kind: self.kind,
            items: items.collect(),
            swings: self.yardsticks.swings,
            answered: self.demands.answered,
        }
    }

    /// The digest of the ranking as it stands.
    pub fn digest(&self) -> String {
        digest(self.kind, self.yardsticks.swings, self.order.iter().map(|slot| &self.slots[*slot]))
    }
}

#[cfg(test)]
mod tests;
