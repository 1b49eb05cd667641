//! What of a codebook decides where statements belong: the words that were confirmed, and what became of each theme
//! since.
//!
//! The words of an emerging theme are apart: they draw only what no other theme draws, so they never wait.
//!
//! Words and structure part here. A change of words (a title, a description, exemplars, a new theme) can move any
//! statement, so in a codebook that people signed off it waits until somebody confirms it. A change of structure says
//! itself what it moves, and moves that alone, at once: a merged theme's statements go to the theme it went to, a
//! retired theme's statements belong to it no more.

use std::collections::{BTreeMap, BTreeSet};

use super::Codebook;
use crate::theme::{Theme, ThemeKind, ThemeState, Words};
use crate::withdrawal::WITHDRAWN;

/// What became of a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place<'a> {
    /// Statements of it belong to this theme: itself, or the one that it was merged into.
    Stands(&'a str),
    /// It is retired: statements of it belong to it no more.
    Retired,
    /// There is no such theme, or no longer.
    Gone,
}

/// All that decides which themes a statement belongs to, given a model and people's decisions. Two codebooks that read
/// the same assign the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    surveys: Vec<String>,
    questions: Vec<String>,
    /// The words that draw statements, by theme.
    words: BTreeMap<String, Words>,
    /// The themes that are not their own place any more, and their place; none: nowhere.
    places: BTreeMap<String, Option<String>>,
    /// The learned assigner that every response is assigned by at least.
    learned: i64,
}

impl Reading {
    /// The themes whose place differs, where nothing else does: what the model gave each statement still holds. None:
    /// words or feeds differ as well.
    #[must_use]
    pub fn moved_places(&self, other: &Self) -> Option<BTreeSet<String>> {
        let same = (&self.surveys, &self.questions, &self.words, self.learned)
            == (&other.surveys, &other.questions, &other.words, other.learned);
        let ids = self.places.keys().chain(other.places.keys());
        same.then(|| ids.filter(|id| self.places.get(*id) != other.places.get(*id)).cloned().collect())
    }
}

impl Codebook {
    /// What became of the theme of that id, through any number of merges.
    #[must_use]
    pub fn place<'a>(&'a self, theme: &str) -> Place<'a> {
        let Some(mut found) = self.theme(theme) else { return Place::Gone };
        // A theme is merged into one that stands, so the way ends; a codebook read from storage is not trusted to.
        for _ in 0..=self.themes.len() {
            match found.merged_into.as_deref().and_then(|into| self.theme(into)) {
                Some(into) => found = into,
                None if found.stands() => return Place::Stands(&found.id),
                None => return Place::Retired,
            }
        }
        Place::Gone
    }

    /// The codebook as statements are assigned by it now: the confirmed words alone. What they are assigned to is then
    /// to be taken to its [`place`](Self::place).
    #[must_use]
    pub fn as_confirmed(&self) -> Self {
        self.with_words(|theme| theme.assigned.clone())
    }

    /// The codebook as statements will be assigned once its words are confirmed.
    #[must_use]
    pub fn as_wanted(&self) -> Self {
        self.with_words(|theme| self.wanted(theme))
    }

    /// Whether its words differ from those that statements are assigned by.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.themes.iter().any(|theme| self.is_theme_pending(theme))
    }

    /// The same of one of its themes.
    #[must_use]
    pub fn is_theme_pending(&self, theme: &Theme) -> bool {
        theme.assigned != self.wanted(theme)
    }

    /// All that decides how it assigns.
    #[must_use]
    pub fn reading(&self) -> Reading {
        let words = self.themes.iter().filter_map(|t| Some((t.id.clone(), t.assigned.clone()?))).collect();
        let gone = self.removed.keys().map(|id| (id.clone(), None));
        let moved = self.themes.iter().filter_map(|theme| match self.place(&theme.id) {
            Place::Stands(id) => (id != theme.id).then(|| (theme.id.clone(), Some(id.to_owned()))),
            Place::Retired | Place::Gone => Some((theme.id.clone(), None)),
        });
        let places = moved.chain(gone).collect();
        Reading {
            surveys: self.surveys.clone(),
            questions: self.questions.clone(),
            words,
            places,
            learned: self.learned,
        }
    }

    /// The codebook as it would be once its words, and the learned assigner of that number, were confirmed.
    #[must_use]
    pub fn confirmed(&self, learned: i64) -> Self {
        let mut confirmed = self.clone();
        confirmed.confirm();
        confirmed.learned = confirmed.learned.max(learned);
        confirmed
    }

    /// Takes every change of words into assignment.
    pub(crate) fn confirm(&mut self) {
        let wanted: Vec<Option<Words>> = self.themes.iter().map(|theme| self.wanted(theme)).collect();
        for (theme, wanted) in self.themes.iter_mut().zip(wanted) {
            theme.assigned = wanted;
        }
    }

    /// Takes changes of words into assignment that move no statement of a theme which is past emerging.
    pub(crate) fn confirm_emerging(&mut self) {
        let of_pool = |words: &Option<Words>| words.as_ref().is_none_or(|words| words.from_pool);
        let wanted: Vec<Option<Words>> = self.themes.iter().map(|theme| self.wanted(theme)).collect();
        for (theme, wanted) in self.themes.iter_mut().zip(wanted) {
            if of_pool(&theme.assigned) && of_pool(&wanted) {
                theme.assigned = wanted;
            }
        }
    }

    /// The words that a theme is to draw statements by. A merged theme goes on drawing for the theme it went to; a
    /// generic one draws none, as no words are near to "anything else".
    fn wanted(&self, theme: &Theme) -> Option<Words> {
        let draws = theme.kind == ThemeKind::Subject && matches!(self.place(&theme.id), Place::Stands(_));
        draws.then(|| theme.words())
    }

    fn with_words(&self, words: impl Fn(&Theme) -> Option<Words>) -> Self {
        let drawing = |theme: &Theme| {
            let Words { title, description, mut exemplars, from_pool } = words(theme)?;
            exemplars.retain(|exemplar| exemplar != WITHDRAWN);
            // The state by which it draws, which may lag behind its own.
            let state = match theme.state {
                _ if from_pool => ThemeState::Emerging,
                ThemeState::Emerging | ThemeState::Retired => ThemeState::Approved,
                state => state,
            };
            Some(Theme { title, description, exemplars, state, ..theme.clone() })
        };
        Self { themes: self.themes.iter().filter_map(drawing).collect(), ..self.clone() }
    }
}
