//! The gRPC edge: messages in and out, and nothing decided.
pub mod messages;
pub mod model_messages;
pub mod names;
pub mod portfolio_service;
pub mod quotes;
