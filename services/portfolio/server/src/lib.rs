//! The portfolio service: work items, rankings and their explanation.
//!
//! Everything a ranking depends on is an entry of one append-only log ([`store::input_log`]); a revision names the
//! position up to which it counts, so any past revision can be computed again. See [`build`].

pub mod application;
pub mod config;
pub mod events;
pub mod rpc;
pub mod service;
pub mod store;
mod writing;

pub use config::Config;
pub use service::{Running, build};
