//! The gRPC edge: messages in and out, and nothing decided.
pub mod benefits_messages;
pub mod benefits_service;
pub mod documents_service;
pub mod item_changes;
pub mod messages;
pub mod model_messages;
pub mod mutation;
pub mod names;
pub mod portfolio_service;
pub mod procurement_messages;
pub mod procurement_service;
pub mod quotes;
