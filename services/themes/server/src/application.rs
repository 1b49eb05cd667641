//! What this service does: take decisions on codebooks and statements, assign responses, assign them anew.

mod across_threads;
pub mod assign_responses;
pub mod change_codebook;
pub mod decide_mention;
pub mod draw_sample;
pub mod explain_mention;
pub mod keep_evidence;
pub mod learn;
mod learned_by;
mod off_the_runtime;
pub mod preview_reassignment;
pub mod ready_codebooks;
pub mod reassign_codebooks;
pub mod request;
pub mod response_source;
pub mod runtime;
pub mod search_statements;
pub mod take_in;
pub mod theme_figures;

pub use across_threads::across_threads;
pub use off_the_runtime::off_the_runtime;
pub use response_source::{BatchRead, ClosedAnswer, ReadAnswer, ReadResponse, ResponseSource, SourceError};
pub use runtime::Runtime;
