//! What this service keeps: codebooks and the decisions on them, what each response contributes, mentions and people's
//! decisions on them, tallies and the last signals.
//!
//! Texts are not kept: a mention holds its place in an answer, and the words are fetched from consultation when asked.

pub mod assignments;
pub mod audit_draws;
mod closed_answers;
pub mod codebook_events;
pub mod codebooks;
pub mod emerging;
pub mod evidence;
pub mod learning;
pub mod mention_decisions;
pub mod mentions;
pub mod migrations;
pub mod signals;
mod sql;
pub mod views;

pub use assignments::AssignedResponse;
