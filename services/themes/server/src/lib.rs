//! The themes service: codebooks, mentions, signals.
//!
//! It takes consultation's response events, reads the words over gRPC, assigns their statements to the themes of each
//! codebook that the survey feeds, and tells of changed tallies as signals. See [`build`].

pub mod application;
pub mod config;
pub mod events;
pub mod rpc;
pub mod service;
pub mod store;

pub use config::Config;
pub use service::{Running, build};
