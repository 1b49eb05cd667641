//! Plans, step by step: proposed, approved, published, withdrawn; and how far the live ranking has drifted from one.
use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DatabaseTransaction};
use soundings_chassis::{Ids, Problem, micros};
use soundings_mailbox::{Error, outbox};
use soundings_portfolio_domain::{
    Inputs, Kind, Ranking,
    plan::{
        Approval, Plan, Proposal, Refusal, State,
        drift::{Drift, drift},
    },
};
use soundings_proto::{portfolio::v1 as proto, subjects};

use super::{
    Runtime,
    change_model::check_etag,
    explain_move::{Computed, at},
    once::{Mutation, once},
};
use crate::{
    events::{outgoing, standing},
    rpc::plan_messages,
    store::{
        records::{self, Kept},
        standing_messages,
    },
};

/// What the partnership's policy asks of plans.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How many different people must approve a plan, at least 1.
    pub approvers: u32,
    /// From which drift on it is told, in millionths of the plan's preferences.
    pub drift_ppm: i64,
}

/// A step on a plan that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Somebody agrees.
    Approve,
    /// It comes into force.
    Publish,
    /// It is turned down or taken back.
    Withdraw,
}

/// The state's name, as records are found by it.
pub fn state_name(state: State) -> &'static str {
    match state {
        State::Proposed => "proposed",
        State::Approved => "approved",
        State::Published => "published",
        State::Superseded => "superseded",
        State::Withdrawn => "withdrawn",
    }
}

/// What is asked for as a plan.
pub struct Asked {
    /// What people call it.
    pub title: String,
    /// Why this.
    pub reason: String,
    /// The official revision; 0: the newest.
    pub revision: i64,
    /// The work.
    pub chosen: BTreeSet<String>,
    /// What it may cost together, in pounds.
    pub budget_gbp: Option<i64>,
}

/// Proposes a plan.
pub async fn propose(runtime: &Runtime, mutation: &Mutation, asked: Asked) -> Result<proto::Plan, Problem> {
    let computed = at(runtime, Kind::Official, asked.revision).await?;
    let proposal = Proposal {
        title: asked.title,
        reason: asked.reason,
        revision: computed.revision,
        digest: computed.ranking.digest(),
        order: computed.ranking.items.iter().map(|item| item.id.to_string()).collect(),
        chosen: Proposal::work(&computed.inputs, &asked.chosen),
        budget_gbp: asked.budget_gbp,
    };
    proposal.check(&computed.inputs).map_err(refused)?;
    once(runtime, mutation, records::Kind::Plan.counter(), async |tx, now| {
        let plan = Plan::propose(proposal, by(mutation, String::new(), now), runtime.policy.approvers);
        let kept = records::insert(tx, records::Kind::Plan, state_name(plan.state), plan, now).await?;
        Ok(plan_messages::plan(&kept))
    })
    .await
}

/// Takes a step on a plan.
pub async fn step(
    runtime: &Runtime,
    mutation: &Mutation,
    (number, etag): (i64, &str),
    step: Step,
    comment: String,
) -> Result<proto::Plan, Problem> {
    once(runtime, mutation, records::Kind::Plan.counter(), async |tx, now| {
        let kept: Option<Kept<Plan>> = records::find(tx, records::Kind::Plan, number).await?;
        let kept = kept.ok_or_else(|| no_plan(&format!("plans/{number}")))?;
        check_etag(etag, kept.version)?;
        let by = by(mutation, comment, now);
        let plan = kept.content.clone();
        let plan = match step {
            Step::Approve => plan.approve(by),
            Step::Publish => plan.publish(by),
            Step::Withdraw => plan.withdraw(by),
        };
        let kept = Kept { content: plan.map_err(refused)?, ..kept };
        let kept = if step == Step::Publish {
            publish(runtime, tx, kept, now).await?
        } else {
            records::replace(tx, records::Kind::Plan, state_name(kept.content.state), kept).await?
        };
        Ok(plan_messages::plan(&kept))
    })
    .await
}

