//! The documents that a partnership publishes, as one model of headings, paragraphs, lists and tables with a writer for
//! each format. They are pure functions of a revision and what is
//! named beside it in the stamp: the same of both gives the same bytes.
pub mod benefits_report;
pub mod business_plan;
pub mod csv_tables;
pub mod document;
pub mod feedback;
pub mod figures;
pub mod html;
pub mod markdown;
pub mod others_say;
mod rated;
pub mod receipt;

pub use document::{Block, Column, Document, Stamp, Table};
pub use others_say::Evidence;
