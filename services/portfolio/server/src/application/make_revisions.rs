//! The ranker: follows the log of inputs and makes a revision whenever an ordering's digest changes, or a title in it.
use std::{collections::BTreeMap, time::Duration};

use chrono::{DateTime, Utc};
use prost::Message;
use soundings_chassis::{micros, trace::TraceContext};
use soundings_mailbox::{Error, Lease, database, outbox};
use soundings_portfolio_domain::{Inputs, Item, Kind, Ranker, Ranking, Score, link::WHOLE, rank};
use soundings_proto::portfolio::v1 as proto;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use super::{Runtime, change_plan, freshness::Freshness, gap_notices::News};
use crate::{
    events::outgoing,
    rpc::messages,
    store::{
        heard::{self, Heard},
        input_log::{self, Entry, Origin},
        revisions::{self, Revision},
        told_gaps::{self, Told},
    },
};

/// The ranker's lease: one of all replicas ranks.
const LEASE: &str = "ranker";
const LEASE_TTL: chrono::Duration = chrono::Duration::seconds(10);
/// Polling is the truth; being told is only faster.
const POLL: Duration = Duration::from_secs(1);

/// The inputs as they were last read, and both rankings of them.
struct State {
    inputs: Inputs,
    position: i64,
    model: i64,
    standings: Vec<Standing>,
    /// Where that comes from which was not ranked yet.
    origins: Vec<Origin>,
    /// Head counts as they are kept.
    heard: Option<Heard>,
    /// Gaps that others were told of.
    gaps: Told,
    /// Gaps that were told to stand, since this began.
    standing_gaps: Vec<(Kind, proto::GapsCurrent)>,
}

/// A ranking, its newest revision, and what came since.
struct Standing {
    kind: Kind,
    ranker: Ranker,
    last: Option<Last>,
    /// What the newest revision does not count: the newest entry of each thing.
    since: BTreeMap<(&'static str, String), Entry>,
}

/// The newest revision, with what it counts.
struct Last {
    revision: Revision,
    inputs: Inputs,
    ranking: Ranking,
}

impl State {
    async fn read(runtime: &Runtime) -> Result<Self, Error> {
        let conn = runtime.db.read();
        let (inputs, position, model) = input_log::inputs_at(conn, i64::MAX).await?;
        let mut standings = Vec::new();
        for kind in Kind::ALL {
            let (mut last, mut since) = (None, BTreeMap::new());
            if let Some(revision) = revisions::newest(conn, kind).await? {
                // What is newer than `position` is still to be followed.
                let later = input_log::newest_after(conn, revision.position).await?.into_iter();
                let later = later.filter(|(at, _)| *at <= position);
                since = later.map(|(_, entry)| (entry.key(), entry)).collect();
                let (inputs, ..) = input_log::inputs_at(conn, revision.position).await?;
                let ranking = rank(&inputs, kind);
                last = Some(Last { revision, inputs, ranking });
            }
            standings.push(Standing { kind, ranker: Ranker::new(&inputs, kind), last, since });
        }
        let (heard, gaps) = (heard::read(conn).await?, told_gaps::read(conn).await?);
        let (origins, standing_gaps) = (Vec::new(), Vec::new());
        Ok(State { inputs, position, model, standings, origins, heard, gaps, standing_gaps })
    }

    /// Reads on; tells whether there was anything.
    async fn follow(&mut self, runtime: &Runtime) -> Result<bool, Error> {
        let read = input_log::after(runtime.db.read(), self.position).await?;
        let mut entries = Vec::with_capacity(read.len());
        for placed in read {
            self.position = placed.position;
            if placed.entry.is_model() {
                self.model = placed.position;
            }
            placed.entry.clone().apply(&mut self.inputs);
            entries.push(placed.entry);
            self.origins.push(placed.origin);
        }
        let touched: Vec<_> = entries.iter().filter_map(Entry::touched).collect();
        for standing in self.standings.iter_mut().filter(|_| !entries.is_empty()) {
            standing.ranker.update(&self.inputs, &touched);
            if standing.last.is_some() {
                standing.since.extend(entries.iter().map(|entry| (entry.key(), entry.clone())));
            }
        }
        Ok(!entries.is_empty())
    }
}

impl Standing {
    /// Signals that no revision counts yet, the newest of each.
    fn new_signals(&self, inputs: &Inputs) -> Vec<proto::SignalVersion> {
        let mut newest: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        if self.last.is_none() {
            for (codebook, signals) in &inputs.signals {
                newest.extend(signals.iter().map(|(id, s)| ((codebook.as_str(), id.as_str()), s.sequence)));
            }
        }
        for entry in self.since.values() {
            if let Entry::Signal(codebook, organisation, signal) = entry {
                newest.insert((codebook, organisation), signal.sequence);
            }
        }
        newest.into_iter().map(|((c, o), sequence)| messages::signal_version(c, o, sequence)).collect()
    }

