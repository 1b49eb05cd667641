//! Why a command is not carried out.

/// Bad fields, each with what is wrong and how to mend it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Violations(pub Vec<(String, String)>);

impl Violations {
    /// Adds one.
    pub fn add(&mut self, field: impl Into<String>, description: impl Into<String>) {
        self.0.push((field.into(), description.into()));
    }

    /// Ok when there are none.
    pub fn into_result(self) -> Result<(), Rejection> {
        if self.0.is_empty() { Ok(()) } else { Err(Rejection::Invalid(self)) }
    }

    /// Checks that a text holds `least` to `most` characters, and no NUL: PostgreSQL keeps none.
    pub fn check_length(&mut self, field: &str, text: &str, least: usize, most: usize) {
        let length = text.chars().count();
        if length < least && length == 0 {
            self.add(field, format!("is empty; give {least} to {most} characters"));
        } else if length < least || length > most {
            self.add(field, format!("has {length} characters; give {least} to {most}"));
        }
        self.check_nul(field, text);
    }

    /// Checks that a text holds no NUL.
    pub fn check_nul(&mut self, field: &str, text: &str) {
        if text.contains('\0') {
            self.add(field, "holds a NUL character; leave it out");
        }
    }
}

/// Why a command is not carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Fields that cannot be taken.
    #[error("{} field(s) cannot be taken", .0.0.len())]
    Invalid(Violations),
    /// The survey takes no responses now.
    #[error("the survey is {0}, not open: it takes no responses")]
    SurveyNotOpen(&'static str),
    /// The survey does not stand where the command needs it.
    #[error("the survey is {is}; this needs it to be {needed}")]
    SurveyState {
        /// Where it stands.
        is: &'static str,
        /// Where it would have to stand.
        needed: &'static str,
    },
    /// The response was withdrawn.
    #[error("the response was withdrawn; submit a new one")]
    Withdrawn,
    /// It changed since it was read.
    #[error("it has changed since it was read (it is at {current} now): read it again")]
    Stale {
        /// The revision or version that it is at.
        current: i64,
    },
}
