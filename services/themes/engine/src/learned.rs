//! An assigner learnt from what people approved, corrected and rejected.
//!
//! Each theme has a [`Line`] over the [`Features`] of a text. Its scores on texts it was not trained on (five-fold
//! cross-validation) are turned into probabilities (Platt, 1999, as mended by Lin, Lin and Weng, 2007), and the same
//! scores tell how well it does: it takes a theme over only where it beats the prototype on the same texts.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::chance::Chance;
use crate::discover::digest;
use crate::evaluate::Agreement;
use crate::features::{Features, Sparse};
use crate::linear::Line;
use crate::platt::Platt;

/// Parts of the cross-validation.
const FOLDS: usize = 5;
/// Texts of a theme without which none is learnt for it.
const LEAST: usize = 5;
/// What an error costs.
const COST: f64 = 0.3;
/// A text's likeliest theme is taken from this probability on, even below the line.
const LIKELIEST: f64 = 0.25;
/// Lines between yes and no that are tried.
const LINES: [f64; 9] = [0.30, 0.34, 0.38, 0.42, 0.46, 0.50, 0.54, 0.58, 0.62];
const SEED: u64 = 1;

/// A text that people decided on.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The text.
    pub text: String,
    /// Its vector, of length 1.
    pub vector: Vec<f32>,
    /// The themes it belongs to, by id: what people say.
    pub themes: BTreeSet<String>,
    /// The themes the prototype assigner gave it.
    pub prototype: BTreeSet<String>,
}

/// What was learnt about a theme.
#[derive(Debug, Clone, PartialEq)]
pub struct LearnedTheme {
    /// Its id.
    pub theme: String,
    /// How the learned assigner agrees with people, on texts it was not trained on.
    pub learned: Agreement,
    /// How the prototype agrees with people on the same texts.
    pub prototype: Agreement,
    line: Line,
    platt: Platt,
}

impl LearnedTheme {
    /// Whether it does better than the prototype, and so takes the theme over.
    #[must_use]
    pub fn takes_over(&self) -> bool {
        self.learned.f1() > self.prototype.f1()
    }
}

/// A learned assigner. The same examples in any order give the same one.
#[derive(Debug, Clone, PartialEq)]
pub struct Learned {
    features: Features,
    themes: Vec<LearnedTheme>,
    line: f64,
    version: String,
}

impl Learned {
    /// Learns from examples; none if no theme has the five texts for and five against that it takes.
    #[must_use]
    pub fn train(examples: &[Example]) -> Option<Self> {
        let mut examples: Vec<&Example> = examples.iter().collect();
        examples.sort_by_cached_key(|e| (digest(&e.text), e.themes.clone()));
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        examples.iter().flat_map(|e| &e.themes).for_each(|theme| *counts.entry(theme).or_default() += 1);
        let enough = |count: usize| count >= LEAST && examples.len() - count >= LEAST;
        let themes: Vec<&str> = counts.into_iter().filter(|(_, n)| enough(*n)).map(|(t, _)| t).collect();
        if themes.is_empty() {
            return None;
        }
        let unseen = cross_validated(&examples, &themes);
        let platts: Vec<Platt> = themes
            .iter()
            .zip(&unseen)
            .map(|(theme, scores)| {
                Platt::fit(scores, &examples.iter().map(|e| e.themes.contains(*theme)).collect::<Vec<_>>())
            })
            .collect();
        let likely: Vec<Vec<f64>> = (0..examples.len())
            .map(|e| platts.iter().zip(&unseen).map(|(p, scores)| p.probability(scores[e])).collect())
            .collect();
        let measured = |line: f64| agreements(&examples, &themes, |e| taken(&likely[e], line));
        let line = LINES
            .into_iter()
            .reduce(|a, b| if overall(&measured(b)) > overall(&measured(a)) { b } else { a })?;
        let learned = measured(line);
        let position: BTreeMap<&str, usize> = themes.iter().enumerate().map(|(i, t)| (*t, i)).collect();
        let prototype = agreements(&examples, &themes, |e| {
            examples[e].prototype.iter().filter_map(|t| position.get(t.as_str()).copied()).collect()
        });
        let (features, read) = features(&examples);
        let themes = themes
            .iter()
            .enumerate()
            .map(|(i, theme)| LearnedTheme {
                theme: (*theme).to_owned(),
                learned: learned[i],
                prototype: prototype[i],
                line: fitted(&read, &examples, theme, features.len()),
                platt: platts[i],
            })
            .collect();
        Some(Self { features, themes, line, version: version(&examples) })
    }

    /// Changes with any example; for records of what assigned a text.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What was learnt, by theme id.
    #[must_use]
    pub fn themes(&self) -> &[LearnedTheme] {
        &self.themes
    }

