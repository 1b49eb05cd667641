//! Exact integer arithmetic.

/// 1.0 in 10⁻¹².
pub const ONE: i64 = 1_000_000_000_000;

/// `numerator / denominator`, rounded once, half to even. The denominator must not be 0.
pub fn divide(numerator: i128, denominator: i128) -> i128 {
    // Most are small, and small ones divide several times as fast.
    if let (Ok(small), Ok(by @ 1..)) = (i64::try_from(numerator), i64::try_from(denominator)) {
        let (floor, rest) = (small.div_euclid(by), small.rem_euclid(by));
        // How the rest stands to what is left of the denominator tells which side of the half it is on.
        let up = match rest.cmp(&(by - rest)) {
            std::cmp::Ordering::Less => 0,
            std::cmp::Ordering::Greater => 1,
            std::cmp::Ordering::Equal => floor & 1,
        };
        return i128::from(floor) + i128::from(up);
    }
    let (numerator, denominator) =
        if denominator < 0 { (-numerator, -denominator) } else { (numerator, denominator) };
    let floor = numerator.div_euclid(denominator);
    let twice = 2 * numerator.rem_euclid(denominator);
    match twice.cmp(&denominator) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + (floor & 1),
    }
}

/// Narrows what bounded inputs keep in range.
pub fn narrow(wide: i128) -> i64 {
    i64::try_from(wide).unwrap_or(if wide < 0 { i64::MIN } else { i64::MAX })
}

/// Whole parts of `total`, whose exact parts are `shares / denominator`: each is its exact part rounded down or up, and
/// they add up to `total` to the last digit. Those with the largest remainders go up, ties to the first.
///
/// The exact parts must add up to `total` but for rounding; the denominator must be positive.
pub fn apportion(shares: &[i128], denominator: i128, total: i64) -> Vec<i64> {
    let mut parts: Vec<i64> = shares.iter().map(|share| narrow(share.div_euclid(denominator))).collect();
    let missing = i128::from(total) - parts.iter().map(|part| i128::from(*part)).sum::<i128>();
    let remainder = |at: &usize| shares[*at].rem_euclid(denominator);
    let mut order: Vec<usize> = (0..shares.len()).collect();
    if missing >= 0 {
        order.sort_by_key(|at| (std::cmp::Reverse(remainder(at)), *at));
    } else {
        order.sort_by_key(|at| (remainder(at), *at));
    }
    let steps = usize::try_from(missing.unsigned_abs()).unwrap_or(0);
    for at in order.into_iter().cycle().take(steps) {
        parts[at] += if missing > 0 { 1 } else { -1 };
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbour() {
        let halves =
            [(1, 2, 0), (3, 2, 2), (5, 2, 2), (-1, 2, 0), (-3, 2, -2), (7, 3, 2), (8, 3, 3), (3, -2, -2)];
        for (n, d, rounded) in halves {
            assert_eq!(divide(n, d), rounded, "{n}/{d}");
        }
    }

    #[test]
    fn parts_that_cancel_each_other_stay_as_large_as_they_are() {
        assert_eq!(apportion(&[70, -70], 10, 0), [7, -7]);
        assert_eq!(apportion(&[75, -70], 10, 0), [7, -7]);
        assert_eq!(apportion(&[75, -70], 10, 1), [8, -7]);
        assert_eq!(apportion(&[15, 15], 10, 2), [1, 1]);
        assert_eq!(apportion(&[15, 15], 10, 3), [2, 1]);
        assert_eq!(apportion(&[20, 21], 10, 3), [1, 2]);
        assert_eq!(apportion(&[], 10, 0), [0_i64; 0]);
    }

    proptest! {
        #[test]
        fn small_numbers_divide_as_large_ones(
            numerator in any::<i64>(), denominator in prop_oneof![1_i64..9, 1_i64..=i64::MAX],
        ) {
            let (n, d) = (i128::from(numerator), i128::from(denominator));
            let large = i128::from(i64::MAX);
            prop_assert_eq!(divide(n, d), divide(n * large, d * large));
        }

        #[test]
        fn parts_add_up_and_each_is_its_exact_part_rounded(
            shares in prop::collection::vec(-1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, 1..20),
            denominator in 1_000_000_000_i128..1_000_000_000_000,
        ) {
            let total = narrow(divide(shares.iter().sum(), denominator));
            let parts = apportion(&shares, denominator, total);
            prop_assert_eq!(parts.iter().map(|p| i128::from(*p)).sum::<i128>(), i128::from(total));
            for (part, share) in parts.iter().zip(&shares) {
                prop_assert!((i128::from(*part) * denominator - share).abs() <= denominator);
            }
        }
    }
}
