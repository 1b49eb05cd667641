//! PROMETHEE II (Brans and Vincke, 1985): net flows of pairwise preference.
use crate::second_opinion::Matrix;

/// How a difference under one criterion becomes a preference from 0 to 1: none up to `indifference`, all from `full` on,
/// a straight line between. Both are in the criterion's unit. Where the two are the same it is a step: any difference
/// above it is a full preference. (0, 0) is the usual criterion, (0, p) the V-shape, (q, p) the linear one.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Preference {
    /// The largest difference that does not matter; 0 or more.
    pub indifference: f64,
    /// The smallest difference that is a full preference; at least `indifference`.
    pub full: f64,
}

impl Preference {
    /// The preference that a difference stands for, 0 to 1.
    pub fn of(&self, difference: f64) -> f64 {
        if difference <= self.indifference {
            0.0
        } else if difference >= self.full {
            1.0
        } else {
            (difference - self.indifference) / (self.full - self.indifference)
        }
    }
}

/// Net flow φ = Σ_b [π(a,b) − π(b,a)]/(n − 1), -1 to 1, of every item in the matrix's order; the flows add up to 0. One
/// item has 0.
///
/// `preferences` are by criterion, in the matrix's order; where one is lacking the usual criterion stands in. Takes
/// O(n log n) by criterion: items are sorted, and what lies within reach of each is summed by differences of prefix sums.
pub fn net_flows(matrix: &Matrix, preferences: &[Preference]) -> Vec<f64> {
    let others = matrix.items().len().saturating_sub(1).max(1) as f64;
    let mut flows = vec![0.0; matrix.items().len()];
    for (at, (column, scores)) in matrix.by_column().enumerate() {
        let preference = preferences.get(at).copied().unwrap_or_default();
        let sign = if column.less_is_better { -1.0 } else { 1.0 };
        for (item, flow) in column_flows(scores, preference) {
            flows[item] += sign * column.weight * flow / others;
        }
    }
    flows
}

/// Σ_b [P(a − b) − P(b − a)] by item for one column where more is better.
fn column_flows(scores: &[f64], preference: Preference) -> Vec<(usize, f64)> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let sorted: Vec<f64> = order.iter().map(|at| scores[*at]).collect();
    let mut flows = beaten(&sorted, preference);
    // The other way round it is the same, of the scores turned over.
    let turned: Vec<f64> = sorted.iter().rev().map(|score| -score).collect();
    let lost = beaten(&turned, preference);
    flows.iter_mut().zip(lost.iter().rev()).for_each(|(flow, lost)| *flow -= lost);
    order.into_iter().zip(flows).collect()
}

/// Σ_b P(a − b) for scores that rise.
fn beaten(sorted: &[f64], preference: Preference) -> Vec<f64> {
    // Sums are of distances from the middle, in the width of the slope, so that they lose no digits to a large offset.
    let middle = sorted.get(sorted.len() / 2).copied().unwrap_or(0.0);
    let mut sums = Vec::with_capacity(sorted.len() + 1);
    sums.push(0.0);
    for score in sorted {
        sums.push(sums[sums.len() - 1] + (score - middle));
    }
    let (mut full, mut some) = (0, 0);
    let flow = |score: &f64| {
        while sorted.get(some).is_some_and(|other| score - other > preference.indifference) {
            some += 1;
        }
        while full < some && sorted.get(full).is_some_and(|other| score - other >= preference.full) {
            full += 1;
        }
        let between = (some - full) as f64;
        if full == some {
            return full as f64;
        }
        let differences = between * (score - middle - preference.indifference) - (sums[some] - sums[full]);
        full as f64 + differences / (preference.full - preference.indifference)
    };
    sorted.iter().map(flow).collect()
}