    /// The probability of each theme for a text, 0 to 1, in the order of [`Self::themes`].
    #[must_use]
    pub fn probabilities(&self, text: &str, vector: &[f32]) -> Vec<f64> {
        let read = self.features.read(text, vector);
        self.themes.iter().map(|t| t.platt.probability(t.line.score(&read))).collect()
    }

    /// The themes of a text by what was learnt alone, whether or not it takes them over.
    #[must_use]
    pub fn assign(&self, text: &str, vector: &[f32]) -> BTreeSet<String> {
        let taken = taken(&self.probabilities(text, vector), self.line);
        taken.into_iter().map(|i| self.themes[i].theme.clone()).collect()
    }

    /// The themes of a text that the prototype gave those of: learned ones where they take over, else the prototype's.
    #[must_use]
    pub fn revise(&self, text: &str, vector: &[f32], prototype: &BTreeSet<String>) -> BTreeSet<String> {
        let over: BTreeSet<&str> =
            self.themes.iter().filter(|t| t.takes_over()).map(|t| t.theme.as_str()).collect();
        let kept = prototype.iter().filter(|theme| !over.contains(theme.as_str())).cloned();
        kept.chain(self.assign(text, vector).into_iter().filter(|t| over.contains(t.as_str()))).collect()
    }
}

/// Which themes are likely enough: those from the line on, or the likeliest.
fn taken(likely: &[f64], line: f64) -> Vec<usize> {
    let most = likely.iter().copied().fold(LIKELIEST, f64::max);
    (0..likely.len()).filter(|i| likely[*i] >= line.min(most)).collect()
}

fn overall(agreements: &[Agreement]) -> f64 {
    let sum = |of: fn(&Agreement) -> usize| agreements.iter().map(of).sum();
    Agreement {
        both: sum(|a| a.both),
        model_only: sum(|a| a.model_only),
        people_only: sum(|a| a.people_only),
    }
    .f1()
}

fn agreements(examples: &[&Example], themes: &[&str], found: impl Fn(usize) -> Vec<usize>) -> Vec<Agreement> {
    let mut agreements = vec![Agreement::default(); themes.len()];
    for (e, example) in examples.iter().enumerate() {
        let found = found(e);
        for (i, of) in agreements.iter_mut().enumerate() {
            match (example.themes.contains(themes[i]), found.contains(&i)) {
                (true, true) => of.both += 1,
                (true, false) => of.people_only += 1,
                (false, true) => of.model_only += 1,
                (false, false) => {}
            }
        }
    }
    agreements
}

fn features(examples: &[&Example]) -> (Features, Vec<Sparse>) {
    let texts: Vec<&str> = examples.iter().map(|e| e.text.as_str()).collect();
    let features = Features::of(&texts, examples.first().map_or(0, |e| e.vector.len()));
    let read = examples.iter().map(|e| features.read(&e.text, &e.vector)).collect();
    (features, read)
}

fn fitted(read: &[Sparse], examples: &[&Example], theme: &str, features: usize) -> Line {
    let labelled: Vec<_> = read.iter().zip(examples).map(|(x, e)| (x, e.themes.contains(theme))).collect();
    Line::fit(&labelled, features, COST, SEED)
}

/// The score of every example under every theme, from lines that were not trained on it.
fn cross_validated(examples: &[&Example], themes: &[&str]) -> Vec<Vec<f32>> {
    let mut order: Vec<usize> = (0..examples.len()).collect();
    Chance::new(SEED).shuffle(&mut order);
    let mut scores = vec![vec![0.0; examples.len()]; themes.len()];
    for fold in 0..FOLDS {
        let (out, kept): (Vec<_>, Vec<_>) = order.iter().enumerate().partition(|(i, _)| i % FOLDS == fold);
        let kept: Vec<&Example> = kept.into_iter().map(|(_, e)| examples[*e]).collect();
        let (features, read) = features(&kept);
        let out: Vec<(usize, Sparse)> = out
            .into_iter()
            .map(|(_, e)| (*e, features.read(&examples[*e].text, &examples[*e].vector)))
            .collect();
        for (theme, scores) in themes.iter().zip(&mut scores) {
            let line = fitted(&read, &kept, theme, features.len());
            out.iter().for_each(|(e, x)| scores[*e] = line.score(x));
        }
    }
    scores
}

fn version(examples: &[&Example]) -> String {
    let mut hasher = Sha256::new();
    for example in examples {
        hasher.update(digest(&example.text));
        for theme in &example.themes {
            hasher.update(theme.as_bytes());
            hasher.update([0]);
        }
        hasher.update([1]);
    }
    let digest: String = hasher.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("learned.1-{}-{digest}", examples.len())
}

#[cfg(test)]
mod tests;
