//! Files of responses.
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{Args, ValueEnum};
use futures::{StreamExt, stream};
use indicatif::{ProgressBar, ProgressStyle};
use soundings_proto::consultation::v1::{self as proto, import_responses_request::Part};

use super::full_name;
use crate::{
    connection::Connection,
    failure::{Failure, Kind, Outcome},
    output::{self, Format, column, number},
};

/// Bytes of one message, well below what the service takes.
pub(super) const CHUNK: usize = 64 * 1024;

/// A file to import.
#[derive(Debug, Args)]
pub struct Options {
    /// The file; `-` for standard input.
    file: PathBuf,
    /// The survey that it answers; it must be open.
    #[arg(long)]
    survey: String,
    /// How the file is laid out.
    #[arg(long, value_enum, default_value_t)]
    layout: Layout,
    /// For layouts with one column of text: the question it answers; without it, the survey's first free-text one.
    #[arg(long, default_value = "")]
    question: String,
    /// Checks every row and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum Layout {
    /// A header row: organisation, optional row_key, then one column per question.
    #[default]
    Csv,
    /// A Polis comments.csv; author A goes to organisation number A mod N of the N organisations in order of id.
    PolisComments,
}

/// Carries it out. Rows that stayed out are listed; they fail the command only when nothing went in.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let bytes = whole(&options.file)?;
    let layout = match options.layout {
        Layout::Csv => proto::ImportLayout::Csv,
        Layout::PolisComments => proto::ImportLayout::PolisComments,
    };
    let header = proto::ImportHeader {
        parent: full_name("surveys", &options.survey),
        layout: layout.into(),
        question: options.question,
        validate_only: options.dry_run,
    };
    let bar = bytes_bar(bytes.len());
    let sent = bar.clone();
    let chunks: Vec<Vec<u8>> = bytes.chunks(CHUNK).map(<[u8]>::to_vec).collect();
    let parts = stream::iter(
        std::iter::once(Part::Header(header)).chain(chunks.into_iter().map(Part::Chunk)),
    )
    .map(move |part| {
        if let Part::Chunk(chunk) = &part {
            sent.inc(chunk.len() as u64);
        }
        proto::ImportResponsesRequest { part: Some(part) }
    });
    let imported = to.consultation()?.import_responses(parts).await;
    bar.finish_and_clear();
    report(format, &imported?.into_inner(), options.dry_run)
}

/// A file's bytes; `-` is standard input.
pub(super) fn whole(file: &Path) -> Outcome<Vec<u8>> {
    if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        io::Read::read_to_end(&mut io::stdin().lock(), &mut bytes)?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(|error| Failure::new(Kind::NotFound, format!("{}: {error}", file.display())))
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn bytes_bar(length: usize) -> ProgressBar {
    let bar = ProgressBar::new(length as u64);
    let style = ProgressStyle::with_template("importing {wide_bar} {bytes}/{total_bytes}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

fn report(format: Format, report: &proto::ImportResponsesResponse, dry_run: bool) -> Outcome {
    if format.is_table() {
        if !report.reports.is_empty() {
            let columns = [
                number("line", |r: &proto::ImportRowReport| r.line.to_string()),
                column("what", |r| if r.skipped { "left out".to_owned() } else { "rejected".to_owned() }),
                column("column", |r| r.field.clone()),
                column("why", |r| r.description.clone()),
            ];
            output::list(format, &report.reports, &columns)?;
        }
        let would = if dry_run { " would be" } else { "" };
        output::note(format!(
            "{} rows: {}{would} imported, {} imported before, {} left out, {} rejected",
            report.rows, report.imported, report.already_imported, report.skipped, report.rejected
        ));
    } else {
        output::value(format, &output::json(report)?)?;
    }
    if report.rejected > 0 && report.imported + report.already_imported == 0 {
        return Err(Failure::usage("no row could be imported"));
    }
    Ok(())
}
