//! What changed words would move: statements, and with them places in the rankings.
use soundings_proto::themes::v1 as proto;

use super::reassigned_ranks::{self, Ranks};
use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

fn columns() -> Vec<Column<proto::Flow>> {
    vec![
        column("from", |f| none_or(&f.from_theme)),
        column("to", |f| none_or(&f.to_theme)),
        number("statements", |f| f.statements.to_string()),
    ]
}

fn shift_columns() -> Vec<Column<proto::ThemeShift>> {
    vec![
        column("theme", |t| none_or(&t.theme)),
        number("before", |t| t.before.to_string()),
        number("after", |t| t.after.to_string()),
    ]
}

fn none_or(theme: &str) -> String {
    if theme.is_empty() { "(none)".to_owned() } else { last_part(theme) }
}

/// Shows it, and asks the portfolio service whose place would change; where that cannot be told, says why.
pub async fn preview(to: &Connection<'_>, format: Format, codebook: &str, limit: i32) -> Outcome {
    let name = full_name("codebooks", codebook);
    let request = proto::PreviewReassignmentRequest { name: name.clone(), limit };
    let preview = to.codebooks()?.preview_reassignment(request).await?.into_inner();
    if !format.is_table() {
        let mut value = output::json(&preview)?;
        match ranks(to, &name, &preview).await {
            None => {}
            Some(Ok(ranks)) => value["ranks"] = ranks.json()?,
            Some(Err(why)) => value["ranks_unknown"] = why.into(),
        }
        return output::value(format, &value);
    }
    output::list(format, &preview.themes, &shift_columns())?;
    output::text("\n")?;
    output::list(format, &preview.flows, &columns())?;
    output::note(format!(
        "{} of {} statements would move, in {} of {} responses looked at; people hold {} more where they are",
        preview.changed, preview.statements, preview.responses_read, preview.responses, preview.held
    ));
    if !preview.learned_version.is_empty() {
        output::note(format!("by {}, learned from people's decisions, as well", preview.learned_version));
    }
    match ranks(to, &name, &preview).await {
        None => {}
        Some(Ok(ranks)) => ranks.show(format)?,
        Some(Err(why)) => {
            output::note(format!("whose place in the rankings would change is not told: {why}"))
        }
    }
    if preview.pending {
        output::note(format!(
            "to confirm: soundings codebook confirm {codebook} --etag {} --reason …",
            preview.etag
        ));
    } else {
        output::note("nothing waits for confirmation");
    }
    Ok(())
}

/// Whose place would change, or why that is not told; None where nothing waits.
async fn ranks(
    to: &Connection<'_>,
    codebook: &str,
    preview: &proto::PreviewReassignmentResponse,
) -> Option<Result<Ranks, String>> {
    if !preview.pending {
        return None;
    }
    let Some(reassigned) = &preview.reassigned else {
        let why = if preview.responses_read < preview.responses {
            format!("it takes all responses: give --limit {}", preview.responses)
        } else {
            "who speaks for one organisation is not told what hangs on the others".to_owned()
        };
        return Some(Err(why));
    };
    let asked = reassigned_ranks::ask(to, codebook, reassigned).await;
    Some(asked.map_err(|failure| failure.about("the portfolio service").to_string()))
}
