use pretty_assertions::assert_eq;
use rstest::rstest;

use super::*;

fn position(text: &str, topic: &str) -> Position {
    Leaning::of(text).towards(&Topic::new(topic))
}

#[rstest]
#[case("The tram would be a great benefit.", Position::For)]
#[case("It is a waste and it will damage the park.", Position::Against)]
#[case("This is not a good idea.", Position::Against)]
#[case("It is safe but expensive.", Position::Mixed)]
#[case("It runs along the canal.", Position::Unclear)]
#[case("", Position::Unclear)]
fn a_topic_that_starts_something(#[case] text: &str, #[case] expected: Position) {
    assert_eq!(position(text, "We should build the tram"), expected);
}

#[test]
fn a_topic_that_ends_something_turns_the_stance() {
    assert_eq!(position("The pool keeps us healthy.", "The pool should be closed"), Position::Against);
    assert_eq!(position("The pool keeps us healthy.", "We should support the pool"), Position::For);
}

#[test]
fn a_word_of_the_topic_says_what_is_spoken_about() {
    let topic = Topic::new("Support for carers");
    assert!(topic.names_a_leaning() && !Topic::new("Buses").names_a_leaning());
    let leaning = Leaning::of("Support for carers");
    assert_eq!(leaning.towards(&topic), Position::Unclear);
    assert_eq!(leaning.towards(&Topic::new("Carers")), Position::For);
}

#[rstest]
#[case("Please mend the road.", Act::Ask)]
#[case("Provide more seats", Act::Ask)]
#[case("The nurses were wonderful.", Act::Praise)]
#[case("The driver was rude and late.", Act::Complaint)]
#[case("I live in the village.", Act::Other)]
fn acts(#[case] text: &str, #[case] expected: Act) {
    assert_eq!(act(text, &Leaning::of(text)), expected);
}
