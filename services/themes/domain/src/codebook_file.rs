//! A codebook as people write it in a file, and what may be wrong with it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::codebook::Codebook;
use crate::decision::Rejection;
use crate::theme::{Need, Scope, Theme, ThemeKind, ThemeState};

const TITLE_CHARACTERS: usize = 200;
/// Characters of a description, or of a text that shows how far a need is met.
pub(crate) const DESCRIPTION_CHARACTERS: usize = 2_000;
/// Characters of a reason.
pub(crate) const REASON_CHARACTERS: usize = 500;
/// Characters of an exemplar.
pub const EXEMPLAR_CHARACTERS: usize = 1_000;
/// Exemplars of a theme.
pub const EXEMPLARS: usize = 50;
/// Themes of a codebook.
pub const THEMES: usize = 500;

/// A codebook as its file gives it, unchecked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodebookFile {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub title: String,
    /// Surveys that feed it, as ids or `surveys/{id}`.
    pub surveys: Vec<String>,
    /// Free-text questions that feed it; empty: all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<String>,
    /// Its themes.
    pub themes: Vec<ThemeEntry>,
}

/// A theme as its file gives it, unchecked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeEntry {
    /// Its id, unique in the codebook.
    pub id: String,
    /// What people call it.
    pub title: String,
    /// What belongs to it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Statements that show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exemplars: Vec<String>,
    /// Where a new theme stands; approved if left out, as a theme in a file is somebody's decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ThemeState>,
    /// What a new theme gathers; a subject if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<ThemeKind>,
    /// The theme that a new one is a part of, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// Whether the partnership may act on a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<Scope>,
    /// How far a new one's need is met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<Need>,
    /// Where a new one that is retired went, by id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<String>,
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
    /// The file that a codebook is written to: loaded where there is none of its id, it makes the same themes.
    #[must_use]
    pub fn of(codebook: &Codebook) -> Self {
        Self {
            id: codebook.id.clone(),
            title: codebook.title.clone(),
            surveys: codebook.surveys.iter().map(|survey| format!("surveys/{survey}")).collect(),
            questions: codebook.questions.clone(),
            themes: codebook.themes.iter().map(ThemeEntry::of).collect(),
        }
    }

    /// Everything that is wrong with it; empty: nothing.
    #[must_use]
    pub fn violations(&self) -> Vec<FieldViolation> {
        let mut found =
            Violations(settings_violations(&self.id, &self.title, &self.surveys, &self.questions));
        if self.themes.len() > THEMES {
            found.add("themes", &format!("must hold at most {THEMES} themes"));
        }
        let mut seen = HashSet::new();
        for (i, theme) in self.themes.iter().enumerate() {
            let path = format!("themes[{i}].");
            if !seen.insert(&theme.id) {
                found.add(&format!("{path}id"), "is used by an earlier theme");
            }
            found.0.extend(theme.violations(&path));
        }
        found.0
    }
}

impl ThemeEntry {
    fn of(theme: &Theme) -> Self {
        Self {
            id: theme.id.clone(),
            title: theme.title.clone(),
            description: theme.description.clone(),
            exemplars: theme.exemplars.clone(),
            state: Some(theme.state),
            kind: theme.kind.is_generic().then_some(theme.kind),
            parent: theme.parent.clone(),
            scope: theme.scope.clone(),
            need: theme.need.clone(),
            merged_into: theme.merged_into.clone(),
        }
    }

    /// The new theme that it describes, in that state if it names none.
    pub(crate) fn theme(&self, state: ThemeState) -> Theme {
        Theme {
            id: self.id.clone(),
            title: self.title.trim().to_owned(),
            description: self.description.trim().to_owned(),
            exemplars: self.exemplars.iter().map(|e| e.trim().to_owned()).collect(),
            state: self.state.unwrap_or(state),
            kind: self.kind.unwrap_or_default(),
            parent: self.parent.clone(),
            scope: self.scope.clone(),
            need: self.need.clone(),
            merged_into: self.merged_into.clone(),
            ..Theme::default()
        }
    }

