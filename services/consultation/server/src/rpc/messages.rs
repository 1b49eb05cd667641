//! Domain values as messages, and back.
use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use soundings_chassis::Problem;
use soundings_consultation_domain::{
    Answer, AnswerValue, Organisation, OrganisationKind, Question, QuestionKind, Response, Survey,
    SurveyState, survey::Choice, text,
};
use soundings_proto::consultation::v1 as proto;

use super::names;

/// Longest free text when a question says nothing.
const USUAL_LENGTH: usize = 10_000;

/// As a message.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: time.timestamp(), nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// Refuses an etag of another version; the empty one stands for whatever it is.
pub fn check_etag(etag: &str, version: i64) -> Result<(), Problem> {
    if etag.is_empty() || etag == version.to_string() { Ok(()) } else { Err(stale(version)) }
}

/// It changed since it was read.
pub fn stale(current: i64) -> Problem {
    Problem::aborted(
        "STALE_ETAG",
        format!("it has changed since it was read (its etag is {current} now): read it again"),
    )
}

/// As a message.
pub fn organisation_kind(kind: OrganisationKind) -> proto::OrganisationKind {
    match kind {
        OrganisationKind::Council => proto::OrganisationKind::Council,
        OrganisationKind::PublicBody => proto::OrganisationKind::PublicBody,
        OrganisationKind::Voluntary => proto::OrganisationKind::Voluntary,
        OrganisationKind::Other => proto::OrganisationKind::Other,
    }
}

/// As a message.
pub fn organisation(organisation: &Organisation) -> proto::Organisation {
    proto::Organisation {
        name: names::organisation(&organisation.id),
        display_name: organisation.display_name.clone(),
        kind: organisation_kind(organisation.kind).into(),
        code: organisation.code.clone(),
        population: organisation.population,
        etag: organisation.version.to_string(),
    }
}

/// From a message, with the id of its name, at version 1.
pub fn read_organisation(id: String, message: proto::Organisation) -> Result<Organisation, Problem> {
    let kind = match message.kind() {
        proto::OrganisationKind::Council => OrganisationKind::Council,
        proto::OrganisationKind::PublicBody => OrganisationKind::PublicBody,
        proto::OrganisationKind::Voluntary => OrganisationKind::Voluntary,
        proto::OrganisationKind::Other => OrganisationKind::Other,
        proto::OrganisationKind::Unspecified => {
            return Err(Problem::invalid_field(
                "organisation.kind",
                "is missing; give COUNCIL or another kind",
            ));
        }
    };
    let proto::Organisation { display_name, code, population, .. } = message;
    Ok(Organisation { id, display_name, kind, code, population, version: 1 })
}

/// As a message.
pub fn survey_state(state: SurveyState) -> proto::SurveyState {
    match state {
        SurveyState::Draft => proto::SurveyState::Draft,
        SurveyState::Open => proto::SurveyState::Open,
        SurveyState::Closed => proto::SurveyState::Closed,
    }
}

/// As a message.
pub fn survey(survey: &Survey, response_count: i64) -> proto::Survey {
    proto::Survey {
        name: names::survey(&survey.id),
        title: survey.title.clone(),
        questions: survey.questions.iter().map(question).collect(),
        state: survey_state(survey.state).into(),
        create_time: Some(timestamp(survey.created_at)),
        open_time: survey.opened_at.map(timestamp),
        close_time: survey.closed_at.map(timestamp),
        etag: survey.version.to_string(),
        response_count,
    }
}

fn question(question: &Question) -> proto::Question {
    use proto::question::Kind;
    let number = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let kind = match &question.kind {
        QuestionKind::FreeText { max_characters } => {
            Kind::FreeText(proto::FreeTextQuestion { max_characters: number(*max_characters) })
        }
        QuestionKind::SingleChoice { choices } => {
            Kind::SingleChoice(proto::SingleChoiceQuestion { choices: choices.iter().map(choice).collect() })
        }
        QuestionKind::MultipleChoice { choices, max_choices } => {
            Kind::MultipleChoice(proto::MultipleChoiceQuestion {
                choices: choices.iter().map(choice).collect(),
                max_choices: number(*max_choices),
            })
        }
        QuestionKind::Rating { lowest, highest } => {
            Kind::Rating(proto::RatingQuestion { lowest: *lowest, highest: *highest })
        }
    };
    let (id, prompt, required) = (question.id.clone(), question.prompt.clone(), question.required);
    proto::Question { id, prompt, required, kind: Some(kind), bound_to: question.bound_to.clone() }
}

fn choice(choice: &Choice) -> proto::Choice {
    proto::Choice { id: choice.id.clone(), label: choice.label.clone() }
}

