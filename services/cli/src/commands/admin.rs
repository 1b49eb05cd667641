//! What operators do.
use clap::Subcommand;
use soundings_proto::mailbox::v1 as proto;

use super::{full_name, last_part};
use crate::{
    ask,
    connection::{Connection, Service},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

mod init;
mod provision;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the secrets of a deployment that are missing: keys, tokens, passwords, users of the NATS server
    Init(init::Options),
    /// Make every stream, durable consumer and database that is missing, and bring their settings up to date
    Provision(provision::Options),
    /// Messages that a service could not apply
    #[command(subcommand, name = "dead-letters")]
    DeadLetters(DeadLetters),
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
        Command::Init(options) => init::run(&options),
        Command::Provision(options) => provision::run(options).await,
        Command::DeadLetters(command) => dead_letters(to, format, command).await,
    }
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
    output::single(format, &letter, &columns())
}
