//! The consultation service: organisations, surveys and responses, kept durably and told of as events.
//!
//! See [`build`].

pub mod application;
pub mod config;
pub mod events;
pub mod rpc;
pub mod service;
pub mod store;

pub use config::Config;
pub use service::{Running, build};
