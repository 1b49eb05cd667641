//! The log of inputs and the revisions made of it, and the registers of contracts and benefits, on SQLite and PostgreSQL alike.
pub mod assurances;
pub mod attachments;
pub mod benefits;
pub mod contracts;
pub mod heard;
pub mod input_log;
pub mod migrations;
pub mod opportunities_found;
pub mod procurement_policy;
pub mod records;
pub mod revisions;
pub mod standing_messages;
pub mod suggestion_log;
pub mod told_gaps;
