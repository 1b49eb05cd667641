//! Surveys: draft → open → closed.
use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Rejection, Violations, id, support};

/// Most bytes of the choices that one response can name; its event carries them.
const CHOICE_BYTES: usize = 128 * 1024;

/// A set of questions put to the organisations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// In the order they are asked.
    pub questions: Vec<Question>,
    /// Where it stands.
    pub state: SurveyState,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was opened.
    pub opened_at: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed_at: Option<DateTime<Utc>>,
    /// Grows by one with each change, from 1.
    pub version: i64,
}

/// Where a survey stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SurveyState {
    /// Being written.
    Draft,
    /// Taking responses.
    Open,
    /// Takes no more.
    Closed,
}

impl SurveyState {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            SurveyState::Draft => "draft",
            SurveyState::Open => "open",
            SurveyState::Closed => "closed",
        }
    }
}

/// One question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Unique in the survey.
    pub id: String,
    /// The words put to the respondent.
    pub prompt: String,
    /// Whether it must be answered.
    pub required: bool,
    /// What kind of answer it takes.
    pub kind: QuestionKind,
    /// The theme or the work item that its answers speak for, by name; empty: none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub bound_to: String,
}

/// What kind of answer a question takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum QuestionKind {
    /// Words, at most so many characters.
    FreeText {
        /// Longest answer in characters.
        max_characters: usize,
    },
    /// One of the choices.
    SingleChoice {
        /// What may be chosen.
        choices: Vec<Choice>,
    },
    /// Any of the choices, at most so many.
    MultipleChoice {
        /// What may be chosen.
        choices: Vec<Choice>,
        /// Most that may be chosen.
        max_choices: usize,
    },
    /// A whole number from lowest to highest.
    Rating {
        /// Lowest rating.
        lowest: i32,
        /// Highest rating.
        highest: i32,
    },
}

/// One thing to choose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Unique in the question.
    pub id: String,
    /// The words shown.
    pub label: String,
}

impl Survey {
    /// Checks every field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut violations = Violations::default();
        if !id::is_id(&self.id) {
            violations.add("survey_id", id::RULE);
        }
        violations.check_length("survey.title", &self.title, 1, 300);
        if self.questions.is_empty() || self.questions.len() > 200 {
            violations.add("survey.questions", format!("has {}; give 1 to 200", self.questions.len()));
        }
        let mut seen = HashSet::new();
        for (at, question) in self.questions.iter().enumerate() {
            let field = format!("survey.questions[{at}]");
            if !id::is_id(&question.id) {
                violations.add(format!("{field}.id"), id::RULE);
            } else if !seen.insert(&question.id) {
                violations.add(format!("{field}.id"), format!("{:?} is used twice", question.id));
            }
            violations.check_length(&format!("{field}.prompt"), &question.prompt, 1, 2_000);
            question.kind.check(&field, &mut violations);
            support::check_binding(&field, question, &mut violations);
        }
        let several = self.questions.iter().map(|question| match &question.kind {
            QuestionKind::MultipleChoice { choices, .. } => {
                choices.iter().map(|choice| choice.id.len() + 2).sum()
            }
            _ => 0,
        });
        if several.sum::<usize>() > CHOICE_BYTES {
            let text = "have more to choose than an event can hold: use shorter ids, or fewer choices";
            violations.add("survey.questions", text);
        }
        violations.into_result()
    }

    /// Replaces a draft's words.
    pub fn edit(mut self, title: String, questions: Vec<Question>) -> Result<Survey, Rejection> {
        self.needs(SurveyState::Draft)?;
        self.title = title;
        self.questions = questions;
        self.version += 1;
        self.check()?;
        Ok(self)
    }

    /// Draft → open.
    pub fn open(mut self, now: DateTime<Utc>) -> Result<Survey, Rejection> {
        self.needs(SurveyState::Draft)?;
        self.state = SurveyState::Open;
        self.opened_at = Some(now);
        self.version += 1;
        Ok(self)
    }

    /// Open → closed.
    pub fn close(mut self, now: DateTime<Utc>) -> Result<Survey, Rejection> {
        self.needs(SurveyState::Open)?;
        self.state = SurveyState::Closed;
        self.closed_at = Some(now);
        self.version += 1;
        Ok(self)
    }

    /// Whether it takes responses now.
    pub fn check_open(&self) -> Result<(), Rejection> {
        match self.state {
            SurveyState::Open => Ok(()),
            other => Err(Rejection::SurveyNotOpen(other.name())),
        }
    }

    fn needs(&self, needed: SurveyState) -> Result<(), Rejection> {
        if self.state == needed {
            Ok(())
        } else {
            Err(Rejection::SurveyState { is: self.state.name(), needed: needed.name() })
        }
    }
}

impl QuestionKind {
    fn check(&self, field: &str, violations: &mut Violations) {
        match self {
            QuestionKind::FreeText { max_characters } => {
                if !(1..=100_000).contains(max_characters) {
                    violations.add(format!("{field}.free_text.max_characters"), "must be 1 to 100,000");
                }
            }
            QuestionKind::SingleChoice { choices } => {
                check_choices(&format!("{field}.single_choice"), choices, violations);
            }
            QuestionKind::MultipleChoice { choices, max_choices } => {
                check_choices(&format!("{field}.multiple_choice"), choices, violations);
                if *max_choices == 0 || *max_choices > choices.len() {
                    let text = format!("must be 1 to {}, or 0 for all", choices.len());
                    violations.add(format!("{field}.multiple_choice.max_choices"), text);
                }
            }
            QuestionKind::Rating { lowest, highest } => {
                if *lowest < 0 || lowest >= highest || *highest > 100 {
                    violations.add(format!("{field}.rating"), "must go from 0 or more up to at most 100");
                }
            }
        }
    }
}

fn check_choices(field: &str, choices: &[Choice], violations: &mut Violations) {
    if choices.len() < 2 || choices.len() > 200 {
        violations.add(format!("{field}.choices"), format!("has {}; give 2 to 200", choices.len()));
    }
    let mut seen = HashSet::new();
    for (at, choice) in choices.iter().enumerate() {
        if !id::is_id(&choice.id) {
            violations.add(format!("{field}.choices[{at}].id"), id::RULE);
        } else if !seen.insert(&choice.id) {
            violations.add(format!("{field}.choices[{at}].id"), format!("{:?} is used twice", choice.id));
        }
        violations.check_length(&format!("{field}.choices[{at}].label"), &choice.label, 1, 500);
    }
}

#[cfg(test)]
mod tests;
