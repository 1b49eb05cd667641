//! A codebook and the decisions on it: loading a file, signing a theme off, retiring one.

use sha2::{Digest, Sha256};

use crate::codebook_file::{CodebookFile, FieldViolation, ThemeEntry};
use crate::theme::{Theme, ThemeState};

/// The themes for one or more surveys.
#[derive(Debug, Clone, PartialEq, Eq)]
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
    /// Grows by one whenever the codebook changes, from 1.
    pub version: i64,
}

/// What a decision changed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CodebookChange {
    /// Ids of the themes that were made, re-worded, approved or retired, in order.
    pub themes: Vec<String>,
    /// Whether statements are to be assigned anew.
    pub reassign: bool,
}

/// Why a decision was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fields are wrong.
    #[error("the codebook has fields that cannot be taken")]
    Invalid(Vec<FieldViolation>),
    /// There is no such theme.
    #[error("the codebook has no theme of that id")]
    NoSuchTheme,
    /// Somebody changed the theme since it was read.
    #[error("the theme was changed since it was read; it is now at etag {current}")]
    StaleEtag {
        /// The etag it has now.
        current: String,
    },
    /// A retired theme is not signed off again.
    #[error("the theme is retired; a retired theme cannot be approved")]
    Retired,
}

impl Codebook {
    /// Takes a file over an existing codebook, or as a new one. The words of its themes are replaced; a theme already
    /// there keeps its state, and a theme the file does not name is left as it is. Returns the codebook unchanged, at
    /// the same version, if the file says what is there already.
    ///
    /// # Errors
    /// [`Rejection::Invalid`], with every field that is wrong.
    pub fn load(existing: Option<&Self>, file: &CodebookFile) -> Result<(Self, CodebookChange), Rejection> {
        let violations = file.violations();
        if !violations.is_empty() {
            return Err(Rejection::Invalid(violations));
        }
        let mut surveys = file.survey_ids();
        surveys.sort();
        surveys.dedup();
        let mut questions = file.questions.clone();
        questions.sort();
        questions.dedup();
        let version = existing.map_or(1, |c| c.version + 1);
        let mut loaded = Self {
            id: file.id.clone(),
            title: file.title.trim().to_owned(),
            surveys,
            questions,
            themes: existing.map_or_else(Vec::new, |c| c.themes.clone()),
            version,
        };
        let mut change = CodebookChange::default();
        for entry in &file.themes {
            if loaded.take(entry) {
                change.themes.push(entry.id.clone());
            }
        }
        change.themes.sort();
        loaded.themes.sort_by(|a, b| a.id.cmp(&b.id));
        let Some(existing) = existing else {
            change.reassign = true;
            return Ok((loaded, change));
        };
        let feeds_changed = loaded.surveys != existing.surveys || loaded.questions != existing.questions;
        change.reassign = feeds_changed || !change.themes.is_empty();
        if !change.reassign && loaded.title == existing.title {
            return Ok((existing.clone(), change));
        }
        Ok((loaded, change))
    }

    fn take(&mut self, entry: &ThemeEntry) -> bool {
        let title = entry.title.trim().to_owned();
        let description = entry.description.trim().to_owned();
        let exemplars: Vec<String> = entry.exemplars.iter().map(|e| e.trim().to_owned()).collect();
        if let Some(theme) = self.themes.iter_mut().find(|t| t.id == entry.id) {
            if theme.title == title && theme.description == description && theme.exemplars == exemplars {
                return false;
            }
            theme.title = title;
            theme.description = description;
            theme.exemplars = exemplars;
            theme.revision += 1;
        } else {
            let state = entry.state.unwrap_or(ThemeState::Approved);
            self.themes.push(Theme {
                id: entry.id.clone(),
                title,
                description,
                exemplars,
                state,
                revision: 1,
            });
        }
        true
    }

    /// Signs a theme off. Approving what is approved changes nothing. `etag` empty: whatever it is.
    ///
    /// # Errors
    /// When there is no such theme, it is retired, or the etag is stale.
    pub fn approve(&self, theme: &str, etag: &str) -> Result<(Self, CodebookChange), Rejection> {
        self.decide(theme, etag, ThemeState::Approved)
    }

    /// Retires a theme: its statements go to the themes next to it, or to the pool. Retiring what is retired changes
    /// nothing. `etag` empty: whatever it is.
    ///
    /// # Errors
    /// When there is no such theme, or the etag is stale.
    pub fn retire(&self, theme: &str, etag: &str) -> Result<(Self, CodebookChange), Rejection> {
        self.decide(theme, etag, ThemeState::Retired)
    }

    fn decide(&self, theme: &str, etag: &str, to: ThemeState) -> Result<(Self, CodebookChange), Rejection> {
        let index = self.themes.iter().position(|t| t.id == theme).ok_or(Rejection::NoSuchTheme)?;
        let current = self.themes[index].etag();
        if !etag.is_empty() && etag != current {
            return Err(Rejection::StaleEtag { current });
        }
        let from = self.themes[index].state;
        if from == to {
            return Ok((self.clone(), CodebookChange::default()));
        }
        if from == ThemeState::Retired {
            return Err(Rejection::Retired);
        }
        let mut decided = self.clone();
        decided.version += 1;
        decided.themes[index].state = to;
        decided.themes[index].revision += 1;
        let reassign = to == ThemeState::Retired;
        Ok((decided, CodebookChange { themes: vec![theme.to_owned()], reassign }))
    }

    /// The theme of that id.
    #[must_use]
    pub fn theme(&self, id: &str) -> Option<&Theme> {
        self.themes.iter().find(|t| t.id == id)
    }

    /// Whether answers to this question of this survey feed it.
    #[must_use]
    pub fn takes(&self, survey: &str, question: &str) -> bool {
        self.surveys.iter().any(|s| s == survey)
            && (self.questions.is_empty() || self.questions.iter().any(|q| q == question))
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

#[cfg(test)]
mod tests;
