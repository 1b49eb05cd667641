//! What counts as the same text.
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

/// A text without what people vary by accident: compatibility forms (NFKC), case, punctuation, spacing.
pub fn normalise(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    let mut gap = false;
    for c in text.nfkc().flat_map(char::to_lowercase) {
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

/// Emoji and the like carry meaning; ASCII and general punctuation do not.
fn is_symbol(c: char) -> bool {
    !c.is_whitespace() && !c.is_ascii() && !('\u{2000}'..='\u{206f}').contains(&c) && !c.is_control()
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
    use super::*;

    #[test]
    fn case_spacing_and_punctuation_do_not_make_another_text() {
        let one = digest("Laptops, please!  We can’t work\nfrom home.");
        assert_eq!(one, digest("laptops please we can t work from home"));
        assert_ne!(one, digest("laptops please we can work from home"));
    }

    #[test]
    fn words_are_counted_without_punctuation() {
        assert_eq!(word_count("n/a"), 2);
        assert_eq!(word_count(" … "), 0);
        assert_eq!(word_count("Broadband – still – slow."), 3);
    }
}