    /// Tallies of bound questions that no revision counts yet, the newest of each.
    fn new_supports(&self, inputs: &Inputs) -> Vec<proto::SupportVersion> {
        let mut newest: BTreeMap<(&str, &str), i64> = BTreeMap::new();
        if self.last.is_none() {
            for (survey, supports) in &inputs.supports {
                newest.extend(supports.iter().map(|(id, s)| ((survey.as_str(), id.as_str()), s.sequence)));
            }
        }
        for entry in self.since.values() {
            if let Entry::Support(survey, organisation, support) = entry {
                newest.insert((survey, organisation), support.sequence);
            }
        }
        newest.into_iter().map(|((s, o), sequence)| messages::support_version(s, o, sequence)).collect()
    }

    /// Whether a revision is due: the ordering is another, or what it shows is called something else or less sure. A ranking of nothing,
    /// or for nobody, is no news while nothing was ranked; once something was, that all of it is gone is news.
    fn due(&self, inputs: &Inputs, digest: &str) -> bool {
        match &self.last {
            Some(last) => last.revision.digest != digest || shows_otherwise(&last.inputs, inputs),
            None => !inputs.items.is_empty() && !inputs.organisations.is_empty(),
        }
    }

    /// Takes a revision that was written as the newest.
    fn made(&mut self, revision: Revision, ranking: Ranking, inputs: &Inputs) {
        match &mut self.last {
            Some(last) => {
                let since = std::mem::take(&mut self.since);
                since.into_values().for_each(|entry| entry.apply(&mut last.inputs));
                (last.revision, last.ranking) = (revision, ranking);
            }
            None => self.last = Some(Last { revision, inputs: inputs.clone(), ranking }),
        }
    }
}

/// Whether a portfolio or an item is called something else, or how sure its links and scores are is another: that moves no
/// place, and how sure places are.
fn shows_otherwise(before: &Inputs, after: &Inputs) -> bool {
    fn shown(item: &Item) -> (&str, i64, &BTreeMap<String, Score>) {
        let doubted = item.links.values().map(|link| link.strength * (WHOLE - link.confidence));
        (&item.title, doubted.sum(), &item.scores)
    }
    let (old, new) = (before.items.values(), after.items.values());
    before.portfolios != after.portfolios || !old.map(shown).eq(new.map(shown))
}

/// Works until `stop`.
pub async fn run(runtime: Runtime, coalesce: Duration, freshness: Freshness, stop: CancellationToken) {
    let holder = runtime.ids.next().to_string();
    while !stop.is_cancelled() {
        match Lease::acquire(&runtime.db, LEASE, &holder, LEASE_TTL, runtime.clock.now()).await {
            Ok(Some(lease)) => {
                if let Err(error) = hold(&runtime, lease, coalesce, &freshness, &stop).await {
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
    freshness: &Freshness,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut state = State::read(runtime).await?;
    let mut news = true;
    while !stop.is_cancelled() {
        news |= state.follow(runtime).await?;
        let now = runtime.clock.now();
        if lease.expires_at - now < LEASE_TTL / 2 && !lease.renew(&runtime.db, LEASE_TTL, now).await? {
            return Err(Error::Fenced(LEASE.to_owned()));
        }
        if !ended_pins(&state.inputs, now).is_empty() {
            end_pins(runtime, &lease, now).await?;
            continue;
        }
        if news {
            let origins = std::mem::take(&mut state.origins);
            let traces: Vec<_> = origins.iter().filter_map(|origin| origin.trace).collect();
            let span = tracing::info_span!("rank", inputs = origins.len());
            let trace = TraceContext::of(&span, traces.last().copied(), &traces);
            if revise(runtime, &lease, &mut state, trace).instrument(span).await? {
                let accepted = origins.iter().filter_map(|origin| origin.accepted_at);
                accepted.for_each(|accepted| freshness.record(accepted, runtime.clock.now()));
            }
            news = false;
        }
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

/// Pins whose time is up, as gone.
fn ended_pins(inputs: &Inputs, now: DateTime<Utc>) -> Vec<(Entry, Origin)> {
    let ended = inputs.pins.iter().filter(|(_, pin)| pin.expires_at <= micros(now));
    ended.map(|(id, _)| (Entry::Pin(id.clone(), None), Origin::default())).collect()
}

/// A pin's end is an input like any other, so that what stood when can be told from the log.
async fn end_pins(runtime: &Runtime, lease: &Lease, now: DateTime<Utc>) -> Result<(), Error> {
    let tx = runtime.db.begin().await?;
    lease.guard(&tx).await?;
    outbox::hold(&tx, input_log::COUNTER).await?;
    let (inputs, ..) = input_log::inputs_at(&tx, i64::MAX).await?;
    input_log::append(&tx, &ended_pins(&inputs, now), now).await?;
    database::commit(tx).await
}

/// Makes the revisions that are due; false when none is.
async fn revise(
    runtime: &Runtime,
    lease: &Lease,
    state: &mut State,
    trace: TraceContext,
) -> Result<bool, Error> {
    let mut made = Vec::new();
    for (at, standing) in state.standings.iter().enumerate() {
        let (kind, last) = (standing.kind, standing.last.as_ref());
        let digest = standing.ranker.digest();
        if !standing.due(&state.inputs, &digest) {
            continue;
        }
        let ranking = standing.ranker.ranking();
        let now = runtime.clock.now();
        let stamp = messages::Stamp {
            kind,
            revision: last.map_or(1, |last| last.revision.revision + 1),
            digest: digest.clone(),
            time: now,
            model: state.model,
        };
        let before = last.map(|last| (&last.inputs, &last.ranking));
        let result = messages::ranking(&stamp, &state.inputs, &ranking, before.map(|(_, ranking)| ranking));
        let counted = (standing.new_signals(&state.inputs), standing.new_supports(&state.inputs));
        let change = messages::change(&stamp, before, (&state.inputs, &ranking), counted);
        let revision = Revision {
            revision: stamp.revision,
            digest,
            position: state.position,
            header: messages::header(&result).encode_to_vec(),
            result: result.encode_to_vec(),
            change: change.encode_to_vec(),
        };
        let events = outgoing::ranking_changed(kind, change, result, runtime.ids.as_ref(), (now, trace));
        made.push((at, revision, events, ranking, now));
    }
    let (heard, gaps) = (Heard::of(&state.inputs), News::of(&state.inputs, &state.gaps));
    if made.is_empty() && state.heard == Some(heard) && gaps.is_empty(&state.standing_gaps) {
        return Ok(false);
    }
    let tx = runtime.db.begin().await?;
    lease.guard(&tx).await?;
    let ids = runtime.ids.as_ref();
    for (at, revision, events, ranking, now) in &made {
        let kind = state.standings[*at].kind;
        revisions::insert(&tx, kind, revision, *now).await?;
        outbox::append(&tx, events).await?;
        if kind == Kind::Official {
            let live = (revision.revision, &state.inputs, ranking);
            change_plan::notice_drift(&tx, (runtime.policy, ids), live, *now).await?;
        }
    }
    heard::keep(&tx, heard).await?;
    gaps.tell(&tx, ids, runtime.clock.now()).await?;
    database::commit(tx).await?;
    runtime.wake.notify();
    state.heard = Some(heard);
    state.standing_gaps = gaps.standing();
    gaps.note(&mut state.gaps);
    if made.is_empty() {
        return Ok(false);
    }
    for (at, revision, _, ranking, _) in made {
        state.standings[at].made(revision, ranking, &state.inputs);
    }
    runtime.revised.send_modify(|count| *count += 1);
    Ok(true)
}
