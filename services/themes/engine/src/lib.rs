//! The analysis of themes: statements, vectors, assignment. Pure: no IO, no clock, no randomness of its own.
//!
//! A free-text answer is cut into [`statements`](statement::statements), and the [`Assigner`] gives each statement the
//! themes of a [`Codebook`](soundings_themes_domain::Codebook) that it is close to, or none.

pub mod assigner;
pub mod background;
pub mod statement;
pub mod vector;

pub use assigner::{Assigner, Encoder, Mention, Thresholds};
