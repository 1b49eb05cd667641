//! A linear classifier of one theme: the support vector machine with squared hinge loss, trained by dual coordinate
//! descent (Hsieh et al. 2008) in a fixed order of rows.

use crate::vector::dot;
use serde::{Deserialize, Serialize};

use super::{features::Row, random::Random, telling::telling};

/// Cost of an error.
const COST: f32 = 0.2;
/// How far the weight of a rare theme's rows makes up for their small number: 0 not at all, 1 wholly.
const BALANCE: f32 = 0.3;
/// Passes over the rows at most.
const PASSES: usize = 30;
/// Training ends when no row asks for a greater change.
const TOLERANCE: f32 = 0.02;

/// Weights of words and of the embedding's dimensions, and a constant.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Linear {
    pub(crate) words: Vec<f32>,
    pub(crate) dense: Vec<f32>,
    constant: f32,
}

impl Linear {
    /// Learns rows that are of the theme (`true`) from those that are not.
    pub(crate) fn train(rows: &[Row], is_theme: &[bool], words: usize, seed: u64) -> Self {
        let dimensions = rows.first().map_or(0, |row| row.dense.len());
        let mut model = Self { words: vec![0.0; words], dense: vec![0.0; dimensions], constant: 0.0 };
        let positives = is_theme.iter().filter(|yes| **yes).count().max(1) as f32;
        // Rare themes weigh more, yet the whole imbalance would make too much of few rows.
        let weight = ((rows.len() as f32 - positives) / positives).max(1.0).powf(BALANCE);
        let factors = telling(rows, is_theme, words);
        let louder = |row: &Row| {
            let words = row.words.iter().map(|(place, x)| (*place, x * factors[*place])).collect();
            Row { words, dense: row.dense.clone() }
        };
        let rows: Vec<Row> = rows.iter().map(louder).collect();
        let squares: Vec<f32> = rows
            .iter()
            .map(|r| 1.0 + dot(&r.dense, &r.dense) + r.words.iter().map(|(_, x)| x * x).sum::<f32>())
            .collect();
        let mut alpha = vec![0.0_f32; rows.len()];
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let mut random = Random::new(seed);
        for _ in 0..PASSES {
            random.shuffle(&mut order);
            let mut greatest = 0.0_f32;
            for &i in &order {
                let sign = if is_theme[i] { 1.0 } else { -1.0 };
                let diagonal = 0.5 / (COST * if is_theme[i] { weight } else { 1.0 });
                let gradient = sign * model.score(&rows[i]) - 1.0 + diagonal * alpha[i];
                let projected = if alpha[i] > 0.0 { gradient } else { gradient.min(0.0) };
                if projected.abs() < 1e-6 {
                    continue;
                }
                greatest = greatest.max(projected.abs());
                let new = (alpha[i] - gradient / (squares[i] + diagonal)).max(0.0);
                model.add(&rows[i], (new - alpha[i]) * sign);
                alpha[i] = new;
            }
            if greatest < TOLERANCE {
                break;
            }
        }
        // Rows to be judged are not read louder: their factors go into the weights.
        model.words.iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
        model
    }

    fn add(&mut self, row: &Row, step: f32) {
        for (place, x) in &row.words {
            self.words[*place] += step * x;
        }
        for (w, x) in self.dense.iter_mut().zip(&row.dense) {
            *w += step * x;
        }
        self.constant += step;
    }

    /// How far on the theme's side a row is; 1 and −1 are the margins.
    pub(crate) fn score(&self, row: &Row) -> f32 {
        self.constant
            + dot(&self.dense, &row.dense)
            + row.words.iter().map(|(place, x)| self.words[*place] * x).sum::<f32>()
    }
}
