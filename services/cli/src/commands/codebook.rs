//! The themes for one or more surveys.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_proto::themes::v1 as proto;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::Outcome,
    files,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with codebooks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all
    List,
    /// Show one
    Get {
        /// Its id.
        codebook: String,
    },
    /// Load a YAML file; responses already there are assigned anew
    Load {
        /// The file.
        file: PathBuf,
        /// Checks it and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

fn columns() -> Vec<Column<proto::Codebook>> {
    vec![
        column("id", |c| last_part(&c.name)),
        number("version", |c| c.version.to_string()),
        column("surveys", |c| c.surveys.iter().map(|s| last_part(s)).collect::<Vec<_>>().join(", ")),
        column("title", |c| c.title.clone()),
        wide(column("questions", |c| c.questions.join(", "))),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.themes()?;
    let codebooks = match command {
        Command::List => {
            let request = proto::ListCodebooksRequest { page_size: 1000, page_token: String::new() };
            client.list_codebooks(request).await?.into_inner().codebooks
        }
        Command::Get { codebook } => {
            let name = full_name("codebooks", &codebook);
            vec![client.get_codebook(proto::GetCodebookRequest { name }).await?.into_inner()]
        }
        Command::Load { file, dry_run } => vec![load(to, files::text(&file)?, dry_run).await?],
    };
    output::list(format, &codebooks, &columns())
}

/// Loads a codebook from YAML.
pub async fn load(to: &Connection<'_>, yaml: String, validate_only: bool) -> Outcome<proto::Codebook> {
    let request = proto::LoadCodebookRequest { yaml, validate_only, request_id: new_request_id() };
    Ok(to.themes()?.load_codebook(request).await?.into_inner())
}
