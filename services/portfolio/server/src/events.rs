//! Events in and out.
pub mod on_input;
pub mod opportunity_found;
pub mod outgoing;
pub mod standing;
