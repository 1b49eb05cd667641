//! Two-stage shutdown: asked to stop, tasks finish what they hold; after a grace period they are dropped.
use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Owns the tasks of a process, or of a part of one. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    soft: CancellationToken,
    hard: CancellationToken,
    tasks: TaskTracker,
    failure: Arc<Mutex<Option<String>>>,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// A task failed, which stopped the others.
    #[error("{0}")]
    Task(String),
    /// Tasks were still busy after the grace period and were dropped.
    #[error("some work was still under way after {0:?} and was dropped")]
    Forced(Duration),
}

impl Lifecycle {
    /// A lifecycle without tasks.
    pub fn new() -> Self {
        Self::default()
    }

    /// Cancelled when it is time to stop: take no new work, finish what is under way.
    pub fn soft(&self) -> CancellationToken {
        self.soft.clone()
    }

    /// Cancelled when the grace period is over.
    pub fn hard(&self) -> CancellationToken {
        self.hard.clone()
    }

    /// Runs a task until it ends or the grace period is over. Its failure stops everything else.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = anyhow::Result<()>> + Send + 'static) {
        let lifecycle = self.clone();
        self.tasks.spawn(async move {
            tokio::select! {
                () = lifecycle.hard.cancelled() => tracing::warn!(task = name, "dropped at shutdown"),
                ended = task => if let Err(error) = ended {
                    tracing::error!(task = name, error = format!("{error:#}"), "task failed");
                    lifecycle.fail(format!("{name}: {error:#}"));
                },
            }
        });
    }

    fn fail(&self, reason: String) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(reason);
        self.soft.cancel();
    }

    /// Asks every task to stop.
    pub fn stop(&self) {
        self.soft.cancel();
    }

    /// Asks every task to stop and waits for them, at most this long.
    pub async fn shutdown(&self, grace: Duration) -> Result<(), Failure> {
        self.soft.cancel();
        self.tasks.close();
        let forced = tokio::time::timeout(grace, self.tasks.wait()).await.is_err();
        if forced {
            self.hard.cancel();
            self.tasks.wait().await;
        }
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).take();
        match failure {
            Some(reason) => Err(Failure::Task(reason)),
            None if forced => Err(Failure::Forced(grace)),
            None => Ok(()),
        }
    }

    /// Runs until SIGTERM, SIGINT or a failure, then shuts down. A second signal ends the grace period.
    pub async fn run_until_signal(&self, grace: Duration) -> anyhow::Result<()> {
        tokio::select! {
            signal = signal() => signal?,
            () = self.soft.cancelled() => {}
        }
        tracing::info!("stopping");
        tokio::select! {
            ended = self.shutdown(grace) => Ok(ended?),
            again = signal() => {
                again?;
                self.hard.cancel();
                anyhow::bail!("interrupted again before everything had stopped")
            }
        }
    }
}

async fn signal() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failing_task_stops_the_others_and_is_named() {
        let lifecycle = Lifecycle::new();
        let soft = lifecycle.soft();
        lifecycle.spawn("patient", async move {
            soft.cancelled().await;
            Ok(())
        });
        lifecycle.spawn("clumsy", async { anyhow::bail!("dropped it") });
        lifecycle.soft().cancelled().await;
        let ended = lifecycle.shutdown(Duration::from_secs(5)).await;
        assert_eq!(ended, Err(Failure::Task("clumsy: dropped it".into())));
    }

    #[tokio::test]
    async fn a_task_that_hangs_is_dropped_after_the_grace_period() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("stubborn", std::future::pending());
        let grace = Duration::from_millis(20);
        assert_eq!(lifecycle.shutdown(grace).await, Err(Failure::Forced(grace)));
    }
}
