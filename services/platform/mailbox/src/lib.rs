//! A committed change is never lost, an applied message never applied twice.
//!
//! A service writes its state, its outgoing events ([`outbox`]), its idempotency records ([`requests`]) and what it
//! has consumed ([`inbox`]) in one transaction of its own [`Database`]. A [`relay::Relay`] then carries the outbox to
//! the streams, in order, for as long as it takes; the database stays the record and the streams only transport.
//!
//! ```ignore
//! let tx = db.begin().await?;
//! store.insert_response(&tx, &response).await?;
//! outbox::append(&tx, &[event]).await?;
//! tx.commit().await.map_err(mailbox::Error::from)?;
//! wake.notify();
//! ```
//!
//! Every function takes the time as an argument; SQLite and PostgreSQL run the same statements.

pub mod create_database;
pub mod database;
pub mod dead_letters;
pub mod envelope;
pub mod error;
pub mod inbox;
pub mod lease;
pub mod migrations;
pub mod outbox;
pub mod publish;
pub mod reconcile;
pub mod relay;
pub mod requests;
pub mod sql;

pub use create_database::create_database;
pub use database::Database;
pub use envelope::{Envelope, Outgoing};
pub use error::Error;
pub use inbox::Admission;
pub use lease::Lease;
pub use publish::{Ack, Publish, PublishError, StreamState};
pub use relay::{Now, Relay, Wake};

/// What every function of this crate returns.
pub type Result<T> = std::result::Result<T, Error>;
