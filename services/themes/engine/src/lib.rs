//! The analysis of themes: statements, vectors, assignment, discovery. Pure: no IO, no clock, no randomness of its own.
//!
//! A free-text answer is cut into [`statements`](statement::statements), and the [`Assigner`] gives each statement the
//! themes of a [`Codebook`](soundings_themes_domain::Codebook) that it is close to, or none. What none takes is searched
//! for groups by [`discover`](discover::discover()), which [`identity`] follows from run to run and [`emerging`] proposes. What people decided teaches a [`learned`] assigner, and [`evaluate`]
//! tells how well either does.

pub mod agreement;
pub mod assigner;
pub mod background;
pub mod chance;
pub mod copies;
pub mod discover;
pub mod emerging;
pub mod evaluate;
pub mod evidence;
pub mod graph;
pub mod identity;
pub mod language;
pub mod learned;
pub mod leiden;
pub mod matching;
pub mod naming;
pub mod neighbours;
pub mod representatives;
pub mod stance;
pub mod statement;
pub mod vector;
pub mod watch;
pub mod words;

pub use assigner::{Assigner, Encoder, Mention, Thresholds};
pub use discover::{Discovery, Group, Options, discover};
pub use watch::{Step, Stopped, Watch};
