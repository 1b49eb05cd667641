//! A plan: the work that people agreed to do, taken from a ranking revision. Proposed, approved by as many people as the
//! policy asks for, published; and what the live ranking says of it since.
pub mod drift;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{
    Inputs,
    check::constraints::{is_kept_out, is_required},
};

/// Longest title, reason or comment, in characters.
const LONGEST: usize = 1000;

/// Where a plan stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Put to people.
    Proposed,
    /// Enough people agreed.
    Approved,
    /// In force: what the live ranking is held against.
    Published,
    /// Another plan took its place.
    Superseded,
    /// Turned down or taken back before it was published.
    Withdrawn,
}

/// Somebody's agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// When, in microseconds since 1970, UTC.
    pub at: i64,
    /// What they said of it.
    pub comment: String,
}

/// A work item as the plan's revision had it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// What people call it.
    pub title: String,
    /// Cost in pounds.
    pub cost_gbp: i64,
}

/// What is proposed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// What people call it.
    pub title: String,
    /// Why this.
    pub reason: String,
    /// The official revision that it is taken from.
    pub revision: i64,
    /// That revision's digest.
    pub digest: String,
    /// Every item of that revision, best first.
    pub order: Vec<String>,
    /// The work to be done, by id.
    pub chosen: BTreeMap<String, Work>,
    /// What it may cost together, in pounds; None: nobody set a limit.
    pub budget_gbp: Option<i64>,
}

/// A plan with its history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What was proposed.
    pub proposal: Proposal,
    /// Who proposed it, and when.
    pub proposed: Approval,
    /// Where it stands.
    pub state: State,
    /// Who agreed, in order of time.
    pub approvals: Vec<Approval>,
    /// How many people must agree.
    pub approvers: u32,
    /// Who published it, and when.
    pub published: Option<Approval>,
    /// Who took it back, and why.
    pub withdrawn: Option<Approval>,
    /// Whether it was told that the live ranking drifted from it, and not yet that it came back.
    pub drifting: bool,
}

/// Why a step was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields that cannot be taken, each with what is wrong.
    #[error("the plan has fields that cannot be taken")]
    Invalid(Vec<(String, String)>),
    /// The plan does not stand where the step starts.
    #[error("the plan is {}; {fix}", format!("{is:?}").to_lowercase())]
    WrongState {
        /// Where it stands.
        is: State,
        /// What can be done.
        fix: &'static str,
    },
    /// One person agrees once.
    #[error("{0} approved it already; somebody else has to")]
    AlreadyApproved(String),
}

impl Proposal {
    /// Checks it against the inputs of its revision: it holds what must be done and nothing that is kept out, each item
    /// with all that it depends on and none that it excludes, within the budget.
    ///
    /// # Errors
    /// Every field that cannot be taken.
    pub fn check(&self, inputs: &Inputs) -> Result<(), Refusal> {
        let mut wrong = Vec::new();
        for (field, text, least) in [("title", &self.title, 1), ("reason", &self.reason, 1)] {
            let length = text.trim().chars().count();
            if length < least || length > LONGEST {
                wrong.push((field.to_owned(), "must be 1 to 1,000 characters".to_owned()));
            }
        }
        let mut bad = |text: String| wrong.push(("work_items".to_owned(), text));
        if self.chosen.is_empty() {
            bad("is empty: a plan has work to do".into());
        }
        let known: BTreeSet<&String> = self.order.iter().collect();
        for id in self.chosen.keys().filter(|id| !known.contains(id)) {
            bad(format!("revision {} has no item {id}", self.revision));
        }
        for (id, item) in &inputs.items {
            let chosen = self.chosen.contains_key(id);
            if !chosen && is_required(inputs, id) {
                let why = if item.mandatory { "it is mandatory" } else { "it is pinned into every plan" };
                bad(format!("{id} is missing: {why}"));
            }
            if !chosen {
                continue;
            }
            if is_kept_out(inputs, id) {
                bad(format!("{id} is pinned out of every plan"));
            }
            for needed in item.depends_on.iter().filter(|id| !self.chosen.contains_key(*id)) {
                bad(format!("{id} needs {needed}, which is not in the plan"));
            }
            for other in item.excludes.iter().filter(|id| self.chosen.contains_key(*id)) {
                bad(format!("{id} and {other} exclude each other"));
            }
        }
        let cost: i128 = self.chosen.values().map(|work| i128::from(work.cost_gbp)).sum();
        if let Some(budget) = self.budget_gbp.filter(|budget| cost > i128::from(*budget)) {
            wrong.push(("budget_gbp".to_owned(), format!("is {budget}, but the work costs {cost}")));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Refusal::Invalid(wrong)) }
    }

    /// Work of these inputs by id; what they do not hold has no title and no cost.
    pub fn work<'a>(inputs: &Inputs, ids: impl IntoIterator<Item = &'a String>) -> BTreeMap<String, Work> {
        let work = |id: &String| {
            let found = inputs.items.get(id);
            found.map(|item| Work { title: item.title.clone(), cost_gbp: item.cost_gbp }).unwrap_or_default()
        };
        ids.into_iter().map(|id| (id.clone(), work(id))).collect()
    }
}

impl Plan {
    /// A proposal, put to people.
    pub fn propose(proposal: Proposal, proposed: Approval, approvers: u32) -> Self {
        Plan {
            proposal,
            proposed,
            state: State::Proposed,
            approvals: Vec::new(),
            approvers: approvers.max(1),
            published: None,
            withdrawn: None,
            drifting: false,
        }
    }

    /// Somebody agrees. Once enough different people did, it is approved.
    ///
    /// # Errors
    /// When it is not proposed (any more), or this person agreed already.
    pub fn approve(mut self, approval: Approval) -> Result<Self, Refusal> {
        check_comment(&approval)?;
        if self.state != State::Proposed {
            let fix = "only a proposed plan is approved";
            return Err(Refusal::WrongState { is: self.state, fix });
        }
        if self.approvals.iter().any(|given| given.by == approval.by) {
            return Err(Refusal::AlreadyApproved(approval.by));
        }
        self.approvals.push(approval);
        if self.approvals.len() >= self.approvers as usize {
            self.state = State::Approved;
        }
        Ok(self)
    }

    /// It comes into force.
    ///
    /// # Errors
    /// When it is not approved.
    pub fn publish(mut self, published: Approval) -> Result<Self, Refusal> {
        check_comment(&published)?;
        if self.state != State::Approved {
            let fix = "only an approved plan is published";
            return Err(Refusal::WrongState { is: self.state, fix });
        }
        (self.state, self.published) = (State::Published, Some(published));
        Ok(self)
    }

    /// Another plan takes its place.
    pub fn supersede(self) -> Self {
        Plan { state: State::Superseded, ..self }
    }

    /// It is turned down or taken back.
    ///
    /// # Errors
    /// When it was published, or is over already.
    pub fn withdraw(mut self, withdrawn: Approval) -> Result<Self, Refusal> {
        check_comment(&withdrawn)?;
        if !matches!(self.state, State::Proposed | State::Approved) {
            let fix = "only what is not published yet is withdrawn; publish another plan instead";
            return Err(Refusal::WrongState { is: self.state, fix });
        }
        (self.state, self.withdrawn) = (State::Withdrawn, Some(withdrawn));
        Ok(self)
    }
}

fn check_comment(approval: &Approval) -> Result<(), Refusal> {
    if approval.comment.chars().count() > LONGEST {
        let text = "must be at most 1,000 characters".to_owned();
        return Err(Refusal::Invalid(vec![("comment".to_owned(), text)]));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
