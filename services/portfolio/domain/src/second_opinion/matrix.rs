//! Items by criteria, as the methods of decision analysis take them.
use std::collections::BTreeMap;

use crate::{Criterion, Inputs, ONE, Ranked, Ranking, refused::Refused, value::score_worth};

/// A criterion of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    /// Its id.
    pub id: String,
    /// Its weight; only the proportions count.
    pub weight: f64,
    /// Whether less is better.
    pub less_is_better: bool,
    /// Distance between its anchors, in its unit.
    pub span: f64,
}

/// Items by criteria with weights and directions. Everything in it is finite, and some weight is positive.
#[derive(Debug, Clone, PartialEq)]
pub struct Matrix {
    items: Vec<String>,
    columns: Vec<Column>,
    /// By criterion, then item.
    scores: Vec<Vec<f64>>,
}

impl Matrix {
    /// A matrix of `scores` by item, then criterion, each in its criterion's unit. Weights are normalised to add up to 1.
    ///
    /// # Errors
    /// Names the score, weight or span that is not finite, negative, or missing; and refuses weights that are all 0.
    pub fn new(items: Vec<String>, columns: Vec<Column>, scores: &[Vec<f64>]) -> Result<Self, Refused> {
        let mut columns = columns;
        for column in &columns {
            for (name, number) in [("weight", column.weight), ("span", column.span)] {
                if !number.is_finite() || number < 0.0 {
                    let reason = format!("is {number}; it must be finite and 0 or more");
                    return Err(Refused::new(format!("criteria/{}.{name}", column.id), reason));
                }
            }
        }
        let total: f64 = columns.iter().map(|column| column.weight).sum();
        if total <= 0.0 || !total.is_finite() {
            return Err(Refused::new("criteria.weight", "no criterion has a weight; give one more than 0"));
        }
        if scores.len() != items.len() {
            let reason = format!("{} rows for {} items; give one row each", scores.len(), items.len());
            return Err(Refused::new("scores", reason));
        }
        for (item, row) in items.iter().zip(scores) {
            if row.len() != columns.len() {
                let reason = format!("{} scores under {} criteria", row.len(), columns.len());
                return Err(Refused::new(format!("workItems/{item}.scores"), reason));
            }
            if let Some((column, score)) = columns.iter().zip(row).find(|(_, score)| !score.is_finite()) {
                let reason = format!("{:?} is {score}; it must be a finite number", column.id);
                return Err(Refused::new(format!("workItems/{item}.scores"), reason));
            }
        }
        columns.iter_mut().for_each(|column| column.weight /= total);
        let scores = (0..columns.len()).map(|at| scores.iter().map(|row| row[at]).collect()).collect();
        Ok(Matrix { items, columns, scores })
    }

    /// The matrix of these inputs, with demand and evidence as their ranking has them; items by id. A missing score is the one that is
    /// worth the criterion's prior value.
    ///
    /// # Errors
    /// When no criterion has a swing.
    pub fn of(inputs: &Inputs, ranking: &Ranking) -> Result<Self, Refused> {
        let ranked: BTreeMap<&str, &Ranked> = ranking.items.iter().map(|item| (&*item.id, item)).collect();
        let column = |(id, criterion): (&String, &Criterion)| Column {
            id: id.clone(),
            weight: criterion.swing as f64,
            less_is_better: criterion.less_is_better,
            span: units(criterion.highest) - units(criterion.lowest),
        };
        let priors: BTreeMap<&String, i64> = inputs
            .criteria
            .iter()
            .map(|(id, criterion)| (id, score_worth(criterion, criterion.prior_value)))
            .collect();
        let row = |id: &String| -> Vec<f64> {
            let of = |(name, criterion): (&String, &Criterion)| {
                let known = if criterion.is_heard() {
                    ranked.get(id.as_str()).and_then(|ranked| ranked.heard(name))
                } else {
                    inputs.items[id].scores.get(name).map(|score| score.likely)
                };
                units(known.unwrap_or_else(|| priors[name]))
            };
            inputs.criteria.iter().map(of).collect()
        };
        let rows: Vec<Vec<f64>> = inputs.items.keys().map(row).collect();
        Matrix::new(
            inputs.items.keys().cloned().collect(),
            inputs.criteria.iter().map(column).collect(),
            &rows,
        )
    }

    /// Ids of the items, in the matrix's order.
    pub fn items(&self) -> &[String] {
        &self.items
    }

    /// The criteria; their weights add up to 1.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Each criterion with its scores, in the order of the items.
    pub(crate) fn by_column(&self) -> impl Iterator<Item = (&Column, &[f64])> {
        self.columns.iter().zip(self.scores.iter().map(Vec::as_slice))
    }
}

fn units(score: i64) -> f64 {
    score as f64 / ONE as f64
}
