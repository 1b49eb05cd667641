//! Every command, a file for each noun.
use clap::CommandFactory;

use crate::{
    arguments::{Arguments, Command},
    connection::Connection,
    failure::{Outcome, interruptible},
    output, up,
};

pub mod admin;
pub mod benefit;
pub mod codebook;
pub mod config;
pub mod context;
pub mod contract;
pub mod demo;
pub mod document;
pub mod evidence;
pub mod gap;
pub mod health;
pub mod import;
pub mod item;
pub mod mention;
pub mod organisation;
pub mod pin;
pub mod plan;
pub mod portfolio;
pub mod ranking;
pub mod response;
pub mod round;
pub mod seed;
pub mod select;
pub mod survey;
pub mod theme;
pub mod themes;
pub mod token;
pub mod verify;
pub mod weights;

/// Carries a command out.
pub async fn run(arguments: Arguments) -> Outcome {
    let Arguments { global, command } = arguments;
    // It takes signals into its own hands, to stop everything in order.
    let stops_by_itself = matches!(command, Command::Up(_));
    let work = async {
        let to = Connection::new(&global)?;
        let format = global.output;
        match command {
            Command::Up(options) => up::run(&global, options).await,
            Command::Seed => seed::run(&to).await,
            Command::Demo(options) => demo::run(&to, options).await,
            Command::Organisation(command) => organisation::run(&to, format, command).await,
            Command::Survey(command) => survey::run(&to, format, command).await,
            Command::Response(command) => response::run(&to, format, command).await,
            Command::Import(options) => import::run(&to, format, options).await,
            Command::Codebook(command) => codebook::run(&to, format, command).await,
            Command::Theme(command) => theme::run(&to, format, command).await,
            Command::Themes(command) => themes::run(&to, format, command).await,
            Command::Mention(command) => mention::run(&to, format, command).await,
            Command::Evidence(command) => evidence::run(&to, format, command).await,
            Command::Portfolio(command) => portfolio::run(&to, format, command).await,
            Command::Item(command) => item::run(&to, format, command).await,
            Command::Contract(command) => contract::run(&to, format, command).await,
            Command::Benefit(command) => benefit::run(&to, format, command).await,
            Command::Round(command) => round::run(&to, format, command).await,
            Command::Pin(command) => pin::run(&to, format, command).await,
            Command::Plan(command) => plan::run(&to, format, command).await,
            Command::Gap(command) => gap::run(&to, format, command).await,
            Command::Document(command) => document::run(&to, command).await,
            Command::Ranking(command) => ranking::run(&to, format, command).await,
            Command::Select(options) => select::run(&to, format, options).await,
            Command::Weights(command) => weights::run(&to, format, command).await,
            Command::Verify(options) => verify::run(&to, format, options).await,
            Command::Admin(command) => admin::run(&to, format, command).await,
            Command::Health => health::run(&to, format).await,
            Command::Token(command) => token::run(&global, command),
            Command::Config(command) => config::run(command),
            Command::Context(command) => context::run(format, command),
            Command::Completions { shell } => completions(shell),
            Command::Man => manual(),
        }
    };
    if stops_by_itself { work.await } else { interruptible(work).await }
}

fn completions(shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "soundings", &mut script);
    output::text(&String::from_utf8_lossy(&script))
}

/// The manual page of the command, then those of its sub-commands.
fn manual() -> Outcome {
    let mut command = Arguments::command();
    command.build();
    let mut pages = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut pages)?;
    for noun in command.get_subcommands() {
        clap_mangen::Man::new(noun.clone()).render(&mut pages)?;
    }
    output::text(&String::from_utf8_lossy(&pages))
}

/// A full resource name: `name` as it is when it begins with its collection, else `{collection}/{name}`.
pub fn full_name(collection: &str, name: &str) -> String {
    match name.strip_prefix(collection) {
        Some(rest) if rest.starts_with('/') => name.to_owned(),
        _ => format!("{collection}/{name}"),
    }
}

/// The last part of a resource name.
pub fn last_part(name: &str) -> String {
    name.rsplit('/').next().unwrap_or_default().to_owned()
}
