//! Decisions on a codebook, each a function from the codebook and a command to the codebook after it and the event
//! that tells what changed. A decision that finds everything as it asks for gives none.
//!
//! While nobody has signed a theme off, a change of words is taken into assignment with the decision itself. From the
//! first sign-off on it waits for [`Decision::Confirm`], but for emerging themes; see [`Codebook::is_pending`].

use crate::codebook::Codebook;
use crate::codebook_event::{Action, CodebookEvent};
use crate::codebook_file::{CodebookFile, FieldViolation, THEMES, ThemeEntry};
use crate::statement_key::StatementKey;
use crate::theme::{Need, Scope, Theme, ThemeState};

mod edit_theme;
mod load;
mod merge;
mod split;
mod undo;

pub use split::MOST as SPLIT_AT_MOST;
pub use undo::{can_be_undone, standing};

/// A decision on a codebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Create a codebook without themes.
    Create {
        /// Its id.
        id: String,
        /// What it is about.
        title: String,
        /// Surveys that feed it, as ids or `surveys/{id}`.
        surveys: Vec<String>,
        /// Questions that feed it; empty: all.
        questions: Vec<String>,
    },
    /// Take a file in: new themes are added, words of themes that are there are replaced.
    Load(CodebookFile),
    /// Take themes of another tool in: new ones are proposed, titles and descriptions of those there are replaced.
    Import(Vec<ThemeEntry>),
    /// Set what feeds it.
    SetFeeds {
        /// Surveys that feed it, as ids or `surveys/{id}`.
        surveys: Vec<String>,
        /// Questions that feed it; empty: all.
        questions: Vec<String>,
        /// The codebook's etag as it was read; empty: whatever it is.
        etag: String,
    },
    /// Make a theme; proposed, unless the entry says otherwise.
    CreateTheme(ThemeEntry),
    /// Make an emerging theme of statements that fit no theme.
    Emerge {
        /// The theme; whatever state it names, it is emerging.
        theme: ThemeEntry,
        /// The statements that its exemplars are the words of.
        anchors: Vec<StatementKey>,
    },
    /// Change one theme.
    OnTheme {
        /// Its id.
        theme: String,
        /// Its etag as it was read; empty: whatever it is.
        etag: String,
        /// What to change.
        change: ThemeDecision,
    },
    /// Merge themes into one: their statements go to it, now and later.
    Merge {
        /// The themes that go, by id.
        themes: Vec<String>,
        /// The theme that stays.
        into: String,
        /// The etag of the theme that stays, as it was read; empty: whatever it is.
        etag: String,
    },
    /// Make a theme of some statements of another.
    Split {
        /// The theme that they leave, by id.
        from: String,
        /// Its etag as it was read; empty: whatever it is.
        etag: String,
        /// The theme that they make.
        into: ThemeEntry,
        /// The statements.
        statements: Vec<StatementKey>,
    },
    /// Take changed words into assignment, and what was learned from people's labels.
    Confirm {
        /// The codebook's etag as it was read; empty: whatever it is.
        etag: String,
        /// The number of the learned assigner that every response is to be assigned by at least.
        learned: i64,
    },
    /// Take decisions back.
    Undo {
        /// The last decisions that stand, newest first; see [`standing`].
        events: Vec<CodebookEvent>,
        /// The codebook's etag as it was read; empty: whatever it is.
        etag: String,
    },
}

/// A change of one theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeDecision {
    /// Give it another title.
    Rename(String),
    /// Give it another description.
    Describe(String),
    /// Give it these exemplars.
    SetExemplars(Vec<String>),
    /// Put it under another theme, by id, or under none.
    SetParent(Option<String>),
    /// Say that it is in scope, or out of it.
    SetScope(Scope),
    /// Say how far its need is met.
    SetNeed(Need),
    /// Put it to people for sign-off.
    Propose,
    /// Sign it off.
    Approve,
    /// Retire it: its statements belong to it no more.
    Retire,
}

/// Why a decision was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fields are wrong.
    #[error("the codebook has fields that cannot be taken")]
    Invalid(Vec<FieldViolation>),
    /// There is no such codebook.
    #[error("there is no such codebook")]
    NoSuchCodebook,
    /// There is no such theme.
    #[error("the codebook has no theme {0}")]
    NoSuchTheme(String),
    /// The codebook is there already.
    #[error("there is a codebook of this id already")]
    CodebookThere,
    /// The theme is there already.
    #[error("the codebook has a theme {0} already; choose another id")]
    ThemeThere(String),
    /// Somebody changed the codebook or the theme since it was read.
    #[error("it was changed since it was read; it is now at etag {current}")]
    StaleEtag {
        /// The theme that was changed; empty: the codebook.
        theme: String,
        /// The etag it has now.
        current: String,
    },
    /// A retired theme is changed no more.
    #[error("the theme {0} is retired; a retired theme is not changed, undo the decision that retired it")]
    Retired(String),
    /// Fewer decisions can be undone than asked for; how many can.
    #[error("{}; what created the codebook stays", undoable(*.0))]
    NothingToUndo(usize),
    /// What is to be undone is not what was decided last.
    #[error("another decision was taken meanwhile; read the codebook again")]
    NotTheLast,
}

fn undoable(count: usize) -> String {
    match count {
        0 => "no decision that stands can be undone".to_owned(),
        1 => "only one decision that stands can be undone".to_owned(),
        _ => format!("only {count} decisions that stand can be undone"),
    }
}

