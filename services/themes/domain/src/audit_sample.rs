//! Random draws that can be shown to have been random: the same seed and number draw the same.

/// The place drawn out of `candidates` by draw `number` under `seed`; none where there is nothing to draw from.
///
/// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014), taken to the
/// range by multiplication; the bias is below 2⁻³² for any number of statements that fits on a disk.
#[must_use]
pub fn draw(seed: u64, number: u64, candidates: u64) -> Option<u64> {
    let random = splitmix(seed.wrapping_add(number.wrapping_mul(GOLDEN)));
    (candidates > 0).then(|| ((u128::from(random) * u128::from(candidates)) >> 64) as u64)
}

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

fn splitmix(state: u64) -> u64 {
    let mut z = state.wrapping_add(GOLDEN);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_candidate_is_drawn_about_as_often() {
        let mut drawn = [0_u32; 10];
        for number in 0..10_000 {
            drawn[draw(42, number, 10).unwrap() as usize] += 1;
        }
        assert!(drawn.iter().all(|n| (850..1_150).contains(n)), "{drawn:?}");
    }

    #[test]
    fn a_draw_repeats_with_its_seed_and_lies_among_the_candidates() {
        assert_eq!(draw(7, 3, 1_000), draw(7, 3, 1_000));
        assert_ne!(draw(7, 3, u64::MAX), draw(8, 3, u64::MAX));
        assert_eq!((draw(7, 3, 1), draw(7, 3, 0)), (Some(0), None));
    }
}
