//! What this service does: take codebooks in, assign responses, assign them anew.

pub mod assign_responses;
pub mod change_codebook;
mod off_the_runtime;
pub mod ready_codebooks;
pub mod reassign_codebooks;
pub mod response_source;
pub mod runtime;
pub mod take_in;

pub use off_the_runtime::off_the_runtime;
pub use response_source::{BatchRead, ReadAnswer, ReadResponse, ResponseSource, SourceError};
pub use runtime::Runtime;
