//! Connections, streams, publishing and consuming on a real nats-server.
#![expect(clippy::unwrap_used, reason = "tests")]

mod connecting;
mod consuming;
mod lookups;
mod odd_servers;
mod provisioning;
mod publishing;
mod relaying;
mod users;
mod world;