/// What a decision leads to: the codebook after it and the event; none: everything is as it asks for already.
pub type Decided = Option<(Codebook, CodebookEvent)>;

impl Codebook {
    /// Takes a decision on a codebook, or on none.
    ///
    /// # Errors
    /// When it is refused.
    pub fn decide(existing: Option<&Self>, decision: &Decision) -> Result<Decided, Rejection> {
        match decision {
            Decision::Load(file) => return load::load(existing, file),
            Decision::Create { id, title, surveys, questions } => {
                return load::create(existing, id, title, surveys, questions);
            }
            _ => {}
        }
        let book = existing.ok_or(Rejection::NoSuchCodebook)?;
        match decision {
            Decision::SetFeeds { surveys, questions, etag } => {
                book.check_etag(etag)?;
                load::set_feeds(book, surveys, questions)
            }
            Decision::Import(entries) => load::import(book, entries),
            Decision::CreateTheme(entry) => {
                let mut draft = book.clone();
                draft.add_theme(entry, "", ThemeState::Proposed)?;
                Ok(book.become_(draft, Action::CreateTheme, &entry.id))
            }
            Decision::Emerge { theme, anchors } => {
                let mut draft = book.clone();
                let entry = ThemeEntry { state: Some(ThemeState::Emerging), ..theme.clone() };
                draft.add_theme(&entry, "", ThemeState::Emerging)?;
                Ok(book
                    .become_(draft, Action::Emerge, &entry.id)
                    .map(|(book, event)| (book, CodebookEvent { anchors: anchors.clone(), ..event })))
            }
            Decision::OnTheme { theme, etag, change } => edit_theme::edit_theme(book, theme, etag, change),
            Decision::Merge { themes, into, etag } => merge::merge(book, themes, into, etag),
            Decision::Split { from, etag, into, statements } => {
                split::split(book, from, etag, into, statements)
            }
            Decision::Confirm { etag, learned } => {
                book.check_etag(etag)?;
                Ok(CodebookEvent::between(Some(book), book.confirmed(*learned), Action::Confirm, ""))
            }
            Decision::Undo { events, etag } => {
                book.check_etag(etag)?;
                undo::undo(book, events)
            }
            Decision::Load(_) | Decision::Create { .. } => Ok(None),
        }
    }

    /// The codebook that a file makes of one, or of none, and the event; no event: the file says what is there.
    ///
    /// # Errors
    /// When the file cannot be taken.
    pub fn load(
        existing: Option<&Self>,
        file: &CodebookFile,
    ) -> Result<(Self, Option<CodebookEvent>), Rejection> {
        Ok(match load::load(existing, file)? {
            Some((loaded, event)) => (loaded, Some(event)),
            None => (existing.cloned().unwrap_or_default(), None),
        })
    }

    /// The event that makes this codebook the draft, whose words are confirmed with it while nobody has signed off.
    pub(crate) fn become_(&self, mut draft: Self, action: Action, theme: &str) -> Decided {
        if self.is_signed_off() {
            draft.confirm_emerging()
        } else {
            draft.confirm()
        }
        CodebookEvent::between(Some(self), draft, action, theme)
    }

    fn check_etag(&self, etag: &str) -> Result<(), Rejection> {
        let current = self.etag();
        let stale = !etag.is_empty() && etag != current;
        if stale { Err(Rejection::StaleEtag { theme: String::new(), current }) } else { Ok(()) }
    }

    /// The theme, if it has that etag.
    pub(crate) fn theme_at(&self, id: &str, etag: &str) -> Result<&Theme, Rejection> {
        let theme = self.theme(id).ok_or_else(|| Rejection::NoSuchTheme(id.to_owned()))?;
        let current = theme.etag();
        if !etag.is_empty() && etag != current {
            return Err(Rejection::StaleEtag { theme: id.to_owned(), current });
        }
        Ok(theme)
    }

    /// The theme, if it has that etag and is in use.
    pub(crate) fn standing_at(&self, id: &str, etag: &str) -> Result<&Theme, Rejection> {
        let theme = self.theme_at(id, etag)?;
        if theme.stands() { Ok(theme) } else { Err(Rejection::Retired(id.to_owned())) }
    }

    /// Adds a theme that an entry describes; `path` stands before the names of its fields (`themes[2].`).
    pub(crate) fn add_theme(
        &mut self,
        entry: &ThemeEntry,
        path: &str,
        state: ThemeState,
    ) -> Result<(), Rejection> {
        let violations = entry.violations(path);
        if !violations.is_empty() {
            return Err(Rejection::Invalid(violations));
        }
        if self.theme(&entry.id).is_some() {
            return Err(Rejection::ThemeThere(entry.id.clone()));
        }
        if self.themes.len() >= THEMES {
            return Err(wrong(
                "themes",
                format!("the codebook holds {THEMES} themes already, the most it may"),
            ));
        }
        self.themes.push(entry.theme(state));
        if let Some(parent) = &entry.parent {
            edit_theme::check_parent(self, &entry.id, parent, &format!("{path}parent"))?;
        }
        Ok(())
    }
}

/// One field that was refused.
pub(crate) fn wrong(field: &str, description: impl Into<String>) -> Rejection {
    Rejection::Invalid(vec![FieldViolation { field: field.to_owned(), description: description.into() }])
}

#[cfg(test)]
mod tests;
