//! How sure the standing rankings are, computed after their revisions, and which of their moves may be announced.
//!
//! It has a lease, a thread and a pace of its own, so that no ranking waits for it. The newest revision is the next: those
//! made while one was computed are passed over. One that is being computed is finished all the same, within its time, or
//! while answers stream in none ever would be.
use std::{panic::resume_unwind, time::Duration};

use anyhow::ensure;
use soundings_chassis::Problem;
use soundings_mailbox::{Error, Lease, database, outbox};
use soundings_portfolio_domain::{
    Kind, Refused,
    announce::{Announcement, announce},
    smaa::{DRAWS, Model, Outcome, Settings, WeightsFrom, analyse_while},
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{
    Runtime,
    explain_move::{Computed, at},
};
use crate::{
    config::Config,
    events::standing,
    rpc::robustness_messages,
    store::{assurances, revisions},
};

/// One of all replicas does it.
const LEASE: &str = "assurer";
const LEASE_TTL: chrono::Duration = chrono::Duration::seconds(10);
/// Polling is the truth; being told is only faster.
const POLL: Duration = Duration::from_secs(1);
/// It rests so many times as long as it computed, so that it takes at most a quarter of a processor.
const REST: u32 = 3;
/// It rests at least as long as this.
const SHORTEST_REST: Duration = Duration::from_millis(50);
/// Most items that are drawn, those that stand first.
const ITEMS: usize = 200;
/// The same in every revision, so that chance alone moves nothing from one to the next.
const SEED: u64 = 1;

/// What the partnership asks of announcements.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// From which probability on a move is announced, above ½.
    pub level: f64,
    /// How closely weights are taken to be known; 0: not at all.
    pub concentration: f64,
    /// How long the draws of one revision may take.
    pub budget: Duration,
}

impl Policy {
    /// Of the settings.
    ///
    /// # Errors
    /// Names the setting that is out of its range.
    pub fn of(config: &Config) -> anyhow::Result<Self> {
        let (level, concentration) = (config.announce_level_ppm, config.robustness_concentration);
        ensure!(
            (500_001..=1_000_000).contains(&level),
            "announce_level_ppm is {level}; give 500001 to 1000000"
        );
        ensure!(concentration <= 1_000_000, "robustness_concentration is {concentration}; give 0 to 1000000");
        Ok(Policy {
            level: f64::from(level) / 1e6,
            concentration: f64::from(concentration),
            budget: Duration::from_millis(config.robustness_budget_ms),
        })
    }

    fn settings(&self) -> Settings {
        let concentration = self.concentration;
        let weights =
            if concentration == 0.0 { WeightsFrom::Uniform } else { WeightsFrom::Elicited { concentration } };
        Settings { seed: SEED, draws: DRAWS, threads: 1, weights }
    }
}

/// A revision with what was found of it.
pub struct Assured {
    /// Which revision.
    pub of: Computed,
    /// Ids of the items that were drawn, best first.
    pub order: Vec<String>,
    /// What was drawn; None: nothing can be, and nothing is announced.
    pub outcome: Option<Outcome>,
    /// What may be announced.
    pub announcement: Announcement,
}

/// Draws, and decides what may be announced. Stops when `go_on` says so: what was drawn counts.
fn assure(
    of: Computed,
    last: Option<&[String]>,
    policy: Policy,
    go_on: impl Fn() -> bool,
) -> Result<Assured, Refused> {
    let order: Vec<String> = of.ranking.items.iter().take(ITEMS).map(|item| item.id.to_string()).collect();
    let mut sorted: Vec<&str> = order.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let drawn = Model::of(&of.inputs, of.ranking.kind, |id| sorted.binary_search(&id).is_ok())
        .and_then(|model| analyse_while(&model, &policy.settings(), |_| go_on()));
    let outcome = match drawn {
        Ok(outcome) => outcome,
        Err(refused) => {
            tracing::debug!(%refused, "it cannot be told how sure a revision is");
            let announcement =
                Announcement { order: last.unwrap_or_default().to_vec(), ..Default::default() };
            return Ok(Assured { of, order, outcome: None, announcement });
        }
    };
    let ranked: Vec<&str> = order.iter().map(String::as_str).collect();
    let announcement = announce(last, &ranked, &outcome, policy.level)?;
    Ok(Assured { of, order, outcome: Some(outcome), announcement })
}

