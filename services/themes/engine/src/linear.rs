//! A line between two kinds of texts: an L2-regularised support vector machine with squared hinge loss, found by dual
//! coordinate descent (Hsieh, Chang, Lin, Keerthi and Sundararajan, 2008).

use crate::chance::Chance;
use crate::features::Sparse;

/// Passes over the training set at most.
const PASSES: usize = 60;
/// Stops when no step of a pass could change more than this.
const TOLERANCE: f64 = 0.02;

/// Weights of features, and what is added.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// One per feature.
    pub weights: Vec<f32>,
    /// Added to every score.
    pub bias: f32,
}

impl Line {
    /// Finds it. `cost` is what an error costs; those of the rarer kind cost as much in all as those of the other.
    #[must_use]
    pub fn fit(examples: &[(&Sparse, bool)], features: usize, cost: f64, seed: u64) -> Self {
        let count = examples.len() as f64;
        let positive = examples.iter().filter(|(_, yes)| *yes).count() as f64;
        // The square root is between no balance, which finds few of a rare theme, and a full one, which finds too many.
        let cost_of = |yes: bool| {
            let share = if yes { positive } else { count - positive };
            cost * (count / (2.0 * share.max(1.0))).sqrt()
        };
        let mut weights = vec![0.0_f64; features];
        let mut bias = 0.0_f64;
        let mut alpha = vec![0.0_f64; examples.len()];
        let norm = |x: &Sparse| x.iter().map(|(_, v)| f64::from(*v) * f64::from(*v)).sum::<f64>() + 1.0;
        let diagonal: Vec<(f64, f64)> = examples
            .iter()
            .map(|(x, yes)| {
                let slack = 1.0 / (2.0 * cost_of(*yes));
                (norm(x) + slack, slack)
            })
            .collect();
        let mut order: Vec<usize> = (0..examples.len()).collect();
        let mut chance = Chance::new(seed);
        for _ in 0..PASSES {
            chance.shuffle(&mut order);
            let mut worst = 0.0_f64;
            for i in &order {
                let (x, yes) = examples[*i];
                let sign = if yes { 1.0 } else { -1.0 };
                let score: f64 =
                    x.iter().map(|(place, v)| weights[*place as usize] * f64::from(*v)).sum::<f64>() + bias;
                let (diagonal, slack) = diagonal[*i];
                let gradient = sign * score - 1.0 + slack * alpha[*i];
                let before = alpha[*i];
                if before == 0.0 && gradient >= 0.0 {
                    continue;
                }
                worst = worst.max(gradient.abs());
                alpha[*i] = (before - gradient / diagonal).max(0.0);
                let step = (alpha[*i] - before) * sign;
                x.iter().for_each(|(place, v)| weights[*place as usize] += step * f64::from(*v));
                bias += step;
            }
            if worst < TOLERANCE {
                break;
            }
        }
        Self { weights: weights.into_iter().map(|w| w as f32).collect(), bias: bias as f32 }
    }

    /// Above 0: more likely yes.
    #[must_use]
    pub fn score(&self, features: &Sparse) -> f32 {
        features.iter().map(|(place, v)| self.weights[*place as usize] * v).sum::<f32>() + self.bias
    }
}
