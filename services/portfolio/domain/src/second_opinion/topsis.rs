//! TOPSIS (Hwang and Yoon, 1981): closeness to the ideal.
use crate::second_opinion::Matrix;

/// Closeness C = D⁻/(D⁺ + D⁻), 0 to 1, of every item in the matrix's order.
///
/// Scores are divided by their column's Euclidean norm (a column of zeros stays zeros) and weighted; D⁺ and D⁻ are the
/// Euclidean distances to the best and the worst of every column. Where both are 0 (all items equal, or just one): ½.
pub fn topsis(matrix: &Matrix) -> Vec<f64> {
    let items = matrix.items().len();
    let (mut to_best, mut to_worst) = (vec![0.0; items], vec![0.0; items]);
    for (column, scores) in matrix.by_column() {
        let largest = scores.iter().fold(0.0_f64, |most, score| most.max(score.abs()));
        if largest == 0.0 {
            continue;
        }
        // Relative to the largest, so that no square is too large or too small.
        let norm = largest * scores.iter().map(|score| (score / largest).powi(2)).sum::<f64>().sqrt();
        let factor = column.weight / norm;
        let (least, most) =
            scores.iter().fold((f64::MAX, f64::MIN), |(least, most), s| (least.min(*s), most.max(*s)));
        let (best, worst) = if column.less_is_better { (least, most) } else { (most, least) };
        for ((score, to_best), to_worst) in scores.iter().zip(&mut to_best).zip(&mut to_worst) {
            *to_best += ((best - score) * factor).powi(2);
            *to_worst += ((score - worst) * factor).powi(2);
        }
    }
    let closeness = |(best, worst): (&f64, &f64)| {
        let (best, worst) = (best.sqrt(), worst.sqrt());
        if best + worst == 0.0 { 0.5 } else { worst / (best + worst) }
    };
    to_best.iter().zip(&to_worst).map(closeness).collect()
}