/// Puts a plan in force in the place of the one before, and tells of it and of what drifted already.
async fn publish(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    mut kept: Kept<Plan>,
    now: DateTime<Utc>,
) -> Result<Kept<Plan>, Problem> {
    if let Some(former) = in_force(tx).await? {
        let former = Kept { content: former.content.supersede(), ..former };
        records::replace(tx, records::Kind::Plan, state_name(State::Superseded), former).await?;
    }
    let live = at(runtime, Kind::Official, 0).await?;
    let drifted = drift(&kept.content.proposal, &live.ranking);
    let drifting = drifted.is_drifting(false, runtime.policy.drift_ppm);
    kept.content.drifting = drifting;
    let kept = records::replace(tx, records::Kind::Plan, state_name(State::Published), kept).await?;
    let sequence = outbox::allocate(tx, &outgoing::plan_source(kept.number)).await?;
    let plan = plan_messages::plan(&kept);
    let mut events = vec![outgoing::plan_published(kept.number, plan, sequence, runtime.ids.as_ref(), now)];
    if drifting {
        let told = plan_messages::drift(kept.number, (live.revision, &live.inputs), &drifted);
        let sequence = outbox::allocate(tx, &outgoing::plan_source(kept.number)).await?;
        events.push(outgoing::plan_drifted((kept.number, true), told, sequence, runtime.ids.as_ref(), now));
    }
    outbox::append(tx, &events).await?;
    let told = plan_messages::drift(kept.number, (live.revision, &live.inputs), &drifted);
    tell_standing(tx, runtime.ids.as_ref(), (&kept, told), now).await?;
    Ok(kept)
}

/// Tells late joiners of the plan in force with its drift, if either is another than they would find.
async fn tell_standing<C: ConnectionTrait>(
    tx: &C,
    ids: &dyn Ids,
    (kept, mut drift): (&Kept<Plan>, proto::PlanDrift),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    // A revision that drifts no further is no news.
    drift.revision.clear();
    let body = standing::plan(plan_messages::plan(kept), drift, kept.content.drifting);
    let of = (subjects::PLAN_CURRENT, state_name(State::Published));
    standing_messages::tell(tx, of, &body, ids, now).await.map(drop)
}

/// The plan in force.
pub async fn in_force<C: ConnectionTrait>(conn: &C) -> Result<Option<Kept<Plan>>, Error> {
    records::newest_in(conn, records::Kind::Plan, state_name(State::Published)).await
}

/// Holds a new revision against the plan in force, within the revision's transaction, and tells when the ranking drifted
/// from it or came back.
pub async fn notice_drift(
    tx: &DatabaseTransaction,
    (policy, ids): (Policy, &dyn Ids),
    (revision, inputs, ranking): (i64, &Inputs, &Ranking),
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let Some(mut kept) = in_force(tx).await? else { return Ok(()) };
    let found = drift(&kept.content.proposal, ranking);
    let drifting = found.is_drifting(kept.content.drifting, policy.drift_ppm);
    let told = plan_messages::drift(kept.number, (revision, inputs), &found);
    if drifting == kept.content.drifting {
        return tell_standing(tx, ids, (&kept, told), now).await;
    }
    kept.content.drifting = drifting;
    let kept = records::replace(tx, records::Kind::Plan, state_name(State::Published), kept).await?;
    tell_standing(tx, ids, (&kept, told.clone()), now).await?;
    let sequence = outbox::allocate(tx, &outgoing::plan_source(kept.number)).await?;
    let event = outgoing::plan_drifted((kept.number, drifting), told, sequence, ids, now);
    outbox::append(tx, &[event]).await
}

/// How far a revision (0: the newest) has drifted from a plan.
pub async fn drift_of(runtime: &Runtime, plan: &Plan, revision: i64) -> Result<(Computed, Drift), Problem> {
    let computed = at(runtime, Kind::Official, revision).await?;
    let found = drift(&plan.proposal, &computed.ranking);
    Ok((computed, found))
}

fn by(mutation: &Mutation, comment: String, now: DateTime<Utc>) -> Approval {
    Approval { by: mutation.principal.clone(), at: micros(now), comment }
}

/// There is no such plan.
pub fn no_plan(name: &str) -> Problem {
    Problem::not_found("plan", name)
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Invalid(wrong) => Problem::invalid(wrong),
        Refusal::WrongState { .. } => Problem::failed_precondition("PLAN_STATE", "plan", refusal.to_string()),
        Refusal::AlreadyApproved(_) => {
            Problem::failed_precondition("APPROVED_ALREADY", "plan", refusal.to_string())
        }
    }
}
