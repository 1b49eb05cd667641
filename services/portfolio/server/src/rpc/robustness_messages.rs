//! How sure a revision is, as a message.
use chrono::{DateTime, Utc};
use soundings_portfolio_domain::{
    announce::{Move, Swap},
    smaa::margin,
};
use soundings_proto::portfolio::v1 as proto;

use super::messages;
use crate::application::assure_rankings::{Assured, Policy};

/// Pairs that are told.
const SWAPS: usize = 1_000;
/// The probability with which an item may stand beyond its best place, or its worst.
const BEYOND: f64 = 0.05;

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// As a message.
pub fn standing(
    assured: &Assured,
    policy: Policy,
    seed: u64,
    now: DateTime<Utc>,
) -> proto::StandingRobustness {
    let (of, found) = (&assured.of, &assured.announcement);
    let draws = assured.outcome.as_ref().map_or(0, |outcome| outcome.draws);
    proto::StandingRobustness {
        name: messages::revision_name(of.ranking.kind, of.revision),
        revision: of.revision,
        create_time: Some(messages::timestamp(now)),
        seed,
        draws: i32::try_from(draws).unwrap_or(i32::MAX),
        margin: margin(draws),
        concentration: policy.concentration,
        level: policy.level,
        ranked_items: count(of.ranking.items.len()),
        drawn_items: if draws == 0 { 0 } else { count(assured.order.len()) },
        items: items(assured),
        announced: found.announced.iter().map(|moved| moved_item(assured, moved)).collect(),
        held_back: found.held_back.iter().map(|moved| moved_item(assured, moved)).collect(),
        swaps: found.swaps.iter().take(SWAPS).map(swap).collect(),
    }
}

fn title(assured: &Assured, id: &str) -> String {
    assured.of.inputs.items.get(id).map(|item| item.title.clone()).unwrap_or_default()
}

fn items(assured: &Assured) -> Vec<proto::AssuredItem> {
    let Some(outcome) = &assured.outcome else { return Vec::new() };
    let mut items = Vec::with_capacity(assured.order.len());
    for (at, id) in assured.order.iter().enumerate() {
        let Some(found) = outcome.items.iter().find(|of| of.item == *id) else { continue };
        let announced = assured.announcement.order.iter().position(|of| of == id);
        let (best, worst) = found.span(BEYOND);
        let next = assured.order.get(at + 1);
        items.push(proto::AssuredItem {
            work_item: format!("workItems/{id}"),
            title: title(assured, id),
            rank: count(at + 1),
            announced_rank: announced.map_or(0, |at| count(at + 1)),
            expected_rank: found.expected_rank,
            first: found.within(1, 1),
            above_next: next.and_then(|next| outcome.above(id, next).ok()),
            near: found.within(at, at + 2),
            worst_rank: count(worst),
            best_rank: count(best),
        });
    }
    items
}

fn moved_item(assured: &Assured, moved: &Move) -> proto::AssuredMove {
    proto::AssuredMove {
        work_item: format!("workItems/{}", moved.item),
        title: title(assured, &moved.item),
        from: count(moved.from),
        to: count(moved.to),
        probability: moved.probability,
    }
}

fn swap(swap: &Swap) -> proto::AssuredSwap {
    proto::AssuredSwap {
        risen: format!("workItems/{}", swap.risen),
        passed: format!("workItems/{}", swap.passed),
        probability: swap.probability,
        announced: swap.announced,
    }
}
