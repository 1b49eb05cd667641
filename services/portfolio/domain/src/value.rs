//! A score's value between fixed anchors: piecewise linear, clipped.
use crate::{
    Criterion, ONE,
    arithmetic::{divide, narrow},
};

/// A value with what is to be known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// 0 to 1, in 10⁻¹².
    pub value: i64,
    /// Whether the score lay outside the anchors.
    pub clipped: bool,
}

/// The value of a score in 10⁻¹² of the criterion's unit.
pub fn value(criterion: &Criterion, score: i64) -> Value {
    let clipped = score < criterion.lowest || score > criterion.highest;
    let score = score.clamp(criterion.lowest, criterion.highest);
    let width = criterion.highest.checked_sub(criterion.lowest);
    if let Some(width) = width.filter(|w| criterion.points.is_empty() && *w > 0 && w % ONE == 0) {
        // The same straight line, its fraction reduced, which divides several times as fast.
        let (along, width) = (i128::from(score - criterion.lowest), i128::from(width / ONE));
        let value = if criterion.less_is_better {
            ONE + narrow(divide(-along, width))
        } else {
            narrow(divide(along, width))
        };
        return Value { value, clipped };
    }
    let (worst, best) = if criterion.less_is_better { (ONE, 0) } else { (0, ONE) };
    let line = [(criterion.lowest, worst), (criterion.highest, best)];
    let points: &[(i64, i64)] = if criterion.points.is_empty() { &line } else { &criterion.points };
    let after = points.partition_point(|(at, _)| *at < score);
    let value = match (after.checked_sub(1).and_then(|before| points.get(before)), points.get(after)) {
        (_, Some((at, value))) if *at == score => *value,
        (Some((x0, y0)), Some((x1, y1))) => {
            let rise = (i128::from(score) - i128::from(*x0)) * (i128::from(*y1) - i128::from(*y0));
            y0 + narrow(divide(rise, i128::from(*x1) - i128::from(*x0)))
        }
        (Some((_, last)), None) => *last,
        (None, Some((_, first))) => *first,
        (None, None) => 0,
    };
    Value { value, clipped }
}

/// A score that is worth this value (10⁻¹²), as near as its criterion's points allow; where several are, the lowest.
pub fn score_worth(criterion: &Criterion, worth: i64) -> i64 {
    let (worst, best) = if criterion.less_is_better { (ONE, 0) } else { (0, ONE) };
    let line = [(criterion.lowest, worst), (criterion.highest, best)];
    let points: &[(i64, i64)] = if criterion.points.is_empty() { &line } else { &criterion.points };
    for ends in points.windows(2) {
        let [(x0, y0), (x1, y1)] = [ends[0], ends[1]];
        if (y0.min(y1)..=y0.max(y1)).contains(&worth) {
            if y0 == y1 {
                return x0;
            }
            let along = i128::from(worth - y0) * (i128::from(x1) - i128::from(x0));
            return narrow(i128::from(x0) + divide(along, i128::from(y1 - y0)));
        }
    }
    let off = |(_, value): &&(i64, i64)| (i128::from(*value) - i128::from(worth)).abs();
    points.iter().min_by_key(off).map_or(criterion.lowest, |(at, _)| *at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_linear_between_its_points_and_clipped_outside() {
        let criterion = Criterion {
            highest: 1000 * ONE,
            points: vec![(0, 0), (250 * ONE, ONE / 2), (1000 * ONE, ONE)],
            ..Criterion::default()
        };
        assert_eq!(value(&criterion, 125 * ONE).value, ONE / 4);
        assert_eq!(value(&criterion, 625 * ONE).value, 3 * ONE / 4);
        assert_eq!(value(&criterion, 2000 * ONE), Value { value: ONE, clipped: true });
        assert_eq!(value(&criterion, -ONE), Value { value: 0, clipped: true });
    }

    #[test]
    fn less_is_better_runs_the_other_way() {
        let criterion = Criterion { less_is_better: true, ..Criterion::default() };
        assert_eq!(value(&criterion, 25 * ONE).value, 3 * ONE / 4);
    }

    #[test]
    fn a_value_leads_back_to_a_score_that_is_worth_it() {
        let curve = vec![(0, ONE / 4), (250 * ONE, ONE / 2), (500 * ONE, ONE / 2), (1000 * ONE, ONE)];
        let curved = Criterion { highest: 1000 * ONE, points: curve, ..Criterion::default() };
        assert_eq!(score_worth(&curved, 3 * ONE / 4), 750 * ONE);
        assert_eq!(score_worth(&curved, ONE / 2), 250 * ONE);
        assert_eq!(score_worth(&curved, 0), 0);
        let reversed = Criterion { less_is_better: true, ..Criterion::default() };
        for worth in [0, ONE / 4, ONE / 2, ONE] {
            assert_eq!(value(&reversed, score_worth(&reversed, worth)).value, worth);
        }
    }

    #[test]
    fn a_line_with_its_fraction_reduced_has_the_same_values() {
        for less_is_better in [false, true] {
            let line =
                Criterion { lowest: -3 * ONE, highest: 4 * ONE, less_is_better, ..Criterion::default() };
            let ends = if less_is_better { (ONE, 0) } else { (0, ONE) };
            let points = vec![(line.lowest, ends.0), (line.highest, ends.1)];
            let told = Criterion { points, ..line.clone() };
            for score in (-40 * ONE / 10..=45 * ONE / 10).step_by(12_345_678_901) {
                assert_eq!(value(&line, score), value(&told, score), "{score}");
            }
        }
    }
}
