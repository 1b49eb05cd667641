//! Which themes a statement belongs to.
//!
//! A theme is near a statement by half its prototype (the mean of its title, description and exemplars) and half the
//! nearest single one of those texts, less a share of how near the statement is to what people write in any
//! consultation. All vectors are taken from a centre that is frozen for a codebook's version: the mean of
//! [`crate::background`] with a share of the mean of the codebook's texts. So what arrives later never moves what was
//! assigned before.
//!
//! A statement's score under a theme is 0.7 × its own nearness + 0.3 × that of the whole answer (unless it does not lean
//! to the theme at all). It is assigned to its best theme and to each within a margin of that, if they reach the floor
//! and come near the best statement of the same answer or are clear by themselves; else it is kept in the pool, assigned to none. From there
//! emerging themes draw, by the same rules among themselves; whether there are any changes nothing for other themes.

mod explaining;
mod matching;

use soundings_themes_domain::{Codebook, Theme, ThemeState};

pub use matching::Match;

use crate::background::BACKGROUND;
use crate::statement::{Statement, statements};
use crate::vector::{centred, dot, mean, unit};

/// Turns texts into vectors; the model behind it is fixed for the life of an [`Assigner`].
pub trait Encoder {
    /// One vector of unit length per text, in the order given; the zero vector for a text without a known word.
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>>;
}

/// Where the line is drawn, in similarity (−1 to 1).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    /// A statement whose best theme scores less belongs to none.
    pub floor: f32,
    /// A further theme is assigned to a statement if it scores within this of the statement's best.
    pub margin: f32,
    /// A statement is assigned if it scores within this of the best statement of its answer,
    pub reach: f32,
    /// or if it scores this: it is clear then, whatever stands beside it.
    pub clear: f32,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { floor: 0.15, margin: 0.02, reach: 0.10, clear: 0.22 }
    }
}

impl Thresholds {
    /// Changes whenever one of them does; for records of what assigned a statement.
    #[must_use]
    pub fn version(&self) -> String {
        let Self { floor, margin, reach, clear } = self;
        format!("floor-{floor}.margin-{margin}.reach-{reach}.clear-{clear}")
    }
}

const PROTOTYPE_SHARE: f32 = 0.5;
const BACKGROUND_SHARE: f32 = 0.3;
/// Of the centre: how much is the codebook's own mean; the rest is that of the background.
const CODEBOOK_SHARE: f32 = 0.3;
const STATEMENT_SHARE: f32 = 0.7;
/// A statement leans to a theme from this share of the floor on.
const LEAN_SHARE: f32 = 0.75;
/// Themes one statement may belong to.
const MOST_THEMES: usize = 3;

/// A statement, and the theme it was assigned to or none. A statement of two themes gives two mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// First character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The theme's id; none: it fits no theme.
    pub theme: Option<String>,
    /// The theme's score in millionths; of the nearest theme, if it fits none.
    pub score_ppm: i32,
    /// The next nearest theme that it was not assigned to, and its score in millionths.
    pub runner_up: Option<(String, i32)>,
}

struct Prototype {
    theme: String,
    mean: Vec<f32>,
    texts: Vec<Vec<f32>>,
}

/// Assigns statements to the themes of one version of a codebook.
pub struct Assigner {
    centre: Vec<f32>,
    background: Vec<Vec<f32>>,
    /// Those of emerging themes last.
    prototypes: Vec<Prototype>,
    /// How many are of other themes.
    firm: usize,
    thresholds: Thresholds,
}

impl Assigner {
    /// Reads the themes of a codebook that are not retired.
    #[must_use]
    pub fn new(codebook: &Codebook, encoder: &dyn Encoder, thresholds: Thresholds) -> Self {
        let background = encoder.encode(&BACKGROUND);
        let in_use = codebook.themes.iter().filter(|theme| theme.state != ThemeState::Retired);
        let (emerging, firm): (Vec<&Theme>, Vec<&Theme>) =
            in_use.partition(|theme| theme.state == ThemeState::Emerging);
        let themes: Vec<(String, Vec<Vec<f32>>)> = firm
            .iter()
            .chain(&emerging)
            .map(|theme| {
                let texts: Vec<&str> = [theme.title.as_str(), theme.description.as_str()]
                    .into_iter()
                    .chain(theme.exemplars.iter().map(String::as_str))
                    .filter(|text| !text.is_empty())
                    .collect();
                (theme.id.clone(), encoder.encode(&texts))
            })
            .collect();
        let firm = firm.len();
        let own: Vec<Vec<f32>> = themes[..firm].iter().flat_map(|(_, texts)| texts.iter().cloned()).collect();
        let common = mean(&background);
        let own = if own.is_empty() { common.clone() } else { mean(&own) };
        let centre: Vec<f32> =
            common.iter().zip(&own).map(|(b, o)| (1.0 - CODEBOOK_SHARE) * b + CODEBOOK_SHARE * o).collect();
        let background = background.iter().map(|v| centred(v, &centre)).collect();
        let prototypes = themes
            .into_iter()
            .map(|(theme, texts)| {
                let texts: Vec<Vec<f32>> = texts.iter().map(|v| centred(v, &centre)).collect();
                Prototype { theme, mean: unit(mean(&texts)), texts }
            })
            .collect();
        Self { centre, background, prototypes, firm, thresholds }
    }

    /// The mentions in one answer, in order of place, then of score.
    #[must_use]
    pub fn assign(&self, answer: &str, encoder: &dyn Encoder) -> Vec<Mention> {
        self.assign_statements(&statements(answer), encoder).into_iter().flatten().collect()
    }

