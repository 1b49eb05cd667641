//! Which statement a person's decision is about: the response, the question and the words, not the place.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A statement as decisions remember it. It outlives a revision of the response that keeps the sentence; the same
/// sentence twice in one answer is one statement.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementKey {
    /// The response's id.
    pub response: String,
    /// The question's id.
    pub question: String,
    /// The digest of its words; see [`statement_digest`].
    pub digest: String,
}

impl StatementKey {
    /// The key read back from [`Display`](std::fmt::Display); none: it is none.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (response, rest) = text.split_once(':')?;
        let (question, digest) = rest.split_once(':')?;
        let hexadecimal =
            digest.len() == 32 && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        let ids = [response, question].into_iter().all(crate::codebook_file::is_id);
        (hexadecimal && ids).then(|| Self {
            response: response.to_owned(),
            question: question.to_owned(),
            digest: digest.to_owned(),
        })
    }
}

impl std::fmt::Display for StatementKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.response, self.question, self.digest)
    }
}

/// 32 hexadecimal characters of the SHA-256 of a statement's words in lower case, white space run together. An edit of
/// those alone keeps it; any other makes another statement.
#[must_use]
pub fn statement_digest(text: &str) -> String {
    let mut hasher = Sha256::new();
    for word in text.split_whitespace() {
        hasher.update(word.to_lowercase().as_bytes());
        hasher.update(b" ");
    }
    hasher.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_is_written_and_nothing_else_is() {
        let digest = statement_digest("Staff  need\nlaptops.");
        assert_eq!(digest, statement_digest("STAFF need laptops."));
        assert_ne!(digest, statement_digest("Staff need laptop s."));
        let key = StatementKey { response: "0198-a".into(), question: "q.1".into(), digest };
        assert_eq!(StatementKey::parse(&key.to_string()), Some(key.clone()));
        for wrong in ["", "a:b", "a:b:c", "-a:b:00000000000000000000000000000000", &format!("{key}:")] {
            assert_eq!(StatementKey::parse(wrong), None, "{wrong}");
        }
    }
}
