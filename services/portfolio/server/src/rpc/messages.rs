//! Rankings and changes as messages.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use prost_types::Timestamp;
use soundings_portfolio_domain::{
    Inputs, Kind, Ranking,
    change::{self, Moved},
    direct,
    explain::{CriterionPart, Side, Through, explain},
    scoring_model,
};
use soundings_proto::portfolio::v1 as proto;

use crate::store::heard::Heard;

/// Movers of one event.
const MOVERS: usize = 50;

/// What marks a revision.
pub struct Stamp {
    /// Which ranking.
    pub kind: Kind,
    /// Its number.
    pub revision: i64,
    /// Its digest.
    pub digest: String,
    /// When it was made.
    pub time: DateTime<Utc>,
    /// The model's version.
    pub model: i64,
}

impl Stamp {
    fn name(&self) -> String {
        revision_name(self.kind, self.revision)
    }
}

/// `rankings/{kind}/revisions/{revision}`.
pub fn revision_name(kind: Kind, revision: i64) -> String {
    format!("rankings/{}/revisions/{revision}", kind.name())
}

/// As a message.
pub fn kind(kind: Kind) -> proto::RankingKind {
    match kind {
        Kind::Official => proto::RankingKind::Official,
        Kind::Provisional => proto::RankingKind::Provisional,
    }
}

/// From a message; unspecified is taken as official.
pub fn read_kind(kind: proto::RankingKind) -> Kind {
    match kind {
        proto::RankingKind::Provisional => Kind::Provisional,
        proto::RankingKind::Official | proto::RankingKind::Unspecified => Kind::Official,
    }
}

/// A time as a message.
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: time.timestamp(), nanos: i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(0) }
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// A signal's snapshot.
pub fn signal_version(codebook: &str, organisation: &str, sequence: i64) -> proto::SignalVersion {
    proto::SignalVersion {
        codebook: format!("codebooks/{codebook}"),
        organisation: format!("organisations/{organisation}"),
        sequence,
    }
}

/// Tallies of bound questions that a revision counts.
pub fn support_version(survey: &str, organisation: &str, sequence: i64) -> proto::SupportVersion {
    let (survey, organisation) = (format!("surveys/{survey}"), format!("organisations/{organisation}"));
    proto::SupportVersion { survey, organisation, sequence }
}

/// Who was heard up to the last input that was ranked, where the newest revision is shown.
pub fn count_heard(ranking: &mut proto::Ranking, heard: Option<Heard>) {
    let Some(heard) = heard else { return };
    let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    ranking.organisations = small(heard.organisations);
    ranking.organisations_answered = small(heard.answered);
    ranking.respondents = heard.respondents;
}

/// A revision.
pub fn ranking(
    stamp: &Stamp,
    inputs: &Inputs,
    ranking: &Ranking,
    before: Option<&Ranking>,
) -> proto::Ranking {
    let previous: BTreeMap<&str, i32> =
        before.into_iter().flat_map(|r| &r.items).map(|item| (&*item.id, item.rank)).collect();
    proto::Ranking {
        name: stamp.name(),
        kind: kind(stamp.kind).into(),
        revision: stamp.revision,
        digest: stamp.digest.clone(),
        create_time: Some(timestamp(stamp.time)),
        items: ranking
            .items
            .iter()
            .map(|item| proto::RankedItem {
                work_item: format!("workItems/{}", item.id),
                title: inputs.items[&*item.id].title.clone(),
                portfolio: format!("portfolios/{}", item.portfolio),
                rank: item.rank,
                value: item.value,
                demand: item.demand,
                demand_low: item.demand_interval.0,
                demand_high: item.demand_interval.1,
                organisations_behind: i32::try_from(item.behind).unwrap_or(i32::MAX),
                values: item
                    .values
                    .iter()
                    .map(|v| proto::CriterionValue {
                        criterion: format!("criteria/{}", v.criterion),
                        value: v.value,
                        missing: v.missing,
                        clipped: v.clipped,
                    })
                    .collect(),
                value_if_missing_worst: item.missing_range.0,
                value_if_missing_best: item.missing_range.1,
                previous_rank: previous.get(&*item.id).copied().unwrap_or(0),
            })
            .collect(),
        portfolios: portfolios(inputs, ranking),
        model_version: stamp.model,
        organisations: count(inputs.organisations.len()),
        organisations_answered: count(inputs.organisations_answered().len()),
        respondents: inputs.respondents(),
        scoring_model: scoring_model::digest(inputs),
    }
}

/// A revision without its items and portfolios.
pub fn header(ranking: &proto::Ranking) -> proto::Ranking {
    proto::Ranking {
        name: ranking.name.clone(),
        kind: ranking.kind,
        revision: ranking.revision,
        digest: ranking.digest.clone(),
        create_time: ranking.create_time,
        items: Vec::new(),
        portfolios: Vec::new(),
        model_version: ranking.model_version,
        organisations: ranking.organisations,
        organisations_answered: ranking.organisations_answered,
        respondents: ranking.respondents,
        scoring_model: ranking.scoring_model.clone(),
    }
}

/// Portfolios in the order of their standing.
pub fn portfolios(inputs: &Inputs, ranking: &Ranking) -> Vec<proto::Portfolio> {
    let standing = ranking.standing(inputs).into_iter().enumerate();
    standing
        .map(|(at, standing)| proto::Portfolio {
            name: format!("portfolios/{}", standing.portfolio),
            title: inputs.portfolios[&standing.portfolio].title.clone(),
            standing: if standing.best.is_some() { count(at + 1) } else { 0 },
            mean_value: standing.mean,
            best_item: standing.best.map(|id| format!("workItems/{id}")).unwrap_or_default(),
            item_count: standing.count,
        })
        .collect()
}

