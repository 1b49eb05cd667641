//! What this service does: take decisions on codebooks and statements, assign responses, assign them anew, discover
//! themes in what fits none.

mod across_threads;
pub mod assign_responses;
pub mod change_codebook;
pub mod check_model;
pub mod decide_mention;
pub mod discover_groups;
pub mod discoveries;
pub mod discovery_settings;
pub mod discovery_thread;
pub mod draw_sample;
pub mod explain_mention;
pub mod keep_evidence;
pub mod learn;
mod learned_by;
mod off_the_runtime;
pub mod pool_texts;
pub mod preview_reassignment;
pub mod ready_codebooks;
pub mod reassign_codebooks;
pub mod request;
pub mod response_source;
pub mod runtime;
pub mod search_statements;
pub mod settle_discovery;
pub mod take_in;
pub mod theme_figures;

pub use across_threads::across_threads;
pub use off_the_runtime::off_the_runtime;
pub use response_source::{
    BatchRead, ClosedAnswer, Questions, ReadAnswer, ReadResponse, ResponseSource, SourceError,
};
pub use runtime::Runtime;
