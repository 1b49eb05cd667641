use rstest::rstest;

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_600_000_000, 0).unwrap()
}

fn free_text(id: &str) -> Question {
    let kind = QuestionKind::FreeText { max_characters: 100 };
    Question {
        id: id.into(),
        prompt: "What do you need?".into(),
        required: false,
        kind,
        bound_to: String::new(),
    }
}

fn draft(questions: Vec<Question>) -> Survey {
    Survey {
        id: "s".into(),
        title: "S".into(),
        questions,
        state: SurveyState::Draft,
        created_at: now(),
        opened_at: None,
        closed_at: None,
        version: 1,
    }
}

fn choice(id: &str) -> Choice {
    Choice { id: id.into(), label: id.to_uppercase() }
}

#[test]
fn it_goes_from_draft_to_open_to_closed_and_no_other_way() {
    let draft = draft(vec![free_text("q")]);
    let refused = draft.clone().close(now()).unwrap_err();
    assert_eq!(refused, Rejection::SurveyState { is: "draft", needed: "open" });
    let open = draft.open(now()).unwrap();
    assert_eq!((open.opened_at, open.version), (Some(now()), 2));
    assert!(open.clone().open(now()).is_err());
    assert!(open.clone().edit("T".into(), vec![free_text("q")]).is_err());
    let closed = open.close(now()).unwrap();
    assert_eq!((closed.state, closed.version), (SurveyState::Closed, 3));
    assert!(closed.clone().open(now()).is_err() && closed.close(now()).is_err());
}

#[rstest]
#[case(vec![], "survey.questions")]
#[case(vec![free_text("q"), free_text("q")], "survey.questions[1].id")]
#[case(vec![free_text("-q")], "survey.questions[0].id")]
#[case(vec![Question { prompt: String::new(), ..free_text("q") }], "survey.questions[0].prompt")]
#[case(vec![Question { kind: QuestionKind::FreeText { max_characters: 0 }, ..free_text("q") }], "survey.questions[0].free_text.max_characters")]
#[case(vec![Question { kind: QuestionKind::Rating { lowest: 5, highest: 5 }, ..free_text("q") }], "survey.questions[0].rating")]
#[case(vec![Question { kind: QuestionKind::SingleChoice { choices: vec![choice("a")] }, ..free_text("q") }], "survey.questions[0].single_choice.choices")]
#[case(vec![Question { kind: QuestionKind::MultipleChoice { choices: vec![choice("a"), choice("a")], max_choices: 1 }, ..free_text("q") }], "survey.questions[0].multiple_choice.choices[1].id")]
#[case(vec![Question { kind: QuestionKind::MultipleChoice { choices: vec![choice("a"), choice("b")], max_choices: 3 }, ..free_text("q") }], "survey.questions[0].multiple_choice.max_choices")]
fn a_faulty_question_is_named(#[case] questions: Vec<Question>, #[case] field: &str) {
    match draft(questions).check().unwrap_err() {
        Rejection::Invalid(violations) => {
            assert_eq!(violations.0.iter().map(|(field, _)| field.as_str()).collect::<Vec<_>>(), [field]);
        }
        other => panic!("{other:?}"),
    }
}
