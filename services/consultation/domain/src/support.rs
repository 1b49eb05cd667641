//! What closed answers say for the theme or the work item that their question is bound to.
//!
//! An answer gives support from none to full, in millionths: a rating r on lowest..highest gives (r - lowest)/(highest -
//! lowest), rounded once, half to even. Other kinds of closed question can be bound when it is said what support theirs is.
use std::collections::BTreeMap;

use crate::{Answer, AnswerValue, Question, QuestionKind, Survey, Violations, id::is_id};

/// Full support, in millionths.
pub const FULL: i64 = 1_000_000;

/// Checks what a question is bound to; `field` is where the question stands.
pub(crate) fn check_binding(field: &str, question: &Question, violations: &mut Violations) {
    if question.bound_to.is_empty() {
        return;
    }
    let field = format!("{field}.bound_to");
    if !is_target(&question.bound_to) {
        let text = "give codebooks/{codebook}/themes/{theme} or workItems/{item}, or leave it empty";
        violations.add(field, text);
    } else if !matches!(question.kind, QuestionKind::Rating { .. }) {
        violations.add(field, "binds a rating question alone; leave it empty, or make the question a rating");
    }
}

/// Whether a text has the shape of a theme's or a work item's name.
fn is_target(name: &str) -> bool {
    match name.split('/').collect::<Vec<_>>()[..] {
        ["codebooks", codebook, "themes", theme] => is_id(codebook) && is_id(theme),
        ["workItems", item] => is_id(item),
        _ => false,
    }
}

/// An answer's support in millionths; None when the question is not bound, or takes no such answer.
fn support(question: &Question, value: &AnswerValue) -> Option<i64> {
    match (&question.kind, value) {
        (QuestionKind::Rating { lowest, highest }, AnswerValue::Rating(rating))
            if !question.bound_to.is_empty() =>
        {
            Some(scaled(i64::from(*rating) - i64::from(*lowest), i64::from(*highest) - i64::from(*lowest)))
        }
        _ => None,
    }
}

/// `part / whole` in millionths, half to even; both small, the whole above 0.
fn scaled(part: i64, whole: i64) -> i64 {
    let (floor, rest) = ((part * FULL).div_euclid(whole), (part * FULL).rem_euclid(whole));
    match (2 * rest).cmp(&whole) {
        std::cmp::Ordering::Less => floor,
        std::cmp::Ordering::Greater => floor + 1,
        std::cmp::Ordering::Equal => floor + floor % 2,
    }
}

/// What changed answers add to the tallies of a survey's bound questions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moves {
    /// Respondents who answer at least one of them.
    pub respondents: i64,
    /// By question id.
    pub questions: BTreeMap<String, Move>,
}

/// What changed answers add to the tally of one bound question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// What it is bound to.
    pub target: String,
    /// Respondents who answer it.
    pub respondents: i64,
    /// Sum of their support in millionths.
    pub support_ppm: i64,
}

impl Moves {
    /// Of one response whose answers were `before` and are `after`; no answers when it did not count, or does not.
    pub fn of(survey: &Survey, before: &[Answer], after: &[Answer]) -> Moves {
        let mut moves = Moves::default();
        if survey.questions.iter().any(|question| !question.bound_to.is_empty()) {
            moves.take(survey, before, -1);
            moves.take(survey, after, 1);
            moves.questions.retain(|_, of| (of.respondents, of.support_ppm) != (0, 0));
        }
        moves
    }

    fn take(&mut self, survey: &Survey, answers: &[Answer], each: i64) {
        let mut answered = false;
        for answer in answers {
            let question = survey.questions.iter().find(|question| question.id == answer.question);
            let Some((question, support)) = question.and_then(|q| Some((q, support(q, &answer.value)?)))
            else {
                continue;
            };
            answered = true;
            let of = self.questions.entry(question.id.clone()).or_insert_with(|| Move {
                target: question.bound_to.clone(),
                respondents: 0,
                support_ppm: 0,
            });
            of.respondents += each;
            of.support_ppm += each * support;
        }
        self.respondents += if answered { each } else { 0 };
    }

    /// Whether the tallies stay as they are.
    pub fn is_empty(&self) -> bool {
        self.respondents == 0 && self.questions.is_empty()
    }

    /// Takes in what another response's answers add to the same survey's tallies.
    pub fn add(&mut self, other: &Moves) {
        self.respondents += other.respondents;
        for (question, of) in &other.questions {
            let sum = self.questions.entry(question.clone()).or_insert_with(|| Move {
                target: of.target.clone(),
                respondents: 0,
                support_ppm: 0,
            });
            sum.respondents += of.respondents;
            sum.support_ppm += of.support_ppm;
        }
    }
}

#[cfg(test)]
mod tests;
