//! What other methods make of the same inputs, to be shown beside the ranking and labelled as second opinions.
//!
//! Unlike the ranking these methods compare items with each other, so an arrival can reorder the others. Over 2,000 trials
//! of ten items by five criteria one more item did so in 65 % (TOPSIS), 66 % (VIKOR) and 35 % (PROMETHEE II). They are
//! floating point and no part of the digest.
mod matrix;
pub mod promethee;
pub mod rice;
mod table;
mod topsis;
mod vikor;
pub mod wsjf;

use std::collections::BTreeMap;

pub use matrix::{Column, Matrix};
pub use table::{Table, Unscored};
pub use topsis::topsis;
pub use vikor::{Vikor, vikor};

use crate::{Inputs, Kind, kendall, rank, refused::Refused};
use promethee::Preference;

/// Scores that agree to this many decimal places are level.
const PLACES: f64 = 1e12;

/// A method that orders all items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Closeness to the best of every criterion, 0 to 1.
    Topsis,
    /// Net flow, -1 to 1: any difference is a full preference.
    PrometheeUsual,
    /// Net flow, -1 to 1: preference grows from no difference up to a full one.
    PrometheeVShape,
    /// Net flow, -1 to 1: preference grows from a difference that matters up to a full one.
    PrometheeLinear,
    /// Q, 0 to 1, the smaller the better: a compromise of the whole regret and the largest single one.
    Vikor,
}

impl Method {
    /// Every method.
    pub const ALL: [Method; 5] = [
        Method::Topsis,
        Method::PrometheeUsual,
        Method::PrometheeVShape,
        Method::PrometheeLinear,
        Method::Vikor,
    ];

    /// Whether a higher score is better.
    pub fn higher_is_better(self) -> bool {
        self != Method::Vikor
    }

    /// The scores of a matrix's items, in its order.
    pub fn scores(self, matrix: &Matrix) -> Vec<f64> {
        match self {
            Method::Topsis => topsis(matrix),
            Method::PrometheeUsual => promethee::net_flows(matrix, &[]),
            Method::PrometheeVShape => promethee::net_flows(matrix, &thresholds(matrix, 0.0)),
            Method::PrometheeLinear => promethee::net_flows(matrix, &thresholds(matrix, INDIFFERENCE)),
            Method::Vikor => vikor(matrix).q,
        }
    }
}

/// A difference up to this share of the distance between a criterion's anchors does not matter (linear preference).
pub const INDIFFERENCE: f64 = 0.05;
/// A difference of this share or more is a full preference (V-shape, linear).
pub const FULL_PREFERENCE: f64 = 0.25;

fn thresholds(matrix: &Matrix, indifference: f64) -> Vec<Preference> {
    let of = |column: &Column| Preference {
        indifference: indifference * column.span,
        full: FULL_PREFERENCE * column.span,
    };
    matrix.columns().iter().map(of).collect()
}

/// One item in a second opinion.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// Its id.
    pub item: String,
    /// By the method's own measure.
    pub score: f64,
    /// Place from 1; items whose scores agree to 12 decimal places share their average place.
    pub rank: f64,
}

/// One method's opinion.
#[derive(Debug, Clone, PartialEq)]
pub struct SecondOpinion {
    /// The method.
    pub method: Method,
    /// Every item, best first, level ones by id.
    pub items: Vec<Scored>,
    /// Kendall's τ_b with the ranking itself, -1 to 1; None where the method holds every item level, or there are fewer
    /// than two.
    pub kendall_tau_b: Option<f64>,
}

/// What every method makes of these inputs: likely scores, council demand as it stands, the criteria's swings as weights.
/// A missing score is taken to be worth the criterion's prior value. No items give opinions without items.
///
/// # Errors
/// When no criterion has weight; the model's check refuses such a model as well.
pub fn second_opinions(inputs: &Inputs, kind: Kind) -> Result<Vec<SecondOpinion>, Refused> {
    let ranking = rank(inputs, kind);
    let matrix = Matrix::of(inputs, &ranking)?;
    let places: BTreeMap<&str, i32> = ranking.items.iter().map(|item| (&*item.id, item.rank)).collect();
    let opinion = |method: Method| {
        let items = scored(matrix.items(), &method.scores(&matrix), method.higher_is_better());
        let pairs: Vec<(i32, i64)> = items
            .iter()
            .map(|scored| (places.get(&*scored.item).copied().unwrap_or(0), (2.0 * scored.rank) as i64))
            .collect();
        SecondOpinion { method, items, kendall_tau_b: kendall::compare(&pairs).tau_b() }
    };
    Ok(Method::ALL.into_iter().map(opinion).collect())
}

/// Places from 1 for scores in the same order; those that agree to 12 decimal places share their average place.
pub fn ranks(scores: &[f64], higher_is_better: bool) -> Vec<f64> {
    let sign = if higher_is_better { -1.0 } else { 1.0 };
    // Adding 0 makes one zero of the two.
    let keys: Vec<f64> = scores.iter().map(|score| sign * (score * PLACES).round() + 0.0).collect();
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| keys[*a].total_cmp(&keys[*b]));
    let mut ranks = vec![0.0; scores.len()];
    let mut above = 0;
    for level in order.chunk_by(|a, b| keys[*a] == keys[*b]) {
        let average = above as f64 + (level.len() + 1) as f64 / 2.0;
        level.iter().for_each(|at| ranks[*at] = average);
        above += level.len();
    }
    ranks
}

/// Items with their scores and places, best first, level ones by id.
pub(crate) fn scored(items: &[String], scores: &[f64], higher_is_better: bool) -> Vec<Scored> {
    let ranks = ranks(scores, higher_is_better);
    let mut scored: Vec<Scored> = items
        .iter()
        .zip(scores)
        .zip(ranks)
        .map(|((item, score), rank)| Scored { item: item.clone(), score: *score, rank })
        .collect();
    scored.sort_by(|a, b| a.rank.total_cmp(&b.rank).then_with(|| a.item.cmp(&b.item)));
    scored
}

#[cfg(test)]
mod tests;
