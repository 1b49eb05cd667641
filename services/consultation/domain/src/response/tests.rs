use pretty_assertions::assert_eq;

use super::*;
use crate::{SurveyState, survey::Choice};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000, 0).unwrap()
}

fn choices() -> Vec<Choice> {
    ["a", "b", "c"].map(|id| Choice { id: id.into(), label: id.into() }).into()
}

fn survey() -> Survey {
    let question = |id: &str, required, kind| Question { id: id.into(), prompt: id.into(), required, kind };
    Survey {
        id: "s".into(),
        title: "S".into(),
        questions: vec![
            question("words", true, QuestionKind::FreeText { max_characters: 10 }),
            question("one", false, QuestionKind::SingleChoice { choices: choices() }),
            question("some", false, QuestionKind::MultipleChoice { choices: choices(), max_choices: 2 }),
            question("mark", false, QuestionKind::Rating { lowest: 1, highest: 5 }),
        ],
        state: SurveyState::Open,
        created_at: now(),
        opened_at: Some(now()),
        closed_at: None,
        version: 2,
    }
}

fn answer(question: &str, value: AnswerValue) -> Answer {
    Answer { question: question.into(), value }
}

fn text(words: &str) -> Answer {
    answer("words", AnswerValue::Text(words.into()))
}

fn submitted() -> Response {
    Response::submit(Uuid::from_u128(1), &survey(), "GLG", vec![text("hello")], now()).unwrap()
}

fn fields(rejection: Rejection) -> Vec<String> {
    match rejection {
        Rejection::Invalid(violations) => violations.0.into_iter().map(|(field, _)| field).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_bad_answer_is_named() {
    let answers = vec![
        text("far too many characters"),
        answer("one", AnswerValue::Choice("z".into())),
        answer("some", AnswerValue::Choices(vec!["a".into(), "a".into(), "z".into()])),
        answer("mark", AnswerValue::Rating(6)),
        answer("else", AnswerValue::Rating(1)),
    ];
    let rejection = Response::submit(Uuid::from_u128(1), &survey(), "GLG", answers, now()).unwrap_err();
    assert_eq!(
        fields(rejection),
        [
            "response.answers[0].text",
            "response.answers[1].choice",
            "response.answers[2].choices.ids[1]",
            "response.answers[2].choices.ids[2]",
            "response.answers[2].choices.ids",
            "response.answers[3].rating",
            "response.answers[4].question",
        ]
    );
}

#[test]
fn blank_words_do_not_answer_a_required_question() {
    let rejection = check_answers(&survey(), "answers", vec![text("  ")]).unwrap_err();
    assert_eq!(fields(rejection), ["answers"]);
}

#[test]
fn answers_stand_in_the_surveys_order() {
    let answers = vec![answer("mark", AnswerValue::Rating(3)), text("hi")];
    let checked = check_answers(&survey(), "answers", answers).unwrap();
    assert_eq!(checked.iter().map(|a| a.question.as_str()).collect::<Vec<_>>(), ["words", "mark"]);
}

#[test]
fn a_closed_survey_takes_no_response_and_no_revision() {
    let closed = survey().close(now()).unwrap();
    let rejection = Response::submit(Uuid::from_u128(1), &closed, "GLG", vec![text("x")], now()).unwrap_err();
    assert_eq!(rejection, Rejection::SurveyNotOpen("closed"));
    let rejection = submitted().revise(&closed, vec![text("x")], 0, now()).unwrap_err();
    assert_eq!(rejection, Rejection::SurveyNotOpen("closed"));
}

#[test]
fn a_stale_revision_is_told_the_current_one() {
    let revised = submitted().revise(&survey(), vec![text("again")], 1, now()).unwrap();
    assert_eq!(revised.revision, 2);
    let rejection = revised.revise(&survey(), vec![text("later")], 1, now()).unwrap_err();
    assert_eq!(rejection, Rejection::Stale { current: 2 });
}

#[test]
fn withdrawing_leaves_a_tombstone_that_cannot_be_revised() {
    let gone = submitted().withdraw(&survey(), 1, now()).unwrap();
    assert!(gone.withdrawn && gone.answers.is_empty() && gone.revision == 2);
    assert_eq!(gone.revise(&survey(), vec![text("x")], 0, now()).unwrap_err(), Rejection::Withdrawn);
}
