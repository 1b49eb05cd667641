//! The only crate that names the NATS client: connection, streams, publisher, consumer, trace headers.
//!
//! Streams are transport, never the record: everything in them can be sent again from an outbox, and everything
//! received may be received again. [`Publisher`] is what a [`soundings_mailbox::Relay`] publishes through;
//! [`consumer::run`] hands batches of deliveries to a service's [`consumer::Handle`].

pub mod cloud_events;
pub mod config;
pub mod connection;
pub mod consumer;
pub mod error;
pub mod lookup;
pub mod provision;
pub mod publisher;
mod pulls;
pub mod users;

pub use config::Config;
pub use connection::{Connection, Credentials, Settings};
pub use consumer::{Delivery, Disposition, Handle, Stats};
pub use error::Error;
pub use provision::provision;
pub use publisher::Publisher;
