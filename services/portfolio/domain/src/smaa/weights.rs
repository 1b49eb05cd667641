//! Random weights that add up to 1, with logarithms in plain Rust (libm), the same on every machine.
use rand_chacha::{ChaCha8Rng, rand_core::Rng};

use crate::smaa::WeightsFrom;

/// Above 0 and at most 1, in steps of 2⁻⁵³.
fn uniform(random: &mut ChaCha8Rng) -> f64 {
    ((random.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64
}

/// Draws weights around or among the elicited ones; a criterion whose weight is 0 keeps it.
pub(super) fn draw(random: &mut ChaCha8Rng, from: WeightsFrom, elicited: &[f64], weights: &mut [f64]) {
    match from {
        WeightsFrom::Uniform => {
            for (weight, elicited) in weights.iter_mut().zip(elicited) {
                *weight = if *elicited > 0.0 { -libm::log(uniform(random)) } else { 0.0 };
            }
        }
        WeightsFrom::Elicited { concentration } => {
            for (weight, elicited) in weights.iter_mut().zip(elicited) {
                *weight = if *elicited > 0.0 {
                    log_gamma_variate(random, concentration * elicited)
                } else {
                    f64::NEG_INFINITY
                };
            }
            // Relative to the largest, so that small shapes do not vanish all together.
            let largest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            weights.iter_mut().for_each(|weight| *weight = libm::exp(*weight - largest));
        }
    }
    let total: f64 = weights.iter().sum();
    if total > 0.0 {
        weights.iter_mut().for_each(|weight| *weight /= total);
    } else {
        weights.copy_from_slice(elicited);
    }
}

/// The logarithm of a Gamma(shape, 1) variate (Marsaglia and Tsang, 2000; below 1 by their power of a uniform number).
fn log_gamma_variate(random: &mut ChaCha8Rng, shape: f64) -> f64 {
    if shape < 1.0 {
        let boost = libm::log(uniform(random)) / shape;
        return log_gamma_variate(random, shape + 1.0) + boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = normal(random);
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let v = v * v * v;
        if libm::log(uniform(random)) < 0.5 * x * x + d - d * v + d * libm::log(v) {
            return libm::log(d) + libm::log(v);
        }
    }
}

/// A standard normal variate (Marsaglia's polar method).
fn normal(random: &mut ChaCha8Rng) -> f64 {
    loop {
        let (x, y) = (2.0 * uniform(random) - 1.0, 2.0 * uniform(random) - 1.0);
        let s = x * x + y * y;
        if s > 0.0 && s < 1.0 {
            return x * (-2.0 * libm::log(s) / s).sqrt();
        }
    }
}
