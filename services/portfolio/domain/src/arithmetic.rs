//! Exact integer arithmetic.

/// 1.0 in 10⁻¹².
pub const ONE: i64 = 1_000_000_000_000;

/// `numerator / denominator`, rounded once, half to even. The denominator must not be 0.
pub fn divide(numerator: i128, denominator: i128) -> i128 {
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

/// Parts of `total` in proportion to `shares`, whole numbers that add up to it exactly: by largest remainder, ties to
/// the first. All zero when the shares add up to nothing.
pub fn apportion(shares: &[i128], total: i64) -> Vec<i64> {
    let sum: i128 = shares.iter().sum();
    if sum == 0 {
        return vec![0; shares.len()];
    }
    let sign = sum.signum();
    let sum = sum.abs();
    // Large shares are scaled down alike, so that products stay in range; sums still come out exact.
    let largest = shares.iter().map(|s| s.unsigned_abs()).max().unwrap_or(0).max(sum.unsigned_abs());
    let shift = (128 - largest.leading_zeros()).saturating_sub(70);
    let scaled: Vec<i128> = shares.iter().map(|s| (s * sign) >> shift).collect();
    let sum = scaled.iter().sum::<i128>().max(1);
    let products: Vec<i128> = scaled.iter().map(|s| s * i128::from(total)).collect();
    let mut parts: Vec<i64> = products.iter().map(|p| narrow(p.div_euclid(sum))).collect();
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by_key(|&at| (std::cmp::Reverse(products[at].rem_euclid(sum)), at));
    let missing = i128::from(total) - parts.iter().map(|p| i128::from(*p)).sum::<i128>();
    for at in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        parts[at] += 1;
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

    proptest! {
        #[test]
        fn parts_add_up_to_the_last_digit(
            shares in prop::collection::vec(-1_000_000_000_000_000_000_000_i128..1_000_000_000_000_000_000_000, 1..20),
            total in -2_000_000_000_000_i64..2_000_000_000_000,
        ) {
            let parts = apportion(&shares, total);
            if shares.iter().sum::<i128>() != 0 {
                let sum: i128 = parts.iter().map(|p| i128::from(*p)).sum();
                prop_assert_eq!(sum, i128::from(total));
            }
        }
    }
}
