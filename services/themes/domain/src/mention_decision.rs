//! Decisions of people on statements, and what they and the model together make of one.
//!
//! The model proposes, people decide: decisions are kept in the order they were taken, by the statement's words, and
//! are read over whatever the model assigns, now and after any re-assignment. None is ever changed by the model, and
//! the model's own answer stands beside them.

use std::collections::{BTreeMap, BTreeSet};

use crate::codebook::{Codebook, Place};

/// The score of a theme that the model did not give, in millionths: a person is certain.
pub const CERTAIN: i32 = 1_000_000;

/// What a person decided on a statement. Themes are ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MentionAct {
    /// It belongs not to the one theme but to the other.
    Move {
        /// The theme that it leaves.
        from: String,
        /// The theme that it goes to.
        to: String,
    },
    /// It does not belong to this theme.
    Reject {
        /// The theme.
        theme: String,
    },
    /// It belongs to no theme.
    RejectAll,
    /// It does belong to this theme, as it says already.
    Accept {
        /// The theme.
        theme: String,
    },
    /// It belongs to this theme as well.
    Add {
        /// The theme.
        theme: String,
    },
    /// It belongs to just these themes: a review, given without seeing the model's.
    Review {
        /// The themes; none: it belongs to no theme.
        themes: BTreeSet<String>,
    },
    /// The last decision before it that stands is taken back.
    Undo,
}

/// What was decided, by whom and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionDecision {
    /// What.
    pub act: MentionAct,
    /// Who.
    pub actor: String,
    /// When, in microseconds since 1970.
    pub time: i64,
}

/// Who put a statement where it is, and when: the index of the decision, none for the model.
pub type By = Option<usize>;

/// Where a statement belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// Its themes, by id, each with its score in millionths and who put it there; best first, then by id. Empty: none.
    pub themes: Vec<(String, i32, By)>,
    /// The last decision that counts; none: the model alone placed it.
    pub decided: By,
}

/// Why a decision on a statement was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MentionRejection {
    /// There is no such theme in use.
    #[error("the codebook has no theme {0} in use")]
    NoSuchTheme(String),
    /// The statement does not belong to the theme.
    #[error("the statement does not belong to theme {0}; read it again")]
    NotThere(String),
    /// No decision on the statement stands.
    #[error("no decision on the statement stands that could be taken back")]
    NothingToUndo,
}

/// The places of the decisions that stand, in order: neither those that were taken back, nor the takings back, nor those
/// that gave the statement a theme which is gone.
#[must_use]
pub fn standing(decisions: &[MentionDecision], codebook: &Codebook) -> Vec<usize> {
    let mut standing = Vec::with_capacity(decisions.len());
    for (index, decision) in decisions.iter().enumerate() {
        match &decision.act {
            MentionAct::Undo => drop(standing.pop()),
            MentionAct::Move { to, .. }
            | MentionAct::Accept { theme: to }
            | MentionAct::Add { theme: to }
                if codebook.place(to) == Place::Gone => {}
            _ => standing.push(index),
        }
    }
    standing
}

/// Where a statement belongs: the model's themes, taken to where they stand now, then each [`standing`] decision in
/// turn. What a decision says of a theme that is gone (its making was undone) counts no longer; of a retired one, only that the
/// statement left another for it.
#[must_use]
pub fn place(model: &[(String, i32)], decisions: &[MentionDecision], codebook: &Codebook) -> Placed {
    let stands = |theme: &str| match codebook.place(theme) {
        Place::Stands(id) => Some(id.to_owned()),
        Place::Retired | Place::Gone => None,
    };
    let mut scores: BTreeMap<String, i32> = BTreeMap::new();
    for (theme, score) in model {
        if let Some(theme) = stands(theme) {
            let best = scores.entry(theme).or_insert(*score);
            *best = (*score).max(*best);
        }
    }
    let mut by: BTreeMap<String, By> = scores.keys().map(|theme| (theme.clone(), None)).collect();
    let mut decided = None;
    for index in standing(decisions, codebook) {
        let put = |theme: &str, by: &mut BTreeMap<String, By>| {
            if let Some(theme) = stands(theme) {
                by.insert(theme, Some(index));
            }
        };
        let take = |theme: &str, by: &mut BTreeMap<String, By>| {
            if let Some(theme) = stands(theme) {
                by.remove(&theme);
            }
        };
        match &decisions[index].act {
            MentionAct::Move { from, to } => {
                take(from, &mut by);
                put(to, &mut by);
            }
            MentionAct::Reject { theme } => take(theme, &mut by),
            MentionAct::RejectAll => by.clear(),
            MentionAct::Accept { theme } | MentionAct::Add { theme } => put(theme, &mut by),
            MentionAct::Review { themes } => {
                by.clear();
                themes.iter().for_each(|theme| put(theme, &mut by));
            }
            MentionAct::Undo => {}
        }
        decided = Some(index);
    }
    let score = |theme: &str| scores.get(theme).copied().unwrap_or(CERTAIN);
    let mut themes: Vec<(String, i32, By)> =
        by.into_iter().map(|(theme, by)| (theme.clone(), score(&theme), by)).collect();
    themes.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Placed { themes, decided }
}

/// Whether a person may decide so on a statement that is placed like this.
///
/// # Errors
/// When a theme is not in use, the statement is not where the decision takes it from, or there is nothing to take back.
pub fn check(act: &MentionAct, placed: &Placed, codebook: &Codebook) -> Result<(), MentionRejection> {
    let used = |theme: &String| match codebook.theme(theme) {
        Some(found) if found.stands() => Ok(()),
        _ => Err(MentionRejection::NoSuchTheme(theme.clone())),
    };
    let there = |theme: &String| match placed.themes.iter().any(|(id, _, _)| id == theme) {
        true => Ok(()),
        false => Err(MentionRejection::NotThere(theme.clone())),
    };
    match act {
        MentionAct::Move { from, to } => there(from).and_then(|()| used(to)),
        MentionAct::Reject { theme } | MentionAct::Accept { theme } => there(theme),
        MentionAct::RejectAll => Ok(()),
        MentionAct::Add { theme } => used(theme),
        MentionAct::Review { themes } => themes.iter().try_for_each(used),
        MentionAct::Undo if placed.decided.is_none() => Err(MentionRejection::NothingToUndo),
        MentionAct::Undo => Ok(()),
    }
}

#[cfg(test)]
mod tests;
