//! A preview of a re-assignment as a message.

use std::cmp::Reverse;

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::Codebook;

use super::names;
use crate::application::preview_reassignment::Preview;

/// The preview, with the etag that it holds for.
#[must_use]
pub fn preview(codebook: &Codebook, preview: Preview) -> proto::PreviewReassignmentResponse {
    let named = |id: &str| if id.is_empty() { String::new() } else { names::theme(&codebook.id, id) };
    let flow = |((from, to), statements): (&(String, String), &i64)| proto::Flow {
        from_theme: named(from),
        to_theme: named(to),
        statements: *statements,
    };
    let shift = |(theme, (before, after)): (&String, &(i64, i64))| proto::ThemeShift {
        theme: named(theme),
        before: *before,
        after: *after,
    };
    let mut flows: Vec<proto::Flow> = preview.flows.iter().map(flow).collect();
    flows.sort_by_key(|flow| Reverse(flow.statements));
    proto::PreviewReassignmentResponse {
        etag: codebook.etag(),
        pending: codebook.is_pending(),
        responses: preview.responses,
        responses_read: preview.read,
        statements: preview.statements,
        changed: preview.changed,
        held: preview.held,
        flows,
        themes: preview.themes.iter().map(shift).collect(),
    }
}
