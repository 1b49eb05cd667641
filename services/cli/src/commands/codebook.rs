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

mod carry_over;
mod evaluation;
pub mod exchange;
mod feeds;
mod history;
mod quality;
mod reassigned_ranks;
mod reassignment;
mod watch;

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
    /// Load a YAML file; responses already there are assigned anew, or, once themes are approved, when that is confirmed
    Load {
        /// The file.
        file: PathBuf,
        /// Checks it and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// Create one without themes
    Create {
        /// Its id.
        codebook: String,
        /// What it is about.
        #[arg(long)]
        title: String,
        /// A survey that feeds it; may be given again.
        #[arg(long = "survey", required = true)]
        surveys: Vec<String>,
        /// A question that feeds it; may be given again. Without it, all free-text questions do.
        #[arg(long = "question")]
        questions: Vec<String>,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Set which surveys and questions feed it
    Feeds {
        /// Its id.
        codebook: String,
        /// A survey that feeds it; may be given again.
        #[arg(long = "survey", required = true)]
        surveys: Vec<String>,
        /// A question that feeds it; may be given again. Without it, all free-text questions do.
        #[arg(long = "question")]
        questions: Vec<String>,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Let a further survey feed it, its questions matched by what they ask
    CarryOver(carry_over::CarryOver),
    /// List the decisions on it, newest first
    Events {
        /// Its id.
        codebook: String,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
    },
    /// Undo the last decisions that stand
    Undo {
        /// Its id.
        codebook: String,
        /// How many.
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..=100))]
        count: i32,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Show which statements changed words would move, and which places in the rankings with them
    Preview {
        /// Its id.
        codebook: String,
        /// Looks at so many responses at most, spread evenly over all.
        #[arg(long, default_value_t = 2000)]
        limit: i32,
    },
    /// Take changed words into assignment
    Confirm {
        /// Its id.
        codebook: String,
        /// The etag that the preview showed; nothing is done if the codebook was changed since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Show how far the model and people agree
    Quality {
        /// Its id.
        codebook: String,
    },
    /// Compare the themes that it gives with those of labelled answers, as the service gives them now
    Evaluate {
        /// Its id.
        codebook: String,
        /// JSON lines or CSV with `text` and `themes`: ids of the codebook, in CSV parted by `;`.
        labelled: PathBuf,
    },
    /// Write it as the YAML that `load` takes, or its themes as another tool's file
    Export {
        /// Its id.
        codebook: String,
        /// Another tool's format.
        #[arg(long, value_enum)]
        themes: Option<exchange::ThemesFormat>,
    },
    /// Take themes in from another tool's file: new ones as proposed
    Import {
        /// Its id; it must be there.
        codebook: String,
        /// The file.
        file: PathBuf,
        /// Its format.
        #[arg(long, value_enum)]
        format: exchange::ThemesFormat,
        /// Checks it and writes nothing.
        #[arg(long)]
        dry_run: bool,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Follow its themes: each change as it is made
    Watch {
        /// Its id.
        codebook: String,
        /// Ends after so many changes.
        #[arg(long)]
        count: Option<usize>,
    },
}

fn columns() -> Vec<Column<proto::Codebook>> {
    vec![
        column("id", |c| last_part(&c.name)),
        number("version", |c| c.version.to_string()),
        column("surveys", |c| c.surveys.iter().map(|s| last_part(s)).collect::<Vec<_>>().join(", ")),
        column("title", |c| c.title.clone()),
        column(
            "waits",
            |c| if c.reassignment_pending { "for confirmation".to_owned() } else { String::new() },
        ),
        wide(column("questions", |c| c.questions.join(", "))),
        wide(column("etag", |c| c.etag.clone())),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.themes()?;
    let feeds = matches!(command, Command::Load { .. } | Command::Create { .. } | Command::Feeds { .. });
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
        Command::Create { codebook, title, surveys, questions, reason } => {
            let (codebook_id, surveys) = (last_part(&codebook), survey_names(&surveys));
            let request_id = new_request_id();
            let request =
                proto::CreateCodebookRequest { codebook_id, title, surveys, questions, reason, request_id };
            to.codebooks()?.create_codebook(request).await?.into_inner()
        }
        Command::Feeds { codebook, surveys, questions, reason } => {
            let (name, surveys) = (full_name("codebooks", &codebook), survey_names(&surveys));
            let (etag, request_id) = (String::new(), new_request_id());
            let request =
                proto::SetCodebookFeedsRequest { name, surveys, questions, etag, reason, request_id };
            to.codebooks()?.set_codebook_feeds(request).await?.into_inner()
        }
        Command::CarryOver(asked) => return carry_over::carry_over(to, format, asked).await,
        Command::Events { codebook, limit } => return history::events(to, format, &codebook, limit).await,
        Command::Undo { codebook, count, reason } => {
            return history::undo(to, format, &codebook, count, reason).await;
        }
        Command::Preview { codebook, limit } => {
            return reassignment::preview(to, format, &codebook, limit).await;
        }
        Command::Confirm { codebook, etag, reason } => {
            let (name, request_id) = (full_name("codebooks", &codebook), new_request_id());
            let request = proto::ConfirmReassignmentRequest { name, etag, reason, request_id };
            to.codebooks()?.confirm_reassignment(request).await?.into_inner()
        }
        Command::Evaluate { codebook, labelled } => {
            return evaluation::evaluate(to, format, &codebook, &labelled).await;
        }
        Command::Quality { codebook } => return quality::show(to, format, &codebook).await,
        Command::Export { codebook, themes } => return exchange::export(to, &codebook, themes).await,
        Command::Import { codebook, file, format: of, dry_run, reason } => {
            exchange::import(to, &codebook, files::text(&file)?, of, dry_run, reason).await?
        }
        Command::Watch { codebook, count } => return watch::watch(to, format, &codebook, count).await,
    };
    output::single(format, &codebook, &columns())?;
    if format.is_table() && feeds {
        feeds::missing(to, &codebook).await.into_iter().for_each(output::note);
    }
    if format.is_table() && codebook.reassignment_pending {
        output::note(
            "words of its themes were changed and move no statement yet: see `codebook preview`, then `codebook confirm`",
        );
    }
    Ok(())
}

fn survey_names(surveys: &[String]) -> Vec<String> {
    surveys.iter().map(|survey| full_name("surveys", survey)).collect()
}

/// Loads a codebook from YAML.
pub async fn load(to: &Connection<'_>, yaml: String, validate_only: bool) -> Outcome<proto::Codebook> {
    let request = proto::LoadCodebookRequest { yaml, validate_only, request_id: new_request_id() };
    Ok(to.themes()?.load_codebook(request).await?.into_inner())
}
