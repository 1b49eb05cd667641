//! Waiting for a condition instead of sleeping.
use std::time::Duration;

/// How long a condition may take.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Asks until the condition yields something.
///
/// # Panics
/// When it has not within [`PATIENCE`].
pub async fn until<T>(what: &str, condition: impl AsyncFn() -> Option<T>) -> T {
    let wait = async {
        let mut turns = tokio::time::interval(Duration::from_millis(10));
        loop {
            turns.tick().await;
            if let Some(found) = condition().await {
                return found;
            }
        }
    };
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("no {what} within {PATIENCE:?}"))
}
