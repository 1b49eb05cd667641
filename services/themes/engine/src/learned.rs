//! An assigner that learns from what people approved, corrected or rejected.
//!
//! For each theme: a linear classifier on the embedding and on hashed words and pairs of words, stacked with the
//! nearness to the theme's own examples into one probability. All that decides (weights of rarity, weights, lines) is
//! frozen in the artefact, whose version is the hash of its content; the same rows give the same bytes.
//!
//! Per theme it [takes over](LearnedAssigner::takes_over) from the prototype assigner only where it agrees better with
//! the people's labels, each row judged by a model that had not seen it. It never changes a decision of people: whoever
//! applies it leaves those alone.

use crate::Encoder;
use serde::{Deserialize, Serialize};

pub(crate) mod artefact;
pub(crate) mod calibration;
pub(crate) mod features;
pub(crate) mod linear;
pub(crate) mod nearness;
pub(crate) mod random;
pub(crate) mod telling;
pub mod training;

pub use artefact::ArtefactError;
pub use training::{LabelledText, TrainingError, train};

use calibration::Calibration;
use features::{Row, Vocabulary, hash, terms};
use linear::Linear;
use nearness::Nearness;

/// What was learned of one theme.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LearnedTheme {
    pub(crate) id: String,
    pub(crate) linear: Linear,
    pub(crate) calibration: Calibration,
    /// From this probability on, a text is of the theme.
    pub(crate) line: f64,
    /// F1 against people's labels by cross-validation, of this and of the prototype assigner.
    pub(crate) own_f1: f64,
    pub(crate) prototype_f1: f64,
    pub(crate) takes_over: bool,
}

/// A trained assigner; see the [module](self).
///
/// ```
/// use soundings_themes_engine::learned::{LabelledText, LearnedAssigner, train};
/// # struct Letters;
/// # impl soundings_themes_engine::Encoder for Letters {
/// #     fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> { texts.iter().map(|_| vec![1.0, 0.0]).collect() }
/// # }
/// # let encoder = Letters;
/// let row = |text: &str, theme: &str| LabelledText { text: text.to_owned(), themes: vec![theme.to_owned()] };
/// let rows: Vec<_> = (0..8).flat_map(|_| [row("late bus", "buses"), row("dirty park", "parks")]).collect();
/// let themes = ["buses".to_owned(), "parks".to_owned()];
/// let learned = train(&rows, &themes, None, &encoder, "letters.1")?;
/// assert_eq!(learned.assign("the bus", Vec::new(), &encoder)[0].0, "buses");
/// let stored = learned.to_bytes()?;
/// assert_eq!(LearnedAssigner::from_bytes(&stored)?.version()?, learned.version()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LearnedAssigner {
    pub(crate) format: u32,
    pub(crate) encoder: String,
    pub(crate) vocabulary: Vocabulary,
    pub(crate) nearness: Nearness,
    pub(crate) themes: Vec<LearnedTheme>,
    /// A text's most probable theme is taken from this probability on, even below its line.
    pub(crate) best_line: f64,
}

/// A theme, and how probable it is for a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Probable {
    /// The theme's id.
    pub theme: String,
    /// 0 to 1.
    pub probability: f64,
    /// Whether it is assigned.
    pub assigned: bool,
}

/// A word or pair of words of a text, and what it did for a theme.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// As it stands in the text, in lower case.
    pub term: String,
    /// Its share of the linear score; below 0 it spoke against the theme.
    pub weight: f32,
}

/// How a theme fared in training.
#[derive(Debug, Clone, PartialEq)]
pub struct ThemeRecord {
    /// The theme's id.
    pub theme: String,
    /// F1 of the learned assigner by cross-validation, 0 to 1.
    pub learned_f1: f64,
    /// F1 of the prototype assigner on the same labels; 0 if there was none.
    pub prototype_f1: f64,
    /// Whether the learned one decides this theme.
    pub takes_over: bool,
}