    /// Everything that is wrong with it; `path` stands before the names of its fields.
    pub(crate) fn violations(&self, path: &str) -> Vec<FieldViolation> {
        let mut found = Violations::default();
        found.id(&format!("{path}id"), &self.id);
        found.title(&format!("{path}title"), &self.title);
        found.description(&format!("{path}description"), &self.description);
        found.exemplars(&format!("{path}exemplars"), &self.exemplars);
        if let Some(scope) = &self.scope {
            found.length(&format!("{path}scope.reason"), &scope.reason, 1, REASON_CHARACTERS);
        }
        if let Some(need) = &self.need {
            found.length(&format!("{path}need.evidence"), &need.evidence, 1, DESCRIPTION_CHARACTERS);
        }
        found.0
    }
}

/// Ids without `surveys/` before them, sorted, each once.
pub(crate) fn sorted_ids(names: &[String]) -> Vec<String> {
    let mut ids: Vec<String> =
        names.iter().map(|name| name.strip_prefix("surveys/").unwrap_or(name).to_owned()).collect();
    ids.sort();
    ids.dedup();
    ids
}

/// What is wrong with a codebook's id, its title and what feeds it.
pub(crate) fn settings_violations(
    id: &str,
    title: &str,
    surveys: &[String],
    questions: &[String],
) -> Vec<FieldViolation> {
    let mut found = Violations::default();
    found.id("id", id);
    found.title("title", title);
    found.0.extend(feeds_violations(surveys, questions));
    found.0
}

/// What is wrong with what is to feed a codebook.
pub(crate) fn feeds_violations(surveys: &[String], questions: &[String]) -> Vec<FieldViolation> {
    let mut found = Violations::default();
    if surveys.is_empty() {
        found.add("surveys", "must name at least one survey");
    }
    for (i, survey) in surveys.iter().enumerate() {
        found.id(&format!("surveys[{i}]"), survey.strip_prefix("surveys/").unwrap_or(survey));
    }
    for (i, question) in questions.iter().enumerate() {
        found.id(&format!("questions[{i}]"), question);
    }
    found.0
}

/// Violations as they are found.
#[derive(Debug, Default)]
pub(crate) struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Adds one.
    pub(crate) fn add(&mut self, field: &str, description: &str) {
        self.0.push(FieldViolation { field: field.to_owned(), description: description.to_owned() });
    }

    /// All that were found.
    pub(crate) fn into_vec(self) -> Vec<FieldViolation> {
        self.0
    }

    /// Refuses what has any.
    pub(crate) fn refuse(self) -> Result<(), Rejection> {
        if self.0.is_empty() { Ok(()) } else { Err(Rejection::Invalid(self.0)) }
    }

    fn id(&mut self, field: &str, value: &str) {
        if !is_id(value) {
            self.add(
                field,
                "must be a letter or digit, then at most 62 letters, digits, '.', '_', '~' or '-'",
            );
        }
    }

    /// A title.
    pub(crate) fn title(&mut self, field: &str, value: &str) {
        self.length(field, value, 1, TITLE_CHARACTERS);
    }

    /// A description.
    pub(crate) fn description(&mut self, field: &str, value: &str) {
        self.length(field, value, 0, DESCRIPTION_CHARACTERS);
    }

    /// A theme's exemplars.
    pub(crate) fn exemplars(&mut self, field: &str, exemplars: &[String]) {
        if exemplars.len() > EXEMPLARS {
            self.add(field, &format!("must hold at most {EXEMPLARS} statements"));
        }
        for (j, exemplar) in exemplars.iter().enumerate() {
            self.length(&format!("{field}[{j}]"), exemplar, 1, EXEMPLAR_CHARACTERS);
        }
    }

    /// A text of that many characters.
    pub(crate) fn length(&mut self, field: &str, value: &str, least: usize, most: usize) {
        let characters = value.trim().chars().count();
        if characters < least || characters > most {
            self.add(field, &format!("must have {least} to {most} characters"));
        }
        if value.contains('\0') {
            self.add(field, "holds a NUL character; leave it out");
        }
    }
}
