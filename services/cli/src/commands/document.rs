//! The documents that the partnership publishes.
use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::{Args, Subcommand, ValueEnum};
use soundings_proto::portfolio::v1::{self as proto, render_document_response::Part};

use super::{full_name, ranking::RankingKind};
use crate::{
    connection::Connection,
    failure::{Failure, Kind, Outcome},
    output,
};

/// Which document.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Our Programme of Work: Role, Key Actions and Outcomes
    BusinessPlan {
        #[command(flatten)]
        writing: Writing,
    },
    /// Digital Partnership Programme Benefits
    Benefits {
        #[command(flatten)]
        writing: Writing,
        /// A version of the register; 0 is the newest.
        #[arg(long, default_value_t = 0)]
        register_version: i64,
        /// The day of the review; without it, that of the revision or of the register's last change.
        #[arg(long, value_name = "DAY", default_value = "")]
        date: String,
    },
    /// What an organisation said, and what came of it
    Receipt {
        /// The organisation's id.
        organisation: String,
        #[command(flatten)]
        writing: Writing,
        /// Leaves out what its people wrote.
        #[arg(long)]
        without_quotes: bool,
    },
}

/// How it is written.
#[derive(Debug, Args)]
pub struct Writing {
    /// The format.
    #[arg(long, value_enum, default_value_t)]
    format: DocumentFormat,
    /// Where to write it; `-` is standard output. Without it, a file named for the document in this folder.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Of which ranking.
    #[arg(long, value_enum, default_value_t)]
    kind: RankingKind,
    /// The revision; 0 is the newest.
    #[arg(long, default_value_t = 0)]
    revision: i64,
    /// A sentence that stands at the top, such as that the numbers are illustrative.
    #[arg(long, default_value = "")]
    notice: String,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum DocumentFormat {
    /// A page that prints as a PDF.
    #[default]
    Html,
    /// Markdown.
    Md,
    /// For word processors.
    Docx,
    /// The tables as a workbook.
    Xlsx,
    /// The tables, one after the other.
    Csv,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, command: Command) -> Outcome {
    let (kind, writing) = match &command {
        Command::BusinessPlan { writing } => (proto::DocumentKind::BusinessPlan, writing),
        Command::Benefits { writing, .. } => (proto::DocumentKind::Benefits, writing),
        Command::Receipt { writing, .. } => (proto::DocumentKind::Receipt, writing),
    };
    let mut request = proto::RenderDocumentRequest {
        kind: kind.into(),
        format: match writing.format {
            DocumentFormat::Html => proto::DocumentFormat::Html,
            DocumentFormat::Md => proto::DocumentFormat::Markdown,
            DocumentFormat::Docx => proto::DocumentFormat::Docx,
            DocumentFormat::Xlsx => proto::DocumentFormat::Xlsx,
            DocumentFormat::Csv => proto::DocumentFormat::Csv,
        }
        .into(),
        ranking: writing.kind.into(),
        revision: writing.revision,
        notice: writing.notice.clone(),
        ..Default::default()
    };
    match &command {
        Command::BusinessPlan { .. } => {}
        Command::Benefits { register_version, date, .. } => {
            (request.register_version, request.date) = (*register_version, date.clone());
        }
        Command::Receipt { organisation, without_quotes, .. } => {
            request.organisation = full_name("organisations", organisation);
            request.omit_quotes = *without_quotes;
        }
    }
    let (header, bytes) = render(to, request).await?;
    match writing.file.clone().unwrap_or_else(|| PathBuf::from(&header.file_name)) {
        file if file.as_os_str() == "-" => Ok(io::stdout().lock().write_all(&bytes)?),
        file => {
            let failed = |error: io::Error| Failure::new(Kind::Other, format!("{}: {error}", file.display()));
            std::fs::write(&file, &bytes).map_err(failed)?;
            output::note(format!("wrote {} from {}, {} bytes", file.display(), header.revision, bytes.len()));
            Ok(())
        }
    }
}

async fn render(
    to: &Connection<'_>,
    request: proto::RenderDocumentRequest,
) -> Outcome<(proto::DocumentHeader, Vec<u8>)> {
    let mut pieces = to.documents()?.render_document(request).await?.into_inner();
    let cut = || Failure::new(Kind::Unavailable, "the document broke off: try again");
    let Some(Part::Header(header)) = pieces.message().await?.and_then(|piece| piece.part) else {
        return Err(cut());
    };
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        if let Some(Part::Chunk(chunk)) = piece.part {
            bytes.extend_from_slice(&chunk);
        }
    }
    if i64::try_from(bytes.len()) != Ok(header.size) {
        return Err(cut());
    }
    Ok((header, bytes))
}
