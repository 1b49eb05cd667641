//! The gRPC edge: messages in and out, and nothing decided.
pub mod consultation_service;
pub mod messages;
pub mod names;
pub mod status_mapping;
