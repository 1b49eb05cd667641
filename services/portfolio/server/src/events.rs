//! Events in and out.
pub mod on_input;
pub mod outgoing;
