//! Page tokens: opaque, bound to their query, read back only as they were issued.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::Problem;

const TAG: usize = 16;

/// Issues and reads page tokens. The same key in every replica.
#[derive(Clone)]
pub struct PageTokens {
    key: Vec<u8>,
}

impl PageTokens {
    /// Tokens under this key. They guard against mistakes, not against readers: permissions are checked on every page.
    pub fn new(key: impl Into<Vec<u8>>) -> Self {
        PageTokens { key: key.into() }
    }

    /// A token that continues `query` (everything that selects the rows, but not the page size) after `position`.
    pub fn issue(&self, query: &str, position: &str) -> String {
        let mut token = self.tag(query, position);
        token.extend_from_slice(position.as_bytes());
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The position in a token of this query; None for the empty token, which starts at the first page.
    pub fn read(&self, query: &str, token: &str) -> Result<Option<String>, Problem> {
        if token.is_empty() {
            return Ok(None);
        }
        let invalid = || {
            let text = "is not a token that this query returned; start again with an empty one";
            Problem::invalid_field("page_token", text)
        };
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| invalid())?;
        let (tag, position) = bytes.split_at_checked(TAG).ok_or_else(invalid)?;
        let position = String::from_utf8(position.to_vec()).map_err(|_| invalid())?;
        if self.tag(query, &position) == tag { Ok(Some(position)) } else { Err(invalid()) }
    }

    fn tag(&self, query: &str, position: &str) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).expect("a key of any length");
        mac.update(&(query.len() as u64).to_be_bytes());
        mac.update(query.as_bytes());
        mac.update(position.as_bytes());
        mac.finalize().into_bytes()[..TAG].to_vec()
    }
}

/// The page size asked for, between 1 and `most`; 0 means `usual`.
pub fn page_size(asked: i32, usual: u32, most: u32) -> Result<u32, Problem> {
    match u32::try_from(asked) {
        Ok(0) => Ok(usual),
        Ok(size) => Ok(size.min(most)),
        Err(_) => Err(Problem::invalid_field("page_size", format!("is {asked}; give 0 to {most}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_own_query_alone() {
        let tokens = PageTokens::new("k");
        let token = tokens.issue("surveys/a", "42");
        assert_eq!(tokens.read("surveys/a", &token).unwrap().as_deref(), Some("42"));
        assert_eq!(tokens.read("surveys/a", "").unwrap(), None);
        assert!(tokens.read("surveys/b", &token).is_err());
        assert!(tokens.read("surveys/a", "rubbish").is_err());
        assert!(PageTokens::new("other").read("surveys/a", &token).is_err());
    }
}
