//! Where responses are read: consultation, which owns them (the port).

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

/// A response as its owner tells it now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadResponse {
    /// The survey's id.
    pub survey: String,
    /// The response's id.
    pub response: String,
    /// The organisation's id.
    pub organisation: String,
    /// The revision it stands at.
    pub revision: i64,
    /// When that revision was accepted.
    pub time: DateTime<Utc>,
    /// Its answers to free-text questions; none if it was withdrawn.
    pub answers: Vec<ReadAnswer>,
    /// Its answers to the other questions; none if it was withdrawn.
    pub closed: Vec<ClosedAnswer>,
}

/// A value that was chosen in answer to a closed question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClosedAnswer {
    /// The question's id.
    pub question: String,
    /// The choice's id, or the rating as a number.
    pub value: String,
}

/// An answer to a free-text question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadAnswer {
    /// The question's id.
    pub question: String,
    /// What was asked; empty: the question is not known.
    pub prompt: Arc<str>,
    /// The words.
    pub text: String,
    /// The digest of the words after normalisation.
    pub digest: String,
    /// How many words.
    pub words: i64,
}

/// What a batch read gave.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BatchRead {
    /// The responses that there are, withdrawn ones without answers.
    pub responses: Vec<ReadResponse>,
    /// Names of those there are not.
    pub missing: Vec<String>,
}

/// What a survey asks: the words of each question, by id.
pub type Questions = BTreeMap<String, Arc<str>>;

/// Why responses could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Consultation is out of reach or busy; later it may answer.
    #[error("consultation does not answer: {0}")]
    Unavailable(String),
    /// There is no such survey.
    #[error("consultation has no such survey")]
    NotFound,
    /// It refuses, and will again.
    #[error("consultation refuses: {0}")]
    Refused(String),
}

/// Reads responses from their owner.
#[async_trait]
pub trait ResponseSource: Send + Sync {
    /// The responses of these names (`surveys/{survey}/responses/{response}`), as they stand now.
    async fn batch_get(&self, names: &[String]) -> Result<BatchRead, SourceError>;

    /// What a survey asks: the words of its questions, by id.
    async fn questions(&self, survey: &str) -> Result<Arc<Questions>, SourceError>;

    /// A page of a survey's responses, withdrawn ones included, and the token of the next page (empty: the last).
    async fn list(&self, survey: &str, page_token: &str) -> Result<(Vec<ReadResponse>, String), SourceError>;
}
