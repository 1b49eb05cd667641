use pretty_assertions::assert_eq;
use proptest::prelude::*;
use rstest::rstest;

use super::*;

fn texts(answer: &str) -> Vec<&str> {
    statements(answer).iter().map(|s| s.text).collect()
}

#[rstest]
#[case("One thing. Another thing!  A third?", &["One thing.", "Another thing!", "A third?"])]
#[case("We need kit, e.g. Laptops and screens. Soon.", &["We need kit, e.g. Laptops and screens.", "Soon."])]
#[case("Cllr. Murray and Dr. A. Reid agree. So do we.", &["Cllr. Murray and Dr. A. Reid agree.", "So do we."])]
#[case("It costs £3.50 a day. Too much.", &["It costs £3.50 a day.", "Too much."])]
#[case("Our needs:\n- laptops\n- broadband at home\n\nThanks", &["Our needs:", "laptops", "broadband at home", "Thanks"])]
#[case("1. Laptops\n2) Chairs\n(c) Screens", &["Laptops", "Chairs", "Screens"])]
#[case("• One\r\n• Two\r\n", &["One", "Two"])]
#[case("We cannot share\ndata with the health board.\nThey will not talk.", &["We cannot share\ndata with the health board.", "They will not talk."])]
#[case("We cannot share\r\ndata between services", &["We cannot share\r\ndata between services"])]
#[case("Buy once for all councils; hold the data in one place.", &["Buy once for all councils;", "hold the data in one place."])]
#[case("n/a", &["n/a"])]
#[case("...", &[])]
#[case("", &[])]
#[case(" \n\t ", &[])]
#[case("Tha sinn ag iarraidh Gàidhlig. 日本語です。次の文。", &["Tha sinn ag iarraidh Gàidhlig.", "日本語です。", "次の文。"])]
fn an_answer_is_cut_where_a_reader_would(#[case] answer: &str, #[case] expected: &[&str]) {
    assert_eq!(texts(answer), expected);
}

#[test]
fn a_long_sentence_is_cut_into_clauses_and_a_short_one_is_not() {
    let short = "Staff work from home, and managers do not see them.";
    assert_eq!(texts(short), [short]);
    let long = "Our staff have worked from home since March with whatever laptop they could find at the time, and \
                meanwhile the finance team is paying three suppliers for what is the same licence in the end.";
    assert_eq!(texts(long).len(), 2);
    assert!(texts(long)[1].starts_with("and meanwhile"));
}

#[test]
fn text_without_punctuation_is_cut_into_runs() {
    let answer = "word ".repeat(150);
    let lengths: Vec<usize> = texts(&answer).iter().map(|t| t.split_whitespace().count()).collect();
    assert_eq!(lengths, [60, 60, 30]);
}

#[test]
fn offsets_count_characters_and_not_bytes() {
    let answer = "Càit a bheil e? 👩‍💻 at home.";
    let second = statements(answer)[1];
    assert_eq!(second.text, "👩‍💻 at home.");
    assert_eq!((second.start, second.end), (16, 28));
    assert_eq!(slice(answer, 16, 28), Some("👩‍💻 at home."));
    assert_eq!(slice(answer, 16, 29), None);
    assert_eq!(slice(answer, 40, 41), None);
}

proptest! {
    #[test]
    fn every_statement_lies_where_it_says_and_no_letter_is_lost(answer in "(?s)[ a-zA-Zé日.,;:!?\\-–•*()0-9\n\r\t\"]{0,400}") {
        let found = statements(&answer);
        let mut last = 0;
        for statement in &found {
            prop_assert!(statement.start >= last && statement.end > statement.start);
            prop_assert_eq!(slice(&answer, statement.start, statement.end), Some(statement.text));
            last = statement.end;
        }
        // Bullets and list numbers may fall away; no other letter may.
        let letters = |text: &str| text.chars().filter(|c| "éA日".contains(*c)).count();
        let kept: usize = found.iter().map(|s| letters(s.text)).sum();
        prop_assert_eq!(kept, letters(&answer));
    }

    #[test]
    fn any_text_at_all_is_cut_without_a_panic(answer in any::<String>()) {
        for statement in statements(&answer) {
            prop_assert_eq!(slice(&answer, statement.start, statement.end), Some(statement.text));
        }
    }
}
