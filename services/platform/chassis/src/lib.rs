//! How a process starts, runs and stops: configuration, telemetry, lifecycle, health, gRPC server, clock, ids.
//!
//! A service loads its [`config`], makes a [`Lifecycle`], binds a listener with [`grpc::bind`] and hands its routes to
//! [`grpc::serve`]. Time and ids come from a [`Clock`] and [`Ids`], so that tests can set them. What goes wrong is
//! told to callers as a [`Problem`].

pub mod clock;
pub mod config;
pub mod grpc;
pub mod health;
pub mod ids;
pub mod lifecycle;
pub mod metrics;
pub mod page_token;
pub mod problem;
pub mod process;
pub mod telemetry;
pub mod trace;

pub use clock::{Clock, ManualClock, SystemClock, from_micros, micros};
pub use ids::{Ids, SequentialIds, SystemIds};
pub use lifecycle::Lifecycle;
pub use metrics::Metrics;
pub use problem::Problem;
