//! The rules of prioritisation: demand, value, ranking, explanation, in integers. Pure.
//!
//! Everything a ranking depends on is one value, [`Inputs`]; [`rank()`] makes a [`Ranking`] of it, the same bytes on any
//! machine. Method: linear additive value with fixed anchors and swing weights (HM Treasury Green Book MCDA note, 2024).
//! Scores and values are whole numbers in 10⁻¹²; each division rounds once, half to even; sums are exact.

pub mod ahp;
pub mod announce;
pub mod arithmetic;
pub mod ballots;
pub mod benefits;
pub mod bundle;
pub mod campaign;
pub mod change;
pub mod check;
pub mod demand;
pub mod direct;
pub mod documents;
pub mod evidence;
pub mod explain;
pub mod flip;
pub mod gaps;
pub mod influence;
pub mod inputs;
pub mod interval;
pub mod kendall;
pub mod link;
pub mod plan;
pub mod procurement;
pub mod rank;
pub mod ranker;
pub mod refused;
pub mod replaced_signals;
pub mod replay;
pub mod round;
pub mod score;
pub mod scoring_model;
pub mod second_opinion;
pub mod select;
pub mod smaa;
pub mod theme;
pub mod value;
pub mod voice;
pub mod what_if;

pub use arithmetic::ONE;
pub use bundle::{Bundle, verify};
pub use direct::{Rated, Support};
pub use inputs::{
    Criterion, Inputs, Item, Kind, Organisation, OrganisationKind, Pin, Portfolio, Programme, Resource,
    Score, Signal,
};
pub use link::{Reading, ThemeLink};
pub use rank::{Ranked, Ranking, rank};
pub use ranker::{Ranker, Touched};
pub use refused::Refused;
pub use theme::{Need, Theme, ThemeState};
