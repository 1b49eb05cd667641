//! Attaches an opportunity to a work item: evidence that moves its score, with the trail of who did it and why.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs, ONE, Score,
    procurement::{
        Policy,
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
        let contracts: Vec<String> =
            opportunity.contracts.iter().map(|id| format!("contracts/{id}")).collect();
        let mut all = attached(tx, &attaching.item).await?;
        all.insert(name.clone(), contracts.clone());
        let (own, all) = (
            worth(tx, &contracts).await?,
            worth(tx, &all.into_values().flatten().collect::<Vec<_>>()).await?,
        );
        let (policy, _) = procurement_policy::read(tx).await?;
        let (scored, applied) = score(runtime, &mutation, (&attaching.item, &policy, all), (tx, now)).await?;
        let attachment = proto::Attachment {
            opportunity: name,
            contracts,
            criterion: format!("criteria/{}", scored.criterion),
            score_before: scored.before.map(|score| message(&scored.criterion, score)),
            score_after: Some(message(&scored.criterion, scored.after)),
            raised: scored.raised,
            explanation: scored.explanation,
            ..entry(&mutation.principal, &attaching.item, (own, all), (applied.model, now))
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
        let (name, criterion) = named.filter(|(_, criterion)| !criterion.is_heard()).ok_or_else(|| {
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

/// Takes an opportunity back from an item, whose score stays.
pub async fn detach(
    runtime: &Runtime,
    mutation: Mutation,
    opportunity: &str,
    item: &str,
) -> Result<proto::Attachment, Problem> {
    let detached = once(runtime, &mutation, input_log::COUNTER, async |tx, now| {
        let name = format!("opportunities/{opportunity}");
        let mut attached = attached(tx, item).await?;
        let contracts = attached.remove(&name).ok_or_else(|| Problem::not_found("attachment", &name))?;
        let (inputs, _, model) = input_log::inputs_at(tx, i64::MAX).await?;
        let (policy, _) = procurement_policy::read(tx).await?;
        let criterion = policy.criterion.unwrap_or_default();
        let score = inputs.items.get(item).and_then(|item| item.scores.get(&criterion));
        let score = score.map(|score| message(&criterion, *score));
        let left: Vec<String> = attached.into_values().flatten().collect();
        let worths = (worth(tx, &contracts).await?, worth(tx, &left).await?);
        let attachment = proto::Attachment {
            opportunity: name,
            contracts,
            criterion: if criterion.is_empty() { criterion } else { format!("criteria/{criterion}") },
            score_before: score.clone(),
            score_after: score,
            explanation: "the opportunity was taken back; the score stays until somebody sets it".to_owned(),
            detached: true,
            ..entry(&mutation.principal, item, worths, (model, now))
        };
        Ok(attachments::append(tx, item, attachment).await?)
    });
    detached.await
}

/// What stands in every entry of the trail: who did it to which item, when, and what is attached from then on.
fn entry(
    actor: &str,
    item: &str,
    (own, all): (Worth, Worth),
    (model_version, now): (i64, DateTime<Utc>),
) -> proto::Attachment {
    let small = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
    proto::Attachment {
        work_item: format!("workItems/{item}"),
        annual_value_pence: own.annual_value_pence,
        total_annual_value_pence: all.annual_value_pence,
        contracts_with_value: small(all.with_value),
        contracts_without_value: small(all.without_value),
        actor: actor.to_owned(),
        create_time: Some(messages::timestamp(now)),
        model_version,
        ..proto::Attachment::default()
    }
}

/// Contracts of each opportunity that is attached to an item, as they were when it was attached last.
async fn attached<C: sea_orm::ConnectionTrait>(
    tx: &C,
    item: &str,
) -> Result<BTreeMap<String, Vec<String>>, Problem> {
    let mut attached = BTreeMap::new();
    for (_, entry) in attachments::before(tx, item, i64::MAX, MOST).await?.into_iter().rev() {
        if entry.detached {
            attached.remove(&entry.opportunity);
        } else {
            attached.insert(entry.opportunity, entry.contracts);
        }
    }
    Ok(attached)
}

/// What contracts that are live are worth as they stand now, by their names; each counts once.
async fn worth<C: sea_orm::ConnectionTrait>(tx: &C, names: &[String]) -> Result<Worth, Problem> {
    let ids: BTreeSet<&str> = names.iter().map(|name| name.trim_start_matches("contracts/")).collect();
    let found = contracts::find(tx, &ids.into_iter().collect::<Vec<_>>()).await?;
    Ok(Worth::of(found.values().filter(|contract| contract.is_live())))
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
