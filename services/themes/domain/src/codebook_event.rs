//! Decisions on a codebook as events: what each changed, before and after. Applying them one after another makes the
//! codebook again, and taking the changes of one back undoes it.

use serde::{Deserialize, Serialize};

use crate::codebook::Codebook;
use crate::statement_key::StatementKey;
use crate::theme::Theme;

/// What was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The codebook was created.
    Create,
    /// A file was loaded.
    Load,
    /// Themes of another tool were taken in.
    Import,
    /// The surveys and questions that feed it were set.
    SetFeeds,
    /// A theme was made.
    CreateTheme,
    /// A theme was given another title.
    Rename,
    /// A theme was given another description.
    Describe,
    /// A theme was given other exemplars.
    SetExemplars,
    /// A theme was put under another, or under none.
    SetParent,
    /// A theme was said to be in scope, or out of it.
    SetScope,
    /// It was said how far a theme's need is met.
    SetNeed,
    /// A theme was put to people for sign-off.
    Propose,
    /// A theme was signed off.
    Approve,
    /// A theme was retired.
    Retire,
    /// Themes were merged into one.
    Merge,
    /// Statements of a theme became a new one.
    Split,
    /// A theme was seen forming in what fits no theme.
    Emerge,
    /// Changed words, and what was learned, were taken into assignment.
    Confirm,
    /// Earlier decisions were undone.
    Undo,
}

impl Action {
    /// Its word, as the log holds it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Load => "load",
            Self::Import => "import",
            Self::SetFeeds => "set_feeds",
            Self::CreateTheme => "create_theme",
            Self::Rename => "rename",
            Self::Describe => "describe",
            Self::SetExemplars => "set_exemplars",
            Self::SetParent => "set_parent",
            Self::SetScope => "set_scope",
            Self::SetNeed => "set_need",
            Self::Propose => "propose",
            Self::Approve => "approve",
            Self::Retire => "retire",
            Self::Merge => "merge",
            Self::Split => "split",
            Self::Emerge => "emerge",
            Self::Confirm => "confirm",
            Self::Undo => "undo",
        }
    }
}

/// What a codebook is about and what feeds it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// What it is about.
    pub title: String,
    /// Ids of the surveys that feed it, sorted.
    pub surveys: Vec<String>,
    /// Ids of the questions that feed it, sorted; empty: all.
    pub questions: Vec<String>,
    /// The number of the learned assigner that every response is assigned by at least; 0: none.
    #[serde(default)]
    pub learned: i64,
}

/// A value before and after; none: there was none, or is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change<T> {
    /// Before the decision.
    pub before: Option<T>,
    /// After it.
    pub after: Option<T>,
}

/// The statements that made a new theme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The theme that they left, by id.
    pub from: String,
    /// The statements, each once, in order.
    pub statements: Vec<StatementKey>,
}

/// A decision that was taken on a codebook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodebookEvent {
    /// The codebook's id.
    pub codebook: String,
    /// The version that it made.
    pub version: i64,
    /// What was decided.
    pub action: Action,
    /// The theme that it is about, by id; empty: the codebook as a whole, or several.
    pub theme: String,
    /// How the settings changed; none: they did not.
    pub settings: Option<Change<Settings>>,
    /// How each changed theme changed, in order of id.
    pub themes: Vec<Change<Theme>>,
    /// Of a split, what went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub split: Option<Split>,
    /// Of an emerging theme, the statements that its exemplars are the words of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub anchors: Vec<StatementKey>,
    /// Of an undo, the versions whose decisions it took back, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<i64>,
}

/// An event does not follow from the state before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {version} does not follow: {why}")]
pub struct BrokenLog {
    /// The event's version.
    pub version: i64,
    /// What does not fit.
    pub why: &'static str,
}

impl Change<Theme> {
    /// The theme's id.
    #[must_use]
    pub fn id(&self) -> &str {
        self.after.as_ref().or(self.before.as_ref()).map_or("", |theme| &theme.id)
    }
}

impl CodebookEvent {
    /// How a codebook came to be another. None: nothing changed.
    pub(crate) fn between(
        before: Option<&Codebook>,
        after: Codebook,
        action: Action,
        theme: &str,
    ) -> Option<(Codebook, Self)> {
        let (after, event) = Self::of(before, after, action, theme);
        (event.settings.is_some() || !event.themes.is_empty()).then_some((after, event))
    }

