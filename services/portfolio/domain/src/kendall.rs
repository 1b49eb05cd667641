//! How far two orders of the same things agree: Kendall's τ_b, ties and all, in O(n log n).

/// Pairs of things, by how two orders place them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kendall {
    /// Pairs in the same order in both.
    pub concordant: u64,
    /// Pairs that the two order differently.
    pub discordant: u64,
    /// Pairs that stand level in the first only.
    pub tied_first: u64,
    /// Pairs that stand level in the second only.
    pub tied_second: u64,
    /// Pairs that stand level in both.
    pub tied_both: u64,
}

impl Kendall {
    /// τ_b, -1 to 1; None when one of the orders holds every pair level, so that there is nothing to agree on.
    pub fn tau_b(&self) -> Option<f64> {
        let ordered = self.concordant + self.discordant;
        let (first, second) = (ordered + self.tied_second, ordered + self.tied_first);
        if first == 0 || second == 0 {
            return None;
        }
        let agreement = self.concordant as f64 - self.discordant as f64;
        // One root of the product, not the product of two roots: orders that agree fully give just 1.
        Some(agreement / (first as f64 * second as f64).sqrt())
    }

    /// Share of all pairs that the two order differently, 0 to 1.
    pub fn discordant_share(&self) -> f64 {
        let all = self.concordant + self.discordant + self.tied_first + self.tied_second + self.tied_both;
        if all == 0 { 0.0 } else { self.discordant as f64 / all as f64 }
    }
}

/// Compares two orders, given as each thing's place in the first and in the second.
pub fn compare<A: Ord + Copy, B: Ord + Copy>(places: &[(A, B)]) -> Kendall {
    let mut sorted = places.to_vec();
    sorted.sort_unstable();
    let tied_first = level(&sorted, |a, b| a.0 == b.0);
    let tied_both = level(&sorted, |a, b| a == b);
    let mut seconds: Vec<B> = sorted.into_iter().map(|(_, second)| second).collect();
    let discordant = inversions(&mut seconds);
    let tied_second = level(&seconds, |a, b| a == b);
    let all = pairs(places.len());
    Kendall {
        concordant: all + tied_both - tied_first - tied_second - discordant,
        discordant,
        tied_first: tied_first - tied_both,
        tied_second: tied_second - tied_both,
        tied_both,
    }
}

fn pairs(things: usize) -> u64 {
    let things = things as u64;
    things * things.saturating_sub(1) / 2
}

/// Pairs within runs of neighbours that are level.
fn level<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> u64 {
    sorted.chunk_by(same).map(|run| pairs(run.len())).sum()
}

/// Counts pairs out of order, sorting on the way.
fn inversions<T: Ord + Copy>(things: &mut [T]) -> u64 {
    if things.len() < 2 {
        return 0;
    }
    let (left, right) = things.split_at_mut(things.len() / 2);
    let mut count = inversions(left) + inversions(right);
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut l, mut r) = (0, 0);
    for slot in things.iter_mut() {
        if r == right.len() || (l < left.len() && left[l] <= right[r]) {
            *slot = left[l];
            l += 1;
        } else {
            *slot = right[r];
            r += 1;
            count += (left.len() - l) as u64;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn orders_that_agree_fully_give_just_one() {
        for n in 2..200 {
            let same: Vec<(i32, i32)> = (0..n).map(|place| (place, place)).collect();
            let reversed: Vec<(i32, i32)> = (0..n).map(|place| (place, -place)).collect();
            assert_eq!(compare(&same).tau_b(), Some(1.0), "{n}");
            assert_eq!(compare(&reversed).tau_b(), Some(-1.0), "{n}");
        }
    }

    #[test]
    fn nothing_to_compare_has_no_tau() {
        assert_eq!(compare::<i32, i32>(&[]).tau_b(), None);
        assert_eq!(compare(&[(1, 1)]).tau_b(), None);
        assert_eq!(compare(&[(1, 1), (1, 2)]).tau_b(), None);
    }

    proptest! {
        #[test]
        fn counts_are_those_of_looking_at_every_pair(places in prop::collection::vec((0_u8..6, 0_u8..6), 0..30)) {
            let mut slow = Kendall { concordant: 0, discordant: 0, tied_first: 0, tied_second: 0, tied_both: 0 };
            for (at, a) in places.iter().enumerate() {
                for b in &places[at + 1..] {
                    match (a.0.cmp(&b.0) as i8, a.1.cmp(&b.1) as i8) {
                        (0, 0) => slow.tied_both += 1,
                        (0, _) => slow.tied_first += 1,
                        (_, 0) => slow.tied_second += 1,
                        (x, y) if x == y => slow.concordant += 1,
                        _ => slow.discordant += 1,
                    }
                }
            }
            prop_assert_eq!(compare(&places), slow);
        }
    }
}
