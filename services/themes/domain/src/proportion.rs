//! Proportions of counts, in millionths, so that the same counts give the same figure everywhere.

/// A whole, in millionths.
pub const WHOLE_PPM: i32 = 1_000_000;

/// `part` of `whole` in millionths, rounded half up: 0 to 1,000,000; 0 of nothing.
#[must_use]
pub fn share_ppm(part: i64, whole: i64) -> i32 {
    i32::try_from(ratio_ppm(i128::from(part), i128::from(whole))).unwrap_or(WHOLE_PPM).clamp(0, WHOLE_PPM)
}

/// Of those in either set, how many are in both, in millionths (Jaccard, "The distribution of the flora in the alpine
/// zone", 1912).
#[must_use]
pub fn jaccard_ppm(both: i64, first: i64, second: i64) -> i32 {
    share_ppm(both, first + second - both)
}

/// How many times as many of `all` are in both sets as would be if the sets were independent, in millionths: 1,000,000
/// if they are; 0 where either is empty (Brin, Motwani, Ullman and Tsur, "Dynamic itemset counting", 1997).
#[must_use]
pub fn lift_ppm(both: i64, first: i64, second: i64, all: i64) -> i64 {
    let [both, first, second, all] = [both, first, second, all].map(i128::from);
    ratio_ppm(both * all, first * second)
}

fn ratio_ppm(part: i128, whole: i128) -> i64 {
    if whole <= 0 {
        return 0;
    }
    let millionths = (part * i128::from(WHOLE_PPM) * 2 + whole) / (whole * 2);
    i64::try_from(millionths).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn shares_are_rounded_half_up_and_of_nothing_there_is_none() {
        assert_eq!([share_ppm(1, 3), share_ppm(2, 3), share_ppm(3, 3)], [333_333, 666_667, 1_000_000]);
        assert_eq!(share_ppm(1, 2_000_000), 1);
        assert_eq!(share_ppm(0, 0), 0);
    }

    #[test]
    fn sets_that_know_nothing_of_each_other_lift_nothing() {
        assert_eq!(lift_ppm(25, 50, 50, 100), 1_000_000);
        assert_eq!(lift_ppm(50, 50, 50, 100), 2_000_000);
        assert_eq!(lift_ppm(0, 0, 50, 100), 0);
        assert_eq!(jaccard_ppm(25, 50, 50), 333_333);
        assert_eq!(jaccard_ppm(0, 0, 0), 0);
    }

    proptest! {
        #[test]
        fn the_order_of_two_sets_makes_no_difference(both in 0_i64..1000, a in 0_i64..1000, b in 0_i64..1000) {
            let (first, second) = (both + a, both + b);
            prop_assert_eq!(jaccard_ppm(both, first, second), jaccard_ppm(both, second, first));
            prop_assert_eq!(lift_ppm(both, first, second, 4000), lift_ppm(both, second, first, 4000));
            prop_assert_eq!(jaccard_ppm(both, first, second) == WHOLE_PPM, both > 0 && a == 0 && b == 0);
        }
    }
}
