//! Replaces how opportunities are looked for and scored.
use soundings_chassis::Problem;
use soundings_portfolio_domain::procurement::Policy;
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    change_model::check_etag,
    find_opportunities,
    once::{Mutation, once},
};
use crate::{
    rpc::procurement_messages,
    store::{input_log, procurement_policy},
};

/// Replaces the policy, then tells of the opportunities that are new by it.
pub async fn update(
    runtime: &Runtime,
    mutation: Mutation,
    policy: Policy,
    etag: &str,
) -> Result<proto::ProcurementPolicy, Problem> {
    let reply = once(runtime, &mutation, procurement_policy::LOCK, async |tx, _| {
        let (held, version) = procurement_policy::read(tx).await?;
        check_etag(etag, version)?;
        let (inputs, ..) = input_log::inputs_at(tx, i64::MAX).await?;
        let wrong = policy.check(&inputs);
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong));
        }
        let version = if policy == held { version } else { version + 1 };
        procurement_policy::put(tx, &policy, version).await?;
        Ok(procurement_messages::policy(&policy, version))
    });
    let reply = reply.await?;
    find_opportunities::announce(runtime).await?;
    Ok(reply)
}
