//! What changed words would move.
use soundings_proto::themes::v1 as proto;

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

/// Shows it.
pub async fn preview(to: &Connection<'_>, format: Format, codebook: &str, limit: i32) -> Outcome {
    let request = proto::PreviewReassignmentRequest { name: full_name("codebooks", codebook), limit };
    let preview = to.codebooks()?.preview_reassignment(request).await?.into_inner();
    if !format.is_table() {
        return output::value(format, &output::json(&preview)?);
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
