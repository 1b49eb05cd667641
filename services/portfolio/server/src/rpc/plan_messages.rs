//! Plans, pins, drift and gaps as messages, and back.
use std::collections::BTreeMap;

use soundings_chassis::{Problem, from_micros, micros};
use soundings_portfolio_domain::{
    Inputs, Kind, Pin,
    gaps::{Gap, Missing},
    plan::{Approval, Plan, State, drift::Drift},
};
use soundings_proto::portfolio::v1 as proto;

use super::{messages, names};
use crate::store::records::Kept;

/// As a message.
pub fn pin(item: &str, pin: &Pin) -> proto::Pin {
    let decision = if pin.held_in { proto::PinDecision::HeldIn } else { proto::PinDecision::KeptOut };
    proto::Pin {
        work_item: format!("workItems/{item}"),
        decision: decision.into(),
        reason: pin.reason.clone(),
        owner: pin.owner.clone(),
        expire_time: Some(messages::timestamp(from_micros(pin.expires_at))),
    }
}

/// From a message; it must end after `now`.
pub fn read_pin(message: proto::Pin, now: chrono::DateTime<chrono::Utc>) -> Result<(String, Pin), Problem> {
    let item = names::read("pin.work_item", "workItems", &message.work_item)?;
    let held_in = match message.decision() {
        proto::PinDecision::HeldIn => true,
        proto::PinDecision::KeptOut => false,
        proto::PinDecision::Unspecified => {
            return Err(Problem::invalid_field("pin.decision", "is missing; give HELD_IN or KEPT_OUT"));
        }
    };
    let end = message
        .expire_time
        .and_then(|time| chrono::DateTime::from_timestamp(time.seconds, u32::try_from(time.nanos).ok()?));
    let end = end.filter(|end| *end > now).ok_or_else(|| {
        Problem::invalid_field(
            "pin.expire_time",
            "must be a time that is still to come: a pin ends by itself",
        )
    })?;
    Ok((item, Pin { held_in, reason: message.reason, owner: message.owner, expires_at: micros(end) }))
}

/// As a message.
pub fn plan(kept: &Kept<Plan>) -> proto::Plan {
    let (plan, proposal) = (&kept.content, &kept.content.proposal);
    let places = proposal.order.iter().zip(1..);
    let items: Vec<proto::PlannedItem> = places
        .filter_map(|(id, rank)| {
            let work = proposal.chosen.get(id)?;
            let (work_item, title) = (format!("workItems/{id}"), work.title.clone());
            Some(proto::PlannedItem { work_item, title, rank, cost_gbp: work.cost_gbp })
        })
        .collect();
    proto::Plan {
        name: format!("plans/{}", kept.number),
        title: proposal.title.clone(),
        reason: proposal.reason.clone(),
        state: match plan.state {
            State::Proposed => proto::PlanState::Proposed,
            State::Approved => proto::PlanState::Approved,
            State::Published => proto::PlanState::Published,
            State::Superseded => proto::PlanState::Superseded,
            State::Withdrawn => proto::PlanState::Withdrawn,
        }
        .into(),
        revision: messages::revision_name(Kind::Official, proposal.revision),
        digest: proposal.digest.clone(),
        cost_gbp: items.iter().fold(0, |sum, item| sum.saturating_add(item.cost_gbp)),
        items,
        budget_gbp: proposal.budget_gbp,
        proposed: Some(step(&plan.proposed)),
        approvals: plan.approvals.iter().map(step).collect(),
        approvals_needed: i32::try_from(plan.approvers).unwrap_or(i32::MAX),
        published: plan.published.as_ref().map(step),
        withdrawn: plan.withdrawn.as_ref().map(step),
        etag: kept.version.to_string(),
    }
}

fn step(approval: &Approval) -> proto::PlanStep {
    proto::PlanStep {
        actor: approval.by.clone(),
        time: Some(messages::timestamp(from_micros(approval.at))),
        comment: approval.comment.clone(),
    }
}

fn title(inputs: &Inputs, id: &str) -> String {
    inputs.items.get(id).map(|item| item.title.clone()).unwrap_or_default()
}

/// As a message, with a summary in words; titles are those of the revision.
pub fn drift(plan: i64, (revision, inputs): (i64, &Inputs), drift: &Drift) -> proto::PlanDrift {
    let side = |told: &[(String, i64)]| {
        let item = |(id, count): &(String, i64)| proto::Overtaking {
            work_item: format!("workItems/{id}"),
            title: title(inputs, id),
            count: *count,
        };
        told.iter().map(item).collect()
    };
    let names = |ids: &[String]| ids.iter().map(|id| format!("workItems/{id}")).collect();
    proto::PlanDrift {
        plan: format!("plans/{plan}"),
        revision: messages::revision_name(Kind::Official, revision),
        share_ppm: i32::try_from(drift.share_ppm()).unwrap_or(i32::MAX),
        preferences: drift.preferences,
        reversed: drift.reversed,
        overtaken: side(&drift.overtaken),
        overtaking: side(&drift.overtaking),
        gone: names(&drift.gone),
        arrived: names(&drift.arrived),
        summary: in_words(inputs, drift),
    }
}

fn in_words(inputs: &Inputs, drift: &Drift) -> String {
    let mut words = if drift.reversed == 0 {
        "Nothing that the plan leaves out has overtaken what it holds.".to_owned()
    } else {
        let share = drift.share_ppm();
        format!(
            "Of {} times that the plan prefers its work to other work, the ranking now says otherwise {} ({}.{} %).",
            drift.preferences,
            if drift.reversed == 1 { "once".to_owned() } else { format!("{} times", drift.reversed) },
            share / 10_000,
            share % 10_000 / 1_000,
        )
    };
    if let (Some((passed, _)), Some((passing, _))) = (drift.overtaken.first(), drift.overtaking.first()) {
        words.push_str(&format!(
            " Most overtaken: {}. Overtaking most: {}.",
            title(inputs, passed),
            title(inputs, passing)
        ));
    }
    let told: BTreeMap<&str, usize> =
        BTreeMap::from([("ranked no more", drift.gone.len()), ("new since", drift.arrived.len())]);
    for (what, count) in told.iter().filter(|(_, count)| **count > 0) {
        let items = if *count == 1 { "item is" } else { "items are" };
        words.push_str(&format!(" {count} {items} {what}."));
    }
    words
}

/// As a message.
pub fn gap(gap: &Gap) -> proto::Gap {
    let (kind, of_theme) = match gap.missing {
        Missing::Work => (proto::GapKind::ThemeWithoutWork, true),
        Missing::Demand => (proto::GapKind::WorkWithoutDemand, false),
        Missing::Link => (proto::GapKind::WorkWithoutTheme, false),
    };
    proto::Gap {
        kind: kind.into(),
        theme: if of_theme { gap.of.clone() } else { String::new() },
        work_item: if of_theme { String::new() } else { format!("workItems/{}", gap.of) },
        title: gap.title.clone(),
        organisations: i32::try_from(gap.behind).unwrap_or(i32::MAX),
        demand: gap.demand,
    }
}
