//! VIKOR (Opricovic and Tzeng, 2004): a compromise of the whole regret and the largest single one.
use crate::second_opinion::Matrix;

/// How much the whole regret weighs against the largest single one.
const V: f64 = 0.5;

/// VIKOR's measures by item, in the matrix's order; less is better in each.
#[derive(Debug, Clone, PartialEq)]
pub struct Vikor {
    /// S: the weighted sum of regrets, 0 to 1.
    pub s: Vec<f64>,
    /// R: the largest weighted regret, 0 to 1.
    pub r: Vec<f64>,
    /// Q: the compromise, 0 to 1.
    pub q: Vec<f64>,
}

/// Regret is the distance from a column's best over the column's range; in a column whose scores are all equal it is 0.
/// Q = ½·(S − S*)/(S⁻ − S*) + ½·(R − R*)/(R⁻ − R*); a term whose range is 0 is 0.
pub fn vikor(matrix: &Matrix) -> Vikor {
    let items = matrix.items().len();
    let (mut s, mut r) = (vec![0.0; items], vec![0.0_f64; items]);
    for (column, scores) in matrix.by_column() {
        let (least, most) = range(scores);
        if most <= least {
            continue;
        }
        for ((score, s), r) in scores.iter().zip(&mut s).zip(&mut r) {
            let distance = if column.less_is_better { score - least } else { most - score };
            let regret = column.weight * distance / (most - least);
            *s += regret;
            *r = r.max(regret);
        }
    }
    let (s_range, r_range) = (range(&s), range(&r));
    let q = s.iter().zip(&r).map(|(s, r)| V * share(*s, s_range) + (1.0 - V) * share(*r, r_range));
    Vikor { q: q.collect(), s, r }
}

fn range(numbers: &[f64]) -> (f64, f64) {
    numbers.iter().fold((f64::MAX, f64::MIN), |(least, most), n| (least.min(*n), most.max(*n)))
}

/// Where a number lies in a range; 0 in one that is no wider than rounding.
fn share(number: f64, (least, most): (f64, f64)) -> f64 {
    if most - least <= 4.0 * f64::EPSILON * most.abs() { 0.0 } else { (number - least) / (most - least) }
}
