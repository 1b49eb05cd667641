//! A response was accepted, replaced or withdrawn: read it from consultation as it stands, and take it in.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use prost::Message;
use soundings_chassis::trace;
use soundings_jetstream::{Delivery, Disposition, Handle, Stats};
use soundings_mailbox::{Envelope, Error, database, dead_letters, inbox};
use soundings_proto::consultation::v1 as proto;
use soundings_proto::subjects::{RESPONSE_REVISED, RESPONSE_SUBMITTED, RESPONSE_WITHDRAWN, THEMES_RESPONSES};

use crate::application::take_in::Assigned;
use crate::application::{ReadResponse, Runtime, SourceError, off_the_runtime};
use crate::events::outgoing::Cause;
use crate::rpc::names;

const NAMES_A_READ: usize = 500;
/// Codebooks change seldom: one that changes under a batch this often is looked at again later.
const ATTEMPTS: usize = 5;

/// What an event tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Told {
    name: String,
    survey: String,
    response: String,
    organisation: String,
    revision: i64,
}

/// Takes response events.
pub struct OnResponse {
    runtime: Runtime,
    stats: Stats,
}

enum Failed {
    Database(Error),
    Source(SourceError),
    CodebooksMoved,
}

impl OnResponse {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, stats: Stats) -> Self {
        Self { runtime, stats }
    }

    async fn apply(&self, events: &[(Envelope, Told)]) -> Result<(), Failed> {
        let Some((last, _)) = events.last() else { return Ok(()) };
        let responses = Arc::new(self.read(events).await.map_err(Failed::Source)?);
        for _ in 0..ATTEMPTS {
            let ready =
                self.runtime.codebooks.current(self.runtime.db.read()).await.map_err(Failed::Database)?;
            let (codebooks, responses) = (self.runtime.codebooks.clone(), responses.clone());
            let assigned = off_the_runtime(move || Assigned::under_all(&codebooks, &ready, &responses)).await;
            if self.write(events, assigned, last).await.map_err(Failed::Database)? {
                return Ok(());
            }
        }
        Err(Failed::CodebooksMoved)
    }

    async fn write(
        &self,
        events: &[(Envelope, Told)],
        mut assigned: Assigned,
        last: &Envelope,
    ) -> Result<bool, Error> {
        let mut accepted: HashMap<String, DateTime<Utc>> = HashMap::new();
        for (event, told) in events {
            let newest = accepted.entry(told.organisation.clone()).or_insert(event.time);
            *newest = event.time.max(*newest);
        }
        let cause = Cause {
            correlation_id: last.correlation_id.clone(),
            causation_id: Some(last.id.to_string()),
            traceparent: trace::current().map(|trace| trace.to_string()).or_else(|| last.traceparent.clone()),
            tracestate: last.tracestate.clone(),
            accepted,
            ..self.runtime.cause(None)
        };
        let tx = self.runtime.db.begin().await?;
        let messages: Vec<_> =
            events.iter().map(|(event, _)| (event.source.as_str(), event.sequence)).collect();
        let admissions = inbox::admit_many(&tx, THEMES_RESPONSES.name, &messages).await?;
        let admitted: HashSet<&str> = events
            .iter()
            .zip(&admissions)
            .filter(|(_, admission)| admission.applies())
            .map(|((_, told), _)| told.response.as_str())
            .collect();
        if admitted.is_empty() {
            self.stats.count(&admissions);
            return Ok(true);
        }
        assigned.retain(|response| admitted.contains(response));
        if !assigned.write(&tx, &self.runtime.codebooks, &cause).await? {
            return Ok(false);
        }
        database::commit(tx).await?;
        self.stats.count(&admissions);
        self.runtime.committed();
        Ok(true)
    }

    /// The responses as they stand now, whatever revision the events told of.
    async fn read(&self, events: &[(Envelope, Told)]) -> Result<Vec<ReadResponse>, SourceError> {
        let told: BTreeMap<&str, &Told> = events.iter().map(|(_, told)| (told.name.as_str(), told)).collect();
        let names: Vec<String> = told.keys().map(|name| (*name).to_owned()).collect();
        let mut responses = Vec::with_capacity(names.len());
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for chunk in names.chunks(NAMES_A_READ) {
            let read = self.runtime.source.batch_get(chunk).await?;
            responses.extend(read.responses);
            missing.extend(read.missing);
        }
        // What its owner no longer has contributes nothing any more.
        responses.extend(missing.iter().filter_map(|name| told.get(name.as_str())).map(|told| {
            ReadResponse {
                survey: told.survey.clone(),
                response: told.response.clone(),
                organisation: told.organisation.clone(),
                revision: told.revision,
                time: (self.runtime.now)(),
                answers: Vec::new(),
                closed: Vec::new(),
            }
        }));
        Ok(responses)
    }

    async fn park(&self, event: &Envelope, reason: &str) -> Disposition {
        let runtime = &self.runtime;
        let parked = async {
            let tx = runtime.db.begin().await?;
            let now = (runtime.now)();
            dead_letters::park(&tx, (runtime.new_id)(), THEMES_RESPONSES.name, event, reason, now).await?;
            database::commit(tx).await
        };
        match parked.await {
            Ok(()) => {
                runtime.wake.notify();
                Disposition::Dead(reason.to_owned())
            }
            Err(_) => Disposition::Retry(Duration::from_secs(1)),
        }
    }
}

