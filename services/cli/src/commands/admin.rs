//! What operators do.
use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use soundings_jetstream::{self as jetstream, Credentials, Settings};
use soundings_proto::{mailbox::v1 as proto, subjects};

use super::{full_name, last_part};
use crate::{
    ask,
    connection::{Connection, Service},
    failure::{Failure, Kind, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make every stream and durable consumer that is missing, and bring their settings up to date
    Provision(Provision),
    /// Messages that a service could not apply
    #[command(subcommand, name = "dead-letters")]
    DeadLetters(DeadLetters),
}

/// Where to provision.
#[derive(Debug, Args)]
pub struct Provision {
    /// The NATS server.
    #[arg(long, env = "SOUNDINGS_NATS_URL", default_value = "nats://127.0.0.1:7100")]
    nats: String,
    /// An NKey seed file of a user that may.
    #[arg(long, value_name = "FILE")]
    nkey_file: Option<PathBuf>,
    /// Copies of each stream: 1, or 3 on three servers.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
    replicas: u8,
}

/// What to do with dead letters.
#[derive(Debug, Subcommand)]
pub enum DeadLetters {
    /// List a service's, oldest first
    List {
        /// Which service's; without one, all.
        #[arg(long, value_enum)]
        service: Option<Service>,
        /// Replayed and discarded ones too.
        #[arg(long)]
        settled: bool,
    },
    /// Apply one again
    Replay {
        /// Its id.
        id: String,
        /// Which service's.
        #[arg(long, value_enum)]
        service: Service,
    },
    /// Give one up
    Discard {
        /// Its id.
        id: String,
        /// Which service's.
        #[arg(long, value_enum)]
        service: Service,
        /// Why; kept in the audit log.
        #[arg(long)]
        reason: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn columns() -> Vec<Column<proto::DeadLetter>> {
    vec![
        column("id", |d| last_part(&d.name)),
        column("consumer", |d| d.consumer.clone()),
        column("event", |d| d.event_type.clone()),
        column("parked", |d| output::time(d.park_time.as_ref())),
        column("state", |d| d.state().as_str_name().trim_start_matches("DEAD_LETTER_STATE_").to_lowercase()),
        column("reason", |d| d.reason.clone()),
        wide(column("source", |d| d.source.clone())),
        wide(number("sequence", |d| d.sequence.to_string())),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    match command {
        Command::Provision(options) => provision(options).await,
        Command::DeadLetters(command) => dead_letters(to, format, command).await,
    }
}

async fn provision(options: Provision) -> Outcome {
    let mut settings = Settings::new("provision", options.nats);
    settings.replicas = usize::from(options.replicas);
    if let Some(file) = options.nkey_file {
        settings.credentials = Credentials::NkeyFile(file);
    }
    let failed = |error: jetstream::Error| {
        let kind = match error {
            jetstream::Error::Unreachable(_) => Kind::Unavailable,
            _ => Kind::Other,
        };
        Failure::new(kind, error.to_string())
    };
    let connection = jetstream::Connection::connect(settings).await.map_err(failed)?;
    connection.ready(Duration::from_secs(5)).await.map_err(failed)?;
    jetstream::provision(&connection).await.map_err(failed)?;
    for stream in subjects::STREAMS {
        output::text(&format!("stream {} takes {}\n", stream.name, stream.subjects))?;
    }
    for durable in subjects::DURABLES {
        output::text(&format!("consumer {} reads {}\n", durable.name, durable.stream.name))?;
    }
    connection.drain(Duration::from_secs(2)).await;
    Ok(())
}

async fn dead_letters(to: &Connection<'_>, format: Format, command: DeadLetters) -> Outcome {
    let letter = match command {
        DeadLetters::List { service, settled } => {
            let services = service.map_or_else(|| Service::ALL.to_vec(), |service| vec![service]);
            let mut all = Vec::new();
            for service in services {
                let mut request = proto::ListDeadLettersRequest { page_size: 1000, ..Default::default() };
                request.show_settled = settled;
                loop {
                    let page = to.dead_letters(service)?.list_dead_letters(request.clone()).await;
                    let page =
                        page.map_err(|status| Failure::from(status).about(service.name()))?.into_inner();
                    all.extend(page.dead_letters);
                    if page.next_page_token.is_empty() {
                        break;
                    }
                    request.page_token = page.next_page_token;
                }
            }
            return output::list(format, &all, &columns());
        }
        DeadLetters::Replay { id, service } => {
            let name = full_name("deadLetters", &id);
            let request = proto::ReplayDeadLetterRequest { name };
            to.dead_letters(service)?.replay_dead_letter(request).await?.into_inner()
        }
        DeadLetters::Discard { id, service, reason, yes } => {
            let name = full_name("deadLetters", &id);
            ask::confirm(yes, &format!("{name} will never be applied"))?;
            let request = proto::DiscardDeadLetterRequest { name, reason };
            to.dead_letters(service)?.discard_dead_letter(request).await?.into_inner()
        }
    };
    output::list(format, &[letter], &columns())
}
