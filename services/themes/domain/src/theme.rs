//! A theme: a recurring subject in a codebook, and where it stands.

use serde::Deserialize;

/// Where a theme stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeState {
    /// Seen forming; not yet put to people.
    Emerging,
    /// Put to people for sign-off; feeds the provisional ranking.
    Proposed,
    /// Signed off; feeds the official ranking.
    Approved,
    /// No longer used; nothing is assigned to it.
    Retired,
}

impl ThemeState {
    /// Its word, as files and databases hold it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Emerging => "emerging",
            Self::Proposed => "proposed",
            Self::Approved => "approved",
            Self::Retired => "retired",
        }
    }

    /// The state of that word, or none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Emerging, Self::Proposed, Self::Approved, Self::Retired]
            .into_iter()
            .find(|s| s.as_str() == word)
    }
}

/// A recurring subject in a codebook. Its identity is its id and its exemplars, never its title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Theme {
    /// Unique in its codebook.
    pub id: String,
    /// What people call it, 1 to 200 characters.
    pub title: String,
    /// What belongs to it, at most 2,000 characters.
    pub description: String,
    /// Statements that show it.
    pub exemplars: Vec<String>,
    /// Where it stands.
    pub state: ThemeState,
    /// Grows by one with each change of this theme, from 1.
    pub revision: i64,
}
