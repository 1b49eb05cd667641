use crate::statement::slice;
use pretty_assertions::assert_eq;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

#[rstest]
#[case("")]
#[case(" \n\t ... !!")]
fn nothing_said(#[case] text: &str) {
    assert_eq!(readable(text), Readable::Empty);
}

#[rstest]
#[case("👍👍🏽", Readable::OnlyEmoji)]
#[case("Parking", Readable::OneWord)]
#[case("n/a", Readable::Yes)]
#[case("Bus timetable improvements", Readable::Yes)]
#[case("Quicker transport home", Readable::Yes)]
#[case("Les routes sont en mauvais état et il faut les réparer avant l'hiver.", Readable::OtherLanguage("French".into()))]
#[case("Mae angen mwy o fysiau yn y pentref ar ôl chwech.", Readable::OtherLanguage("Welsh".into()))]
#[case("Автобус всегда опаздывает", Readable::OtherLanguage("Russian".into()))]
fn told_apart(#[case] text: &str, #[case] expected: Readable) {
    assert_eq!(readable(text), expected);
}

#[test]
fn html_is_taken_out_and_offsets_point_at_the_original() {
    let text = "<p>Fish &amp; chips &#163;5</p><br/>I <3 it & 3 < 4";
    let plain = plain(text);
    assert_eq!(plain.text, "\nFish & chips £5\n\nI <3 it & 3 < 4");
    let found = plain.original((6, 14)).and_then(|(s, e)| slice(text, s, e));
    assert_eq!(found, Some("&amp; chips "));
    assert_eq!(plain.original((0, 999)), None);
}

#[rstest]
#[case("What could we do better?", "What could we do better?", true)]
#[case("what could we do", "What could we do better?", true)]
#[case("Q1 What could we do better", "What could we do better?", true)]
#[case("You could do better on what we do", "What could we do better?", false)]
#[case("Parking", "Parking", false)]
fn the_question_copied(#[case] statement: &str, #[case] question: &str, #[case] expected: bool) {
    assert_eq!(is_the_question(statement, question), expected);
}

proptest! {
    #[test]
    fn any_text_keeps_its_places(text in "[a-z<>/&;#0-9é👍 ]{0,60}") {
        let plain = plain(&text);
        let characters = text.chars().count();
        let length = plain.text.chars().count();
        prop_assert_eq!(length == 0, characters == 0);
        if length > 0 {
            prop_assert_eq!(plain.original((0, length)), Some((0, characters)));
        }
    }
}
