//! Real parts for tests: nats-server, databases, processes, free ports. No mocks.
//!
//! A suite that has to hold on both engines takes an [`Engine`] as its case and asks [`Engine::database`] for a database
//! of its own; with `None` there is no server of that engine to run on (`make test` always offers one).

mod engine;
mod folders;
mod nats;
mod process;
mod wait;

pub use engine::Engine;
pub use folders::holds_marker;
pub use nats::NatsServer;
pub use process::{Process, free_port, program};
pub use wait::{PATIENCE, until};
