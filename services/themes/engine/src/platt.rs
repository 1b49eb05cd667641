//! Probabilities from scores (Platt, 1999; by Newton's method as Lin, Lin and Weng, 2007, have it).

/// Turns a score into a probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Platt {
    slope: f64,
    offset: f64,
}

const STEPS: usize = 100;
const RIDGE: f64 = 1e-12;

impl Platt {
    /// Fits scores to what is true of them; both of one length.
    #[must_use]
    pub fn fit(scores: &[f32], truth: &[bool]) -> Self {
        let yes = truth.iter().filter(|t| **t).count() as f64;
        let no = truth.len() as f64 - yes;
        let (high, low) = ((yes + 1.0) / (yes + 2.0), 1.0 / (no + 2.0));
        let points: Vec<(f64, f64)> =
            scores.iter().zip(truth).map(|(s, t)| (f64::from(*s), if *t { high } else { low })).collect();
        let mut fit = Self { slope: 0.0, offset: libm::log((yes + 1.0) / (no + 1.0)) };
        let mut loss = fit.loss(&points);
        for _ in 0..STEPS {
            let (mut aa, mut ab, mut bb, mut a, mut b) = (RIDGE, 0.0, RIDGE, 0.0, 0.0);
            for (score, target) in &points {
                let p = fit.of(*score);
                let (w, d) = (p * (1.0 - p), p - target);
                aa += score * score * w;
                ab += score * w;
                bb += w;
                a += score * d;
                b += d;
            }
            let det = aa * bb - ab * ab;
            let (to_a, to_b) = ((bb * a - ab * b) / det, (aa * b - ab * a) / det);
            let mut step = 1.0;
            let better = loop {
                let next = Self { slope: fit.slope - step * to_a, offset: fit.offset - step * to_b };
                let next_loss = next.loss(&points);
                if next_loss < loss {
                    break Some((next, next_loss));
                }
                step /= 2.0;
                if step < 1e-10 {
                    break None;
                }
            };
            match better {
                Some((next, next_loss)) => {
                    let settled = loss - next_loss < 1e-9;
                    (fit, loss) = (next, next_loss);
                    if settled {
                        break;
                    }
                }
                None => break,
            }
        }
        fit
    }

    fn loss(&self, points: &[(f64, f64)]) -> f64 {
        let of = |(score, target): &(f64, f64)| {
            let p = self.of(*score).clamp(1e-15, 1.0 - 1e-15);
            -target * libm::log(p) - (1.0 - target) * libm::log(1.0 - p)
        };
        points.iter().map(of).sum()
    }

    fn of(&self, score: f64) -> f64 {
        1.0 / (1.0 + libm::exp(-(self.slope * score + self.offset)))
    }

    /// The probability of a score, 0 to 1.
    #[must_use]
    pub fn probability(&self, score: f32) -> f64 {
        self.of(f64::from(score))
    }
}
