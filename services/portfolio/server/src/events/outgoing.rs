//! Events this service sends.
use chrono::{DateTime, Utc};
use prost::Message;
use soundings_chassis::{Ids, trace::TraceContext};
use soundings_mailbox::{Envelope, Outgoing};
use soundings_portfolio_domain::{Item, Kind, gaps::Gap};
use soundings_proto::{portfolio::v1 as proto, subjects};

use super::standing;
use crate::rpc::{messages, plan_messages};

/// Items of a standing ranking, if they fit.
const STANDING_ITEMS: usize = 500;
/// Largest body of an event: below what the streams take, 253,952 bytes.
pub(super) const BODY: usize = 240_000;
/// Causes of a mover's change that are told one by one when not all of them fit.
const LARGEST: usize = 5;
/// Items of one side of a drift.
const SIDE: usize = 20;
/// What stands before a message within another: its tag and its length.
pub(super) const FRAME: usize = 8;

/// A new revision, made at a time within a trace: the change, and the ranking that stands now.
pub fn ranking_changed(
    kind: Kind,
    mut change: proto::RankingChange,
    mut ranking: proto::Ranking,
    ids: &dyn Ids,
    (now, trace): (DateTime<Utc>, TraceContext),
) -> [Outgoing; 2] {
    let revision = change.revision;
    let source = format!("//soundings/portfolio/rankings/{}", kind.name());
    fit_change(&mut change);
    let changed = proto::RankingChanged { change: Some(change) };
    let mut changed = Envelope::of(
        subjects::RANKING_CHANGED,
        ids.next(),
        source.clone(),
        kind.name(),
        revision,
        now,
        &changed,
    );

    changed.traceparent = Some(trace.to_string());

    fit_ranking(&mut ranking);
    let current = proto::RankingCurrent { ranking: Some(ranking) };
    let source = format!("{source}/current");
    let mut current = standing::message(
        (subjects::RANKING_CURRENT, kind.name()),
        source,
        (ids.next(), revision, now),
        &current,
    );
    current.event.causation_id = Some(changed.id.to_string());
    current.event.traceparent.clone_from(&changed.traceparent);
    [changed.into(), current]
}

/// The aggregate of a work item's events.
pub fn item_source(id: &str) -> String {
    format!("//soundings/portfolio/workItems/{id}")
}

/// A work item was made, changed or removed; `sequence` numbers its events.
pub fn item_changed(
    id: &str,
    item: Option<&Item>,
    sequence: i64,
    ids: &dyn Ids,
    (now, trace): (DateTime<Utc>, Option<TraceContext>),
) -> Outgoing {
    let body = proto::WorkItemChanged {
        work_item: format!("workItems/{id}"),
        title: item.map(|item| item.title.clone()).unwrap_or_default(),
        portfolio: item.map(|item| format!("portfolios/{}", item.portfolio)).unwrap_or_default(),
        removed: item.is_none(),
    };
    let mut event =
        Envelope::of(subjects::ITEM_CHANGED, ids.next(), item_source(id), id, sequence, now, &body);
    event.traceparent = trace.map(|trace| trace.to_string());
    event.into()
}

/// The aggregate of a plan's events.
pub fn plan_source(number: i64) -> String {
    format!("//soundings/portfolio/plans/{number}")
}

/// A plan as it is told outside: neither people nor what they wrote of it but its title, in so many bytes.
pub(super) fn plan_outside(mut plan: proto::Plan, room: usize) -> proto::Plan {
    (plan.proposed, plan.published, plan.withdrawn) = (None, None, None);
    plan.approvals.clear();
    plan.reason.clear();
    let items = std::mem::take(&mut plan.items);
    let room = room.saturating_sub(plan.encoded_len() + FRAME);
    plan.items = items;
    fit(&mut plan.items, room);
    plan
}

/// A drift as it is told outside: the first of each side.
pub(super) fn drift_outside(mut drift: proto::PlanDrift) -> proto::PlanDrift {
    drift.overtaken.truncate(SIDE);
    drift.overtaking.truncate(SIDE);
    drift.gone.truncate(SIDE);
    drift.arrived.truncate(SIDE);
    drift
}