/// Works until `stop`.
pub async fn run(runtime: Runtime, policy: Policy, stop: CancellationToken) {
    let holder = runtime.ids.next().to_string();
    while !stop.is_cancelled() {
        match Lease::acquire(&runtime.db, LEASE, &holder, LEASE_TTL, runtime.clock.now()).await {
            Ok(Some(lease)) => {
                if let Err(problem) = hold(&runtime, lease, policy, &stop).await {
                    tracing::warn!(%problem, "it could not be computed how sure the rankings are; trying again");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the lease of what is announced could not be claimed"),
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
}

async fn hold(
    runtime: &Runtime,
    mut lease: Lease,
    policy: Policy,
    stop: &CancellationToken,
) -> Result<(), Problem> {
    let mut revised = runtime.revised.subscribe();
    while !stop.is_cancelled() {
        renew(runtime, &mut lease).await?;
        let mut found = false;
        for kind in Kind::ALL {
            let conn = runtime.db.read();
            let newest = revisions::newest_number(conn, kind).await?;
            if stop.is_cancelled() || newest <= assurances::newest_number(conn, kind).await? {
                continue;
            }
            let began = Instant::now();
            make(runtime, &mut lease, kind, policy, stop).await?;
            let rest = (began.elapsed().min(policy.budget) * REST).max(SHORTEST_REST);
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(rest) => {}
            }
            found = true;
        }
        if found {
            continue;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            _ = revised.changed() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    lease.release(&runtime.db).await.map_err(Problem::from)
}

async fn renew(runtime: &Runtime, lease: &mut Lease) -> Result<(), Error> {
    let now = runtime.clock.now();
    if lease.expires_at - now < LEASE_TTL / 2 && !lease.renew(&runtime.db, LEASE_TTL, now).await? {
        return Err(Error::Fenced(LEASE.to_owned()));
    }
    Ok(())
}

/// Computes it for the newest revision, on a thread of its own, while the lease is held, and tells of it.
async fn make(
    runtime: &Runtime,
    lease: &mut Lease,
    kind: Kind,
    policy: Policy,
    stop: &CancellationToken,
) -> Result<(), Problem> {
    let last = assurances::announced(runtime.db.read(), kind).await?;
    let of = at(runtime, kind, 0).await?;
    // Whoever leaves this future leaves no work behind.
    let cancelled = stop.child_token();
    let guard = cancelled.clone().drop_guard();
    let until = Instant::now() + policy.budget;
    let mut work = tokio::task::spawn_blocking(move || {
        assure(of, last.as_deref(), policy, || !cancelled.is_cancelled() && Instant::now() < until)
    });
    let assured = loop {
        tokio::select! {
            done = &mut work => break done.unwrap_or_else(|error| resume_unwind(error.into_panic())),
            () = tokio::time::sleep(POLL) => renew(runtime, lease).await?,
        }
    };
    drop(guard);
    if stop.is_cancelled() {
        return Ok(());
    }
    let assured = assured.map_err(|refused| Problem::internal(refused.to_string()))?;
    tell(runtime, lease, policy, &assured).await?;
    Ok(())
}

/// Writes what was found, what is announced from now on, and the events of both, in one transaction.
async fn tell(runtime: &Runtime, lease: &Lease, policy: Policy, assured: &Assured) -> Result<(), Error> {
    let (kind, now) = (assured.of.ranking.kind, runtime.clock.now());
    let message = robustness_messages::standing(assured, policy, SEED, now);
    let tx = runtime.db.begin().await?;
    lease.guard(&tx).await?;
    assurances::insert(&tx, kind, &message).await?;
    assurances::announce(&tx, kind, message.revision, &assured.announcement.order).await?;
    let sequence = outbox::allocate(&tx, &standing::assured_source(kind)).await?;
    let events = standing::ranking_assured(kind, message, sequence, runtime.ids.as_ref(), now);
    outbox::append(&tx, &events).await?;
    database::commit(tx).await?;
    runtime.wake.notify();
    runtime.assured.send_modify(|count| *count += 1);
    Ok(())
}
