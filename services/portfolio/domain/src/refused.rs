//! Why a method refuses what it was given.

/// What is wrong, and where; the whole call fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct Refused {
    /// The field, with the ids of what it belongs to.
    pub field: String,
    /// What is wrong with it and what would be right.
    pub reason: String,
}

impl Refused {
    pub(crate) fn new(field: impl Into<String>, reason: impl Into<String>) -> Self {
        Refused { field: field.into(), reason: reason.into() }
    }
}
