//! Ids: 1 to 63 letters, digits, `.`, `_`, `~` or `-`, beginning with a letter or digit.

/// Whether a text is an id.
pub fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.len() <= 63
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
}

/// What to say of a text that is no id.
pub const RULE: &str =
    "must be 1 to 63 letters, digits, '.', '_', '~' or '-', beginning with a letter or digit";
