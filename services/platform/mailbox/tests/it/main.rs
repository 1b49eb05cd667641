//! The mailbox on real databases; the relay publishes to a broker that does as a test says.
#![expect(clippy::unwrap_used, reason = "tests")]

mod broker;
mod create_database;
mod database;
mod dead_letters;
mod inbox;
mod leases;
mod lost_streams;
mod migrations;
mod outbox;
mod pruning;
mod relay;
mod replicas;
mod requests;
mod sequences;
mod world;
