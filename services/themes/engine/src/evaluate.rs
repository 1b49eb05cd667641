//! How well themes given by a model agree with those given by people.
//!
//! *Samples-F1* is the mean over answers of 2·|both| / (|model| + |people|), 1 where both gave none; its interval is the
//! percentile bootstrap over answers (Efron 1979) with a fixed seed. *Micro* counts every pair of answer and theme
//! alike; *macro* is the mean of the themes' own F1, over the themes that people gave at least once.

use std::collections::{BTreeMap, BTreeSet};

use crate::learned::random::Random;

/// Resamples behind an interval.
const RESAMPLES: usize = 1_000;

/// One answer: the themes that people gave it, and those that a model gave it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Judged {
    /// By people.
    pub people: BTreeSet<String>,
    /// By the model.
    pub model: BTreeSet<String>,
}

/// Precision, recall and F1, each 0 to 1; 0 where nothing can be divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Scores {
    /// Of what the model gave: the share that people gave too.
    pub precision: f64,
    /// Of what people gave: the share that the model gave too.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: f64,
}

/// A theme's agreement.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ThemeAgreement {
    /// Answers that people gave the theme.
    pub people: usize,
    /// Answers that the model gave it.
    pub model: usize,
    /// Answers that both gave it.
    pub both: usize,
}

impl ThemeAgreement {
    /// Its precision, recall and F1.
    #[must_use]
    pub fn scores(&self) -> Scores {
        let share = |whole: usize| if whole == 0 { 0.0 } else { self.both as f64 / whole as f64 };
        let total = self.people + self.model;
        let f1 = if total == 0 { 0.0 } else { 2.0 * self.both as f64 / total as f64 };
        Scores { precision: share(self.model), recall: share(self.people), f1 }
    }
}

/// Agreement of a model and people over a set of answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// Answers judged.
    pub answers: usize,
    /// Mean over answers of their own F1, 0 to 1.
    pub samples_f1: f64,
    /// Its interval of 95 %.
    pub samples_interval: (f64, f64),
    /// Over all pairs of answer and theme.
    pub micro: Scores,
    /// Mean F1 of the themes that people gave.
    pub macro_f1: f64,
    /// Share of answers given exactly the themes that people gave; with one theme each, the accuracy.
    pub accuracy: f64,
    /// Each theme by its id.
    pub themes: BTreeMap<String, ThemeAgreement>,
}

/// Judges a model by people. The same answers and seed give the same bytes.
///
/// ```
/// use soundings_themes_engine::evaluate::{Judged, evaluate};
///
/// let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
/// let judged = [
///     Judged { people: set(&["buses"]), model: set(&["buses"]) },
///     Judged { people: set(&["buses", "parks"]), model: set(&["parks"]) },
/// ];
/// let found = evaluate(&judged, 1);
/// assert_eq!(found.accuracy, 0.5);
/// assert!((found.micro.f1 - 0.8).abs() < 1e-9);
/// ```
#[must_use]
pub fn evaluate(judged: &[Judged], seed: u64) -> Evaluation {
    let mut themes: BTreeMap<String, ThemeAgreement> = BTreeMap::new();
    let mut own = Vec::with_capacity(judged.len());
    let mut exact = 0_usize;
    for answer in judged {
        for theme in &answer.people {
            themes.entry(theme.clone()).or_default().people += 1;
        }
        for theme in &answer.model {
            let entry = themes.entry(theme.clone()).or_default();
            entry.model += 1;
            entry.both += usize::from(answer.people.contains(theme));
        }
        let both = answer.people.intersection(&answer.model).count();
        let total = answer.people.len() + answer.model.len();
        own.push(if total == 0 { 1.0 } else { 2.0 * both as f64 / total as f64 });
        exact += usize::from(answer.people == answer.model);
    }
    let all = themes.values().fold(ThemeAgreement::default(), |sum, t| ThemeAgreement {
        people: sum.people + t.people,
        model: sum.model + t.model,
        both: sum.both + t.both,
    });
    let given: Vec<f64> = themes.values().filter(|t| t.people > 0).map(|t| t.scores().f1).collect();
    Evaluation {
        answers: judged.len(),
        samples_f1: mean(&own),
        samples_interval: interval(&own, seed),
        micro: all.scores(),
        macro_f1: mean(&given),
        accuracy: if judged.is_empty() { 0.0 } else { exact as f64 / judged.len() as f64 },
        themes,
    }
}

fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}

fn interval(own: &[f64], seed: u64) -> (f64, f64) {
    if own.is_empty() {
        return (0.0, 1.0);
    }
    let mut random = Random::new(seed);
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..own.len()).map(|_| own[random.below(own.len())]).sum::<f64>() / own.len() as f64)
        .collect();
    means.sort_by(f64::total_cmp);
    (means[RESAMPLES / 40], means[RESAMPLES - 1 - RESAMPLES / 40])
}

#[cfg(test)]
mod tests;
