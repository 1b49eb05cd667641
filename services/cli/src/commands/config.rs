//! The services' settings: defaults < file < `SOUNDINGS_<SERVICE>__*` variables.
use std::path::PathBuf;

use clap::{Args, Subcommand};
use soundings_chassis::config::{self, Sources};

use crate::{
    connection::Service,
    failure::{Failure, Outcome},
    output,
};

/// What to do with settings.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Say whether a service could start with these settings
    Check(Options),
    /// Write the settings in use, as TOML
    Dump(Options),
}

/// Whose settings.
#[derive(Debug, Args)]
pub struct Options {
    /// The service.
    #[arg(value_enum)]
    service: Service,
    /// Its file, TOML or YAML.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Carries it out.
pub fn run(command: Command) -> Outcome {
    match command {
        Command::Check(options) => {
            settings(&options)?;
            output::note(format!("the settings of {} can be used", options.service.name()));
            Ok(())
        }
        Command::Dump(options) => output::text(&settings(&options)?),
    }
}

fn settings(options: &Options) -> Outcome<String> {
    let mut sources = Sources::from_environment(&prefix(options.service));
    sources.file.clone_from(&options.file);
    let dumped = match options.service {
        Service::Consultation => {
            config::load::<soundings_consultation::Config>(&sources).and_then(|c| config::dump(&c))
        }
        Service::Themes => config::load::<soundings_themes::Config>(&sources).and_then(|c| config::dump(&c)),
        Service::Portfolio => {
            config::load::<soundings_portfolio::Config>(&sources).and_then(|c| config::dump(&c))
        }
    };
    dumped.map_err(|error| Failure::usage(error.to_string()))
}

/// What a service's variables begin with.
pub fn prefix(service: Service) -> String {
    format!("SOUNDINGS_{}", service.name().to_uppercase())
}
