//! Finds opportunities in the register of contracts, and tells of each once.
use std::time::Duration;

use chrono::NaiveDate;
use soundings_chassis::{Problem, trace};
use soundings_mailbox::{Outgoing, database, outbox};
use soundings_portfolio_domain::procurement::{Basis, Opportunity, Policy, Search, opportunities};
use tokio_util::sync::CancellationToken;

use super::Runtime;
use crate::{
    events::opportunity_found::opportunity_found,
    store::{contracts, opportunities_found, procurement_policy},
};

/// What to look for; None: the policy's.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    /// What makes contracts alike; None: each of the policy's.
    pub basis: Option<Basis>,
    /// Digits of a CPV code, where all bases are asked for.
    pub cpv_digits: Option<u8>,
    /// Most months between the first and the last end.
    pub window_months: Option<u32>,
    /// Months that buying together takes.
    pub lead_months: Option<u32>,
    /// Contracts that end before this day are past; None: before today.
    pub from: Option<NaiveDate>,
}

/// Opportunities as they stand: soonest to begin first, then of more organisations, then by id.
pub async fn find(runtime: &Runtime, asked: Asked) -> Result<Vec<Opportunity>, Problem> {
    let conn = runtime.db.read();
    let (policy, _) = procurement_policy::read(conn).await?;
    let contracts = contracts::live(conn).await?;
    let from = asked.from.unwrap_or_else(|| runtime.clock.now().date_naive());
    let bases = match (asked.basis, asked.cpv_digits) {
        (Some(basis), _) => vec![basis],
        (None, Some(cpv_digits)) => Policy { cpv_digits, ..policy.clone() }.bases().to_vec(),
        (None, None) => policy.bases().to_vec(),
    };
    let searches = bases.into_iter().map(|basis| Search {
        basis,
        window_months: asked.window_months.unwrap_or(policy.window_months),
        lead_months: asked.lead_months.unwrap_or(policy.lead_months),
        from: Some(from),
    });
    let mut found: Vec<_> = searches.flat_map(|search| opportunities(&contracts, &search)).collect();
    found.sort_by(|a, b| a.order(b));
    Ok(found)
}

/// Tells of every opportunity by the policy that was not told of before; returns how many.
pub async fn announce(runtime: &Runtime) -> Result<usize, Problem> {
    let now = runtime.clock.now();
    let tx = runtime.db.begin().await?;
    outbox::hold(&tx, opportunities_found::LOCK).await?;
    let (policy, _) = procurement_policy::read(&tx).await?;
    let contracts = contracts::live(&tx).await?;
    let searches =
        policy.bases().map(|basis| Search { from: Some(now.date_naive()), ..policy.search(basis) });
    let found: Vec<_> = searches.iter().flat_map(|search| opportunities(&contracts, search)).collect();
    let ids: Vec<&str> = found.iter().map(|one| one.id.as_str()).collect();
    let known = opportunities_found::known(&tx, &ids).await?;
    let fresh: Vec<_> = found.iter().filter(|one| !known.contains(&one.id)).collect();
    if fresh.is_empty() {
        return Ok(0);
    }
    let ids: Vec<&str> = fresh.iter().map(|one| one.id.as_str()).collect();
    opportunities_found::record(&tx, &ids, now).await?;
    let events = fresh.iter().map(|one| opportunity_found(one, runtime.ids.next(), now, trace::current()));
    outbox::append(&tx, &events.map(Outgoing::from).collect::<Vec<_>>()).await?;
    database::commit(tx).await?;
    runtime.wake.notify();
    Ok(fresh.len())
}

/// Tells, once at start, of what was imported by a process that did not live to tell of it.
pub async fn catch_up(runtime: Runtime, stop: CancellationToken) {
    while let Err(problem) = announce(&runtime).await {
        tracing::warn!(%problem, "opportunities could not be told of; trying again");
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(Duration::from_secs(5)) => {}
        }
    }
}
