use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;

#[rstest]
#[case("The tram would be a great benefit.", Position::For)]
#[case("It is a waste and it will damage the park.", Position::Against)]
#[case("This is not a good idea.", Position::Against)]
#[case("It is safe but expensive.", Position::Mixed)]
#[case("It runs along the canal.", Position::Unclear)]
#[case("", Position::Unclear)]
fn a_topic_that_starts_something(#[case] text: &str, #[case] expected: Position) {
    assert_eq!(position(text, "We should build the tram").position, expected);
}

#[test]
fn a_topic_that_ends_something_turns_the_stance() {
    assert_eq!(
        position("The pool keeps us healthy.", "The pool should be closed").position,
        Position::Against
    );
    assert_eq!(position("The pool keeps us healthy.", "We should support the pool").position, Position::For);
}

#[test]
fn the_words_that_decided_are_named() {
    let words = position("It is not safe.", "We should build the tram").words;
    assert_eq!(words, [("safe".to_owned(), -1.0)]);
}

#[rstest]
#[case("Please mend the road.", Act::Ask)]
#[case("Provide more seats", Act::Ask)]
#[case("The nurses were wonderful.", Act::Praise)]
#[case("The driver was rude and late.", Act::Complaint)]
#[case("I live in the village.", Act::Other)]
fn acts(#[case] text: &str, #[case] expected: Act) {
    assert_eq!(act(text), expected);
}
