//! The parts that a theme could be split into.
use soundings_proto::themes::v1 as proto;

use super::{emerging, theme_name};
use crate::{
    connection::Connection,
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to look for.
#[derive(Debug, clap::Args)]
pub struct Looking {
    /// `{codebook}/{theme}`.
    theme: String,
    /// Coarser below 1, finer above; without it, what suits the number of statements.
    #[arg(long, value_parser = emerging::resolution)]
    resolution: Option<f64>,
}

fn columns() -> Vec<Column<(usize, proto::ProposedPart)>> {
    vec![
        number("part", |(at, _)| at.to_string()),
        number("statements", |(_, p)| p.statement_count.to_string()),
        number("respondents", |(_, p)| p.respondents.to_string()),
        number("organisations", |(_, p)| p.organisations.to_string()),
        column("title", |(_, p)| p.title.clone()),
        column("statement", |(_, p)| p.exemplars.first().map(|m| m.text.clone()).unwrap_or_default()),
        wide(column("keywords", |(_, p)| p.keywords.join(", "))),
    ]
}

async fn proposed(
    to: &Connection<'_>,
    theme: &str,
    resolution: Option<f64>,
) -> Outcome<proto::ProposeSplitResponse> {
    let request =
        proto::ProposeSplitRequest { name: theme_name(theme)?, resolution: resolution.unwrap_or_default() };
    Ok(to.splits()?.propose_split(request).await?.into_inner())
}

/// Lists them, the largest first.
pub async fn list(to: &Connection<'_>, format: Format, looking: &Looking) -> Outcome {
    let found = proposed(to, &looking.theme, looking.resolution).await?;
    if !matches!(format, Format::Table | Format::Wide | Format::Csv) {
        return output::value(format, &output::json(&found)?);
    }
    let parts: Vec<_> = found.parts.into_iter().enumerate().map(|(at, part)| (at + 1, part)).collect();
    output::rows(format, &parts, &columns())?;
    if format.is_table() {
        let rest = if found.rest == 0 { String::new() } else { format!("; {} in no part", found.rest) };
        output::note(format!("{} statements of {}{rest}", found.statements, looking.theme));
        if parts.len() > 1 {
            output::note(format!(
                "to take one out: soundings theme split {} --part 1 --into ID --reason …",
                looking.theme
            ));
        } else {
            output::note("there is nothing to split; a higher --resolution looks for finer parts");
        }
    }
    Ok(())
}

/// One of them by its number, with the theme's etag as it was looked through.
pub async fn pick(
    to: &Connection<'_>,
    theme: &str,
    resolution: Option<f64>,
    number: usize,
) -> Outcome<(proto::ProposedPart, String)> {
    let found = proposed(to, theme, resolution).await?;
    let count = found.parts.len();
    let part = number.checked_sub(1).and_then(|at| found.parts.into_iter().nth(at));
    let part = part.ok_or_else(|| {
        Failure::usage(format!("there is no part {number}: `soundings theme parts {theme}` shows {count}"))
    })?;
    Ok((part, found.etag))
}
