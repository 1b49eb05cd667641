//! Statements and the themes they belong to. A statement's name is what `theme mentions -o wide` shows.
use clap::Subcommand;
use soundings_proto::themes::v1 as proto;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

mod explanation;

/// What to do with statements.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Move one from a theme to another
    Move {
        /// The statement's name.
        statement: String,
        /// The theme of the codebook that it leaves.
        #[arg(long)]
        from: String,
        /// The theme of the codebook that it goes to.
        #[arg(long)]
        to: String,
        /// On every statement with the same words as well, such as a campaign's.
        #[arg(long)]
        identical: bool,
        /// Its etag as it was read; nothing is done if it was decided on since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Say that one does not belong to a theme, or to none
    Reject {
        /// The statement's name.
        statement: String,
        /// The theme of the codebook that it leaves; without it, it belongs to none.
        #[arg(long)]
        theme: Option<String>,
        /// On every statement with the same words as well, such as a campaign's.
        #[arg(long)]
        identical: bool,
        /// Its etag as it was read; nothing is done if it was decided on since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Say that one does belong to its theme
    Accept {
        /// The statement's name.
        statement: String,
        /// The theme of the codebook.
        #[arg(long)]
        theme: String,
        /// On every statement with the same words as well, such as a campaign's.
        #[arg(long)]
        identical: bool,
        /// Its etag as it was read; nothing is done if it was decided on since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Say that one belongs to a further theme as well
    Add {
        /// The statement's name.
        statement: String,
        /// The theme of the codebook.
        #[arg(long)]
        theme: String,
        /// On every statement with the same words as well, such as a campaign's.
        #[arg(long)]
        identical: bool,
        /// Its etag as it was read; nothing is done if it was decided on since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Take the last decision on one back; what was decided before holds again, or the model's word
    Undo {
        /// The statement's name.
        statement: String,
        /// Its etag as it was read; nothing is done if it was decided on since.
        #[arg(long, default_value = "")]
        etag: String,
        /// Why; kept with the decision.
        #[arg(long)]
        reason: String,
    },
    /// Explain why one is under its theme, or under none
    Explain {
        /// The statement's name.
        statement: String,
        /// Another theme of the codebook to explain.
        #[arg(long)]
        theme: Option<String>,
    },
    /// Draw one at random that nobody has reviewed; the model's themes are not told
    Sample {
        /// The codebook's id.
        codebook: String,
        /// Sets the one that was drawn before aside.
        #[arg(long)]
        skip: bool,
    },
    /// Record the themes that you give one
    Review {
        /// The statement's name.
        statement: String,
        /// A theme of the codebook that it belongs to; may be given again. Without it, it fits none.
        #[arg(long = "theme")]
        themes: Vec<String>,
        /// A remark.
        #[arg(long, default_value = "")]
        reason: String,
    },
}

fn columns() -> Vec<Column<proto::StatementThemes>> {
    fn named(themes: &[String]) -> String {
        themes.iter().map(|theme| last_part(theme)).collect::<Vec<_>>().join(", ")
    }
    vec![
        column("themes", |s| named(&s.themes)),
        column("model's", |s| named(&s.model_themes)),
        column("decided by", |s| s.decided_by.clone()),
        column("when", |s| output::time(s.decide_time.as_ref())),
        number("statements", |s| s.decided.to_string()),
        wide(column("name", |s| s.name.clone())),
        wide(column("etag", |s| s.etag.clone())),
    ]
}

fn sample_columns() -> Vec<Column<proto::AuditSample>> {
    vec![
        column("organisation", |s| last_part(&s.organisation)),
        column("question", |s| s.question.clone()),
        column("statement", |s| s.text.clone()),
        column("name", |s| s.statement.clone()),
        wide(column("before", |s| s.before.clone())),
        wide(column("after", |s| s.after.clone())),
    ]
}

/// A theme's full name in the codebook of a statement.
fn beside(statement: &str, theme: &str) -> Outcome<String> {
    if theme.starts_with("codebooks/") {
        return Ok(theme.to_owned());
    }
    match statement.split_once("/statements/") {
        Some((codebook, _)) => Ok(format!("{codebook}/{}", full_name("themes", theme))),
        None => {
            let text = format!("{statement:?} is no statement; `theme mentions -o wide` shows names");
            Err(Failure::usage(text))
        }
    }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.reviews()?;
    let request_id = new_request_id();
    let reply = match command {
        Command::Move { statement: name, from, to, identical, etag, reason } => {
            let (from_theme, to_theme) = (beside(&name, &from)?, beside(&name, &to)?);
            let request =
                proto::MoveMentionRequest { name, from_theme, to_theme, etag, reason, request_id, identical };
            client.move_mention(request).await
        }
        Command::Reject { statement: name, theme, identical, etag, reason } => {
            let theme = theme.map(|theme| beside(&name, &theme)).transpose()?.unwrap_or_default();
            let request = proto::RejectMentionRequest { name, theme, etag, reason, request_id, identical };
            client.reject_mention(request).await
        }
        Command::Accept { statement: name, theme, identical, etag, reason } => {
            let theme = beside(&name, &theme)?;
            let request = proto::AcceptMentionRequest { name, theme, etag, reason, request_id, identical };
            client.accept_mention(request).await
        }
        Command::Add { statement: name, theme, identical, etag, reason } => {
            let theme = beside(&name, &theme)?;
            client
                .add_mention(proto::AddMentionRequest { name, theme, etag, reason, request_id, identical })
                .await
        }
        Command::Undo { statement: name, etag, reason } => {
            let request = proto::UndoMentionDecisionRequest { name, etag, reason, request_id };
            client.undo_mention_decision(request).await
        }
        Command::Review { statement: name, themes, reason } => {
            let themes = themes.iter().map(|theme| beside(&name, theme)).collect::<Outcome<_>>()?;
            client.record_review(proto::RecordReviewRequest { name, themes, reason, request_id }).await
        }
        Command::Explain { statement: name, theme } => {
            let theme = theme.map(|theme| beside(&name, &theme)).transpose()?.unwrap_or_default();
            let request = proto::ExplainMentionRequest { name, theme };
            let explained = client.explain_mention(request).await?.into_inner();
            if format.is_table() {
                return output::text(&output::harmless(&explanation::show(&explained)));
            }
            return output::value(format, &output::json(&explained)?);
        }
        Command::Sample { codebook, skip } => {
            let request = proto::NextAuditSampleRequest { parent: full_name("codebooks", &codebook), skip };
            let sample = client.next_audit_sample(request).await?.into_inner();
            return output::single(format, &sample, &sample_columns());
        }
    };
    output::single(format, &reply?.into_inner(), &columns())
}
