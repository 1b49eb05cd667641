//! The decisions on a codebook, and undoing them.
use soundings_proto::themes::v1 as proto;

use crate::{
    commands::{full_name, last_part},
    connection::{Connection, new_request_id},
    failure::Outcome,
    output::{self, Column, Format, column, number, wide},
};

fn columns() -> Vec<Column<proto::CodebookEvent>> {
    vec![
        number("version", |e| e.version.to_string()),
        column("when", |e| output::time(e.create_time.as_ref())),
        column("who", |e| e.actor.clone()),
        column("decision", |e| e.action.replace('_', " ")),
        column("themes", |e| e.changed_themes.iter().map(|t| last_part(t)).collect::<Vec<_>>().join(", ")),
        column("why", |e| e.reason.clone()),
        column("undoes", |e| e.undoes.iter().map(i64::to_string).collect::<Vec<_>>().join(", ")),
        wide(number("statements", |e| e.statements.to_string())),
    ]
}

/// Lists the last decisions.
pub async fn events(to: &Connection<'_>, format: Format, codebook: &str, limit: usize) -> Outcome {
    let (mut all, mut page_token) = (Vec::new(), String::new());
    while all.len() < limit {
        let page_size = i32::try_from((limit - all.len()).min(200)).unwrap_or(200);
        let parent = full_name("codebooks", codebook);
        let request = proto::ListCodebookEventsRequest { parent, page_size, page_token };
        let page = to.codebooks()?.list_codebook_events(request).await?.into_inner();
        all.extend(page.events);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    output::list(format, &all, &columns())
}

/// Undoes the last decisions that stand.
pub async fn undo(
    to: &Connection<'_>,
    format: Format,
    codebook: &str,
    count: i32,
    reason: String,
) -> Outcome {
    let (name, etag, request_id) = (full_name("codebooks", codebook), String::new(), new_request_id());
    let request = proto::UndoDecisionsRequest { name, count, etag, reason, request_id };
    let undone = to.codebooks()?.undo_decisions(request).await?.into_inner();
    output::single(format, &undone.event.unwrap_or_default(), &columns())
}
