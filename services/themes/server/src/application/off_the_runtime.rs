//! Work that keeps a processor busy.

use std::panic::resume_unwind;

/// Runs work on a thread of its own: assigning long answers takes seconds, in which the runtime's threads serve others.
///
/// # Panics
/// When the work does.
pub async fn off_the_runtime<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => resume_unwind(error.into_panic()),
    }
}
