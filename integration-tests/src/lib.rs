//! The whole product on real parts, for scenarios and benchmarks: [`Partnership`] runs the three services in this
//! process, [`Processes`] as the processes that they are in production.
#![expect(clippy::unwrap_used, reason = "what cannot start has failed its test")]

mod clients;
pub mod model;
mod partnership;
mod processes;

pub use clients::{Addresses, Clients};
pub use partnership::Partnership;
pub use processes::{Processes, Service};
pub use soundings_harness::{Engine, NatsServer, holds_marker, until};
