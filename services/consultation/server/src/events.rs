//! Events this service sends.
pub mod outgoing;
