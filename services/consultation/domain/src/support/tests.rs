use chrono::DateTime;
use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::{Rejection, SurveyState};

const THEME: &str = "codebooks/c/themes/T1";

fn rating(id: &str, lowest: i32, highest: i32, bound_to: &str) -> Question {
    let kind = QuestionKind::Rating { lowest, highest };
    Question { id: id.into(), prompt: "How much?".into(), required: false, kind, bound_to: bound_to.into() }
}

fn survey(questions: Vec<Question>) -> Survey {
    Survey {
        id: "s".into(),
        title: "S".into(),
        questions,
        state: SurveyState::Open,
        created_at: DateTime::UNIX_EPOCH,
        opened_at: None,
        closed_at: None,
        version: 1,
    }
}

fn rated(question: &str, rating: i32) -> Answer {
    Answer { question: question.into(), value: AnswerValue::Rating(rating) }
}

#[rstest]
#[case("codebooks/c/themes/T1")]
#[case("workItems/shared-laptops")]
fn what_demand_knows_by_name_can_be_bound(#[case] target: &str) {
    survey(vec![rating("q", 1, 5, target)]).check().unwrap();
}

#[rstest]
#[case("codebooks/c/themes/", "codebooks/{codebook}")]
#[case("codebooks/c", "codebooks/{codebook}")]
#[case("portfolios/p/workItems/i", "codebooks/{codebook}")]
#[case("workItems/-", "codebooks/{codebook}")]
#[case(" workItems/i", "codebooks/{codebook}")]
fn what_has_another_shape_is_refused_by_its_field(#[case] target: &str, #[case] mend: &str) {
    let Err(Rejection::Invalid(violations)) = survey(vec![rating("q", 1, 5, target)]).check() else {
        panic!("{target} was taken");
    };
    assert_eq!(violations.0[0].0, "survey.questions[0].bound_to");
    assert!(violations.0[0].1.contains(mend), "{violations:?}");
}

#[test]
fn only_a_rating_can_be_bound() {
    let kind = QuestionKind::FreeText { max_characters: 10 };
    let question = Question { kind, ..rating("q", 1, 5, THEME) };
    let Err(Rejection::Invalid(violations)) = survey(vec![question]).check() else { panic!("it was taken") };
    assert_eq!(violations.0[0].0, "survey.questions[0].bound_to");
    assert!(violations.0[0].1.contains("rating"), "{violations:?}");
}

#[rstest]
#[case(1, 5, 1, 0)]
#[case(1, 5, 4, 750_000)]
#[case(1, 5, 5, FULL)]
#[case(0, 3, 1, 333_333)]
#[case(0, 3, 2, 666_667)]
// 1/64 is 15,625; of 1/96, 10,416.67.
#[case(2, 98, 3, 10_417)]
#[case(0, 64, 1, 15_625)]
fn a_ratings_support_is_its_place_on_the_scale(
    #[case] lowest: i32,
    #[case] highest: i32,
    #[case] given: i32,
    #[case] support: i64,
) {
    let survey = survey(vec![rating("q", lowest, highest, THEME)]);
    let moves = Moves::of(&survey, &[], &[rated("q", given)]);
    assert_eq!(moves.questions["q"].support_ppm, support);
    assert_eq!((moves.respondents, moves.questions["q"].target.as_str()), (1, THEME));
}

#[test]
fn a_half_goes_to_the_even_neighbour() {
    assert_eq!((scaled(1, 2 * FULL), scaled(3, 2 * FULL), scaled(5, 2 * FULL)), (0, 2, 2));
}

#[test]
fn what_is_not_bound_or_does_not_change_moves_nothing() {
    let unbound = survey(vec![rating("q", 1, 5, "")]);
    assert!(Moves::of(&unbound, &[], &[rated("q", 5)]).is_empty());
    let both = survey(vec![rating("q", 1, 5, THEME), rating("free", 1, 5, "")]);
    assert!(Moves::of(&both, &[rated("q", 5)], &[rated("q", 5), rated("free", 1)]).is_empty());
    let revised = Moves::of(&both, &[rated("q", 5)], &[rated("q", 4)]);
    assert_eq!((revised.respondents, revised.questions["q"].support_ppm), (0, -250_000));
    let answers_no_more = Moves::of(&both, &[rated("q", 1)], &[rated("free", 1)]);
    assert_eq!((answers_no_more.respondents, answers_no_more.questions["q"].respondents), (-1, -1));
}

fn any_answers() -> impl Strategy<Value = Vec<Answer>> {
    let given = |question: &'static str| prop::option::of((1..=5).prop_map(move |r| rated(question, r)));
    (given("a"), given("b"), given("c")).prop_map(|(a, b, c)| [a, b, c].into_iter().flatten().collect())
}

proptest! {
    #[test]
    fn moves_add_up_to_what_stands(history in prop::collection::vec(prop::collection::vec(any_answers(), 1..5), 1..6)) {
        let questions = vec![rating("a", 1, 5, THEME), rating("b", 1, 5, "workItems/i"), rating("c", 1, 5, "")];
        let survey = survey(questions);
        let (mut moved, mut stands) = (Moves::default(), Moves::default());
        for response in &history {
            let mut before: &[Answer] = &[];
            for after in response {
                moved.add(&Moves::of(&survey, before, after));
                before = after;
            }
            stands.add(&Moves::of(&survey, &[], before));
        }
        moved.questions.retain(|_, of| (of.respondents, of.support_ppm) != (0, 0));
        stands.questions.retain(|_, of| (of.respondents, of.support_ppm) != (0, 0));
        prop_assert!(stands.questions.values().all(|of| of.respondents <= stands.respondents));
        prop_assert_eq!(moved, stands);
    }
}
