//! The ranker: follows the log of inputs and makes a revision whenever an ordering's digest changes.
use std::time::Duration;

use prost::Message;
use soundings_mailbox::{Error, Lease, database, outbox};
use soundings_portfolio_domain::{Inputs, Kind, Ranking, rank};
use soundings_proto::portfolio::v1 as proto;
use tokio_util::sync::CancellationToken;

use super::Runtime;
use crate::{
    events::outgoing,
    rpc::messages,
    store::{
        input_log::{self, Entry},
        revisions::{self, Revision},
    },
};

/// The ranker's lease: one of all replicas ranks.
const LEASE: &str = "ranker";
const LEASE_TTL: chrono::Duration = chrono::Duration::seconds(10);
/// Polling is the truth; being told is only faster.
const POLL: Duration = Duration::from_secs(1);

/// The inputs as the ranker has read them, and the newest revision of each ranking with the inputs it counts.
struct State {
    inputs: Inputs,
    position: i64,
    model: i64,
    signals: Vec<proto::SignalVersion>,
    last: Vec<(Kind, Option<(Revision, Inputs, Ranking)>)>,
}

impl State {
    async fn read(runtime: &Runtime) -> Result<Self, Error> {
        let conn = runtime.db.read();
        let (inputs, position, model) = input_log::inputs_at(conn, i64::MAX).await?;
        let mut last = Vec::new();
        for kind in Kind::ALL {
            let newest = match revisions::newest(conn, kind).await? {
                Some(revision) => {
                    let (inputs, ..) = input_log::inputs_at(conn, revision.position).await?;
                    let ranking = rank(&inputs, kind);
                    Some((revision, inputs, ranking))
                }
                None => None,
            };
            last.push((kind, newest));
        }
        Ok(State { inputs, position, model, signals: Vec::new(), last })
    }

    async fn follow(&mut self, runtime: &Runtime) -> Result<(), Error> {
        for placed in input_log::after(runtime.db.read(), self.position).await? {
            self.position = placed.position;
            if placed.entry.is_model() {
                self.model = placed.position;
            }
            if let Entry::Signal(codebook, organisation, signal) = &placed.entry {
                self.signals.push(messages::signal_version(codebook, organisation, signal.sequence));
            }
            placed.entry.apply(&mut self.inputs);
        }
        Ok(())
    }
}

/// Works until `stop`.
pub async fn run(runtime: Runtime, coalesce: Duration, stop: CancellationToken) {
    let holder = runtime.ids.next().to_string();
    while !stop.is_cancelled() {
        match Lease::acquire(&runtime.db, LEASE, &holder, LEASE_TTL, runtime.clock.now()).await {
            Ok(Some(lease)) => {
                if let Err(error) = hold(&runtime, lease, coalesce, &stop).await {
                    tracing::warn!(%error, "the ranking could not be brought up to date; trying again");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "the ranker could not claim its lease"),
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
    coalesce: Duration,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut state = State::read(runtime).await?;
    while !stop.is_cancelled() {
        state.follow(runtime).await?;
        let now = runtime.clock.now();
        if lease.expires_at - now < LEASE_TTL / 2 && !lease.renew(&runtime.db, LEASE_TTL, now).await? {
            return Err(Error::Fenced(LEASE.to_owned()));
        }
        revise(runtime, &lease, &mut state).await?;
        // The first input is ranked at once; those that follow closely share the next revision.
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(coalesce) => {}
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = runtime.inputs_changed.notified() => {}
            () = tokio::time::sleep(POLL) => {}
        }
    }
    lease.release(&runtime.db).await
}

async fn revise(runtime: &Runtime, lease: &Lease, state: &mut State) -> Result<(), Error> {
    // A ranking of nothing, or for nobody, is no news.
    if state.inputs.items.is_empty() || state.inputs.organisations.is_empty() {
        return Ok(());
    }
    let mut made = Vec::new();
    for (at, (kind, last)) in state.last.iter().enumerate() {
        let ranking = rank(&state.inputs, *kind);
        let digest = ranking.digest();
        if last.as_ref().is_some_and(|(revision, ..)| revision.digest == digest) {
            continue;
        }
        let number = last.as_ref().map_or(1, |(revision, ..)| revision.revision + 1);
        let now = runtime.clock.now();
        let stamp = messages::Stamp {
            kind: *kind,
            revision: number,
            digest: digest.clone(),
            time: now,
            model: state.model,
        };
        let before = last.as_ref().map(|(_, inputs, ranking)| (inputs, ranking));
        let result = messages::ranking(&stamp, &state.inputs, &ranking, before.map(|(_, ranking)| ranking));
        let change = messages::change(&stamp, before, (&state.inputs, &ranking), state.signals.clone());
        let revision = Revision {
            revision: number,
            digest,
            position: state.position,
            result: result.encode_to_vec(),
            change: change.encode_to_vec(),
        };
        let events = outgoing::ranking_changed(*kind, change, result, runtime.ids.as_ref(), now);
        made.push((at, revision, events, ranking, now));
    }
    if made.is_empty() {
        state.signals.clear();
        return Ok(());
    }
    let tx = runtime.db.begin().await?;
    lease.guard(&tx).await?;
    for (at, revision, events, _, now) in &made {
        revisions::insert(&tx, state.last[*at].0, revision, *now).await?;
        outbox::append(&tx, events).await?;
    }
    database::commit(tx).await?;
    runtime.wake.notify();
    for (at, revision, _, ranking, _) in made {
        state.last[at].1 = Some((revision, state.inputs.clone(), ranking));
    }
    state.signals.clear();
    runtime.revised.send_modify(|count| *count += 1);
    Ok(())
}
