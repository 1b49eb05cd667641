//! Tables of organisations, surveys, responses, their counts and tallies, and imported rows, on SQLite and PostgreSQL alike.
pub mod imported_rows;
pub mod migrations;
pub mod organisations;
pub mod responses;
pub mod support_tallies;
pub mod survey_counts;
pub mod surveys;
