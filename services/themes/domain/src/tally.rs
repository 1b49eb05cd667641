//! The tallies of one codebook and organisation, moved by the difference between what a response said and says now.
//!
//! Two kinds of counts are kept: for each voice, how many responses stand behind it (in all, per theme, and against a
//! theme); and per theme, how many voices and responses raise it, and how many voices are against it. A voice counts once while at least one response stands behind it,
//! so withdrawing one of two identical responses drops nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::signal::{Signal, ThemeTally};
use crate::voice::VoiceKey;

/// What one response adds to its organisation's tallies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The voice it speaks with.
    pub voice: VoiceKey,
    /// The themes it raises, by id.
    pub themes: BTreeSet<String>,
    /// Those of them that it speaks against, all its statements on the theme taken together.
    pub against: BTreeSet<String>,
}

/// A subject that is counted: answering at all, or a theme.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// The response answers a question of the codebook.
    Answered,
    /// The response raises this theme, by id.
    Theme(String),
    /// The response speaks against this theme, by id; counted with the theme.
    Against(String),
}

/// The responses behind each (voice, subject) that come or go. Changes of several responses add up.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TallyChange {
    support: BTreeMap<(VoiceKey, Subject), i64>,
}

/// How a subject's tally moves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TallyMove {
    /// Voices gained or lost.
    pub respondents: i64,
    /// Responses gained or lost.
    pub responses: i64,
    /// Voices that speak against it gained or lost.
    pub against: i64,
}

impl TallyChange {
    /// Adds the move from what a response contributed to what it contributes now (none: nothing).
    pub fn replace(&mut self, before: Option<&Contribution>, after: Option<&Contribution>) {
        for (contribution, step) in [(before, -1), (after, 1)] {
            let Some(contribution) = contribution else { continue };
            self.step(&contribution.voice, Subject::Answered, step);
            for theme in &contribution.themes {
                self.step(&contribution.voice, Subject::Theme(theme.clone()), step);
            }
            for theme in &contribution.against {
                self.step(&contribution.voice, Subject::Against(theme.clone()), step);
            }
        }
    }

    fn step(&mut self, voice: &VoiceKey, subject: Subject, step: i64) {
        let key = (voice.clone(), subject);
        let count = self.support.entry(key.clone()).or_default();
        *count += step;
        if *count == 0 {
            self.support.remove(&key);
        }
    }

    /// Whether nothing moves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.support.is_empty()
    }

    /// The (voice, subject) pairs whose present support is needed to [`apply`](Self::apply) it, with their change.
    pub fn touched(&self) -> impl Iterator<Item = (&VoiceKey, &Subject, i64)> {
        self.support.iter().map(|((voice, subject), step)| (voice, subject, *step))
    }

    /// How each subject's tally moves, given the responses that stand behind each (voice, subject) now.
    pub fn apply(&self, present: impl Fn(&VoiceKey, &Subject) -> i64) -> BTreeMap<Subject, TallyMove> {
        let mut moves: BTreeMap<Subject, TallyMove> = BTreeMap::new();
        for (voice, subject, step) in self.touched() {
            let before = present(voice, subject);
            let after = before + step;
            let voices = i64::from(after > 0) - i64::from(before > 0);
            if let Subject::Against(theme) = subject {
                moves.entry(Subject::Theme(theme.clone())).or_default().against += voices;
                continue;
            }
            let subject_move = moves.entry(subject.clone()).or_default();
            subject_move.responses += step;
            subject_move.respondents += voices;
        }
        moves
    }
}

/// The tallies that these contributions of one organisation make.
#[must_use]
pub fn recount<'a>(contributions: impl IntoIterator<Item = &'a Contribution>) -> Signal {
    let mut all = TallyChange::default();
    contributions.into_iter().for_each(|contribution| all.replace(None, Some(contribution)));
    let (mut answered, mut themes) = (TallyMove::default(), Vec::new());
    for (subject, TallyMove { respondents, responses, against }) in all.apply(|_, _| 0) {
        match subject {
            Subject::Answered => answered = TallyMove { respondents, responses, against },
            Subject::Theme(theme) => themes.push(ThemeTally { theme, respondents, responses, against }),
            // It is told with its theme.
            Subject::Against(_) => {}
        }
    }
    Signal::new(answered.respondents, answered.responses, themes)
}

#[cfg(test)]
mod tests;