impl LearnedAssigner {
    /// Every theme's probability for a text, most probable first, of equal ones in the order of training.
    #[must_use]
    pub fn ranked(&self, text: &str, encoder: &dyn Encoder) -> Vec<Probable> {
        let Some(vector) = encoder.encode(&[text]).pop() else { return Vec::new() };
        let row = self.row(text, &vector);
        let near = self.nearness.scores(&vector);
        let mut found: Vec<(Probable, f64)> = self
            .themes
            .iter()
            .zip(near)
            .map(|(theme, near)| {
                let probability = theme.calibration.probability([theme.linear.score(&row), near]);
                (Probable { theme: theme.id.clone(), probability, assigned: false }, theme.line)
            })
            .collect();
        found.sort_by(|a, b| b.0.probability.total_cmp(&a.0.probability));
        let known = !row.words.is_empty() || vector.iter().any(|x| *x != 0.0);
        for (place, (probable, line)) in found.iter_mut().enumerate() {
            let best = place == 0 && probable.probability >= self.best_line;
            probable.assigned = known && (best || probable.probability >= *line);
        }
        found.into_iter().map(|(probable, _)| probable).collect()
    }

    /// The themes of a text, best first: of a theme that was taken over this decides, with its probability in millionths;
    /// of the others the prototype assigner does, with the scores that it gave.
    #[must_use]
    pub fn assign(
        &self,
        text: &str,
        mut prototype: Vec<(String, i32)>,
        encoder: &dyn Encoder,
    ) -> Vec<(String, i32)> {
        prototype.retain(|(theme, _)| !self.takes_over(theme));
        let ranked = self.ranked(text, encoder).into_iter();
        let given = ranked.filter(|probable| probable.assigned && self.takes_over(&probable.theme));
        prototype.extend(given.map(|probable| (probable.theme, (probable.probability * 1e6).round() as i32)));
        prototype.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        prototype
    }

    /// Whether the learned assigner decides this theme.
    #[must_use]
    pub fn takes_over(&self, theme: &str) -> bool {
        self.themes.iter().any(|t| t.id == theme && t.takes_over)
    }

    /// How each theme fared in training.
    #[must_use]
    pub fn record(&self) -> Vec<ThemeRecord> {
        let record = |t: &LearnedTheme| ThemeRecord {
            theme: t.id.clone(),
            learned_f1: t.own_f1,
            prototype_f1: t.prototype_f1,
            takes_over: t.takes_over,
        };
        self.themes.iter().map(record).collect()
    }

    /// The words that carried a theme in a text, the strongest first, at most `most`; empty for a theme not learned.
    #[must_use]
    pub fn carried_by(&self, text: &str, theme: &str, most: usize) -> Vec<Feature> {
        let Some(theme) = self.themes.iter().find(|t| t.id == theme) else { return Vec::new() };
        let terms = terms(text);
        let hashes: Vec<u32> = terms.iter().map(|term| hash(term)).collect();
        let row = self.vocabulary.row(&hashes, &[]);
        let mut found: Vec<Feature> = Vec::new();
        for (term, hash) in terms.into_iter().zip(hashes) {
            let Some(place) = self.vocabulary.place(hash) else { continue };
            let x = row.words.iter().find(|(p, _)| *p == place).map_or(0.0, |(_, x)| *x);
            if found.iter().all(|f| f.term != term) {
                found.push(Feature { term, weight: theme.linear.words[place] * x });
            }
        }
        found.retain(|f| f.weight > 0.0);
        found.sort_by(|a, b| b.weight.total_cmp(&a.weight).then_with(|| a.term.cmp(&b.term)));
        found.truncate(most);
        found
    }

    fn row(&self, text: &str, vector: &[f32]) -> Row {
        let hashes: Vec<u32> = terms(text).iter().map(|term| hash(term)).collect();
        self.vocabulary.row(&hashes, vector)
    }
}

#[cfg(test)]
mod tests;
