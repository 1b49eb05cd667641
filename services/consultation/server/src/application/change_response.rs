//! Revises and withdraws responses.
use soundings_access::Principal;
use soundings_chassis::{Problem, trace};
use soundings_consultation_domain::{Answer, Response, support::Moves};
use soundings_mailbox::outbox;
use soundings_proto::consultation::v1 as proto;
use uuid::Uuid;

use super::{
    Runtime,
    mutation::Mutation,
    record_support::{self, Written},
    speaks_for,
};
use crate::{
    events::outgoing,
    rpc::{messages, names, status_mapping},
    store::{responses, survey_counts, surveys},
};

/// What to do with a response.
pub enum Change {
    /// Replace its answers.
    Revise(Vec<Answer>),
    /// Withdraw it.
    Withdraw,
}

/// Changes a response of the caller's organisation. `expected` is the revision that was read; 0 for whatever it is.
pub async fn change(
    runtime: &Runtime,
    request: Mutation,
    principal: Principal,
    (survey, id): (String, Uuid),
    expected: i64,
    change: Change,
) -> Result<proto::Response, Problem> {
    let (ids, recording) = (runtime.ids.clone(), runtime.clone());
    let context = trace::current();
    let given = match &change {
        Change::Revise(answers) => answers.clone(),
        Change::Withdraw => Vec::new(),
    };
    let restore = move |kept| messages::restored(kept, &given);
    runtime
        .once_sparing(&request, messages::spared, restore, move |tx, now| {
            Box::pin(async move {
                let name = names::response(&survey, id);
                let there = responses::find_for_change(tx, &survey, id).await?;
                let there: Response = there
                    .filter(|response| speaks_for(&principal, &response.organisation))
                    .ok_or_else(|| Problem::not_found("response", &name))?;
                surveys::hold_states(tx, &[&survey]).await?;
                let of = surveys::find(tx, &survey).await?;
                let of = of.ok_or_else(|| Problem::not_found("survey", &survey))?;
                let (current, before) = (there.revision, there.answers.clone());
                let changed = match change {
                    Change::Revise(answers) => there.revise(&of, answers, expected, now),
                    Change::Withdraw => there.withdraw(&of, expected, now),
                };
                let changed = changed.map_err(|r| status_mapping::rejection(r, "response", &name))?;
                if !responses::replace(tx, &changed).await? {
                    return Err(messages::stale(current));
                }
                let event = outgoing::response_changed(&changed, ids.as_ref(), context);
                outbox::append(tx, &[event]).await?;
                let moves = Moves::of(&of, &before, &changed.answers);
                let written = Written { response: &changed, moves: &moves, trace: context };
                record_support::record(tx, &recording, std::iter::once(written)).await?;
                if changed.withdrawn {
                    survey_counts::add(tx, &[&changed], -1).await?;
                }
                Ok(messages::response(&changed))
            })
        })
        .await
}
