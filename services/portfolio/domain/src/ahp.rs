//! Weights of criteria from judgements: swings, or pairwise comparisons (AHP; Saaty, 1980). Here AHP elicits weights only:
//! scoring items by pairwise comparison lets an exact copy of one item reorder others (Belton and Gear, 1983).
use crate::refused::Refused;

/// Saaty's random index (1980) for 1 to 15 criteria: the mean consistency index of matrices filled at random.
pub const RANDOM_INDEX: [f64; 15] =
    [0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49, 1.51, 1.48, 1.56, 1.57, 1.59];
/// A consistency ratio above this is warned about: the judgements contradict each other.
pub const TOLERATED: f64 = 0.1;
/// Most rounds of the power iteration; a matrix of positive numbers of these sizes takes a few dozen.
const ROUNDS: usize = 10_000;

/// Weights from pairwise comparisons.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    /// By criterion; they add up to 1.
    pub weights: Vec<f64>,
    /// The principal eigenvalue λmax, at least the number n of criteria.
    pub lambda_max: f64,
    /// CI = (λmax − n)/(n − 1); 0 for up to two criteria.
    pub consistency_index: f64,
    /// CR = CI over [`RANDOM_INDEX`]; 0 for up to two criteria.
    pub consistency_ratio: f64,
}

impl Weights {
    /// Whether the judgements should be looked at again: CR is above 0.1.
    pub fn is_inconsistent(&self) -> bool {
        self.consistency_ratio > TOLERATED
    }
}

/// Weights from a matrix that tells by row and column how many times as important the row's criterion is as the column's:
/// the principal eigenvector, by power iteration.
///
/// # Errors
/// Names the cell that is not finite, not above 0, or not 1 over its opposite, and a matrix that is not square, empty, or
/// of more than 15 criteria.
pub fn weights(comparisons: &[Vec<f64>]) -> Result<Weights, Refused> {
    check(comparisons)?;
    let n = comparisons.len();
    let mut weights = vec![1.0 / n as f64; n];
    let mut lambda_max = n as f64;
    for _ in 0..ROUNDS {
        let mut next: Vec<f64> =
            comparisons.iter().map(|row| row.iter().zip(&weights).map(|(a, w)| a * w).sum()).collect();
        lambda_max = next.iter().sum();
        next.iter_mut().for_each(|weight| *weight /= lambda_max);
        let off = next.iter().zip(&weights).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        weights = next;
        if off < 1e-15 {
            break;
        }
    }
    let (consistency_index, consistency_ratio) = if n <= 2 {
        (0.0, 0.0)
    } else {
        let index = (lambda_max - n as f64) / (n - 1) as f64;
        (index, index / RANDOM_INDEX[n - 1])
    };
    Ok(Weights { weights, lambda_max, consistency_index, consistency_ratio })
}

fn check(comparisons: &[Vec<f64>]) -> Result<(), Refused> {
    let n = comparisons.len();
    if !(1..=RANDOM_INDEX.len()).contains(&n) {
        let reason = format!("compares {n} criteria; it must be 1 to {}", RANDOM_INDEX.len());
        return Err(Refused::new("comparisons", reason));
    }
    if let Some(row) = comparisons.iter().position(|row| row.len() != n) {
        let reason = format!("holds {} numbers; it must hold {n}", comparisons[row].len());
        return Err(Refused::new(format!("comparisons[{row}]"), reason));
    }
    for (row, cells) in comparisons.iter().enumerate() {
        for (column, cell) in cells.iter().enumerate() {
            let field = || format!("comparisons[{row}][{column}]");
            if !(1e-9..=1e9).contains(cell) {
                return Err(Refused::new(field(), format!("is {cell}; it must be finite and above 0")));
            }
            let opposite = comparisons[column][row];
            if (cell * opposite - 1.0).abs() > 1e-6 {
                let reason = format!("is {cell}; it must be 1 over its opposite, {opposite}");
                return Err(Refused::new(field(), reason));
            }
        }
    }
    Ok(())
}

/// Weights that add up to 1 from swings, where the most important swing is 100 and the others are relative to it.
///
/// # Errors
/// Names the swing that is not finite or is negative; and refuses swings that are all 0.
pub fn from_swings(swings: &[f64]) -> Result<Vec<f64>, Refused> {
    if let Some(at) = swings.iter().position(|swing| !swing.is_finite() || *swing < 0.0) {
        let reason = format!("is {}; it must be 0 or more", swings[at]);
        return Err(Refused::new(format!("swings[{at}]"), reason));
    }
    let total: f64 = swings.iter().sum();
    if total <= 0.0 || !total.is_finite() {
        return Err(Refused::new("swings", "every swing is 0; give the most important one 100"));
    }
    Ok(swings.iter().map(|swing| swing / total).collect())
}

/// Swings in thousandths, as criteria hold them, that stand for these weights: the largest is 100,000.
///
/// # Errors
/// As [`from_swings`].
pub fn to_swings(weights: &[f64]) -> Result<Vec<i64>, Refused> {
    let weights = from_swings(weights)?;
    let largest = weights.iter().copied().fold(0.0, f64::max);
    Ok(weights.iter().map(|weight| (weight / largest * 100_000.0).round() as i64).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_and_two_criteria_are_always_consistent() {
        let one = weights(&[vec![1.0]]).unwrap();
        assert_eq!((one.weights, one.consistency_ratio), (vec![1.0], 0.0));
        let two = weights(&[vec![1.0, 3.0], vec![1.0 / 3.0, 1.0]]).unwrap();
        assert!((two.weights[0] - 0.75).abs() < 1e-12);
        assert_eq!((two.consistency_index, two.consistency_ratio), (0.0, 0.0));
    }

    #[test]
    fn what_is_no_comparison_is_refused_by_name() {
        let refused = |rows: &[Vec<f64>]| weights(rows).unwrap_err().field;
        assert_eq!(refused(&[]), "comparisons");
        assert_eq!(refused(&vec![vec![1.0; 16]; 16]), "comparisons");
        assert_eq!(refused(&[vec![1.0, 2.0], vec![0.5]]), "comparisons[1]");
        assert_eq!(refused(&[vec![1.0, f64::NAN], vec![0.5, 1.0]]), "comparisons[0][1]");
        assert_eq!(refused(&[vec![1.0, 0.0], vec![0.5, 1.0]]), "comparisons[0][1]");
        assert_eq!(refused(&[vec![1.0, 2.0], vec![2.0, 1.0]]), "comparisons[0][1]");
        assert_eq!(refused(&[vec![2.0]]), "comparisons[0][0]");
    }

    #[test]
    fn swings_that_are_no_weights_are_refused_by_name() {
        assert_eq!(from_swings(&[1.0, f64::NAN]).unwrap_err().field, "swings[1]");
        assert_eq!(from_swings(&[1.0, -1.0]).unwrap_err().field, "swings[1]");
        assert_eq!(from_swings(&[0.0, 0.0]).unwrap_err().field, "swings");
        assert_eq!(to_swings(&[0.5, 0.25, 0.0]).unwrap(), [100_000, 50_000, 0]);
    }
}
