//! What became of the rows of a file.
use super::Contract;

/// What was read of a file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Read {
    /// Contracts, each with the row it came from: a line of a CSV file (the header is line 1), or the number of a release
    /// or record, from 1.
    pub contracts: Vec<(u64, Contract)>,
    /// What stayed out, or went in with less than the row said.
    pub left: Vec<Left>,
}

/// Why a row, or a part of it, stayed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The row, as in [`Read::contracts`].
    pub row: u64,
    /// The column, or the path within the file.
    pub field: String,
    /// What is wrong and how to mend it; never the row's text.
    pub description: String,
    /// What became of it.
    pub why: Why,
}

/// What became of a row that is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It could not be read.
    Rejected,
    /// It was left out on purpose: another body's contract, or nothing was awarded.
    Skipped,
    /// It went in without this field.
    Noted,
}

/// The file has a fault that no row can be read past.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableFile(pub String);

impl Left {
    /// A row that could not be read.
    pub fn rejected(row: u64, field: impl Into<String>, description: impl Into<String>) -> Self {
        Left { row, field: field.into(), description: description.into(), why: Why::Rejected }
    }

    /// A row that was left out on purpose.
    pub fn skipped(row: u64, field: impl Into<String>, description: impl Into<String>) -> Self {
        Left { why: Why::Skipped, ..Left::rejected(row, field, description) }
    }

    /// A field that was left out.
    pub fn noted(row: u64, field: impl Into<String>, description: impl Into<String>) -> Self {
        Left { why: Why::Noted, ..Left::rejected(row, field, description) }
    }
}