#[async_trait]
impl Handle for OnResponse {
    async fn handle(&self, batch: Vec<Delivery>) -> Vec<Disposition> {
        let mut dispositions = vec![Disposition::Ack; batch.len()];
        let mut events = Vec::with_capacity(batch.len());
        let mut places = Vec::with_capacity(batch.len());
        for (place, delivery) in batch.iter().enumerate() {
            match read_event(&delivery.event) {
                Some(told) => {
                    events.push((delivery.event.clone(), told));
                    places.push(place);
                }
                None => {
                    dispositions[place] = self.park(&delivery.event, "the event's body cannot be read").await;
                }
            }
        }
        if let Err(failed) = self.apply(&events).await {
            let attempt = places.iter().map(|place| batch[*place].attempt).max().unwrap_or(1);
            let delay = delay(attempt, &failed);
            match failed {
                Failed::Database(error) => {
                    tracing::warn!(%error, "responses could not be taken in; trying again")
                }
                Failed::Source(error) => tracing::warn!(%error, "responses could not be read; trying again"),
                Failed::CodebooksMoved => tracing::debug!("codebooks changed under a batch; trying again"),
            }
            for place in places {
                dispositions[place] = Disposition::Retry(delay);
            }
        }
        dispositions
    }
}

fn delay(attempt: i64, failed: &Failed) -> Duration {
    let longest = match failed {
        Failed::Source(SourceError::Refused(_) | SourceError::NotFound) => 30_000,
        _ => 5_000,
    };
    let doublings = u32::try_from(attempt.clamp(1, 12) - 1).unwrap_or(0);
    Duration::from_millis((50_u64 << doublings).min(longest))
}

fn read_event(event: &Envelope) -> Option<Told> {
    let data = event.data.as_slice();
    let (name, organisation, revision) = if event.ty == RESPONSE_SUBMITTED.ty() {
        let body = proto::ResponseSubmitted::decode(data).ok()?;
        (body.response, body.organisation, body.revision)
    } else if event.ty == RESPONSE_REVISED.ty() {
        let body = proto::ResponseRevised::decode(data).ok()?;
        (body.response, body.organisation, body.revision)
    } else if event.ty == RESPONSE_WITHDRAWN.ty() {
        let body = proto::ResponseWithdrawn::decode(data).ok()?;
        (body.response, body.organisation, body.revision)
    } else {
        return None;
    };
    let (survey, response) = names::ids_in(&name, "surveys", "responses")?;
    let organisation = names::id_in(&organisation, "organisations")?.to_owned();
    let (survey, response) = (survey.to_owned(), response.to_owned());
    Some(Told { survey, response, name, organisation, revision })
}
