//! Events this service sends and takes.

pub mod on_response;
pub mod outgoing;
