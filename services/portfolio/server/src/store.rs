//! The log of inputs and the revisions made of it, on SQLite and PostgreSQL alike.
pub mod heard;
pub mod input_log;
pub mod migrations;
pub mod records;
pub mod revisions;
pub mod told_gaps;
