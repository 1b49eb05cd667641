//! Who counts as one voice: identical responses of an organisation count once, whoever sent first.

use sha2::{Digest, Sha256};

/// A response with fewer words than this in all is never taken for part of a campaign ("n/a", "none").
pub const CAMPAIGN_WORDS: i64 = 5;

/// A respondent as the tallies see it: identical responses of one organisation share a key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VoiceKey(String);

impl VoiceKey {
    /// A key read back from storage.
    #[must_use]
    pub fn from_stored(key: String) -> Self {
        Self(key)
    }

    /// The key as text: 32 hexadecimal characters, or `r:` and a response's id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// An answered free-text question, as far as counting needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredText {
    /// The question's id.
    pub question: String,
    /// The digest of the text after normalisation.
    pub digest: String,
    /// The number of words in the text.
    pub words: i64,
}

/// The voice of a response: by the digests of all its answers under the codebook, or by the response itself if it is
/// too short to be a campaign. None if it answers no question of the codebook.
#[must_use]
pub fn voice_key(response: &str, answers: &[AnsweredText]) -> Option<VoiceKey> {
    if answers.is_empty() {
        return None;
    }
    if answers.iter().map(|a| a.words).sum::<i64>() < CAMPAIGN_WORDS {
        return Some(VoiceKey(format!("r:{response}")));
    }
    let mut parts: Vec<_> = answers.iter().map(|a| (a.question.as_str(), a.digest.as_str())).collect();
    parts.sort_unstable();
    let mut hasher = Sha256::new();
    for (question, digest) in parts {
        hasher.update(question.as_bytes());
        hasher.update([0]);
        hasher.update(digest.as_bytes());
        hasher.update([0]);
    }
    Some(VoiceKey(hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(question: &str, digest: &str, words: i64) -> AnsweredText {
        AnsweredText { question: question.into(), digest: digest.into(), words }
    }

    #[test]
    fn the_order_of_answers_makes_no_difference_and_every_answer_counts() {
        let a = [answer("q1", "d1", 9), answer("q2", "d2", 9)];
        let b = [answer("q2", "d2", 9), answer("q1", "d1", 9)];
        assert_eq!(voice_key("r1", &a), voice_key("r2", &b));
        assert_ne!(voice_key("r1", &a), voice_key("r1", &a[..1]));
        assert_ne!(voice_key("r1", &[answer("q1", "d2", 9)]), voice_key("r1", &[answer("q2", "d2", 9)]));
    }

    #[test]
    fn a_response_under_five_words_is_its_own_voice() {
        let none = [answer("q1", "none", 2), answer("q2", "none", 2)];
        assert_ne!(voice_key("r1", &none), voice_key("r2", &none));
        let five = [answer("q1", "none", 2), answer("q2", "none", 3)];
        assert_eq!(voice_key("r1", &five), voice_key("r2", &five));
    }

    #[test]
    fn a_response_that_answers_nothing_is_no_voice() {
        assert_eq!(voice_key("r1", &[]), None);
    }
}
