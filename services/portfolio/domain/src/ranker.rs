//! A ranking that is kept up to date: what an input touches is placed anew, the rest stays where it is.
//!
//! At every moment it equals [`rank()`](crate::rank()) of the same inputs, bit for bit.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::{
    Inputs, Item, Kind, Ranked, Ranking, demand,
    direct::{self, Direct},
    rank::{Demanded, Demands, Heard, Key, Link, Placed, Yardsticks, digest, place_number, sorted},
};

/// Up to this many items are moved one by one; beyond, they are sorted and merged with the rest.
const FEW: usize = 64;

/// What changed among the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Touched<'a> {
    /// Tallies under a codebook.
    Signals(&'a str),
    /// Tallies of bound questions.
    Supports,
    /// A theme's state, need, scope or merges, by full name.
    Theme(&'a str),
    /// The evidence for a theme.
    Evidence,
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
    heard: Heard,
    yardsticks: Yardsticks,
    /// Every item, in no order.
    slots: Vec<Slot>,
    /// Where demand puts the item of a slot.
    demanded: Vec<Demanded>,
    /// Slots by item id.
    slot_of: HashMap<String, u32>,
    /// Slots of the items linked to a theme, by the theme that their links say.
    linked: BTreeMap<String, Vec<u32>>,
    /// Slots, best first.
    order: Vec<Placed>,
}

/// An item. What is only shown is worked out when the ranking is taken out.
#[derive(Debug, Clone)]
struct Slot {
    /// As it was placed when it was put here; `rank` is not kept.
    ranked: Ranked,
    /// What its worth is apart from demand.
    apart: i128,
    links: Box<[Link]>,
    /// Whether what organisations say of its links changed since it was put here.
    moved: bool,
}

impl Ranker {
    /// A ranking of these inputs.
    pub fn new(inputs: &Inputs, kind: Kind) -> Self {
        let (demands, yardsticks) = (Demands::new(inputs, kind), Yardsticks::new(inputs, kind));
        let mut ranker = Ranker {
            kind,
            heard: demands.heard(),
            demands,
            yardsticks,
            slots: Vec::with_capacity(inputs.items.len()),
            demanded: Vec::with_capacity(inputs.items.len()),
            slot_of: HashMap::with_capacity(inputs.items.len()),
            linked: BTreeMap::new(),
            order: Vec::new(),
        };
        for (id, item) in &inputs.items {
            ranker.add(inputs, id, item);
        }
        ranker.order = sorted(0..ranker.slots.len() as u32, &|slot| ranker.key(slot));
        ranker
    }

    /// Puts an item into a new slot.
    fn add(&mut self, inputs: &Inputs, id: &str, item: &Item) -> u32 {
        let slot = self.slots.len() as u32;
        let (made, demanded) = self.slot(inputs, id, item);
        self.slots.push(made);
        self.demanded.push(demanded);
        self.slot_of.insert(id.to_owned(), slot);
        for theme in item.links.keys() {
            match self.linked.get_mut(theme) {
                Some(slots) => slots.push(slot),
                None => drop(self.linked.insert(theme.clone(), vec![slot])),
            }
        }
        slot
    }

    fn slot(&mut self, inputs: &Inputs, id: &str, item: &Item) -> (Slot, Demanded) {
        let links = self.heard.links(id, item, &|theme| self.demands.said(theme));
        let ranked = self.yardsticks.place(inputs, id, item, &self.heard, &links);
        let demand = self.heard.demand(&links);
        let demanded = Demanded { worth: ranked.worth, demand, behind: ranked.behind };
        let apart = ranked.worth - self.yardsticks.worth_of(demand);
        (Slot { ranked, apart, links, moved: false }, demanded)
    }

    fn key(&self, slot: u32) -> Key<'_> {
        let (demanded, ranked) = (self.demanded[slot as usize], &self.slots[slot as usize].ranked);
        let (Demanded { worth, behind, .. }, demand) = (demanded, demanded.counted());
        Key { worth, demand, behind, cost_gbp: ranked.cost_gbp, id: &ranked.id }
    }

    /// Brings it up to date with inputs in which `touched` changed since the last time.
    pub fn update(&mut self, inputs: &Inputs, touched: &[Touched<'_>]) {
        // Where a criterion takes evidence, themes have a part in what is kept apart from demand.
        let gone = |touch: &Touched<'_>| match touch {
            Touched::Everything => true,
            Touched::Item(id) => !inputs.items.contains_key(*id),
            Touched::Theme(_) | Touched::Evidence => self.yardsticks.take_evidence(),
            Touched::Signals(_) | Touched::Supports => false,
        };
        if touched.iter().any(gone) {
            *self = Ranker::new(inputs, self.kind);
            return;
        }
        let mut moved = vec![false; self.slots.len()];
        let direct = Direct::of(inputs);
        let themes = self.themes_of(inputs, touched);
        for theme in &themes {
            if self.weigh(inputs, &direct, theme) {
                self.linked.get(theme).into_iter().flatten().for_each(|slot| moved[*slot as usize] = true);
            }
        }
        if touched.contains(&Touched::Supports) {
            self.weigh_items(inputs, &direct, &mut moved);
        }
        // After the themes: an item that now links to one must not hide its change from the others.
        for touch in touched {
            if let Touched::Item(id) = touch {
                let slot = self.put(inputs, &direct, id) as usize;
                moved.resize(self.slots.len(), false);
                moved[slot] = true;
            }
        }
        let answered = i64::try_from(inputs.organisations_answered().len()).unwrap_or(i64::MAX);
        if answered != self.demands.asked.answered {
            // One more organisation answered: what nobody asked for sinks, everywhere.
            self.demands.asked.answered = answered;
            self.heard.hear_all(&self.demands);
            moved.fill(true);
        }
        for (at, slot) in self.slots.iter_mut().enumerate().filter(|(at, _)| moved[*at]) {
            let demand = self.heard.demand(&slot.links);
            let behind = self.heard.behind(&slot.links);
            let worth = slot.apart + self.yardsticks.worth_of(demand);
            self.demanded[at] = Demanded { worth, demand, behind };
            slot.moved = true;
        }
        self.reorder(&moved);
    }

    /// Linked themes whose demand may have changed: those that lead to a theme of a touched codebook, and those that lead
    /// through a touched theme. One that leads elsewhere than before does so from a touched theme, which is still on its
    /// way. What was bound to a theme goes its way, too, whether an item is linked to that theme or not: with it, any
    /// may have changed.
    fn themes_of(&self, inputs: &Inputs, touched: &[Touched<'_>]) -> BTreeSet<String> {
        let (mut codebooks, mut changed) = (BTreeSet::new(), BTreeSet::new());
        for touch in touched {
            match touch {
                Touched::Signals(codebook) => drop(codebooks.insert(*codebook)),
                Touched::Theme(theme) => drop(changed.insert(*theme)),
                Touched::Supports | Touched::Item(_) | Touched::Evidence | Touched::Everything => {}
            }
        }
        let binds = |bound: &str| inputs.merges(bound).iter().any(|theme| changed.contains(theme));
        if touched.contains(&Touched::Supports) || (!changed.is_empty() && Direct::bound(inputs).any(binds)) {
            return self.linked.keys().cloned().collect();
        }
        let codebook = |theme: &str| theme.split('/').nth(1).is_some_and(|id| codebooks.contains(id));
        let affected = |said: &&String| {
            !codebooks.is_empty() && codebook(inputs.goes_to(said))
                || !changed.is_empty() && inputs.merges(said).iter().any(|theme| changed.contains(theme))
        };
        self.linked.keys().filter(affected).cloned().collect()
    }

    /// Works the direct voice of every item out again that has one, or had.
    fn weigh_items(&mut self, inputs: &Inputs, direct: &Direct<'_>, moved: &mut [bool]) {
        let had = self.demands.themes.keys().filter(|target| direct::item(target).is_some());
        let items: BTreeSet<String> = had.cloned().chain(direct.items().map(str::to_owned)).collect();
        for target in items {
            let id = direct::item(&target).unwrap_or_default();
            if !self.weigh(inputs, direct, &target) {
                continue;
            }
            if let (Some(slot), Some(item)) = (self.slot_of.get(id), inputs.items.get(id)) {
                self.slots[*slot as usize].links =
                    self.heard.links(id, item, &|theme| self.demands.said(theme));
                moved[*slot as usize] = true;
            }
        }
    }

    /// Works a theme's demand or an item's direct voice out again; tells whether it changed.
    fn weigh(&mut self, inputs: &Inputs, direct: &Direct<'_>, theme: &str) -> bool {
        let now = demand::counted(inputs, direct, self.kind, theme);
        if self.demands.themes.get(theme) == now.as_ref() {
            return false;
        }
        self.heard.hear(theme, now.as_ref());
        match now {
            Some(now) => drop(self.demands.themes.insert(theme.to_owned(), now)),
            None => drop(self.demands.themes.remove(theme)),
        }
        true
    }

    /// Puts an item that is new or changed into its slot, with the demand that is known so far.
    fn put(&mut self, inputs: &Inputs, direct: &Direct<'_>, id: &str) -> u32 {
        let item = &inputs.items[id];
        let known = self.slot_of.get(id).copied();
        if let Some(slot) = known {
            self.linked.values_mut().for_each(|slots| slots.retain(|other| *other != slot));
        }
        for theme in item.links.keys() {
            self.weigh(inputs, direct, theme);
        }
        let slot = match known {
            Some(slot) => {
                for theme in item.links.keys() {
                    self.linked.entry(theme.clone()).or_default().push(slot);
                }
                (self.slots[slot as usize], self.demanded[slot as usize]) = self.slot(inputs, id, item);
                slot
            }
            None => self.add(inputs, id, item),
        };
        let unlinked = self.linked.extract_if(.., |_, slots| slots.is_empty());
        for (theme, _) in unlinked.collect::<Vec<_>>() {
            self.demands.themes.remove(&theme);
            self.heard.hear(&theme, None);
        }
        slot
    }

    /// Gives the moved slots their new places; the others keep their order among themselves.
    fn reorder(&mut self, moved: &[bool]) {
        let slots = (0..self.slots.len() as u32).filter(|slot| moved[*slot as usize]);
        let count = slots.clone().count();
        if count == 0 {
            return;
        }
        let mut rest = std::mem::take(&mut self.order);
        rest.retain(|placed| !moved[placed.slot as usize]);
        let key = |slot| self.key(slot);
        if count <= FEW {
            for slot in slots {
                let placed = Placed::new(slot, &key);
                let at = rest.partition_point(|other| other.order(&placed, &key).is_lt());
                rest.insert(at, placed);
            }
            self.order = rest;
            return;
        }
        let moved = sorted(slots, &key);
        let mut order = Vec::with_capacity(self.slots.len());
        let mut rest = rest.into_iter().peekable();
        for placed in moved {
            while let Some(next) = rest.next_if(|next| next.order(&placed, &key).is_lt()) {
                order.push(next);
            }
            order.push(placed);
        }
        order.extend(rest);
        self.order = order;
    }

    /// The ranking as it stands.
    pub fn ranking(&self) -> Ranking {
        let shown = |(at, placed): (usize, &Placed)| {
            let Slot { ranked, links, moved, .. } = &self.slots[placed.slot as usize];
            if !moved {
                return Ranked { rank: place_number(at), ..ranked.clone() };
            }
            let demanded = self.demanded[placed.slot as usize];
            let interval = self.heard.interval(links, demanded.counted());
            Ranked { rank: place_number(at), ..self.yardsticks.place_again(ranked, demanded, interval) }
        };
        Ranking {
            kind: self.kind,
            items: self.order.iter().enumerate().map(shown).collect(),
            swings: self.yardsticks.swings,
            answered: self.demands.asked.answered,
        }
    }

    /// The digest of the ranking as it stands.
    pub fn digest(&self) -> String {
        let items = self.order.iter().map(|placed| {
            let portfolio = &*self.slots[placed.slot as usize].ranked.portfolio;
            (self.key(placed.slot), portfolio)
        });
        digest(self.kind, self.yardsticks.swings, items)
    }
}

#[cfg(test)]
mod tests;
