//! The service on real databases beside a real nats-server, with events as consultation and themes send them.
#![expect(clippy::unwrap_used, reason = "tests")]

mod analysis;
mod benefits;
mod check;
mod demand;
mod direct;
mod documents;
mod evidence;
mod explanations;
mod gaps;
mod input_log;
mod model;
mod nats;
mod pins;
mod plans;
mod procurement;
mod quotes;
mod rankings;
mod refusals;
mod replaced_signals;
mod restarts;
mod robustness;
mod rounds;
mod setup;
mod standing;
mod suggestions;
mod themes;
mod voices;
mod watching;
