//! Tables of organisations, surveys, responses and imported rows, on SQLite and PostgreSQL alike.
pub mod imported_rows;
pub mod migrations;
pub mod organisations;
pub mod responses;
pub mod surveys;
