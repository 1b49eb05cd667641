//! What can go wrong with the message server.

/// A failure of the connection or of JetStream.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address, the credentials or a certificate cannot be used.
    #[error("cannot use the NATS settings: {0}")]
    Settings(String),
    /// The server did not answer in time, or refused.
    #[error("the NATS server is not reachable: {0}")]
    Unreachable(String),
    /// The server is older than the floor.
    #[error("the NATS server is version {found}, but {floor} or newer is needed")]
    TooOld {
        /// What the server says it is.
        found: String,
        /// What it must be at least.
        floor: &'static str,
    },
    /// JetStream refused a request.
    #[error("JetStream: {0}")]
    JetStream(String),
    /// A message is not the CloudEvent that it should be.
    #[error("not a CloudEvent of ours: {0}")]
    Malformed(String),
}
