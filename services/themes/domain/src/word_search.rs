//! Finding texts by their words, whatever case and accents they are written in.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The words of a text without case and accents, in order. Whatever is neither letter nor digit parts words: "council's"
/// is "council" and "s".
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let plain: String =
        text.nfkd().flat_map(char::to_lowercase).nfkd().filter(|c| !is_combining_mark(*c)).collect();
    let words = plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}

/// Whether a text holds all of these words, in any order; they are words as [`words`] gives them.
#[must_use]
pub fn holds_all(text: &str, wanted: &[String]) -> bool {
    let held = words(text);
    wanted.iter().all(|word| held.contains(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_make_no_difference_and_parts_of_words_are_not_found() {
        let text = "Là math! The Council's laptops cost ﬁfty pounds.";
        for found in ["la MATH", "council", "Ｌaptops", "fifty cost", "cost cost"] {
            assert!(holds_all(text, &words(found)), "{found}");
        }
        for missed in ["lap", "laptops broadband", "laptop"] {
            assert!(!holds_all(text, &words(missed)), "{missed}");
        }
        assert_eq!(words("!? …"), Vec::<String>::new());
    }

    proptest! {
        #[test]
        fn every_text_is_found_by_its_own_words_shouted(text in "\\PC{0,40}") {
            prop_assert!(holds_all(&text, &words(&text)));
            prop_assert_eq!(words(&words(&text).join(" ")), words(&text));
        }
    }
}
