//! Tokens to call with, signed by the local key.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_access::{Grant, Role, SigningKey};
use soundings_chassis::{Clock, SystemClock};

use crate::{
    arguments::Global,
    failure::{Failure, Kind, Outcome},
    output, up,
};

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sign one and write it to standard output
    Create {
        /// What its bearer may do: respondent, analyst, portfolio-manager, operator, service. May be given again.
        #[arg(long = "role", value_name = "ROLE", required = true)]
        roles: Vec<Role>,
        /// The organisation that its bearer speaks for, such as GLG; respondents need one.
        #[arg(long)]
        organisation: Option<String>,
        /// Who its bearer is: a stable id of the person or program.
        #[arg(long, default_value = "local")]
        subject: String,
        /// How long it holds, in hours.
        #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(i64).range(1..=8760))]
        hours: i64,
        /// The key; without one, the data folder's.
        #[arg(long, value_name = "FILE", env = "SOUNDINGS_SIGNING_KEY")]
        key: Option<PathBuf>,
    },
}

/// Carries it out.
pub fn run(global: &Global, command: Command) -> Outcome {
    let Command::Create { roles, organisation, subject, hours, key } = command;
    if roles.contains(&Role::Respondent) && organisation.is_none() {
        return Err(Failure::usage("a respondent speaks for one organisation: give --organisation"));
    }
    let key = key.unwrap_or_else(|| up::key_file(&global.data_dir));
    if !key.exists() {
        let text = format!("there is no key {}: start `soundings up` first, or give --key", key.display());
        return Err(Failure::new(Kind::NotFound, text));
    }
    let grant = Grant { subject, roles, organisation, ttl: chrono::Duration::hours(hours) };
    let token = SigningKey::open_or_create(&key)?.issue(&grant, SystemClock.now())?;
    output::text(&format!("{token}\n"))
}
