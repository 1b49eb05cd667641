//! How a long computation is followed and stopped from outside.

/// What a computation is busy with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Looking for each statement's nearest others: by far the longest.
    Neighbours,
    /// Finding groups in the graph of neighbours.
    Groups,
    /// Naming the groups.
    Names,
}

/// Stops and reports a computation. Both functions may be called from any of its threads.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Whether to give up; asked often, so it should be as cheap as reading an atomic.
    pub stopped: &'a (dyn Fn() -> bool + Sync),
    /// Told the step and the share of it that is done, 0 to 1.
    pub progress: &'a (dyn Fn(Step, f64) + Sync),
}

impl Watch<'_> {
    /// Neither stops nor tells.
    pub const SILENT: Watch<'static> = Watch { stopped: &|| false, progress: &|_, _| () };
}

/// The computation was stopped from outside; nothing of it is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped;

impl std::fmt::Display for Stopped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped before it was done")
    }
}

impl std::error::Error for Stopped {}
