//! A theme: a recurring subject in a codebook, and where it stands.

use serde::{Deserialize, Serialize};

/// Where a theme stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ThemeState {
    /// Seen forming; not yet put to people. It takes only what no other theme takes and feeds the provisional ranking.
    Emerging,
    /// Put to people for sign-off; feeds the provisional ranking.
    #[default]
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

/// What a theme gathers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeKind {
    /// A subject that people raise.
    #[default]
    Subject,
    /// What fits no other theme and is kept. People put statements here; the model never does.
    Other,
    /// Answers that give no reason ("none", "as above"). People put statements here; the model never does.
    NoReasonGiven,
}

impl ThemeKind {
    /// Whether it is there for completeness: listed last, and left out of the quality gauge's second figure.
    #[must_use]
    pub fn is_generic(self) -> bool {
        self != Self::Subject
    }
}

/// Whether the partnership may act on a theme. Published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// In, or out.
    pub within: bool,
    /// Why, 1 to 500 characters.
    pub reason: String,
}

/// How far a need is met already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeedStatus {
    /// Nothing meets it.
    Unmet,
    /// Something meets a part of it.
    PartlyMet,
    /// It is met.
    Met,
}

/// How far a theme's need is met, and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// How far.
    pub status: NeedStatus,
    /// What shows it, 1 to 2,000 characters.
    pub evidence: String,
}

/// What a theme says, as far as assignment reads it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// What people call it, 1 to 200 characters.
    pub title: String,
    /// What belongs to it, at most 2,000 characters.
    pub description: String,
    /// Statements that show it.
    pub exemplars: Vec<String>,
    /// Whether they draw only statements that no other theme draws, as an emerging theme's do.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub from_pool: bool,
}

/// A recurring subject in a codebook. Its identity is its id and its exemplars, never its title.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// What it gathers.
    #[serde(default)]
    pub kind: ThemeKind,
    /// The theme that it is a part of, by id. There are two levels: a parent has none.
    #[serde(default)]
    pub parent: Option<String>,
    /// Whether the partnership may act on it; none: nobody has decided.
    #[serde(default)]
    pub scope: Option<Scope>,
    /// How far its need is met; none: nobody has said.
    #[serde(default)]
    pub need: Option<Need>,
    /// Where its mentions went when it was merged, by id.
    #[serde(default)]
    pub merged_into: Option<String>,
    /// The words that statements are assigned by now; none: nothing is assigned to it by its words. They lag behind
    /// its own where a change is not yet confirmed.
    #[serde(default)]
    pub assigned: Option<Words>,
}

impl Theme {
    /// Its words as they stand.
    #[must_use]
    pub fn words(&self) -> Words {
        Words {
            title: self.title.clone(),
            description: self.description.clone(),
            exemplars: self.exemplars.clone(),
            from_pool: self.state == ThemeState::Emerging,
        }
    }

    /// Whether it is in use.
    #[must_use]
    pub fn stands(&self) -> bool {
        self.state != ThemeState::Retired
    }
}
