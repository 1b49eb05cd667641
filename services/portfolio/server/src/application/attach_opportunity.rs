//! Attaches an opportunity to a work item: evidence that moves its score, with the trail of who did it and why.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs, ONE, Score,
    procurement::{
        Contract, Opportunity, Policy,
        evidence::{self, Worth},
    },
};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    change_model::{self, Applied},
    find_opportunities::{self, Asked},
    once::{Mutation, once},
};
use crate::{
    rpc::messages,
    store::{
        attachments, contracts,
        input_log::{self, Entry},
        procurement_policy,
    },
};

/// Attachments of one item that are read: each holds all it needs.
const MOST: u32 = 10_000;

/// What is attached to what.
pub struct Attaching {
    /// The opportunity's id.
    pub opportunity: String,
    /// The work item's id.
    pub item: String,
    /// What the opportunity was looked for by.
    pub asked: Asked,
}

/// Attaches it, in one transaction with the score that follows. The mutation names the item and the etag that it was read
/// with.
pub async fn attach(
    runtime: &Runtime,
    mutation: Mutation,
    attaching: Attaching,
) -> Result<proto::Attachment, Problem> {
    let attached = once(runtime, &mutation, input_log::COUNTER, async |tx, now| {
        let found = find_opportunities::find(runtime, attaching.asked).await?;
        let name = format!("opportunities/{}", attaching.opportunity);
        let opportunity = found
            .into_iter()
            .find(|one| one.id == attaching.opportunity)
            .ok_or_else(|| Problem::not_found("opportunity", &name))?;
        let (own, all) = worths(tx, &attaching.item, &opportunity).await?;
        let (policy, _) = procurement_policy::read(tx).await?;
        let (scored, applied) = score(runtime, &mutation, (&attaching.item, &policy, all), (tx, now)).await?;
        let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
        let attachment = proto::Attachment {
            name: String::new(),
            work_item: format!("workItems/{}", attaching.item),
            opportunity: name,
            contracts: opportunity.contracts.iter().map(|id| format!("contracts/{id}")).collect(),
            annual_value_pence: own.annual_value_pence,
            criterion: format!("criteria/{}", scored.criterion),
            total_annual_value_pence: all.annual_value_pence,
            contracts_with_value: small(all.with_value),
            contracts_without_value: small(all.without_value),
            score_before: scored.before.map(|score| message(&scored.criterion, score)),
            score_after: Some(message(&scored.criterion, scored.after)),
            raised: scored.raised,
            actor: mutation.principal.clone(),
            create_time: Some(messages::timestamp(now)),
            model_version: applied.model,
            explanation: scored.explanation,
        };
        Ok(attachments::append(tx, &attaching.item, attachment).await?)
    });
    let attachment = attached.await?;
    runtime.inputs_changed.notify_one();
    Ok(attachment)
}

/// What became of an item's score.
struct Scored {
    criterion: String,
    before: Option<Score>,
    after: Score,
    raised: bool,
    explanation: String,
}

/// Raises the item's score to what all that is attached to it is worth, and tells how.
async fn score(
    runtime: &Runtime,
    mutation: &Mutation,
    (id, policy, all): (&str, &Policy, Worth),
    at: (&DatabaseTransaction, DateTime<Utc>),
) -> Result<(Scored, Applied), Problem> {
    let mut scored = None;
    let decide = |inputs: &Inputs| {
        let mut item = change_model::item(inputs, id)?.clone();
        let refuse =
            |reason: &str, text: &str| Problem::failed_precondition(reason, &format!("workItems/{id}"), text);
        let named = policy.criterion.as_ref().and_then(|name| Some((name, inputs.criteria.get(name)?)));
        let (name, criterion) = named.filter(|(_, criterion)| !criterion.is_demand).ok_or_else(|| {
            let text = "no criterion takes procurement evidence: name one in the procurement policy";
            refuse("NO_PROCUREMENT_CRITERION", text)
        })?;
        let found = evidence::score(all, policy.scale(), criterion).ok_or_else(|| {
            let text = "no contract of the opportunity tells a value, so that there is nothing to score";
            refuse("NO_VALUE_KNOWN", text)
        })?;
        let before = item.scores.get(name).copied();
        let raised = before.is_none_or(|held| !evidence::as_good(held.likely, found.likely, criterion));
        let explanation = in_words(all, policy, found, &criterion.unit, raised);
        let after = if raised { found } else { before.unwrap_or(found) };
        scored = Some(Scored { criterion: name.clone(), before, after, raised, explanation });
        item.scores.insert(name.clone(), after);
        Ok(vec![Entry::Item(id.to_owned(), Some(item))])
    };
    let (_, applied) = change_model::write(runtime, mutation, decide, at).await?;
    let scored = scored.ok_or_else(|| Problem::internal("a score was written that nobody decided"))?;
    Ok((scored, applied))
}

/// What the opportunity is worth, and what it is with all that was attached to the item before, as contracts stand now.
async fn worths<C: sea_orm::ConnectionTrait>(
    tx: &C,
    item: &str,
    opportunity: &Opportunity,
) -> Result<(Worth, Worth), Problem> {
    let earlier = attachments::before(tx, item, i64::MAX, MOST).await?;
    let earlier = earlier.iter().flat_map(|(_, attachment)| &attachment.contracts);
    let earlier = earlier.map(|name| name.trim_start_matches("contracts/"));
    let own: BTreeSet<&str> = opportunity.contracts.iter().map(String::as_str).collect();
    let ids: BTreeSet<&str> = earlier.chain(own.iter().copied()).collect();
    let found: BTreeMap<String, Contract> =
        contracts::find(tx, &ids.into_iter().collect::<Vec<_>>()).await?.into_iter().collect();
    let of_own = found.iter().filter(|(id, _)| own.contains(id.as_str())).map(|(_, contract)| contract);
    Ok((Worth::of(of_own), Worth::of(found.values().filter(|contract| contract.is_live()))))
}

fn message(criterion: &str, score: Score) -> proto::Score {
    let criterion = format!("criteria/{criterion}");
    proto::Score { criterion, likely: score.likely, low: Some(score.low), high: Some(score.high) }
}

/// How the score was found.
fn in_words(all: Worth, policy: &Policy, found: Score, unit: &str, raised: bool) -> String {
    let pounds = |pence: i64| format!("£{}.{:02}", pence / 100, pence % 100);
    let decimal = |score: i64| score as f64 / ONE as f64;
    let unknown = match all.without_value {
        0 => String::new(),
        n => format!(" ({n} more tell no value)"),
    };
    let outcome = if raised { "" } else { "; the score that was there is as good, and stays" };
    format!(
        "{} contracts cost {} a year together{unknown}; on a logarithmic scale from {} (worst anchor) to {} (best anchor) \
         that scores {} ({unit}){outcome}",
        all.with_value,
        pounds(all.annual_value_pence),
        pounds(policy.floor_pence),
        pounds(policy.ceiling_pence),
        decimal(found.likely),
    )
}
