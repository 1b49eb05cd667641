//! The gRPC edge: messages in and out, and nothing decided.
pub mod analysis_service;
pub mod gap_service;
pub mod item_changes;
pub mod messages;
pub mod model_messages;
pub mod mutation;
pub mod names;
pub mod plan_messages;
pub mod plan_service;
pub mod portfolio_service;
pub mod quotes;
pub mod round_messages;
pub mod scoring_service;