/// How a revision differs from the one before; the first one differs in nothing but being there.
pub fn change(
    stamp: &Stamp,
    before: Option<(&Inputs, &Ranking)>,
    after: (&Inputs, &Ranking),
    (signals, supports): (Vec<proto::SignalVersion>, Vec<proto::SupportVersion>),
) -> proto::RankingChange {
    let (movers, size) = match before {
        Some(before) => {
            let size = change::size(before.1, after.1);
            let moved = change::moved(before.1, after.1);
            let movers = moved.iter().take(MOVERS).map(|moved| mover(moved, before, after)).collect();
            (movers, size)
        }
        None => (Vec::new(), change::size(after.1, after.1)),
    };
    proto::RankingChange {
        name: stamp.name(),
        kind: kind(stamp.kind).into(),
        revision: stamp.revision,
        digest: stamp.digest.clone(),
        create_time: Some(timestamp(stamp.time)),
        movers,
        size: Some(proto::ChangeSize {
            moved: count(size.moved),
            kendall_tau_b: size.kendall_tau_b,
            discordant_share: size.discordant_share,
            top_ten_overlap: count(size.top_ten_overlap),
        }),
        model_version: stamp.model,
        signals,
        supports,
        respondents: after.0.respondents(),
        organisations_answered: count(after.0.organisations_answered().len()),
        scoring_model: scoring_model::digest(after.0),
    }
}

fn mover(moved: &Moved<'_>, before: (&Inputs, &Ranking), after: (&Inputs, &Ranking)) -> proto::Mover {
    let item = after.0.items.get(moved.id).or_else(|| before.0.items.get(moved.id));
    let side = |(inputs, ranking)| Side { inputs, ranking };
    let parts = explain(moved.id, side(before), side(after)).unwrap_or_default();
    proto::Mover {
        work_item: format!("workItems/{}", moved.id),
        title: item.map(|item| item.title.clone()).unwrap_or_default(),
        rank_before: moved.before.map_or(0, |ranked| ranked.rank),
        rank_after: moved.after.map_or(0, |ranked| ranked.rank),
        value_before: moved.before.map_or(0, |ranked| ranked.value),
        value_after: moved.after.map_or(0, |ranked| ranked.value),
        contributions: contributions(&format!("workItems/{}", moved.id), &parts, after.0),
    }
}

fn contributions(item: &str, parts: &[CriterionPart], inputs: &Inputs) -> Vec<proto::Contribution> {
    let mut all = Vec::new();
    for part in parts.iter().filter(|part| part.delta != 0) {
        let criterion = format!("criteria/{}", part.criterion);
        let title = criterion_title(inputs, &part.criterion);
        if part.themes.is_empty() {
            all.push(proto::Contribution { criterion, title, delta: part.delta, ..Default::default() });
            continue;
        }
        for theme in part.themes.iter().filter(|theme| theme.delta != 0) {
            let changed = theme.organisations.iter().filter(|o| o.before != o.after).count();
            all.push(proto::Contribution {
                criterion: criterion.clone(),
                theme: through(&theme.through).0,
                title: through_title(inputs, &theme.through, &title),
                delta: theme.delta,
                organisations: count(changed),
                work_item: if theme.through == Through::Direct { item.to_owned() } else { String::new() },
            });
        }
    }
    all.sort_by_key(|c| std::cmp::Reverse(c.delta.unsigned_abs()));
    all
}

/// What people call a criterion.
pub fn criterion_title(inputs: &Inputs, id: &str) -> String {
    inputs.criteria.get(id).map_or_else(|| id.to_owned(), |criterion| criterion.title.clone())
}

/// What people call a theme.
pub fn theme_title(inputs: &Inputs, name: &str) -> String {
    inputs.themes.get(name).map_or_else(|| name.to_owned(), |theme| theme.title.clone())
}

/// `workItems/{item}` where this is the item's direct voice, and, if any answer to a bound question has a part in it, the
/// surveys that asked.
pub fn closed(inputs: &Inputs, through: &Through, item: &str, is_rated: bool) -> (String, Vec<String>) {
    let own = direct::target(item);
    let (work_item, target) = match through {
        Through::Theme { goes_to, .. } => (String::new(), goes_to.as_str()),
        Through::Direct => (own.clone(), own.as_str()),
        Through::Unlinked | Through::Clipped => return (String::new(), Vec::new()),
    };
    let surveys = if is_rated { inputs.surveys_on(target) } else { BTreeSet::new() };
    (work_item, surveys.iter().map(|survey| format!("surveys/{survey}")).collect())
}

/// The theme that a link says, and the one that it goes to where that was merged; both empty where there is no link.
pub fn through(through: &Through) -> (String, String) {
    match through {
        Through::Theme { said, goes_to } if said == goes_to => (said.clone(), String::new()),
        Through::Theme { said, goes_to } => (said.clone(), goes_to.clone()),
        Through::Direct | Through::Unlinked | Through::Clipped => (String::new(), String::new()),
    }
}

/// What people call what a part of demand comes through; `unlinked` is what no link accounts for.
pub fn through_title(inputs: &Inputs, through: &Through, unlinked: &str) -> String {
    match through {
        Through::Theme { said, goes_to } if said == goes_to => theme_title(inputs, said),
        Through::Theme { said, goes_to } => {
            format!("{} (merged into {})", theme_title(inputs, said), theme_title(inputs, goes_to))
        }
        Through::Direct => "closed questions on the item itself".to_owned(),
        Through::Unlinked => unlinked.to_owned(),
        Through::Clipped => "what was said against it beyond what takes demand to 0".to_owned(),
    }
}
