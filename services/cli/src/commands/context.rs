//! Named sets of addresses and tokens.
use std::path::PathBuf;

use clap::Subcommand;
use serde_json::json;

use crate::{
    contexts::{self, Context, Contexts},
    failure::Outcome,
    output::{self, Format},
};

/// What to do with contexts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all
    List,
    /// Make one, or change what is given
    Set {
        /// Its name.
        name: String,
        /// Where consultation is reached.
        #[arg(long, value_name = "URL")]
        consultation: Option<String>,
        /// Where themes is reached.
        #[arg(long, value_name = "URL")]
        themes: Option<String>,
        /// Where portfolio is reached.
        #[arg(long, value_name = "URL")]
        portfolio: Option<String>,
        /// The file that holds the token.
        #[arg(long = "token", value_name = "FILE")]
        token_file: Option<PathBuf>,
    },
    /// Use one from now on
    Use {
        /// Its name.
        name: String,
    },
    /// Forget one
    Delete {
        /// Its name.
        name: String,
    },
}

/// Carries it out.
pub fn run(format: Format, command: Command) -> Outcome {
    let mut all = Contexts::read()?;
    match command {
        Command::List => return list(format, &all),
        Command::Set { name, consultation, themes, portfolio, token_file } => {
            let known = all.contexts.remove(&name).unwrap_or_default();
            let context = Context {
                consultation: consultation.or(known.consultation),
                themes: themes.or(known.themes),
                portfolio: portfolio.or(known.portfolio),
                token_file: token_file.or(known.token_file),
            };
            all.contexts.insert(name, context);
        }
        Command::Use { name } if all.contexts.contains_key(&name) => all.current = Some(name),
        Command::Delete { name } if all.contexts.contains_key(&name) => {
            all.contexts.remove(&name);
            all.current.take_if(|current| *current == name);
        }
        Command::Use { name } | Command::Delete { name } => return Err(contexts::unknown(&name)),
    }
    all.write()
}

fn list(format: Format, all: &Contexts) -> Outcome {
    if !format.is_table() {
        return output::value(format, &json!({ "current": all.current, "contexts": all.contexts }));
    }
    for (name, context) in &all.contexts {
        let mark = if all.current.as_ref() == Some(name) { "*" } else { " " };
        let url = context.consultation.as_deref().unwrap_or("the default addresses");
        output::text(&format!("{mark} {name:<16} {url}\n"))?;
    }
    Ok(())
}
