//! The ranking as it would be.
use std::collections::BTreeSet;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    ThemeState, bundle,
    replay::{Departure, Replay},
    voice::Voice,
    what_if::{Change, what_if as ranked},
};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, count, replaced_signals, work_item};
use crate::rpc::{model_messages, names};

/// Most campaigns that a what-if may do without.
const CAMPAIGNS: usize = 200;
/// Most items that a what-if may add or change.
const ITEMS: usize = 1_000;

/// From a message.
pub fn read(message: proto::HypotheticalChange) -> Result<Change, Problem> {
    let mut change = Change { voice: read_voice(message.voice()), ..Change::default() };
    let twice = |field: String| Err(Problem::invalid_field(field, "is given twice"));
    for (at, swing) in message.swings.iter().enumerate() {
        let field = format!("change.swings[{at}].criterion");
        if change.swings.insert(names::read(&field, "criteria", &swing.criterion)?, swing.swing).is_some() {
            return twice(field);
        }
    }
    for (at, anchors) in message.anchors.iter().enumerate() {
        let field = format!("change.anchors[{at}].criterion");
        let criterion = names::read(&field, "criteria", &anchors.criterion)?;
        if change.anchors.insert(criterion, (anchors.lowest, anchors.highest)).is_some() {
            return twice(field);
        }
    }
    change.replaced_signals = replaced_signals::read(&message.replaced_signals)?;
    change.without_organisations =
        read_names("without_organisations", "organisations", &message.without_organisations)?;
    change.without_codebooks = read_names("without_codebooks", "codebooks", &message.without_codebooks)?;
    change.without_surveys = read_names("without_surveys", "surveys", &message.without_surveys)?;
    change.without_items = read_names("without_work_items", "workItems", &message.without_work_items)?;
    if message.work_items.len() > ITEMS {
        let text = format!("are {}; at most {ITEMS}", message.work_items.len());
        return Err(Problem::invalid_field("change.work_items", text));
    }
    for (at, item) in message.work_items.into_iter().enumerate() {
        let field = format!("change.work_items[{at}]");
        let (id, item) = model_messages::read_work_item(&field, item)?;
        if change.items.insert(id, item).is_some() {
            return twice(field);
        }
    }
    for (at, theme) in message.themes.iter().enumerate() {
        let field = format!("change.themes[{at}].theme");
        let state = if theme.approved { ThemeState::Approved } else { ThemeState::Retired };
        if change.theme_states.insert(names::read_theme(&field, &theme.theme)?, state).is_some() {
            return twice(field);
        }
    }
    Ok(change)
}

/// Names of campaigns.
pub fn read_campaigns(given: &[String]) -> Result<&[String], Problem> {
    if given.len() > CAMPAIGNS {
        let text = format!("are {}; at most {CAMPAIGNS}", given.len());
        return Err(Problem::invalid_field("change.without_campaigns", text));
    }
    for (at, name) in given.iter().enumerate() {
        let parts: Vec<&str> = name.split('/').collect();
        if !matches!(parts[..], ["codebooks", codebook, "campaigns", id] if !codebook.is_empty() && !id.is_empty())
        {
            let field = format!("change.without_campaigns[{at}]");
            return Err(Problem::invalid_field(field, "must be codebooks/{codebook}/campaigns/{campaign}"));
        }
    }
    Ok(given)
}

fn read_names(field: &str, collection: &str, given: &[String]) -> Result<BTreeSet<String>, Problem> {
    let read = |(at, name): (usize, &String)| names::read(&format!("change.{field}[{at}]"), collection, name);
    given.iter().enumerate().map(read).collect()
}

fn read_voice(voice: proto::VoicePolicy) -> Voice {
    match voice {
        proto::VoicePolicy::Unspecified | proto::VoicePolicy::Organisation => Voice::Organisation,
        proto::VoicePolicy::Respondent => Voice::Respondent,
        proto::VoicePolicy::Population => Voice::Population,
        proto::VoicePolicy::OrganisationKind => Voice::OrganisationKind,
    }
}

/// A field of the change by its name in the request; what no model may have keeps the name of the thing it is about.
fn as_given(field: String) -> String {
    match field.as_str() {
        "without_items" => "change.without_work_items".to_owned(),
        "theme_states" => "change.themes".to_owned(),
        "swings"
        | "anchors"
        | "without_organisations"
        | "without_codebooks"
        | "without_surveys"
        | "without_campaigns"
        | "replaced_signals" => format!("change.{field}"),
        _ => field,
    }
}

/// Ranks the changed inputs beside the revision.
pub fn what_if(asked: &Asked, change: &Change, with_bundle: bool) -> Result<proto::WhatIfResponse, Problem> {
    let (kind, present) = (asked.0.ranking.kind, &asked.0.ranking);
    let outcome = ranked(&asked.0.inputs, kind, present, change)
        .map_err(|wrong| Problem::invalid(wrong.into_iter().map(|(field, text)| (as_given(field), text))))?;
    let known = |id: &str| outcome.inputs.items.get(id).or_else(|| asked.0.inputs.items.get(id));
    let mut items: Vec<proto::HypotheticalPlace> = Vec::new();
    let gone = present.items.iter().filter(|item| outcome.ranking.item(&item.id).is_none());
    for item in outcome.ranking.items.iter().chain(gone) {
        let (before, after) = (present.item(&item.id), outcome.ranking.item(&item.id));
        let known = known(&item.id);
        items.push(proto::HypotheticalPlace {
            work_item: work_item(&item.id),
            title: known.map(|item| item.title.clone()).unwrap_or_default(),
            portfolio: known.map(|item| format!("portfolios/{}", item.portfolio)).unwrap_or_default(),
            rank_before: before.map_or(0, |item| item.rank),
            rank_after: after.map_or(0, |item| item.rank),
            value_before: before.map_or(0, |item| item.value),
            value_after: after.map_or(0, |item| item.value),
        });
    }
    let mut reply = proto::WhatIfResponse {
        of_revision: asked.name(),
        items,
        size: Some(proto::ChangeSize {
            moved: count(outcome.size.moved),
            kendall_tau_b: outcome.size.kendall_tau_b,
            discordant_share: outcome.size.discordant_share,
            top_ten_overlap: count(outcome.size.top_ten_overlap),
        }),
        ..Default::default()
    };
    if with_bundle {
        let replay = Replay {
            what_if_of: Departure { revision: asked.name(), digest: present.digest() },
            rules: bundle::RULES,
            kind,
            voice: change.voice,
            inputs: outcome.inputs,
        };
        reply.digest = replay.digest();
        reply.bundle_json = serde_json::to_vec(&replay).map_err(Problem::internal)?;
    }
    Ok(reply)
}