/// A plan came into force; `sequence` numbers its events.
pub fn plan_published(
    number: i64,
    plan: proto::Plan,
    sequence: i64,
    ids: &dyn Ids,
    now: DateTime<Utc>,
) -> Outgoing {
    let plan = plan_outside(plan, BODY);
    let body = proto::PlanPublished { plan: Some(plan) };
    let (kind, source) = (subjects::PLAN_PUBLISHED, plan_source(number));
    Envelope::of(kind, ids.next(), source, &number.to_string(), sequence, now, &body).into()
}

/// The live ranking drifted from a plan, or came back; `sequence` numbers the plan's events.
pub fn plan_drifted(
    (number, drifting): (i64, bool),
    drift: proto::PlanDrift,
    sequence: i64,
    ids: &dyn Ids,
    now: DateTime<Utc>,
) -> Outgoing {
    let body = proto::PlanDrifted { drift: Some(drift_outside(drift)), drifting };
    let (kind, source) = (subjects::PLAN_DRIFTED, plan_source(number));
    Envelope::of(kind, ids.next(), source, &number.to_string(), sequence, now, &body).into()
}

/// The aggregate of a ranking's gaps.
pub fn gap_source(kind: Kind) -> String {
    format!("//soundings/portfolio/rankings/{}/gaps", kind.name())
}

/// Demand and work do not meet, or meet again; `sequence` numbers these events of a ranking.
pub fn gap_found(
    kind: Kind,
    gap: &Gap,
    closed: bool,
    sequence: i64,
    ids: &dyn Ids,
    now: DateTime<Utc>,
) -> Outgoing {
    let body =
        proto::GapFound { kind: messages::kind(kind).into(), gap: Some(plan_messages::gap(gap)), closed };
    Envelope::of(subjects::GAP_FOUND, ids.next(), gap_source(kind), kind.name(), sequence, now, &body).into()
}

/// Leaves out of a change what does not fit: of each mover all but the largest causes, which are then told as one; then
/// movers, the last first. Signals may take half, and tallies of bound questions a quarter of the
/// room.
fn fit_change(change: &mut proto::RankingChange) {
    if change.encoded_len() + FRAME <= BODY {
        return;
    }
    for mover in change.movers.iter_mut().filter(|mover| mover.contributions.len() > LARGEST + 1) {
        let smaller = mover.contributions.split_off(LARGEST);
        mover.contributions.push(proto::Contribution {
            title: "everything else".to_owned(),
            delta: smaller.iter().map(|part| part.delta).sum(),
            ..Default::default()
        });
    }
    fit(&mut change.signals, BODY / 2);
    fit(&mut change.supports, BODY / 4);
    let movers = std::mem::take(&mut change.movers);
    let room = BODY.saturating_sub(change.encoded_len() + FRAME);
    change.movers = movers;
    fit(&mut change.movers, room);
}

/// Leaves out of a standing ranking the values by criterion, and what does not fit: items, the last first. Portfolios may
/// take half of the room.
fn fit_ranking(ranking: &mut proto::Ranking) {
    let mut items = std::mem::take(&mut ranking.items);
    items.truncate(STANDING_ITEMS);
    items.iter_mut().for_each(|item| item.values.clear());
    fit(&mut ranking.portfolios, BODY / 2);
    fit(&mut items, BODY.saturating_sub(ranking.encoded_len() + FRAME));
    ranking.items = items;
}

/// Drops messages from the end until those left take no more than this many bytes.
pub(super) fn fit(messages: &mut Vec<impl Message>, room: usize) {
    let mut taken = 0;
    let fitting = messages.iter().take_while(|message| {
        taken += message.encoded_len() + FRAME;
        taken <= room
    });
    let fitting = fitting.count();
    messages.truncate(fitting);
}

#[cfg(test)]
mod tests {
    use soundings_chassis::SystemIds;

    use super::*;

    /// The longest text of a model, in the letters that take most bytes.
    fn longest(characters: usize) -> String {
        "𝔖".repeat(characters)
    }

    fn mover(at: usize, causes: i64) -> proto::Mover {
        let contribution = |n| proto::Contribution {
            criterion: format!("criteria/{n:063}"),
            title: longest(200),
            delta: (causes - n) * -1_000_000_000,
            ..Default::default()
        };
        let contributions: Vec<_> = (0..causes).map(contribution).collect();
        proto::Mover {
            work_item: format!("workItems/{at:063}"),
            title: longest(300),
            value_after: contributions.iter().map(|part| part.delta).sum(),
            contributions,
            ..Default::default()
        }
    }

