//! Confidence factors: P(an item is first) under its own central weights.
use rand_chacha::ChaCha8Rng;

use crate::{
    refused::Refused,
    smaa::{
        Count, Model, Outcome, Settings,
        chunk::{draw_column, stream},
        counted,
    },
};

/// One item's whole mass in a draw; see the counting of places.
const MASS: u64 = 1 << 40;
/// Chunks of these draws have other random streams than those of the places.
const STREAMS: u64 = 1 << 32;

/// p_i^c by item, in the model's order: how often it is first when weights are its central ones and only scores are drawn.
/// A low one tells that the scores are too rough to put it first even where the weights favour it most. None: it has no
/// central weights. Takes `draws` draws of its own.
///
/// # Errors
/// Names the setting that is out of its range, and an outcome that is not this model's.
pub fn confidence_factors(
    model: &Model,
    settings: &Settings,
    outcome: &Outcome,
) -> Result<Vec<Option<f64>>, Refused> {
    settings.check()?;
    if !outcome.items.iter().map(|of| &of.item).eq(&model.items) {
        return Err(Refused::new("outcome", "is of other items than the model"));
    }
    let mut rivals: Vec<usize> = (0..model.items.len()).collect();
    // Those that are first most often are looked at first, as they settle most draws.
    rivals.sort_by(|a, b| outcome.items[*b].ranks[0].total_cmp(&outcome.items[*a].ranks[0]));
    let central = |of: &crate::smaa::Acceptability| -> Option<Vec<f32>> {
        Some(of.central_weights.as_ref()?.iter().map(|weight| *weight as f32).collect())
    };
    let central: Vec<Option<Vec<f32>>> = outcome.items.iter().map(central).collect();
    let new = || Firsts { mass: vec![0; model.items.len()] };
    let firsts = counted(settings, new, |firsts, chunk, draws| {
        let mut random = stream(settings.seed, STREAMS + chunk);
        for _ in 0..draws {
            firsts.count(&Draw::new(model, &mut random), &central, &rivals);
        }
    });
    let share = |(mass, central): (&u64, &Option<Vec<f32>>)| {
        central.as_ref().map(|_| *mass as f64 / (MASS as f64 * f64::from(settings.draws)))
    };
    Ok(firsts.mass.iter().zip(&central).map(share).collect())
}

struct Firsts {
    mass: Vec<u64>,
}

impl Firsts {
    fn count(&mut self, draw: &Draw, central: &[Option<Vec<f32>>], rivals: &[usize]) {
        for (at, weights) in central.iter().enumerate() {
            let Some(weights) = weights else { continue };
            let own = draw.total(at, weights);
            let mut level = 0;
            let beaten = rivals.iter().any(|rival| {
                let total = draw.total(*rival, weights);
                level += u64::from(total == own);
                total > own
            });
            if !beaten {
                self.mass[at] += MASS / level.max(1);
            }
        }
    }
}

impl Count for Firsts {
    fn add(&mut self, other: Self) {
        self.mass.iter_mut().zip(other.mass).for_each(|(mass, other)| *mass += other);
    }
}

/// Values by item, then criterion.
struct Draw {
    values: Vec<f32>,
    criteria: usize,
}

impl Draw {
    fn new(model: &Model, random: &mut ChaCha8Rng) -> Self {
        let criteria = model.columns.len();
        let mut values = vec![0.0; criteria * model.items.len()];
        let mut words = vec![0; 4 * model.items.len()];
        for (nth, column) in model.columns.iter().enumerate() {
            draw_column(column, random, &mut words, |at, value| values[at * criteria + nth] = value);
        }
        Draw { values, criteria }
    }

    fn total(&self, item: usize, weights: &[f32]) -> f32 {
        let values = &self.values[item * self.criteria..][..self.criteria];
        values.iter().zip(weights).map(|(value, weight)| value * weight).sum()
    }
}
