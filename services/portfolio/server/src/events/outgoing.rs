//! Events this service sends.
use chrono::{DateTime, Utc};
use soundings_chassis::{Ids, trace::TraceContext};
use soundings_mailbox::{Envelope, Outgoing};
use soundings_portfolio_domain::Kind;
use soundings_proto::{portfolio::v1 as proto, subjects};

/// Items of a standing ranking: keeps its message below the streams' limit.
const STANDING_ITEMS: usize = 500;

/// A new revision, made at a time within a trace: the change, and the ranking that stands now.
pub fn ranking_changed(
    kind: Kind,
    change: proto::RankingChange,
    mut ranking: proto::Ranking,
    ids: &dyn Ids,
    (now, trace): (DateTime<Utc>, TraceContext),
) -> [Outgoing; 2] {
    let revision = change.revision;
    let source = format!("//soundings/portfolio/rankings/{}", kind.name());
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

    ranking.items.truncate(STANDING_ITEMS);
    for item in &mut ranking.items {
        item.values.clear();
    }
    let current = proto::RankingCurrent { ranking: Some(ranking) };
    let mut current = Envelope::of(
        subjects::RANKING_CHANGED,
        ids.next(),
        format!("{source}/current"),
        kind.name(),
        revision,
        now,
        &current,
    );
    current.ty = subjects::RANKING_CURRENT_TYPE.to_owned();
    current.subject = subjects::ranking_current(kind.name());
    current.dataschema = "soundings.portfolio.v1.RankingCurrent".to_owned();
    current.causation_id = Some(changed.id.to_string());
    current.traceparent.clone_from(&changed.traceparent);
    [changed.into(), Outgoing { event: current, standing: true }]
}
