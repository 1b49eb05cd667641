//! Scenarios over the whole product, against real servers.
#![expect(clippy::unwrap_used, reason = "tests")]

mod campaigns;
mod closed_answers;
mod command_line;
mod deployment;
mod emerging;
mod example_clients;
mod kills;
mod layers;
mod loss_of_streams;
mod outages;
mod reassigned_ranks;
mod suggested_links;
mod telemetry;
mod the_loop;
mod the_story;
mod up;
