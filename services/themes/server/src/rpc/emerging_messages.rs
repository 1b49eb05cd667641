//! Emerging themes and discovery as messages.

use std::collections::BTreeMap;

use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::Codebook;
use soundings_themes_engine::Group;
use soundings_themes_engine::emerging::Rules;

use super::{names, theme_messages};
use crate::application::discover_groups::Groups;
use crate::application::discovery_settings::DiscoverySettings;
use crate::application::settle_discovery::Settled;
use crate::store::emerging::Discovery;
use crate::store::views::heatmap::Tally;

/// Themes that are told as near, at most.
const NEAR: usize = 3;

/// How discovery stands; `now` in microseconds since 1970, `pool` as all statements and those that are new.
#[must_use]
pub fn discovery(
    codebook: &str,
    kept: &Discovery,
    (pool, new): (i64, i64),
    settings: &DiscoverySettings,
    now: i64,
) -> proto::Discovery {
    let running = kept.lease_until > now;
    let step = match kept.step.as_str() {
        _ if !running => proto::DiscoveryStep::Unspecified,
        "comparing" => proto::DiscoveryStep::Comparing,
        "grouping" => proto::DiscoveryStep::Grouping,
        "naming" => proto::DiscoveryStep::Naming,
        _ => proto::DiscoveryStep::Reading,
    };
    // A run whose process ended without a word has no end of its own.
    let broken = !running && kept.lease_until > 0;
    let outcome = match kept.outcome.as_str() {
        _ if broken => proto::DiscoveryOutcome::Failed,
        "completed" => proto::DiscoveryOutcome::Completed,
        "cancelled" => proto::DiscoveryOutcome::Cancelled,
        "failed" => proto::DiscoveryOutcome::Failed,
        _ => proto::DiscoveryOutcome::Unspecified,
    };
    let state = if running { proto::DiscoveryState::Running } else { proto::DiscoveryState::Idle };
    let ran = running || broken || !kept.outcome.is_empty();
    proto::Discovery {
        name: names::codebook(codebook),
        state: state.into(),
        step: step.into(),
        progress_ppm: if running { small(kept.progress) } else { 0 },
        runs: kept.last.runs,
        start_time: ran.then(|| theme_messages::timestamp(kept.started)),
        end_time: (ran && !running && !broken).then(|| theme_messages::timestamp(kept.ended)),
        outcome: outcome.into(),
        statements: kept.last.statements,
        groups: kept.last.found,
        pool,
        new_statements: new,
        settings: Some(proto::DiscoverySettings {
            enabled: settings.enabled,
            least_new_statements: settings.least_new,
            interval_seconds: i64::try_from(settings.every_s).unwrap_or(i64::MAX),
            most_statements: settings.most.into(),
            least_voices: small(settings.voices as i64),
            runs: small(settings.runs.into()),
            patience: small(settings.patience.into()),
        }),
    }
}

/// The groups that a run found.
#[must_use]
pub fn groups(
    codebook: &Codebook,
    groups: &Groups,
    settled: &Settled,
    rules: &Rules,
) -> Vec<proto::DiscoveredGroup> {
    let themes = settled.theme_of.iter().chain(std::iter::repeat(&None));
    let found = groups.discovery.groups.iter().zip(&groups.sightings).zip(themes);
    found
        .map(|((group, sighting), theme)| proto::DiscoveredGroup {
            title: group.naming.name.clone(),
            keywords: group.naming.keywords.clone(),
            statements: group.members.len() as i64,
            distinct_statements: group.distinct as i64,
            respondents: sighting.voices as i64,
            organisations: groups.organisations(group) as i64,
            exemplars: exemplars(codebook, groups, group),
            density_ppm: ppm(group.density),
            steadiness_ppm: ppm(group.steadiness),
            coverage_ppm: ppm(group.naming.coverage),
            nearest: nearest(codebook, &sighting.near, theme.as_deref()),
            theme: theme.as_ref().map(|theme| names::theme(&codebook.id, theme)).unwrap_or_default(),
            sound: rules.is_sound(sighting),
        })
        .collect()
}

/// The statements that show a group, with their words.
#[must_use]
pub fn exemplars(codebook: &Codebook, groups: &Groups, group: &Group) -> Vec<proto::Mention> {
    let shown = groups.shown(group).into_iter();
    let mention = |pool: &crate::application::pool_texts::PoolText| {
        theme_messages::mention(codebook, pool.statement.mention.clone(), Some(pool.text.clone()))
    };
    shown.map(mention).collect()
}

/// The nearest other themes in use, nearest first.
#[must_use]
pub fn nearest(
    codebook: &Codebook,
    near: &BTreeMap<String, f32>,
    own: Option<&str>,
) -> Vec<proto::NeighbouringTheme> {
    let mut near: Vec<(&String, f32)> =
        near.iter().filter(|(id, _)| Some(id.as_str()) != own).map(|(id, near)| (id, *near)).collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
    near.truncate(NEAR);
    let message = |(id, similarity): (&String, f32)| {
        let theme = codebook.theme(id)?;
        Some(proto::NeighbouringTheme {
            theme: names::theme(&codebook.id, id),
            title: theme.title.clone(),
            similarity_ppm: ppm(similarity),
        })
    };
    near.into_iter().filter_map(message).collect()
}

/// Who raises a theme, most respondents first, then by name.
#[must_use]
pub fn organisations(mut cells: Vec<Tally>) -> Vec<proto::EmergingOrganisation> {
    cells.sort_by(|a, b| b.respondents.cmp(&a.respondents).then_with(|| a.organisation.cmp(&b.organisation)));
    let message = |cell: Tally| proto::EmergingOrganisation {
        organisation: names::organisation(&cell.organisation),
        respondents: cell.respondents,
        responses: cell.responses,
    };
    cells.into_iter().map(message).collect()
}

fn ppm(share: f32) -> i32 {
    (f64::from(share) * 1e6).round() as i32
}

fn small(value: i64) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
