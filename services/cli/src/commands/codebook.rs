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
    let codebook = match command {
        Command::List => {
            let (mut all, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = proto::ListCodebooksRequest { page_size: 1000, page_token };
                let page = client.list_codebooks(request).await?.into_inner();
                all.extend(page.codebooks);
                if page.next_page_token.is_empty() {
                    return output::list(format, &all, &columns());
                }
                page_token = page.next_page_token;
            }
        }
        Command::Get { codebook } => {
            let name = full_name("codebooks", &codebook);
            client.get_codebook(proto::GetCodebookRequest { name }).await?.into_inner()
        }
        Command::Load { file, dry_run } => load(to, files::text(&file)?, dry_run).await?,
    };
    output::single(format, &codebook, &columns())
}

/// Loads a codebook from YAML.
pub async fn load(to: &Connection<'_>, yaml: String, validate_only: bool) -> Outcome<proto::Codebook> {
    let request = proto::LoadCodebookRequest { yaml, validate_only, request_id: new_request_id() };
    Ok(to.themes()?.load_codebook(request).await?.into_inner())
}
