//! A codebook as people write it in a file, and what may be wrong with it.

use std::collections::HashSet;

use serde::Deserialize;

use crate::theme::ThemeState;

const TITLE_CHARACTERS: usize = 200;
const DESCRIPTION_CHARACTERS: usize = 2_000;
const EXEMPLAR_CHARACTERS: usize = 1_000;
const EXEMPLARS: usize = 50;
const THEMES: usize = 500;

/// A codebook as its file gives it, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodebookFile {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Surveys that feed it, as ids or `surveys/{id}`.
    pub surveys: Vec<String>,
    /// Free-text questions that feed it; empty: all of them.
    #[serde(default)]
    pub questions: Vec<String>,
    /// Its themes.
    pub themes: Vec<ThemeEntry>,
}

/// A theme as its file gives it, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeEntry {
    /// Its id, unique in the codebook.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What belongs to it.
    #[serde(default)]
    pub description: String,
    /// Statements that show it.
    #[serde(default)]
    pub exemplars: Vec<String>,
    /// Where a new theme stands; approved if left out, as a theme in a file is somebody's decision.
    #[serde(default)]
    pub state: Option<ThemeState>,
}

/// A field that was refused, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldViolation {
    /// Its path, for example `themes[2].title`.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

/// Whether the text may be an id: a letter or digit, then at most 62 letters, digits, `.`, `_`, `~` or `-`.
#[must_use]
pub fn is_id(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c.is_ascii_alphanumeric())
        && text.len() <= 63
        && characters.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '~' | '-'))
}

impl CodebookFile {
    /// The surveys by id alone.
    #[must_use]
    pub fn survey_ids(&self) -> Vec<String> {
        self.surveys.iter().map(|s| s.strip_prefix("surveys/").unwrap_or(s).to_owned()).collect()
    }

    /// Everything that is wrong with it; empty: nothing.
    #[must_use]
    pub fn violations(&self) -> Vec<FieldViolation> {
        let mut found = Violations(Vec::new());
        found.id("id", &self.id);
        found.length("title", &self.title, 1, TITLE_CHARACTERS);
        if self.surveys.is_empty() {
            found.add("surveys", "must name at least one survey");
        }
        for (i, survey) in self.survey_ids().iter().enumerate() {
            found.id(&format!("surveys[{i}]"), survey);
        }
        for (i, question) in self.questions.iter().enumerate() {
            found.id(&format!("questions[{i}]"), question);
        }
        if self.themes.is_empty() || self.themes.len() > THEMES {
            found.add("themes", &format!("must hold 1 to {THEMES} themes"));
        }
        let mut seen = HashSet::new();
        for (i, theme) in self.themes.iter().enumerate() {
            found.id(&format!("themes[{i}].id"), &theme.id);
            if !seen.insert(&theme.id) {
                found.add(&format!("themes[{i}].id"), "is used by an earlier theme");
            }
            found.length(&format!("themes[{i}].title"), &theme.title, 1, TITLE_CHARACTERS);
            found.length(&format!("themes[{i}].description"), &theme.description, 0, DESCRIPTION_CHARACTERS);
            if theme.exemplars.len() > EXEMPLARS {
                found.add(
                    &format!("themes[{i}].exemplars"),
                    &format!("must hold at most {EXEMPLARS} statements"),
                );
            }
            for (j, exemplar) in theme.exemplars.iter().enumerate() {
                found.length(&format!("themes[{i}].exemplars[{j}]"), exemplar, 1, EXEMPLAR_CHARACTERS);
            }
        }
        found.0
    }
}

struct Violations(Vec<FieldViolation>);

impl Violations {
    fn add(&mut self, field: &str, description: &str) {
        self.0.push(FieldViolation { field: field.to_owned(), description: description.to_owned() });
    }

    fn id(&mut self, field: &str, value: &str) {
        if !is_id(value) {
            self.add(
                field,
                "must be a letter or digit, then at most 62 letters, digits, '.', '_', '~' or '-'",
            );
        }
    }

    fn length(&mut self, field: &str, value: &str, least: usize, most: usize) {
        let characters = value.trim().chars().count();
        if characters < least || characters > most {
            self.add(field, &format!("must have {least} to {most} characters"));
        }
        if value.contains('\0') {
            self.add(field, "holds a NUL character; leave it out");
        }
    }
}
