//! Organised campaigns: the same words, sent by many.
use std::collections::BTreeSet;

use soundings_proto::themes::v1 as proto;

use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number},
};

/// Lists them, most responses first.
pub async fn list(to: &Connection<'_>, format: Format, codebook: &str, least: i32) -> Outcome {
    let request = proto::ListCampaignsRequest {
        parent: full_name("codebooks", codebook),
        least_responses: least,
        ..Default::default()
    };
    let found = to.campaigns()?.list_campaigns(request).await?.into_inner();
    output::list(format, &found.campaigns, &columns())?;
    if found.campaigns.is_empty() {
        output::note(format!("no text was sent {least} times or more"));
    }
    Ok(())
}

fn columns() -> Vec<Column<proto::Campaign>> {
    vec![
        number("responses", |c| c.responses.to_string()),
        number("counts as", |c| c.voices.len().to_string()),
        column("organisations", |c| {
            c.voices.iter().map(|voice| last_part(&voice.organisation)).collect::<Vec<_>>().join(", ")
        }),
        column("themes", |c| {
            let themes: BTreeSet<String> =
                c.voices.iter().flat_map(|voice| &voice.themes).map(|theme| last_part(theme)).collect();
            themes.into_iter().collect::<Vec<_>>().join(", ")
        }),
        column("name", |c| c.name.clone()),
    ]
}
