//! A broker in memory that fails as a test says.

use std::{
    collections::{BTreeMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
};

use async_trait::async_trait;
use chrono::{DateTime, Duration, Utc};
use soundings_mailbox::{Ack, Envelope, Publish, PublishError, StreamState};
use soundings_proto::subjects::STREAMS;
use tokio::sync::watch;
use uuid::Uuid;

use crate::world::noon;

/// Streams that drop what they hold already, as JetStream does.
pub struct Broker {
    inner: Mutex<Inner>,
    answers: watch::Sender<bool>,
    connections: Mutex<Option<watch::Sender<u64>>>,
    connected: watch::Receiver<u64>,
}

#[derive(Default)]
struct Inner {
    streams: BTreeMap<&'static str, Kept>,
    made: i32,
    away: bool,
    failing: HashSet<Uuid>,
    unfit: HashSet<Uuid>,
    /// Ids of each call.
    calls: Vec<Vec<Uuid>>,
    unanswered: usize,
}

struct Kept {
    created: DateTime<Utc>,
    events: Vec<Envelope>,
}

impl Broker {
    pub fn new() -> Arc<Broker> {
        let (connections, connected) = watch::channel(1);
        let connections = Mutex::new(Some(connections));
        Arc::new(Broker {
            inner: Mutex::default(),
            answers: watch::Sender::new(true),
            connections,
            connected,
        })
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    /// Nothing gets through, until it is back.
    pub fn go_away(&self) {
        self.inner().away = true;
    }

    /// Takes everything again, and counts as a new connection.
    pub fn come_back(&self) {
        let mut inner = self.inner();
        (inner.away, inner.failing) = (false, HashSet::new());
        drop(inner);
        self.reconnect();
    }

    /// The connection is made anew.
    pub fn reconnect(&self) {
        self.connections.lock().unwrap().as_ref().unwrap().send_modify(|count| *count += 1);
    }

    /// No connection is ever made again.
    pub fn close(&self) {
        drop(self.connections.lock().unwrap().take());
    }

    /// An event, and what follows it, fails for now.
    pub fn fail(&self, event: &Envelope) {
        self.inner().failing.insert(event.id);
    }

    /// An event can never be stored.
    pub fn refuse(&self, event: &Envelope) {
        self.inner().unfit.insert(event.id);
    }

    /// An event could be stored after all.
    pub fn accept(&self, event: &Envelope) {
        self.inner().unfit.remove(&event.id);
    }

    /// Keeps what is sent but holds every acknowledgement back, until told to answer.
    pub fn hold_answers(&self) {
        self.answers.send_replace(false);
    }

    /// Acknowledges.
    pub fn answer(&self) {
        self.answers.send_replace(true);
    }

    /// The next questions for a stream's state go unanswered.
    pub fn leave_unanswered(&self, questions: usize) {
        self.inner().unanswered = questions;
    }

    /// Every stream is gone. It is made again when something comes.
    pub fn lose_streams(&self) {
        self.inner().streams.clear();
    }

    /// Every stream is made again, empty.
    pub fn remake_streams(&self) {
        let mut inner = self.inner();
        let names: Vec<_> = inner.streams.keys().copied().collect();
        inner.streams.clear();
        for name in names {
            inner.stream(name);
        }
    }

    /// The streams hold the first events alone, as an old copy does.
    pub fn cut_to(&self, events: usize) {
        self.inner().streams.values_mut().for_each(|kept| kept.events.truncate(events));
    }

    /// What a stream holds.
    pub fn stored(&self, stream: &str) -> Vec<Envelope> {
        self.inner().streams.get(stream).map(|kept| kept.events.clone()).unwrap_or_default()
    }

    /// How often each id was sent so far, stored or not, in calls.
    pub fn calls(&self) -> Vec<Vec<Uuid>> {
        self.inner().calls.clone()
    }
}

impl Inner {
    fn stream(&mut self, name: &'static str) -> &mut Kept {
        let made = &mut self.made;
        self.streams.entry(name).or_insert_with(|| {
            *made += 1;
            Kept { created: noon() + Duration::days(i64::from(*made)), events: Vec::new() }
        })
    }

    fn store(&mut self, name: &'static str, event: &Envelope) -> Ack {
        let kept = self.stream(name);
        let known = kept.events.iter().position(|kept| kept.id == event.id);
        let at = known.unwrap_or_else(|| {
            kept.events.push(event.clone());
            kept.events.len() - 1
        });
        let sequence = i64::try_from(at).unwrap() + 1;
        Ack { stream: name.to_owned(), sequence, duplicate: known.is_some() }
    }
}

#[async_trait]
impl Publish for Broker {
    async fn publish(&self, batch: &[Envelope]) -> Vec<Result<Ack, PublishError>> {
        let outcomes = {
            let mut inner = self.inner();
            inner.calls.push(batch.iter().map(|event| event.id).collect());
            let mut stopped = HashSet::new();
            batch
                .iter()
                .map(|event| {
                    let subjects = |subjects: &str| event.subject.starts_with(subjects.trim_end_matches('>'));
                    let stream = STREAMS.iter().find(|stream| subjects(stream.subjects)).unwrap().name;
                    if inner.unfit.contains(&event.id) {
                        return Err(PublishError::Permanent("it is too large".to_owned()));
                    }
                    if inner.away || inner.failing.contains(&event.id) || stopped.contains(stream) {
                        stopped.insert(stream);
                        return Err(PublishError::Transient("not now".to_owned()));
                    }
                    Ok(inner.store(stream, event))
                })
                .collect()
        };
        self.answers.subscribe().wait_for(|answers| *answers).await.unwrap();
        outcomes
    }

    async fn stream_state(&self, stream: &str) -> Result<Option<StreamState>, PublishError> {
        let mut inner = self.inner();
        if inner.away || inner.unanswered > 0 {
            inner.unanswered = inner.unanswered.saturating_sub(1);
            return Err(PublishError::Transient("not now".to_owned()));
        }
        Ok(inner.streams.get(stream).map(|kept| StreamState {
            created: kept.created,
            last_sequence: i64::try_from(kept.events.len()).unwrap(),
        }))
    }

    fn connections(&self) -> watch::Receiver<u64> {
        self.connected.clone()
    }
}
