//! What makes a statement near to a theme, in the very measure that it is assigned by.

use super::{Assigner, Encoder, Prototype};
use crate::statement::Statement;
use crate::vector::{centred, dot};

impl Assigner {
    /// What each statement of an answer scores under each theme, in millionths: best first, emerging themes after the
    /// others. Empty for a statement without a known word.
    #[must_use]
    pub fn scores(&self, statements: &[Statement<'_>], encoder: &dyn Encoder) -> Vec<Vec<(String, i32)>> {
        let of = |scores: Vec<(usize, i32)>| {
            let (firm, emerging): (Vec<_>, Vec<_>) =
                scores.into_iter().partition(|(index, _)| *index < self.firm);
            let all = firm.into_iter().chain(emerging);
            all.map(|(index, score)| (self.prototypes[index].theme.clone(), score)).collect()
        };
        self.scored(statements, encoder).into_iter().map(of).collect()
    }

    /// The cosine similarity of a statement, seen from this assigner's centre, to each text of a theme: its title, its
    /// description and its exemplars, without empty ones. Empty: there is no such theme.
    #[must_use]
    pub fn similarities(&self, statement: &str, theme: &str, encoder: &dyn Encoder) -> Vec<f32> {
        let Some(prototype) = self.prototype(theme) else { return Vec::new() };
        let vectors = encoder.encode(&[statement]);
        let seen = vectors.iter().map(|vector| centred(vector, &self.centre));
        seen.flat_map(|vector| prototype.texts.iter().map(move |text| dot(&vector, text)).collect::<Vec<_>>())
            .collect()
    }

    /// How near each of these statements is to a theme by itself, −1 to 1. Empty: there is no such theme.
    #[must_use]
    pub fn nearness_to(&self, theme: &str, statements: &[&str], encoder: &dyn Encoder) -> Vec<f32> {
        let Some(at) = self.prototypes.iter().position(|of| of.theme == theme) else { return Vec::new() };
        let vectors = encoder.encode(statements).into_iter();
        vectors.map(|vector| self.nearness(&centred(&vector, &self.centre))[at]).collect()
    }

    fn prototype(&self, theme: &str) -> Option<&Prototype> {
        self.prototypes.iter().find(|of| of.theme == theme)
    }
}
