//! What counts as the same text.
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// A text without what people vary by accident: compatibility forms (NFKC), case, punctuation, spacing.
pub fn normalise(text: &str) -> String {
    // Up and down again folds what lower case alone keeps apart, such as ß and ss, or ς and σ.
    let folded = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfkc();
    let mut normal = String::with_capacity(text.len());
    let mut gap = false;
    for c in folded.filter(|c| !is_invisible(*c)) {
        if c.is_alphanumeric() || is_symbol(c) {
            if gap && !normal.is_empty() {
                normal.push(' ');
            }
            gap = false;
            normal.push(c);
        } else {
            gap = true;
        }
    }
    normal
}

/// Soft hyphens, zero-width characters and variation selectors do not even part words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

/// Emoji, marks and the like carry meaning; punctuation does not.
fn is_symbol(c: char) -> bool {
    let punctuation = matches!(c, '\u{a0}'..='\u{bf}' | '\u{2000}'..='\u{206f}' | '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{303f}');
    !c.is_whitespace() && !c.is_ascii() && !punctuation && !c.is_control()
}

/// SHA-256 of the normalised text, in hex.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(normalise(text).as_bytes()))
}

/// Words of the normalised text.
pub fn word_count(text: &str) -> i32 {
    i32::try_from(normalise(text).split(' ').filter(|word| !word.is_empty()).count()).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_spacing_and_punctuation_do_not_make_another_text() {
        let one = digest("Laptops, please!  We can’t work\nfrom home.");
        assert_eq!(one, digest("laptops please we can t work from home"));
        assert_ne!(one, digest("laptops please we can work from home"));
        assert_eq!(normalise("STRASSE «ﬁle»"), normalise("straße: ﬁ\u{ad}le"));
        assert_ne!(normalise("good 👍"), normalise("good 👎"));
    }

    #[test]
    fn words_are_counted_without_punctuation() {
        assert_eq!(word_count("n/a"), 2);
        assert_eq!(word_count(" … "), 0);
        assert_eq!(word_count("Broadband – still – slow."), 3);
    }

    proptest! {
        #[test]
        fn a_normal_text_without_marks_stays_as_it_is(text in "[\\PC&&[^\\p{M}]]{0,60}") {
            let normal = normalise(&text);
            prop_assert_eq!(normalise(&normal), normal);
        }

        #[test]
        fn ends_and_gaps_do_not_count(words in prop::collection::vec("[a-zA-Z]{1,8}", 0..12), gaps in prop::collection::vec("[ ,.!?\n–]{1,3}", 13)) {
            let mut text = gaps[12].clone();
            for (word, gap) in words.iter().zip(&gaps) {
                text.push_str(&word.to_uppercase());
                text.push_str(gap);
            }
            prop_assert_eq!(digest(&text), digest(&words.join(" ")));
            prop_assert_eq!(usize::try_from(word_count(&text)).ok(), Some(words.len()));
        }
    }
}
