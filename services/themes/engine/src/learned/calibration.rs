//! From scores to a probability: logistic regression on two scores (Platt 1999; stacking, Wolpert 1992), fitted on rows
//! that the scores were not trained on. Each theme's is drawn to that of all themes, the more so the fewer its rows.

use serde::{Deserialize, Serialize};

/// Weights of the linear score, the nearness and 1.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Calibration(pub(crate) [f64; 3]);

/// What is known of one row under one theme: the two scores, and whether it is of the theme.
pub(crate) type Point = ([f32; 2], bool);

const STEPS: usize = 12;

impl Calibration {
    /// By Newton's method, with a penalty of `strength` on the squared distance from `prior`.
    pub(crate) fn fit(points: &[Point], prior: Self, strength: f64) -> Self {
        let mut w = prior.0;
        for _ in 0..STEPS {
            let mut gradient = [0.0; 3];
            let mut hessian = [[0.0; 3]; 3];
            for i in 0..3 {
                gradient[i] = strength * (w[i] - prior.0[i]);
                hessian[i][i] = strength;
            }
            for (scores, is_theme) in points {
                let x = [f64::from(scores[0]), f64::from(scores[1]), 1.0];
                let p = Self(w).probability(*scores);
                let error = p - f64::from(u8::from(*is_theme));
                for i in 0..3 {
                    gradient[i] += error * x[i];
                    for j in 0..3 {
                        hessian[i][j] += p * (1.0 - p) * x[i] * x[j];
                    }
                }
            }
            let step = solve(hessian, gradient);
            let longest = step.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
            // A step too long is shortened: far out the curve is flat.
            let share = if longest > 3.0 { 3.0 / longest } else { 1.0 };
            for i in 0..3 {
                w[i] -= share * step[i];
            }
            if longest < 1e-6 {
                break;
            }
        }
        Self(w)
    }

    /// 0 to 1.
    pub(crate) fn probability(self, [linear, nearness]: [f32; 2]) -> f64 {
        let z = self.0[0] * f64::from(linear) + self.0[1] * f64::from(nearness) + self.0[2];
        1.0 / (1.0 + (-z).exp())
    }
}

/// Gauss's elimination; the matrix is positive definite.
fn solve(mut a: [[f64; 3]; 3], mut b: [f64; 3]) -> [f64; 3] {
    for i in 0..3 {
        for row in i + 1..3 {
            let pivot = a[i];
            let factor = a[row][i] / pivot[i];
            for (x, p) in a[row].iter_mut().zip(pivot) {
                *x -= factor * p;
            }
            b[row] -= factor * b[i];
        }
    }
    for i in (0..3).rev() {
        for column in i + 1..3 {
            b[i] -= a[i][column] * b[column];
        }
        b[i] /= a[i][i];
    }
    b
}
