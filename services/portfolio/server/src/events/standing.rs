//! Messages that stand for those who join late, and the event of how sure a revision is.
use chrono::{DateTime, Utc};
use prost::Message;
use soundings_chassis::Ids;
use soundings_mailbox::{Envelope, Outgoing};
use soundings_portfolio_domain::Kind;
use soundings_proto::{
    portfolio::v1 as proto,
    subjects::{self, StandingKind},
};
use uuid::Uuid;

use super::outgoing::{BODY, FRAME, drift_outside, fit, plan_outside};
use crate::rpc::messages;

/// A message of what stands: of which kind and whose, its aggregate, and its id, number and time.
pub fn message(
    (kind, of): (StandingKind, &str),
    source: String,
    (id, sequence, time): (Uuid, i64, DateTime<Utc>),
    body: &impl Message,
) -> Outgoing {
    let event = Envelope {
        id,
        source,
        ty: kind.ty(),
        subject: kind.subject(of),
        aggregate_id: of.to_owned(),
        sequence,
        time,
        data: body.encode_to_vec(),
        dataschema: kind.message.to_owned(),
        correlation_id: None,
        causation_id: None,
        traceparent: None,
        tracestate: None,
    };
    Outgoing { event, standing: true }
}

/// The aggregate of what is told of how sure a ranking is.
pub fn assured_source(kind: Kind) -> String {
    format!("//soundings/portfolio/rankings/{}/assured", kind.name())
}

/// How sure a revision is: the event, and what stands; `sequence` numbers both.
pub fn ranking_assured(
    kind: Kind,
    mut found: proto::StandingRobustness,
    sequence: i64,
    ids: &dyn Ids,
    now: DateTime<Utc>,
) -> [Outgoing; 2] {
    // Half of the room is for moves, a quarter each.
    fit(&mut found.announced, BODY / 4);
    fit(&mut found.held_back, BODY / 4);
    found.swaps.clear();
    let told = proto::RankingAssured {
        name: found.name.clone(),
        revision: found.revision,
        seed: found.seed,
        draws: found.draws,
        margin: found.margin,
        level: found.level,
        announced: found.announced.clone(),
        held_back: found.held_back.clone(),
    };
    let (name, source) = (kind.name(), assured_source(kind));
    let told =
        Envelope::of(subjects::RANKING_ASSURED, ids.next(), source.clone(), name, sequence, now, &told);
    let mut items = std::mem::take(&mut found.items);
    fit(&mut items, BODY.saturating_sub(found.encoded_len() + FRAME));
    found.items = items;
    let body = proto::RobustnessCurrent { robustness: Some(found) };
    let (of, source) = ((subjects::ROBUSTNESS_CURRENT, name), format!("{source}/current"));
    let mut current = message(of, source, (ids.next(), sequence, now), &body);
    current.event.causation_id = Some(told.id.to_string());
    [told.into(), current]
}

/// The plan in force with its drift, and whether it was told to have drifted.
pub fn plan(plan: proto::Plan, drift: proto::PlanDrift, drifting: bool) -> proto::PlanCurrent {
    let mut body = proto::PlanCurrent { plan: None, drift: Some(drift_outside(drift)), drifting };
    let room = BODY.saturating_sub(body.encoded_len() + FRAME);
    body.plan = Some(plan_outside(plan, room));
    body
}

/// Every open gap by a ranking.
pub fn gaps(kind: Kind, mut gaps: Vec<proto::Gap>, organisations_answered: i32) -> proto::GapsCurrent {
    let open = i32::try_from(gaps.len()).unwrap_or(i32::MAX);
    fit(&mut gaps, BODY - FRAME * 4);
    proto::GapsCurrent { kind: messages::kind(kind).into(), gaps, open, organisations_answered }
}

#[cfg(test)]
mod tests {
    use soundings_chassis::SystemIds;

    use super::*;

    /// The longest title of a model, in the letters that take most bytes.
    fn title() -> String {
        "\u{1f5f3}".repeat(300)
    }

    #[test]
    fn what_stands_and_what_is_told_fit_into_a_message_however_long_the_titles() {
        let moved = proto::AssuredMove {
            work_item: format!("workItems/{}", "x".repeat(63)),
            title: title(),
            from: 200,
            to: 1,
            probability: 0.9,
        };
        let item = |rank| proto::AssuredItem {
            work_item: format!("workItems/{}", "x".repeat(63)),
            title: title(),
            rank,
            above_next: Some(0.5),
            ..Default::default()
        };
        let found = proto::StandingRobustness {
            items: (1..=200).map(item).collect(),
            announced: vec![moved.clone(); 200],
            held_back: vec![moved; 200],
            swaps: vec![proto::AssuredSwap::default(); 1_000],
            ..Default::default()
        };
        let events = ranking_assured(Kind::Official, found, 1, &SystemIds, DateTime::UNIX_EPOCH);
        assert!(events.iter().all(|event| event.event.data.len() <= BODY));
        assert!(!events[0].standing && events[1].standing);
        let current = proto::RobustnessCurrent::decode(events[1].event.data.as_slice()).unwrap();
        let current = current.robustness.unwrap();
        assert!(current.items.len() > 50 && current.announced.len() > 20 && current.held_back.len() > 20);
        assert!(current.items.iter().zip(1..).all(|(item, rank)| item.rank == rank), "the first");

        let gap = proto::Gap { title: title(), ..Default::default() };
        let open = gaps(Kind::Official, vec![gap; 1_000], 32);
        assert!(open.encoded_len() <= BODY && open.open == 1_000 && open.gaps.len() > 100);
        let planned = proto::PlannedItem { title: title(), ..Default::default() };
        let overtaking = proto::Overtaking { title: title(), ..Default::default() };
        let whole = proto::Plan { items: vec![planned; 1_000], reason: "why".into(), ..Default::default() };
        let drift = proto::PlanDrift { overtaken: vec![overtaking; 1_000], ..Default::default() };
        let in_force = plan(whole, drift, true);
        let told = in_force.plan.as_ref().unwrap();
        assert!(in_force.encoded_len() <= BODY && told.items.len() > 100 && told.reason.is_empty());
    }
}
