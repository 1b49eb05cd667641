//! The service over gRPC, on real databases; events through a real nats-server.
#![expect(clippy::unwrap_used, reason = "tests")]

mod changes;
mod counts;
mod events;
mod imports;
mod organisations;
mod permissions;
mod reads;
mod setup;
mod submissions;
mod support;
mod surveys;
