//! A codebook: the themes for one or more surveys.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::theme::{Theme, ThemeState};

mod assignment;

pub use assignment::{Place, Reading};

/// The themes for one or more surveys.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codebook {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Ids of the surveys that feed it, sorted.
    pub surveys: Vec<String>,
    /// Ids of the free-text questions that feed it, sorted; empty: all of them.
    pub questions: Vec<String>,
    /// Its themes, in order of id.
    pub themes: Vec<Theme>,
    /// Themes whose making was undone, by id, each with the last revision that was told of it: one made again under
    /// the id goes on from there.
    pub removed: BTreeMap<String, i64>,
    /// The number of the learned assigner that every response is assigned by, or by a later one; 0: by any, or by none.
    pub learned: i64,
    /// Grows by one whenever the codebook changes, from 1.
    pub version: i64,
}

impl Codebook {
    /// The theme of that id.
    #[must_use]
    pub fn theme(&self, id: &str) -> Option<&Theme> {
        self.themes.iter().find(|t| t.id == id)
    }

    /// The theme of that id, to change it.
    pub(crate) fn theme_mut(&mut self, id: &str) -> Option<&mut Theme> {
        self.themes.iter_mut().find(|t| t.id == id)
    }

    /// Whether answers to this question of this survey feed it.
    #[must_use]
    pub fn takes(&self, survey: &str, question: &str) -> bool {
        self.surveys.iter().any(|s| s == survey)
            && (self.questions.is_empty() || self.questions.iter().any(|q| q == question))
    }

    /// Whether people have signed one of its themes off. From then on a change of words moves no count by itself.
    #[must_use]
    pub fn is_signed_off(&self) -> bool {
        self.themes.iter().any(|theme| theme.state == ThemeState::Approved)
    }

    /// Changes whenever the codebook does.
    #[must_use]
    pub fn etag(&self) -> String {
        etag(&[&self.id, &self.version.to_string()])
    }
}

impl Theme {
    /// Changes whenever the theme does; its counts are no part of it.
    #[must_use]
    pub fn etag(&self) -> String {
        etag(&[&self.id, self.state.as_str(), &self.revision.to_string()])
    }
}

fn etag(parts: &[&str]) -> String {
    let digest = Sha256::digest(parts.join("\n").as_bytes());
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}
