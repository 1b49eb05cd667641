//! How sure a ranking is: stochastic multicriteria acceptability analysis, SMAA-2 (Lahdelma and Salminen, 2001).
//!
//! Weights and scores that are not known exactly are drawn again and again; what is counted is how often each item takes
//! each place. 9,604 draws give a share to ±0.01 (95 %). Everything counted is a whole number and each chunk of draws has
//! a random stream of its own, so that the same seed gives the same bytes on any machine, with any number of threads.
mod chunk;
mod confidence;
mod model;
mod weights;

pub use confidence::confidence_factors;
pub use model::{Model, Range};

use crate::refused::Refused;
use chunk::Counts;

/// Draws that give every share to ±0.01, with 95 % confidence: (1.96/0.02)².
pub const DRAWS: u32 = 9_604;
/// Most draws of one analysis.
pub const MOST_DRAWS: u32 = 10_000_000;
/// Most items of one analysis.
pub const MOST_ITEMS: usize = 1_000;
/// Draws that share a random stream.
const CHUNK: u32 = 256;

/// Where weights come from.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WeightsFrom {
    /// Nothing is known of them: uniform over all weights that add up to 1. A criterion without a swing has none.
    Uniform,
    /// Around the elicited ones: Dirichlet(κ·w), whose mean is w. A larger κ keeps closer to it; a weight's standard
    /// deviation is √(w(1 − w)/(κ + 1)).
    Elicited {
        /// κ, 0.1 to 1,000,000.
        concentration: f64,
    },
}

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Settings {
    /// Seed of the random numbers: the same seed, the same outcome.
    pub seed: u64,
    /// How many draws, 1 to 10,000,000: the caller's budget of time. See [`DRAWS`].
    pub draws: u32,
    /// Threads to draw on, 1 to 256; the outcome is the same whatever their number.
    pub threads: usize,
    /// Where weights come from.
    pub weights: WeightsFrom,
}

/// How sure each item's place is.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Items in the model's order.
    pub items: Vec<Acceptability>,
    /// By item and item, P(the first stands above the second), 0 to 1; a tie counts ½, and so does an item with itself.
    pub pairwise: Vec<Vec<f64>>,
    /// Draws it was counted over.
    pub draws: u32,
}

/// How sure one item's place is.
#[derive(Debug, Clone, PartialEq)]
pub struct Acceptability {
    /// Its id.
    pub item: String,
    /// b_i^r = P(rank = r) by place, first place first; they add up to 1. Level items share each of their places.
    pub ranks: Vec<f64>,
    /// Its mean place, from 1.
    pub expected_rank: f64,
    /// w_i^c, the mean of the weights that put it first, by criterion; None: none did (b_i^1 = 0).
    pub central_weights: Option<Vec<f64>>,
}

impl Acceptability {
    /// P(its place is one of these), 0 to 1; places are from 1.
    pub fn within(&self, best: usize, worst: usize) -> f64 {
        let places = worst.min(self.ranks.len());
        self.ranks.iter().take(places).skip(best.saturating_sub(1)).sum()
    }

    /// The best and the worst place that it takes, each beyond which it stands with a probability of at most `rest`.
    pub fn span(&self, rest: f64) -> (usize, usize) {
        let beyond = |ranks: &mut dyn Iterator<Item = &f64>| {
            let mut sum = 0.0;
            ranks
                .take_while(|share| {
                    sum += **share;
                    sum <= rest
                })
                .count()
        };
        let (best, worst) = (beyond(&mut self.ranks.iter()), beyond(&mut self.ranks.iter().rev()));
        (best + 1, self.ranks.len().saturating_sub(worst))
    }
}

/// Half the width of the 95 % interval of a share counted over this many draws, at its widest.
pub fn margin(draws: u32) -> f64 {
    0.98 / f64::from(draws.max(1)).sqrt()
}

/// Counts how often each item takes each place, chunk by chunk (256 draws each) on one thread, for as long as `go_on`
/// says, which is asked before every chunk but the first with the draws so far. The outcome tells the draws that were
/// made: with them and the seed, [`analyse`] repeats it to the last digit.
///
/// # Errors
/// As [`analyse`].
pub fn analyse_while(
    model: &Model,
    settings: &Settings,
    go_on: impl Fn(u32) -> bool,
) -> Result<Outcome, Refused> {
    settings.check()?;
    let (mut counts, mut draws) = (Counts::new(model), 0);
    for chunk in 0..settings.draws.div_ceil(CHUNK) {
        if chunk > 0 && !go_on(draws) {
            break;
        }
        let more = CHUNK.min(settings.draws - draws);
        counts.draw(model, settings, u64::from(chunk), more);
        draws += more;
    }
    Ok(counts.outcome(model, draws))
}

/// Counts how often each item takes each place.
///
/// # Errors
/// Names the setting that is out of its range.
pub fn analyse(model: &Model, settings: &Settings) -> Result<Outcome, Refused> {
    settings.check()?;
    let counts = counted(
        settings,
        || Counts::new(model),
        |counts, chunk, draws| {
            counts.draw(model, settings, chunk, draws);
        },
    );
    Ok(counts.outcome(model, settings.draws))
}

impl Settings {
    fn check(&self) -> Result<(), Refused> {
        let refuse = |field: &str, reason: String| Err(Refused::new(field, reason));
        if !(1..=MOST_DRAWS).contains(&self.draws) {
            return refuse("draws", format!("is {}; it must be 1 to {MOST_DRAWS}", self.draws));
        }
        if !(1..=256).contains(&self.threads) {
            return refuse("threads", format!("is {}; it must be 1 to 256", self.threads));
        }
        match self.weights {
            WeightsFrom::Elicited { concentration } if !(0.1..=1e6).contains(&concentration) => {
                refuse("concentration", format!("is {concentration}; it must be 0.1 to 1,000,000"))
            }
            WeightsFrom::Elicited { .. } | WeightsFrom::Uniform => Ok(()),
        }
    }
}

/// What is counted, in whole numbers, so that it does not matter who counted what.
trait Count: Send {
    fn add(&mut self, other: Self);
}

/// Deals the chunks out to threads and adds up what they counted.
fn counted<C: Count>(
    settings: &Settings,
    new: impl Fn() -> C + Sync,
    draw: impl Fn(&mut C, u64, u32) + Sync,
) -> C {
    let chunks = settings.draws.div_ceil(CHUNK);
    let threads = u32::try_from(settings.threads).unwrap_or(1).clamp(1, chunks.max(1));
    let work = |thread: u32| {
        let mut counts = new();
        for chunk in (thread..chunks).step_by(threads as usize) {
            draw(&mut counts, u64::from(chunk), CHUNK.min(settings.draws - chunk * CHUNK));
        }
        counts
    };
    std::thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads).map(|thread| scope.spawn(move || work(thread))).collect();
        let mut counts = work(0);
        for other in others {
            match other.join() {
                Ok(other) => counts.add(other),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        counts
    })
}

impl Outcome {
    /// P(one item stands above another), 0 to 1.
    ///
    /// # Errors
    /// Names the item that is not in it.
    pub fn above(&self, one: &str, other: &str) -> Result<f64, Refused> {
        let at = |id: &str| {
            let at = self.items.iter().position(|of| of.item == id);
            at.ok_or_else(|| Refused::new("item", format!("there is no work item {id:?} in this analysis")))
        };
        Ok(self.pairwise[at(one)?][at(other)?])
    }
}

#[cfg(test)]
mod tests;
