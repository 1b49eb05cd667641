//! Moves what organisations' answers to bound questions add up to, and tells of it, in the transaction of the responses.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use soundings_chassis::trace::TraceContext;
use soundings_consultation_domain::{Response, support::Moves};
use soundings_mailbox::{Error, outbox};

use super::Runtime;
use crate::{
    events::outgoing,
    store::support_tallies::{self, Pair},
};

/// A response that was written, with what it adds to the tallies.
pub struct Written<'a> {
    /// As it is now.
    pub response: &'a Response,
    /// What it adds.
    pub moves: &'a Moves,
    /// The trace of what wrote it.
    pub trace: Option<TraceContext>,
}

/// Adds responses' moves to their organisations' tallies and appends a snapshot for each that changed. It locks the
/// snapshots' numbers in their order until the transaction ends, before any other lock of tallies or counts; responses of
/// surveys without a bound question cost nothing.
pub async fn record(
    tx: &DatabaseTransaction,
    runtime: &Runtime,
    written: impl Iterator<Item = Written<'_>> + Send,
) -> Result<(), Error> {
    let mut moves: BTreeMap<Pair, Moves> = BTreeMap::new();
    let mut newest: BTreeMap<Pair, (DateTime<Utc>, Option<TraceContext>)> = BTreeMap::new();
    for Written { response, moves: own, trace } in written.filter(|written| !written.moves.is_empty()) {
        let pair = (response.survey.clone(), response.organisation.clone());
        moves.entry(pair.clone()).or_default().add(own);
        let newest = newest.entry(pair).or_insert((response.updated_at, trace));
        if newest.0 <= response.updated_at {
            *newest = (response.updated_at, trace);
        }
    }
    if moves.is_empty() {
        return Ok(());
    }
    let sources: Vec<String> = moves.keys().map(outgoing::support_source).collect();
    // Whoever moves the same tallies waits here, and so reads what this transaction wrote.
    let numbers = outbox::allocate_many(tx, &sources).await?;
    support_tallies::add(tx, &moves).await?;
    let tallies = support_tallies::of(tx, &moves.keys().collect::<Vec<_>>()).await?;
    let (ids, now) = (runtime.ids.as_ref(), runtime.clock.now());
    let mut events = Vec::with_capacity(moves.len());
    for ((pair, newest), source) in newest.iter().zip(&sources) {
        let (Some(sequence), Some(tallies)) = (numbers.get(source), tallies.get(pair)) else {
            return Err(Error::Corrupt(format!("the tallies of {source}")));
        };
        events.push(outgoing::support_recorded(pair, tallies, *sequence, ids, (now, *newest)));
    }
    outbox::append(tx, &events).await
}