    /// The same, also where nothing changed. Themes that changed are numbered on; `after` needs no numbers of its own.
    pub(crate) fn of(
        before: Option<&Codebook>,
        mut after: Codebook,
        action: Action,
        theme: &str,
    ) -> (Codebook, Self) {
        let was = before.map(settings);
        let is = settings(&after);
        let changed = was.as_ref() != Some(&is);
        let settings = changed.then_some(Change { before: was, after: Some(is) });
        after.themes.sort_by(|a, b| a.id.cmp(&b.id));
        let mut themes = Vec::new();
        for theme in &mut after.themes {
            let was = before.and_then(|b| b.theme(&theme.id));
            theme.revision = was.map_or(0, |was| was.revision);
            if was == Some(theme) {
                continue;
            }
            let last = after.removed.remove(&theme.id);
            theme.revision = was.map(|was| was.revision).or(last).unwrap_or(0) + 1;
            themes.push(Change { before: was.cloned(), after: Some(theme.clone()) });
        }
        for gone in before.map_or(&[][..], |b| &b.themes).iter().filter(|t| after.theme(&t.id).is_none()) {
            themes.push(Change { before: Some(gone.clone()), after: None });
        }
        for gone in themes.iter().filter(|change| change.after.is_none()) {
            let last = gone.before.as_ref().map_or(0, |theme| theme.revision);
            after.removed.insert(gone.id().to_owned(), last + 1);
        }
        themes.sort_by(|a, b| a.id().cmp(b.id()));
        after.version = before.map_or(0, |b| b.version) + 1;
        let (codebook, version, theme) = (after.id.clone(), after.version, theme.to_owned());
        let (split, anchors, undoes) = (None, Vec::new(), Vec::new());
        (after, Self { codebook, version, action, theme, settings, themes, split, anchors, undoes })
    }

    /// The codebook after it.
    ///
    /// # Errors
    /// When it does not follow from that state.
    pub fn apply(&self, state: Option<Codebook>) -> Result<Codebook, BrokenLog> {
        let broken = |why| BrokenLog { version: self.version, why };
        let mut codebook =
            state.unwrap_or_else(|| Codebook { id: self.codebook.clone(), ..Codebook::default() });
        if self.version != codebook.version + 1 || self.codebook != codebook.id {
            return Err(broken("it is not the next one"));
        }
        if let Some(Change { after: Some(settings), .. }) = &self.settings {
            codebook.title.clone_from(&settings.title);
            codebook.surveys.clone_from(&settings.surveys);
            codebook.questions.clone_from(&settings.questions);
            codebook.learned = settings.learned;
        }
        for change in &self.themes {
            let place = codebook.themes.iter().position(|theme| theme.id == change.id());
            if place.map(|place| &codebook.themes[place]) != change.before.as_ref() {
                return Err(broken("a theme was not what it says"));
            }
            match (place, &change.after) {
                (Some(place), Some(after)) => codebook.themes[place] = after.clone(),
                (None, Some(after)) => {
                    codebook.removed.remove(&after.id);
                    codebook.themes.push(after.clone());
                }
                (Some(place), None) => {
                    let gone = codebook.themes.remove(place);
                    codebook.removed.insert(gone.id, gone.revision + 1);
                }
                (None, None) => return Err(broken("a change holds no theme")),
            }
        }
        codebook.themes.sort_by(|a, b| a.id.cmp(&b.id));
        codebook.version = self.version;
        Ok(codebook)
    }
}

impl Codebook {
    /// The codebook that events made, oldest first; none: there are no events.
    ///
    /// # Errors
    /// When one does not follow from those before it.
    pub fn replay<'a>(
        events: impl IntoIterator<Item = &'a CodebookEvent>,
    ) -> Result<Option<Self>, BrokenLog> {
        events.into_iter().try_fold(None, |state, event| event.apply(state).map(Some))
    }
}

/// What a codebook is about and what feeds it.
pub(crate) fn settings(codebook: &Codebook) -> Settings {
    Settings {
        title: codebook.title.clone(),
        surveys: codebook.surveys.clone(),
        questions: codebook.questions.clone(),
        learned: codebook.learned,
    }
}
