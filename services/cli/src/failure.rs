//! Why a command failed: a sentence for people, an exit code for scripts.
use std::{fmt, process::ExitCode};

use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::output::note;

/// What kind of failure it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything else.
    Other = 1,
    /// The command, or what was given to it, cannot be used.
    Usage = 2,
    /// There is no such thing.
    NotFound = 3,
    /// No token, one that does not hold, or one whose roles do not allow it.
    Auth = 4,
    /// The state does not allow it, or somebody else changed it meanwhile.
    Conflict = 5,
    /// A service is out of reach or busy; later it may work.
    Unavailable = 6,
    /// Ctrl-C.
    Interrupted = 130,
}

/// A failure.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    /// One line each, such as a field with what is wrong with it.
    details: Vec<String>,
}

/// What commands return.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Failure { kind, message: message.into(), details: Vec::new() }
    }

    /// What was given cannot be used.
    pub fn usage(message: impl Into<String>) -> Self {
        Failure::new(Kind::Usage, message)
    }

    /// Whether what was given cannot be used.
    pub fn is_usage(&self) -> bool {
        self.kind == Kind::Usage
    }

    /// The same, with what it is about in front.
    pub fn about(self, what: impl std::fmt::Display) -> Self {
        Failure { message: format!("{what}: {}", self.message), ..self }
    }

    /// The same, with these lines under it.
    pub fn with_details(self, details: Vec<String>) -> Self {
        Failure { details, ..self }
    }

    /// The same, each line under it made another.
    pub fn map_details(self, change: impl Fn(&str) -> String) -> Self {
        let details = self.details.iter().map(|detail| change(detail)).collect();
        Failure { details, ..self }
    }

    /// Prints it on stderr; the exit code.
    pub fn report(self) -> ExitCode {
        if self.kind != Kind::Interrupted {
            note(format!("soundings: {}", self.message));
            for detail in &self.details {
                note(format!("  {detail}"));
            }
        }
        ExitCode::from(self.kind as u8)
    }
}

/// What is wrong, in one line.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        self.details.iter().try_for_each(|detail| write!(f, "; {detail}"))
    }
}

/// Carries a command out until it is done or somebody presses Ctrl-C.
pub async fn interruptible(command: impl Future<Output = Outcome>) -> Outcome {
    tokio::select! {
        done = command => done,
        Ok(()) = tokio::signal::ctrl_c() => Err(Failure::new(Kind::Interrupted, "interrupted")),
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Failure::new(Kind::Other, format!("{error:#}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(Kind::Other, error.to_string())
    }
}

impl From<Status> for Failure {
    fn from(status: Status) -> Self {
        let kind = match status.code() {
            Code::InvalidArgument => Kind::Usage,
            Code::NotFound => Kind::NotFound,
            Code::Unauthenticated | Code::PermissionDenied => Kind::Auth,
            Code::AlreadyExists | Code::FailedPrecondition | Code::Aborted => Kind::Conflict,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => Kind::Unavailable,
            _ => Kind::Other,
        };
        let violations = status.get_error_details().bad_request().map(|b| b.field_violations.clone());
        let details: Vec<_> = violations
            .unwrap_or_default()
            .iter()
            .map(|v| format!("{}: {}", v.field, v.description))
            .collect();
        let message = match details.len() {
            0 => plain(&status),
            1 => "one field cannot be taken".to_owned(),
            n => format!("{n} fields cannot be taken"),
        };
        Failure { kind, message, details }
    }
}

/// A transport's failure names its cause only in its chain of sources.
fn plain(status: &Status) -> String {
    let refused = std::iter::successors(std::error::Error::source(status), |error| error.source())
        .any(|error| error.to_string().contains("onnection refused"));
    match (refused, status.message()) {
        (true, _) => "the service is not running there: start it with `soundings up`".to_owned(),
        (false, "") => format!("the service answered {:?}", status.code()),
        (false, message) => message.to_owned(),
    }
}
