//! The order of items, and quick sorting by it.
use std::cmp::Ordering;

/// What places an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) worth: i128,
    pub(crate) demand: i64,
    pub(crate) behind: i64,
    pub(crate) cost_gbp: i64,
    pub(crate) id: &'a str,
}

impl Key<'_> {
    /// Which of two items stands higher. Ties: higher demand, more organisations behind it, lower cost, id.
    pub(crate) fn order(&self, other: &Key<'_>) -> Ordering {
        (other.worth, other.demand, other.behind)
            .cmp(&(self.worth, self.demand, self.behind))
            .then_with(|| self.cost_gbp.cmp(&other.cost_gbp))
            .then_with(|| self.id.cmp(other.id))
    }

    /// Never falls as worth falls, so that most pairs are told apart by one small number.
    pub(crate) fn head(&self) -> u64 {
        !u64::try_from(self.worth.max(0)).unwrap_or(u64::MAX)
    }
}

/// A slot with the head of its key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Placed {
    pub(crate) head: u64,
    pub(crate) slot: u32,
}

impl Placed {
    pub(crate) fn new<'a>(slot: u32, key: &impl Fn(u32) -> Key<'a>) -> Self {
        Placed { head: key(slot).head(), slot }
    }

    pub(crate) fn order<'a>(&self, other: &Placed, key: &impl Fn(u32) -> Key<'a>) -> Ordering {
        self.head.cmp(&other.head).then_with(|| key(self.slot).order(&key(other.slot)))
    }
}

/// Slots in order, best first.
pub(crate) fn sorted<'a>(slots: impl Iterator<Item = u32>, key: &impl Fn(u32) -> Key<'a>) -> Vec<Placed> {
    let heads = slots.map(|slot| u128::from(key(slot).head()) << 32 | u128::from(slot));
    let mut heads: Vec<u128> = heads.collect();
    heads.sort_unstable();
    let unpacked = heads.iter().map(|packed| Placed { head: (packed >> 32) as u64, slot: *packed as u32 });
    let mut placed: Vec<Placed> = unpacked.collect();
    for level in placed.chunk_by_mut(|a, b| a.head == b.head).filter(|level| level.len() > 1) {
        level.sort_by(|a, b| key(a.slot).order(&key(b.slot)));
    }
    placed
}
