//! A ranking under every voice policy, side by side.
use std::collections::BTreeMap;

use soundings_proto::portfolio::v1 as proto;

use super::{super::last_part, moved};

/// A line for each item in the ranking's own order, with its place under every policy; then how far they agree.
pub fn show(compared: &proto::CompareVoicesResponse) -> String {
    let Some(own) = compared.voices.first() else { return "nothing is ranked yet\n".to_owned() };
    let places: Vec<BTreeMap<&str, i32>> = compared
        .voices
        .iter()
        .map(|voice| voice.places.iter().map(|place| (place.work_item.as_str(), place.rank)).collect())
        .collect();
    let mut text = format!("{}\n\n", compared.name);
    for voice in &compared.voices {
        text.push_str(&format!("{:<16}", heading(voice.policy())));
    }
    text.push_str("item\n");
    for item in &own.places {
        for places in &places {
            let rank = places.get(item.work_item.as_str()).copied().unwrap_or(0);
            text.push_str(&format!("{:<16}", format!("{rank:>3} {}", moved(item.rank, rank))));
        }
        text.push_str(&format!("{:<7} {}\n", last_part(&item.work_item), item.title));
    }
    text.push('\n');
    for voice in &compared.voices[1..] {
        text.push_str(&format!(
            "{}: τ_b {:.3} with the ranking, {} of {} items in another place\n",
            heading(voice.policy()),
            voice.kendall_tau_b,
            voice.flips,
            voice.places.len()
        ));
    }
    text
}

fn heading(policy: proto::VoicePolicy) -> &'static str {
    match policy {
        proto::VoicePolicy::Respondent => "by respondent",
        proto::VoicePolicy::Population => "by population",
        proto::VoicePolicy::OrganisationKind => "by kind",
        proto::VoicePolicy::Organisation | proto::VoicePolicy::Unspecified => "ranking",
    }
}
