//! The command line. A flag wins over the environment, which wins over the context's file.
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{commands, output::Format, up};

/// Soundings: what councils say re-ranks the work that is done for them.
///
/// Exit codes: 0 done, 1 error, 2 usage, 3 not found, 4 not allowed, 5 conflict, 6 unavailable, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "soundings", version, max_term_width = 110, disable_help_subcommand = true)]
pub struct Arguments {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// How results are written.
    #[arg(short, long, global = true, value_enum, default_value_t, env = "SOUNDINGS_OUTPUT")]
    pub output: Format,
    /// A context of the contexts' file (see `soundings context`).
    #[arg(long, global = true, env = "SOUNDINGS_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
    /// Where consultation is reached, such as http://127.0.0.1:7101.
    #[arg(long, global = true, env = "SOUNDINGS_CONSULTATION_URL", value_name = "URL")]
    pub consultation_url: Option<String>,
    /// Where themes is reached.
    #[arg(long, global = true, env = "SOUNDINGS_THEMES_URL", value_name = "URL")]
    pub themes_url: Option<String>,
    /// Where portfolio is reached.
    #[arg(long, global = true, env = "SOUNDINGS_PORTFOLIO_URL", value_name = "URL")]
    pub portfolio_url: Option<String>,
    /// A file that holds the token to call with. Without one, a key in the data folder signs one.
    #[arg(long, global = true, env = "SOUNDINGS_TOKEN_FILE", value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// The folder that `soundings up` keeps everything in.
    #[arg(long, global = true, env = "SOUNDINGS_DATA_DIR", value_name = "FOLDER", default_value = ".data")]
    pub data_dir: PathBuf,
}

/// What there is to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Start all services beside a nats-server, in one process, on loopback
    Up(up::Options),
    /// Load the reference case, unless it is there
    Seed,
    /// Send the reference case's demo responses and show what moves
    Demo(commands::demo::Options),
    /// Partners, such as councils
    #[command(subcommand)]
    Organisation(commands::organisation::Command),
    /// Sets of questions
    #[command(subcommand)]
    Survey(commands::survey::Command),
    /// What organisations answered
    #[command(subcommand)]
    Response(commands::response::Command),
    /// Bring a file of responses in
    Import(commands::import::Options),
    /// The themes for one or more surveys
    #[command(subcommand)]
    Codebook(commands::codebook::Command),
    /// Recurring subjects in what was written
    #[command(subcommand)]
    Theme(commands::theme::Command),
    /// Analyse files of answers without any service; show what was learned from people
    #[command(subcommand)]
    Themes(commands::themes::Command),
    /// Statements and the themes they belong to
    #[command(subcommand)]
    Mention(commands::mention::Command),
    /// What others than respondents say of a theme
    #[command(subcommand)]
    Evidence(commands::evidence::Command),
    /// Portfolios, criteria and their work items as a file
    #[command(subcommand)]
    Portfolio(commands::portfolio::Command),
    /// Pieces of work that compete for money and people
    #[command(subcommand)]
    Item(commands::item::Command),
    /// Councils' contracts, and what they could buy together
    #[command(subcommand)]
    Contract(commands::contract::Command),
    /// What the work is for, and what was measured of it
    #[command(subcommand)]
    Benefit(commands::benefit::Command),
    /// Rounds in which several people score unseen, then agree
    #[command(subcommand)]
    Round(commands::round::Command),
    /// Work that is in every plan, or in none
    #[command(subcommand)]
    Pin(commands::pin::Command),
    /// The work that people agreed to do
    #[command(subcommand)]
    Plan(commands::plan::Command),
    /// Where what is asked for and the work do not meet
    #[command(subcommand)]
    Gap(commands::gap::Command),
    /// The documents that the partnership publishes
    #[command(subcommand)]
    Document(commands::document::Command),
    /// The ranking, and why it moved
    #[command(subcommand)]
    Ranking(commands::ranking::Command),
    /// Select the work that is worth the most together within a budget
    Select(commands::select::Options),
    /// Weights of criteria from judgements
    #[command(subcommand)]
    Weights(commands::weights::Command),
    /// Compute a revision again from its inputs and compare the digests
    Verify(commands::verify::Options),
    /// What operators do
    #[command(subcommand)]
    Admin(commands::admin::Command),
    /// Ask every service whether it is well
    Health,
    /// Tokens to call with
    #[command(subcommand)]
    Token(commands::token::Command),
    /// The services' settings
    #[command(subcommand)]
    Config(commands::config::Command),
    /// Named sets of addresses and tokens
    #[command(subcommand)]
    Context(commands::context::Command),
    /// Write a shell's completions
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual page
    Man,
}

/// Reads the command line; prints help or a usage error by itself.
pub fn read() -> Arguments {
    Arguments::parse()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Arguments;

    #[test]
    fn the_command_line_is_sound() {
        Arguments::command().debug_assert();
    }
}
