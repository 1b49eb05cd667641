//! Responses: submitted, revised, withdrawn.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Question, QuestionKind, Rejection, Survey, Violations, survey::Choice};

/// One submission by a respondent of one organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Its id, a UUIDv7.
    pub id: Uuid,
    /// The survey's id.
    pub survey: String,
    /// The organisation's id.
    pub organisation: String,
    /// In the order of the survey's questions; empty when withdrawn.
    pub answers: Vec<Answer>,
    /// 1 when submitted; grows by one with each revision and with withdrawal.
    pub revision: i64,
    /// Whether it was withdrawn.
    pub withdrawn: bool,
    /// When it was accepted.
    pub submitted_at: DateTime<Utc>,
    /// When its revision was accepted.
    pub updated_at: DateTime<Utc>,
}

/// A response's value for one question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The question's id.
    #[serde(rename = "q")]
    pub question: String,
    /// The value.
    #[serde(rename = "v")]
    pub value: AnswerValue,
}

/// A value of some kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AnswerValue {
    /// Words.
    #[serde(rename = "t")]
    Text(String),
    /// One choice's id.
    #[serde(rename = "c")]
    Choice(String),
    /// Several choices' ids.
    #[serde(rename = "m")]
    Choices(Vec<String>),
    /// A whole number.
    #[serde(rename = "r")]
    Rating(i32),
}

impl AnswerValue {
    /// Whether it says nothing: only spaces, or no choice.
    pub fn is_blank(&self) -> bool {
        match self {
            AnswerValue::Text(text) => text.trim().is_empty(),
            AnswerValue::Choices(chosen) => chosen.is_empty(),
            AnswerValue::Choice(_) | AnswerValue::Rating(_) => false,
        }
    }
}

/// Checks answers against their survey and puts them in its order. `field` is where they stand, such as
/// `response.answers`. Blank answers count as not given.
pub fn check_answers(survey: &Survey, field: &str, answers: Vec<Answer>) -> Result<Vec<Answer>, Rejection> {
    let questions: HashMap<&str, &Question> = survey.questions.iter().map(|q| (q.id.as_str(), q)).collect();
    let mut violations = Violations::default();
    let mut given: HashMap<String, Answer> = HashMap::new();
    for (at, answer) in answers.into_iter().enumerate() {
        let field = format!("{field}[{at}]");
        let Some(question) = questions.get(answer.question.as_str()) else {
            let known = some_of(survey.questions.iter().map(|q| q.id.as_str()));
            violations
                .add(format!("{field}.question"), format!("is no question of this survey; it has {known}"));
            continue;
        };
        check_value(&field, question, &answer.value, &mut violations);
        if given.contains_key(&answer.question) {
            violations.add(format!("{field}.question"), format!("{:?} is answered twice", answer.question));
        } else if !answer.value.is_blank() {
            given.insert(answer.question.clone(), answer);
        }
    }
    for question in survey.questions.iter().filter(|q| q.required && !given.contains_key(&q.id)) {
        violations.add(field, format!("question {:?} must be answered", question.id));
    }
    if violations.0.is_empty() && given.is_empty() {
        violations.add(field, "holds no answer; answer at least one question");
    }
    violations.into_result()?;
    Ok(survey.questions.iter().filter_map(|q| given.remove(&q.id)).collect())
}

fn check_value(field: &str, question: &Question, value: &AnswerValue, violations: &mut Violations) {
    match (&question.kind, value) {
        (QuestionKind::FreeText { max_characters }, AnswerValue::Text(text)) => {
            let length = text.chars().count();
            if length > *max_characters {
                let text = format!("has {length} characters; give at most {max_characters}");
                violations.add(format!("{field}.text"), text);
            }
            violations.check_nul(&format!("{field}.text"), text);
        }
        (QuestionKind::SingleChoice { choices }, AnswerValue::Choice(chosen)) => {
            if !choices.iter().any(|c| c.id == *chosen) {
                violations.add(format!("{field}.choice"), no_choice(choices));
            }
        }
        (QuestionKind::MultipleChoice { choices, max_choices }, AnswerValue::Choices(chosen)) => {
            let mut seen = HashSet::new();
            for (at, id) in chosen.iter().enumerate() {
                if !choices.iter().any(|c| c.id == *id) {
                    violations.add(format!("{field}.choices.ids[{at}]"), no_choice(choices));
                } else if !seen.insert(id) {
                    violations.add(format!("{field}.choices.ids[{at}]"), format!("{id:?} is chosen twice"));
                }
            }
            if chosen.len() > *max_choices {
                let text = format!("has {}; choose at most {max_choices}", chosen.len());
                violations.add(format!("{field}.choices.ids"), text);
            }
        }
        (QuestionKind::Rating { lowest, highest }, AnswerValue::Rating(rating)) => {
            if !(lowest..=highest).contains(&rating) {
                violations.add(format!("{field}.rating"), format!("is {rating}; give {lowest} to {highest}"));
            }
        }
        (kind, _) => {
            let wanted = match kind {
                QuestionKind::FreeText { .. } => "text",
                QuestionKind::SingleChoice { .. } => "choice",
                QuestionKind::MultipleChoice { .. } => "choices",
                QuestionKind::Rating { .. } => "rating",
            };
            violations.add(field, format!("question {:?} takes a {wanted}", question.id));
        }
    }
}

// It does not repeat what was given: in a shifted file that may be somebody's words.
fn no_choice(choices: &[Choice]) -> String {
    format!("is no choice of this question; choices are {}", some_of(choices.iter().map(|c| c.id.as_str())))
}

/// The first few of many ids: a status travels in headers, which are small.
fn some_of<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let mut shown: Vec<_> = ids.take(11).collect();
    if shown.len() > 10 {
        shown[10] = "…";
    }
    shown.join(", ")
}

impl Response {
    /// A new response with checked answers.
    pub fn submit(
        id: Uuid,
        survey: &Survey,
        organisation: &str,
        answers: Vec<Answer>,
        now: DateTime<Utc>,
    ) -> Result<Response, Rejection> {
        survey.check_open()?;
        let answers = check_answers(survey, "response.answers", answers)?;
        let (survey, organisation) = (survey.id.clone(), organisation.to_owned());
        let (submitted_at, updated_at) = (now, now);
        Ok(Response {
            id,
            survey,
            organisation,
            answers,
            revision: 1,
            withdrawn: false,
            submitted_at,
            updated_at,
        })
    }

    /// Replaces the answers. `expected` is the revision that was read; 0 for whatever it is.
    pub fn revise(
        mut self,
        survey: &Survey,
        answers: Vec<Answer>,
        expected: i64,
        now: DateTime<Utc>,
    ) -> Result<Response, Rejection> {
        survey.check_open()?;
        self.check_current(expected)?;
        self.answers = check_answers(survey, "answers", answers)?;
        self.revision += 1;
        self.updated_at = now;
        Ok(self)
    }

    /// Withdraws it: the answers go, a tombstone stays.
    pub fn withdraw(
        mut self,
        survey: &Survey,
        expected: i64,
        now: DateTime<Utc>,
    ) -> Result<Response, Rejection> {
        survey.check_open()?;
        self.check_current(expected)?;
        self.answers.clear();
        self.withdrawn = true;
        self.revision += 1;
        self.updated_at = now;
        Ok(self)
    }

    fn check_current(&self, expected: i64) -> Result<(), Rejection> {
        if self.withdrawn {
            Err(Rejection::Withdrawn)
        } else if expected != 0 && expected != self.revision {
            Err(Rejection::Stale { current: self.revision })
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