    /// The mentions of each of an answer's statements, those of one in order of score. What is left out of an answer,
    /// such as words in another language, plays no part in the others.
    #[must_use]
    pub fn assign_statements(
        &self,
        statements: &[Statement<'_>],
        encoder: &dyn Encoder,
    ) -> Vec<Vec<Mention>> {
        let scored: Vec<_> = statements.iter().zip(self.scored(statements, encoder)).collect();
        let firm = |scores: &[(usize, i32)]| -> Vec<(usize, i32)> {
            scores.iter().copied().filter(|(index, _)| *index < self.firm).collect()
        };
        let firm: Vec<Vec<(usize, i32)>> = scored.iter().map(|(_, scores)| firm(scores)).collect();
        let line = self.line(firm.iter());
        // Of what no other theme takes, each emerging theme's.
        let free = |scores: &[(usize, i32)]| scores.first().is_none_or(|(_, score)| *score < line);
        let emerging: Vec<Vec<(usize, i32)>> = scored
            .iter()
            .zip(&firm)
            .map(|((_, scores), firm)| {
                let drawn = scores.iter().copied().filter(|(index, _)| *index >= self.firm && free(firm));
                drawn.collect()
            })
            .collect();
        let pool_line = self.line(emerging.iter());
        scored
            .iter()
            .zip(firm.iter().zip(&emerging))
            .map(|((statement, scores), (firm, emerging))| {
                let place = (statement.start, statement.end);
                let takes = emerging.first().is_some_and(|(_, score)| *score >= pool_line);
                match (emerging.is_empty(), takes) {
                    (true, _) => self.mentions(place, firm, line),
                    (false, true) => self.mentions(place, emerging, pool_line),
                    // What nobody takes is told with the nearest theme of all.
                    (false, false) => self.mentions(place, scores, i32::MAX),
                }
            })
            .collect()
    }

    /// What each statement of an answer scores under each theme, best first; nothing where no word of it is known.
    fn scored(&self, statements: &[Statement<'_>], encoder: &dyn Encoder) -> Vec<Vec<(usize, i32)>> {
        if statements.is_empty() {
            return Vec::new();
        }
        let texts: Vec<&str> = statements.iter().map(|s| s.text).collect();
        let vectors = encoder.encode(&texts);
        // The whole answer is pooled from its statements: an encoder reads only so far into a long text.
        let whole = self.nearness(&centred(&unit(mean(&vectors)), &self.centre));
        let mut scored = Vec::with_capacity(statements.len());
        for vector in &vectors {
            let own = self.nearness(&centred(vector, &self.centre));
            let known = vector.iter().any(|x| *x != 0.0);
            let mut scores: Vec<(usize, i32)> = own
                .iter()
                .zip(&whole)
                .enumerate()
                .filter(|_| known)
                .map(|(index, (own, whole))| {
                    // The rest of the answer may lift a statement that leans to a theme, not one that does not.
                    let lean = *own >= self.thresholds.floor * LEAN_SHARE;
                    let whole = if lean { *whole } else { whole.min(*own) };
                    (index, millionths(STATEMENT_SHARE * own + (1.0 - STATEMENT_SHARE) * whole))
                })
                .collect();
            scores.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
            scored.push(scores);
        }
        scored
    }

    /// What a statement of an answer must score: the floor, and near the best of the answer or clear by itself.
    fn line<'a>(&self, scored: impl Iterator<Item = &'a Vec<(usize, i32)>>) -> i32 {
        let best = scored.filter_map(|scores| scores.first()).map(|(_, score)| *score).max();
        let near = best.unwrap_or(i32::MIN).saturating_sub(millionths(self.thresholds.reach));
        millionths(self.thresholds.floor).max(near.min(millionths(self.thresholds.clear)))
    }

    fn mentions(&self, (start, end): (usize, usize), scores: &[(usize, i32)], line: i32) -> Vec<Mention> {
        let best = scores.first().map_or(i32::MIN, |(_, score)| *score);
        let line = line.max(best.saturating_sub(millionths(self.thresholds.margin)));
        let taken = scores.iter().take(MOST_THEMES).take_while(|(_, score)| *score >= line).count();
        let named = |(index, score): &(usize, i32)| (self.prototypes[*index].theme.clone(), *score);
        let runner_up = scores.get(taken).map(named);
        if taken == 0 {
            let score_ppm = scores.first().map_or(0, |(_, score)| *score);
            return vec![Mention { start, end, theme: None, score_ppm, runner_up }];
        }
        let mention = |(theme, score_ppm)| {
            let (theme, runner_up) = (Some(theme), runner_up.clone());
            Mention { start, end, theme, score_ppm, runner_up }
        };
        scores[..taken].iter().map(named).map(mention).collect()
    }

    fn nearness(&self, vector: &[f32]) -> Vec<f32> {
        let nearest = |texts: &[Vec<f32>]| texts.iter().map(|t| dot(vector, t)).fold(-1.0_f32, f32::max);
        let common = nearest(&self.background);
        self.prototypes
            .iter()
            .map(|p| {
                PROTOTYPE_SHARE * dot(vector, &p.mean) + (1.0 - PROTOTYPE_SHARE) * nearest(&p.texts)
                    - BACKGROUND_SHARE * common
            })
            .collect()
    }
}

fn millionths(similarity: f32) -> i32 {
    (f64::from(similarity) * 1e6).round().clamp(-1e6, 1e6) as i32
}

#[cfg(test)]
mod tests;
