//! What opportunities are worth as a work item's score.
//!
//! Money is scored by its order of magnitude: from £100,000 to £1,000,000 a year is as far as from £1,000,000 to
//! £10,000,000. With v the combined annual value, f the floor and c the ceiling of the policy, the share of the way from
//! the criterion's worst anchor to its best is ln(v/f) ÷ ln(c/f), kept within 0 and 1 and rounded to thousandths. The
//! logarithms are computed in integers, so that every machine finds the same score.
use std::collections::HashSet;

use crate::{
    Criterion, Score,
    arithmetic::{divide, narrow},
    procurement::Contract,
};

/// How opportunities are scored, in pence a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scale {
    /// The value worth nothing, 1 or more.
    pub floor_pence: i64,
    /// The value worth the criterion's best anchor, above the floor.
    pub ceiling_pence: i64,
}

/// What contracts are worth together. One with several suppliers counts once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Worth {
    /// What those that tell a value cost a year, in pence.
    pub annual_value_pence: i64,
    /// How many tell a value.
    pub with_value: i64,
    /// How many do not.
    pub without_value: i64,
}

impl Worth {
    /// Of these contracts, each once.
    pub fn of<'a>(contracts: impl IntoIterator<Item = &'a Contract>) -> Self {
        let (mut worth, mut seen) = (Worth::default(), HashSet::new());
        for contract in contracts.into_iter().filter(|contract| seen.insert(contract.key.shared())) {
            match contract.annual_value_pence {
                Some(value) => {
                    worth.annual_value_pence = worth.annual_value_pence.saturating_add(value);
                    worth.with_value += 1;
                }
                None => worth.without_value += 1,
            }
        }
        worth
    }
}

/// The score of what contracts are worth. It is at most likely what is known; it could be as much as if those without a
/// value were like the others. None: no value is known at all.
pub fn score(worth: Worth, scale: Scale, criterion: &Criterion) -> Option<Score> {
    if worth.with_value == 0 {
        return None;
    }
    let all = i128::from(worth.annual_value_pence) * i128::from(worth.with_value + worth.without_value);
    let all = narrow(divide(all, i128::from(worth.with_value)));
    let at = |pence: i64| {
        let share = i128::from(thousandths(pence, scale));
        let way = (i128::from(criterion.highest) - i128::from(criterion.lowest)) * share;
        let way = narrow(divide(way, 1000));
        if criterion.less_is_better { criterion.highest - way } else { criterion.lowest + way }
    };
    let (known, at_most) = (at(worth.annual_value_pence), at(all));
    Some(Score { low: known.min(at_most), likely: known, high: known.max(at_most) })
}

/// Whether a score is better than another, or as good.
pub fn as_good(score: i64, other: i64, criterion: &Criterion) -> bool {
    if criterion.less_is_better { score <= other } else { score >= other }
}

/// ln(v/f) ÷ ln(c/f) in thousandths, 0 to 1,000.
fn thousandths(pence: i64, scale: Scale) -> i64 {
    let (floor, ceiling) = (scale.floor_pence.max(1), scale.ceiling_pence.max(scale.floor_pence.max(1) + 1));
    let pence = pence.clamp(floor, ceiling);
    let way = logarithm(pence) - logarithm(floor);
    narrow(divide(way * 1000, logarithm(ceiling) - logarithm(floor)))
}

/// The logarithm to base 2 of a whole number above 0, in 2⁻³²: the whole part by its bits, then a bit of the fraction for
/// each squaring.
fn logarithm(number: i64) -> i128 {
    const BITS: u32 = 32;
    let number = number.max(1).unsigned_abs();
    let whole = number.ilog2();
    // Within [1, 2), in 2⁻⁶².
    let mut rest = u128::from(number) << (62 - whole);
    let mut log = i128::from(whole);
    for _ in 0..BITS {
        rest = (rest * rest) >> 62;
        log <<= 1;
        if rest >= 2 << 62 {
            rest >>= 1;
            log |= 1;
        }
    }
    log
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ONE;

    const SCALE: Scale = Scale { floor_pence: 1_000_000, ceiling_pence: 1_000_000_000 };

    fn worth(annual_value_pence: i64, with_value: i64, without_value: i64) -> Worth {
        Worth { annual_value_pence, with_value, without_value }
    }

    #[test]
    fn ten_times_the_money_is_a_third_of_the_way_from_ten_thousand_to_ten_million_pounds() {
        let criterion = Criterion::default();
        let likely = |pence| score(worth(pence, 1, 0), SCALE, &criterion).unwrap().likely;
        assert_eq!(likely(1_000_000), 0);
        assert_eq!(likely(10_000_000), 33_300_000_000_000);
        assert_eq!(likely(100_000_000), 66_700_000_000_000);
        assert_eq!((likely(1_000_000_000), likely(i64::MAX)), (100 * ONE, 100 * ONE));
        assert_eq!(likely(0), 0);
        let less = Criterion { less_is_better: true, ..criterion };
        assert_eq!(score(worth(1_000_000_000, 1, 0), SCALE, &less).unwrap().likely, 0);
    }

    #[test]
    fn what_is_not_known_widens_the_score_and_moves_it_not() {
        let criterion = Criterion::default();
        let found = score(worth(10_000_000, 2, 2), SCALE, &criterion).unwrap();
        assert_eq!(
            (found.low, found.likely, found.high),
            (33_300_000_000_000, 33_300_000_000_000, 43_400_000_000_000)
        );
        assert_eq!(score(worth(0, 0, 3), SCALE, &criterion), None);
    }

    #[test]
    fn logarithms_are_those_of_floating_point() {
        for number in [1_i64, 2, 3, 7, 1_000, 999_999_937, i64::MAX] {
            let expected = (number as f64).log2();
            let found = logarithm(number) as f64 / 2_f64.powi(32);
            assert!((found - expected).abs() < 1e-8, "{number}: {found} {expected}");
        }
    }
}
