//! What this service keeps: codebooks, what each response contributes, mentions, tallies and the last signals.
//!
//! Texts are not kept: a mention holds its place in an answer, and the words are fetched from consultation when asked.

pub mod assignments;
pub mod codebooks;
pub mod mentions;
pub mod migrations;
pub mod signals;
mod sql;

pub use assignments::AssignedResponse;