    fn sent(change: proto::RankingChange, ranking: proto::Ranking) -> (proto::RankingChange, proto::Ranking) {
        let now = (DateTime::<Utc>::UNIX_EPOCH, TraceContext::of(&tracing::Span::none(), None, &[]));
        let [changed, current] = ranking_changed(Kind::Official, change, ranking, &SystemIds, now);
        for event in [&changed, &current] {
            assert!(event.event.data.len() <= BODY, "{} bytes", event.event.data.len());
        }
        let changed = proto::RankingChanged::decode(changed.event.data.as_slice()).unwrap();
        let current = proto::RankingCurrent::decode(current.event.data.as_slice()).unwrap();
        (changed.change.unwrap(), current.ranking.unwrap())
    }

    #[test]
    fn a_change_of_everything_at_its_largest_fits_into_an_event_and_still_adds_up() {
        let whole =
            proto::RankingChange { movers: (0..50).map(|at| mover(at, 100)).collect(), ..Default::default() };
        let (change, _) = sent(whole.clone(), proto::Ranking::default());
        assert!(change.movers.len() >= 30, "{} movers", change.movers.len());
        for (mover, whole) in change.movers.iter().zip(&whole.movers) {
            assert_eq!(mover.work_item, whole.work_item, "the first are kept");
            assert_eq!(mover.contributions[..LARGEST], whole.contributions[..LARGEST]);
            assert_eq!(mover.contributions.len(), LARGEST + 1);
            assert_eq!(mover.contributions.iter().map(|part| part.delta).sum::<i64>(), mover.value_after);
        }
        // Forty criteria with long plain titles, changed at once: every mover stays.
        let mut plain =
            proto::RankingChange { movers: (0..50).map(|at| mover(at, 40)).collect(), ..Default::default() };
        for mover in &mut plain.movers {
            mover.title = "x".repeat(300);
            mover.contributions.iter_mut().for_each(|part| part.title = "x".repeat(200));
        }
        assert_eq!(sent(plain, proto::Ranking::default()).0.movers.len(), 50);
        let signal = |n| proto::SignalVersion {
            codebook: format!("codebooks/{n:063}"),
            organisation: format!("organisations/{n:063}"),
            sequence: i64::MAX,
        };
        let signals = (0..10_000).map(signal).collect();
        let (crowded, _) = sent(proto::RankingChange { signals, ..whole.clone() }, proto::Ranking::default());
        assert!(crowded.movers.len() > 9 && crowded.signals.len() > 500, "{}", crowded.signals.len());
        let small = proto::RankingChange { movers: vec![mover(0, 20)], ..Default::default() };
        assert_eq!(sent(small.clone(), proto::Ranking::default()).0, small);
    }

    #[test]
    fn a_standing_ranking_of_long_titles_loses_its_last_items_alone() {
        let item = |n: i32, title: String| proto::RankedItem {
            work_item: format!("workItems/{n:063}"),
            title,
            portfolio: format!("portfolios/{n:063}"),
            rank: n,
            value: i64::MAX,
            demand: i64::MAX,
            demand_low: 0.1,
            demand_high: 0.9,
            organisations_behind: i32::MAX,
            values: vec![proto::CriterionValue::default(); 100],
            value_if_missing_worst: i64::MAX,
            value_if_missing_best: i64::MAX,
            previous_rank: i32::MAX,
        };
        let portfolio = |n: i32| proto::Portfolio {
            name: format!("portfolios/{n}"),
            title: longest(200),
            ..Default::default()
        };
        let short = |n| item(n, "x".repeat(100));
        let ranking = |portfolios, items| proto::Ranking { portfolios, items, ..Default::default() };
        let (_, all) = sent(Default::default(), ranking(Vec::new(), (1..=600).map(short).collect()));
        assert_eq!(all.items.len(), STANDING_ITEMS);
        let long = |n| item(n, longest(300));
        let (_, some) = sent(
            Default::default(),
            ranking((0..10_000).map(portfolio).collect(), (1..=600).map(long).collect()),
        );
        assert!(some.items.len() > 50 && some.portfolios.len() > 50, "{}", some.items.len());
        assert!(some.items.iter().zip(1..).all(|(item, n)| item.rank == n && item.values.is_empty()));
    }
}
