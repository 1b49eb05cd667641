//! Organised campaigns: the same words, sent by many.
use std::collections::BTreeSet;

use soundings_proto::consultation::v1::{self as consultation, answer::Value};
use soundings_proto::themes::v1 as proto;

use crate::{
    commands::{full_name, last_part},
    connection::Connection,
    failure::Outcome,
    output::{self, Column, Format, column, number, wide},
};

/// Lists them, most responses first.
pub async fn list(to: &Connection<'_>, format: Format, codebook: &str, least: i32) -> Outcome {
    let request = proto::ListCampaignsRequest {
        parent: full_name("codebooks", codebook),
        least_responses: least,
        ..Default::default()
    };
    let found = to.campaigns()?.list_campaigns(request).await?.into_inner();
    if !matches!(format, Format::Table | Format::Wide | Format::Csv) {
        return output::list(format, &found.campaigns, &[]);
    }
    let mut rows = Vec::with_capacity(found.campaigns.len());
    for campaign in found.campaigns {
        rows.push((words(to, &campaign).await, campaign));
    }
    output::rows(format, &rows, &columns())?;
    if rows.is_empty() {
        output::note(format!("no text was sent {least} times or more"));
    }
    Ok(())
}

/// What it says; nothing where the caller may not read responses, or it was revised since.
async fn words(to: &Connection<'_>, campaign: &proto::Campaign) -> String {
    let Some(voice) = campaign.voices.iter().find(|voice| !voice.response.is_empty()) else {
        return String::new();
    };
    let request = consultation::GetResponseRequest { name: voice.response.clone() };
    let Ok(mut client) = to.consultation() else { return String::new() };
    let Ok(reply) = client.get_response(request).await else { return String::new() };
    let texts = reply.into_inner().answers.into_iter().filter_map(|answer| match answer.value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" | ").replace('\n', " ")
}

fn columns() -> Vec<Column<(String, proto::Campaign)>> {
    vec![
        number("responses", |(_, c)| c.responses.to_string()),
        number("counts as", |(_, c)| c.voices.len().to_string()),
        column("organisations", |(_, c)| {
            c.voices.iter().map(|voice| last_part(&voice.organisation)).collect::<Vec<_>>().join(", ")
        }),
        column("themes", |(_, c)| {
            let themes: BTreeSet<String> =
                c.voices.iter().flat_map(|voice| &voice.themes).map(|theme| last_part(theme)).collect();
            themes.into_iter().collect::<Vec<_>>().join(", ")
        }),
        column("says", |(words, _)| words.clone()),
        wide(column("name", |(_, c)| c.name.clone())),
    ]
}
