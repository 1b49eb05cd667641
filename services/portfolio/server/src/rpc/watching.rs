//! Streams that send what is new as it is made, until their caller goes or the service stops.
use std::{pin::Pin, time::Duration};

use futures::Stream;
use soundings_chassis::Problem;
use tokio::sync::{mpsc, watch};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

/// Polling is the truth; being told is only faster.
const POLL: Duration = Duration::from_secs(1);
/// Updates that wait for a slow caller; then reading waits too.
const WAITING: usize = 16;

/// What a method that watches returns.
pub type Watched<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// Where a watcher's updates come from; it knows what the watcher has seen.
pub trait News: Send + 'static {
    /// What is sent.
    type Update: Send + 'static;

    /// What the watcher has not seen, in order; then it has.
    ///
    /// # Errors
    /// Failures of the database, which end the stream.
    fn newer(&mut self) -> impl Future<Output = Result<Vec<Self::Update>, Problem>> + Send;
}

/// Sends what is newer at once, and again whenever `told` changes here, or another replica made something.
pub fn stream<N: News>(
    mut news: N,
    mut told: watch::Receiver<u64>,
    stop: CancellationToken,
) -> Watched<N::Update> {
    let (sender, receiver) = mpsc::channel(WAITING);
    let watch = async move {
        loop {
            match news.newer().await {
                Ok(updates) => {
                    for update in updates {
                        if sender.send(Ok(update)).await.is_err() {
                            return;
                        }
                    }
                }
                Err(problem) => {
                    _ = sender.send(Err(problem.into())).await;
                    return;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sender.closed() => return,
                _ = told.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with its stream, and at shutdown")]
    tokio::spawn(watch);
    Box::pin(ReceiverStream::new(receiver))
}