/// From messages.
pub fn read_questions(questions: Vec<proto::Question>) -> Result<Vec<Question>, Problem> {
    let read = |(at, question): (usize, proto::Question)| {
        let kind = question.kind.ok_or_else(|| {
            let field = format!("survey.questions[{at}].kind");
            Problem::invalid_field(
                field,
                "is missing; give free_text, single_choice, multiple_choice or rating",
            )
        })?;
        let proto::Question { id, prompt, required, bound_to, .. } = question;
        Ok(Question { id, prompt, required, kind: read_kind(kind), bound_to })
    };
    questions.into_iter().enumerate().map(read).collect()
}

fn read_kind(kind: proto::question::Kind) -> QuestionKind {
    use proto::question::Kind;
    let choices = |choices: Vec<proto::Choice>| -> Vec<Choice> {
        choices.into_iter().map(|c| Choice { id: c.id, label: c.label }).collect()
    };
    match kind {
        Kind::FreeText(q) => QuestionKind::FreeText {
            max_characters: match usize::try_from(q.max_characters) {
                Ok(0) => USUAL_LENGTH,
                Ok(most) => most,
                Err(_) => 0,
            },
        },
        Kind::SingleChoice(q) => QuestionKind::SingleChoice { choices: choices(q.choices) },
        Kind::MultipleChoice(q) => {
            let choices = choices(q.choices);
            let max_choices = match usize::try_from(q.max_choices) {
                Ok(0) => choices.len(),
                Ok(most) => most,
                Err(_) => 0,
            };
            QuestionKind::MultipleChoice { choices, max_choices }
        }
        Kind::Rating(q) => QuestionKind::Rating { lowest: q.lowest, highest: q.highest },
    }
}

/// As a message.
pub fn response(response: &Response) -> proto::Response {
    proto::Response {
        name: names::response(&response.survey, response.id),
        organisation: names::organisation(&response.organisation),
        answers: response.answers.iter().map(answer).collect(),
        revision: response.revision,
        state: if response.withdrawn {
            proto::ResponseState::Withdrawn
        } else {
            proto::ResponseState::Submitted
        }
        .into(),
        submit_time: Some(timestamp(response.submitted_at)),
        update_time: Some(timestamp(response.updated_at)),
    }
}

/// As a message for analysis: with digests and counts of words.
pub fn analysed(of: &Response) -> proto::Response {
    let mut message = response(of);
    for answer in &mut message.answers {
        if let Some(proto::answer::Value::Text(words)) = &answer.value {
            answer.text_digest = text::digest(words);
            answer.word_count = text::word_count(words);
        }
    }
    message
}

/// A reply as the idempotency record keeps it: without what was answered, so that no words outlive their withdrawal.
pub fn spared(reply: &proto::Response) -> proto::Response {
    let mut spared = reply.clone();
    for answer in &mut spared.answers {
        answer.value = None;
    }
    spared
}

/// A kept reply with its answers again, which the repeated request brought.
pub fn restored(mut kept: proto::Response, given: &[Answer]) -> proto::Response {
    for answer_kept in &mut kept.answers {
        let mut matching = given.iter().filter(|g| g.question == answer_kept.question && !g.value.is_blank());
        if let Some(given) = matching.next() {
            *answer_kept = answer(given);
        }
    }
    kept
}

fn answer(answer: &Answer) -> proto::Answer {
    use proto::answer::Value;
    let value = match &answer.value {
        AnswerValue::Text(text) => Value::Text(text.clone()),
        AnswerValue::Choice(id) => Value::Choice(id.clone()),
        AnswerValue::Choices(ids) => Value::Choices(proto::ChoiceSet { ids: ids.clone() }),
        AnswerValue::Rating(rating) => Value::Rating(*rating),
    };
    proto::Answer { question: answer.question.clone(), value: Some(value), ..Default::default() }
}

/// From messages; `field` is where they stand.
pub fn read_answers(field: &str, answers: Vec<proto::Answer>) -> Result<Vec<Answer>, Problem> {
    use proto::answer::Value;
    let read = |(at, answer): (usize, proto::Answer)| {
        let value = match answer.value {
            Some(Value::Text(text)) => AnswerValue::Text(text),
            Some(Value::Choice(id)) => AnswerValue::Choice(id),
            Some(Value::Choices(set)) => AnswerValue::Choices(set.ids),
            Some(Value::Rating(rating)) => AnswerValue::Rating(rating),
            None => {
                let field = format!("{field}[{at}].value");
                return Err(Problem::invalid_field(
                    field,
                    "is missing; give text, choice, choices or rating",
                ));
            }
        };
        Ok(Answer { question: answer.question, value })
    };
    answers.into_iter().enumerate().map(read).collect()
}
