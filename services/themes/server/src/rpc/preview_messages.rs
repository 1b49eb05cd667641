//! A preview of a re-assignment as a message.

use std::cmp::Reverse;

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::Codebook;

use super::{names, theme_messages};
use crate::application::preview_reassignment::Preview;
use crate::store::learning::Training;
use crate::store::signals::Changed;

/// A codebook's etag, and with it what was learned and not confirmed yet: `{etag}.{number}`.
fn etag(codebook: &Codebook, pending: Option<&Training>) -> String {
    match pending {
        None => codebook.etag(),
        Some(training) => format!("{}.{}", codebook.etag(), training.number),
    }
}

/// The codebook's etag in that of a preview, and the number of what was learned; 0: it has none.
#[must_use]
pub fn read_etag(etag: &str) -> (&str, i64) {
    let parts = etag.split_once('.').and_then(|(etag, number)| Some((etag, number.parse().ok()?)));
    parts.filter(|(_, number)| *number > 0).unwrap_or((etag, 0))
}

/// The preview, with the etag that it holds for.
#[must_use]
pub fn preview(
    codebook: &Codebook,
    last: Option<&Training>,
    preview: Preview,
) -> proto::PreviewReassignmentResponse {
    let decides = |training: &Training| training.record.iter().any(|theme| theme.takes_over);
    let learned = last
        .filter(|training| training.number > codebook.learned && (codebook.learned > 0 || decides(training)));
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
    let signal = |(organisation, signal): (String, soundings_themes_domain::Signal)| {
        theme_messages::signal(&codebook.id, &Changed { organisation, sequence: 0, signal })
    };
    let reassigned = preview
        .signals
        .map(|signals| proto::ReassignedSignals { signals: signals.into_iter().map(signal).collect() });
    let mut flows: Vec<proto::Flow> = preview.flows.iter().map(flow).collect();
    flows.sort_by_key(|flow| Reverse(flow.statements));
    proto::PreviewReassignmentResponse {
        etag: etag(codebook, learned),
        pending: codebook.is_pending() || learned.is_some(),
        learned_version: learned.map(|training| training.version.clone()).unwrap_or_default(),
        responses: preview.responses,
        responses_read: preview.read,
        statements: preview.statements,
        changed: preview.changed,
        held: preview.held,
        flows,
        themes: preview.themes.iter().map(shift).collect(),
        reassigned,
    }
}
