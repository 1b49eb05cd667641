//! Decisions that a work item is part of every plan, or of none.
use clap::{Subcommand, ValueEnum};
use soundings_proto::portfolio::v1 as proto;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::Outcome,
    moments,
    output::{self, Column, Format, column},
};

/// What to do with pins.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Hold a work item in every plan, or keep it out, until a day; the ranking takes no notice of it
    Set {
        /// Its id, such as MW-1.
        item: String,
        /// Whether it is held in or kept out.
        #[arg(value_enum)]
        decision: Decision,
        /// Why.
        #[arg(long)]
        reason: String,
        /// Who answers for it.
        #[arg(long)]
        owner: String,
        /// The day it ends at, such as 2027-03-31, or a time such as 2027-03-31T12:00:00Z.
        #[arg(long, value_name = "DAY")]
        until: String,
    },
    /// Remove a work item's pin
    Remove {
        /// Its id.
        item: String,
    },
    /// List all
    List,
}

/// Held in or kept out.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Decision {
    /// Every plan has it.
    In,
    /// No plan has it.
    Out,
}

fn columns() -> Vec<Column<proto::Pin>> {
    vec![
        column("item", |p| last_part(&p.work_item)),
        column("decision", |p| match p.decision() {
            proto::PinDecision::KeptOut => "kept out".to_owned(),
            _ => "held in".to_owned(),
        }),
        column("until", |p| output::time(p.expire_time.as_ref())),
        column("owner", |p| p.owner.clone()),
        column("reason", |p| p.reason.clone()),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.plans()?;
    match command {
        Command::Set { item, decision, reason, owner, until } => {
            let end = moments::read("--until", &until)?;
            let decision = match decision {
                Decision::In => proto::PinDecision::HeldIn,
                Decision::Out => proto::PinDecision::KeptOut,
            };
            let pin = proto::Pin {
                work_item: full_name("workItems", &item),
                decision: decision.into(),
                reason,
                owner,
                expire_time: Some(moments::message(end)),
            };
            let request = proto::SetPinRequest { pin: Some(pin), request_id: new_request_id() };
            let set = client.set_pin(request).await?.into_inner();
            output::single(format, &set, &columns())
        }
        Command::Remove { item } => {
            let work_item = full_name("workItems", &item);
            client.remove_pin(proto::RemovePinRequest { work_item, request_id: new_request_id() }).await?;
            Ok(())
        }
        Command::List => {
            let listed = client.list_pins(proto::ListPinsRequest {}).await?.into_inner();
            output::list(format, &listed.pins, &columns())
        }
    }
}
