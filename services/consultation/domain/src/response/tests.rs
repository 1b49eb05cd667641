use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::SurveyState;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000, 0).unwrap()
}

fn choices() -> Vec<Choice> {
    ["a", "b", "c"].map(|id| Choice { id: id.into(), label: id.into() }).into()
}

fn survey() -> Survey {
    let question = |id: &str, required, kind| Question {
        id: id.into(),
        prompt: id.into(),
        required,
        kind,
        bound_to: String::new(),
    };
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

fn any_value() -> impl Strategy<Value = AnswerValue> {
    prop_oneof![
        ".{0,12}".prop_map(AnswerValue::Text),
        "[a-d]".prop_map(AnswerValue::Choice),
        prop::collection::vec("[a-d]", 0..4).prop_map(AnswerValue::Choices),
        (-1..8).prop_map(AnswerValue::Rating),
    ]
}

fn any_answers() -> impl Strategy<Value = Vec<Answer>> {
    let question = prop_oneof![Just("words"), Just("one"), Just("some"), Just("mark"), Just("else")];
    prop::collection::vec((question, any_value()).prop_map(|(question, value)| answer(question, value)), 0..6)
}

proptest! {
    #[test]
    fn accepted_answers_are_accepted_again_as_they_are(answers in any_answers()) {
        if let Ok(checked) = check_answers(&survey(), "answers", answers) {
            prop_assert!(!checked.is_empty());
            prop_assert_eq!(check_answers(&survey(), "answers", checked.clone()), Ok(checked));
        }
    }

    #[test]
    fn every_rejected_field_lies_in_the_answers(answers in any_answers()) {
        let given = answers.len();
        if let Err(rejection) = check_answers(&survey(), "answers", answers) {
            let named = fields(rejection);
            prop_assert!(!named.is_empty());
            for field in named {
                let at = field.strip_prefix("answers[").and_then(|rest| rest.split(']').next()?.parse::<usize>().ok());
                prop_assert!(field == "answers" || at.is_some_and(|at| at < given), "{}", field);
            }
        }
    }

    #[test]
    fn revisions_have_no_gap_and_end_with_withdrawal(changes in prop::collection::vec(any::<bool>(), 1..12)) {
        let mut response = submitted();
        for (at, revise) in changes.into_iter().enumerate() {
            let before = response.clone();
            let changed = if revise {
                response.revise(&survey(), vec![text("again")], before.revision, now())
            } else {
                response.withdraw(&survey(), 0, now())
            };
            response = match changed {
                Ok(changed) => {
                    prop_assert_eq!(changed.revision, before.revision + 1);
                    prop_assert_eq!(changed.revision, at as i64 + 2);
                    changed
                }
                Err(rejection) => {
                    prop_assert!(before.withdrawn);
                    prop_assert_eq!(rejection, Rejection::Withdrawn);
                    break;
                }
            };
        }
    }
}

#[test]
fn a_required_question_is_not_answered_by_no_choice() {
    let mut survey = survey();
    survey.questions[2].required = true;
    let answers = vec![text("hi"), answer("some", AnswerValue::Choices(Vec::new()))];
    assert_eq!(fields(check_answers(&survey, "answers", answers).unwrap_err()), ["answers"]);
}
