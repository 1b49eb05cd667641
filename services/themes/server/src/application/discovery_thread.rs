//! Discovery on a thread of its own, so that it never waits for those that serve and assign, nor they for it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::thread;

use soundings_themes_engine::{Step, Watch};
use tokio::sync::oneshot;

/// How far a run is, and whether to stop it. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Watched(Arc<State>);

#[derive(Debug, Default)]
struct State {
    stopped: AtomicBool,
    step: AtomicU8,
    /// In millionths.
    progress: AtomicU32,
}

/// What a run is busy with, as it is kept.
const STEPS: [&str; 4] = ["reading", "comparing", "grouping", "naming"];

impl Watched {
    /// Stops the run.
    pub fn stop(&self) {
        self.0.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether it is to stop.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.stopped.load(Ordering::Relaxed)
    }

    /// Notes that so much of the words is read, 0 to 1; whether to go on.
    pub fn reading(&self, share: f64) -> bool {
        self.note(0, share);
        !self.stopped()
    }

    fn note(&self, step: u8, share: f64) {
        self.0.step.store(step, Ordering::Relaxed);
        self.0.progress.store((share * 1e6).clamp(0.0, 1e6) as u32, Ordering::Relaxed);
    }

    /// The step's word and how much of it is done, in millionths.
    #[must_use]
    pub fn told(&self) -> (&'static str, i64) {
        let step = usize::from(self.0.step.load(Ordering::Relaxed));
        (STEPS[step.min(STEPS.len() - 1)], i64::from(self.0.progress.load(Ordering::Relaxed)))
    }

    /// Runs work with the engine's watch on it, on a new thread.
    ///
    /// # Panics
    /// When the work does.
    ///
    /// # Errors
    /// When there is no thread to be had.
    pub async fn on_own_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce(Watch<'_>) -> T + Send + 'static,
    ) -> std::io::Result<T> {
        let (done, result) = oneshot::channel();
        let watched = self.clone();
        thread::Builder::new().name("themes-discovery".to_owned()).spawn(move || {
            let stopped = || watched.stopped();
            let progress = |step: Step, share: f64| {
                let number = match step {
                    Step::Neighbours => 1,
                    Step::Groups => 2,
                    Step::Names => 3,
                };
                watched.note(number, share);
            };
            let watch = Watch { stopped: &stopped, progress: &progress };
            // Nobody may be waiting any more.
            let _ = done.send(catch_unwind(AssertUnwindSafe(|| work(watch))));
        })?;
        // Whoever goes away while it runs stops it.
        let _stop = StopOnDrop(self);
        match result.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(panic)) => resume_unwind(panic),
            Err(gone) => Err(std::io::Error::other(gone)),
        }
    }
}

struct StopOnDrop<'a>(&'a Watched);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}
