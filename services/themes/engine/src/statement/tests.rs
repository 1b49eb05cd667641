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

/// The lengths in words of an answer's statements, cut on a stack that a recursion over its clauses would not fit in.
fn lengths_on_a_small_stack(answer: String) -> Vec<usize> {
    let cut = move || {
        let found = statements(&answer);
        assert!(found.iter().map(|s| s.text.len()).sum::<usize>() <= answer.len());
        found.iter().map(|s| s.text.split_whitespace().count()).collect()
    };
    std::thread::Builder::new().stack_size(128 * 1024).spawn(cut).unwrap().join().unwrap()
}

#[rstest]
#[case::semicolons("a b c d e; ")]
#[case::commas("a b c d, and ")]
#[case::dashes("a b c d – ")]
#[case::dashes_side_by_side("a b c – – d – ")]
fn the_longest_answer_is_cut_into_its_thousands_of_clauses(#[case] clause: &str) {
    let answer: String = clause.chars().cycle().take(100_000).collect();
    let clauses = 100_000 / clause.chars().count();
    let lengths = lengths_on_a_small_stack(answer);
    assert!(lengths.len() > clauses / 2 && lengths.len() <= clauses + 1, "{}", lengths.len());
    let (long, short): (Vec<usize>, Vec<usize>) = lengths.iter().partition(|words| **words > 10);
    assert!(long.len() <= 1 && short.iter().all(|words| *words >= CLAUSE_WORDS), "{long:?}");
}

#[rstest]
#[case::words("word ", 334)]
#[case::wide_gaps("word                             ", 51)]
#[case::one_word("word", 1)]
fn the_longest_answer_without_punctuation_is_cut_into_runs(#[case] word: &str, #[case] runs: usize) {
    let lengths = lengths_on_a_small_stack(word.chars().cycle().take(100_000).collect());
    assert_eq!(lengths.len(), runs);
    assert!(lengths.iter().all(|words| *words <= LONGEST_RUN));
}

#[rstest]
#[case::spaces(" ")]
#[case::brackets("()")]
#[case::breaks("\u{85}")]
fn a_gap_as_long_as_an_answer_parts_two_sentences(#[case] gap: &str) {
    let gap: String = gap.chars().cycle().take(99_976).collect();
    let answer = format!("One thing.{gap}Another thing.");
    let found = statements(&answer);
    assert_eq!((found.len(), found[1].text, found[1].end), (2, "Another thing.", 100_000));
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
