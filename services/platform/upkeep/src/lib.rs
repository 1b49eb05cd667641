//! What goes wrong can be seen and put right: every service measures its mailbox, and serves its dead letters to
//! operators.

mod dead_letters;
mod measure;

pub use dead_letters::DeadLetterRpc;
pub use measure::measure;
