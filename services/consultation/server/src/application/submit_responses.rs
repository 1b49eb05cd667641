//! Submits responses together: those that wait share one transaction and one fsync, and each is acknowledged only
//! after its own commit.
use std::{collections::HashMap, sync::Arc, time::Duration};

use prost::Message;
use sea_orm::{DatabaseTransaction, DbBackend};
use soundings_chassis::{Lifecycle, Problem, trace::TraceContext};
use soundings_consultation_domain::{Answer, Response, Survey, support::Moves};
use soundings_mailbox::{
    Error, database, outbox,
    requests::{self, Claim, Outcome, Stored},
};
use soundings_proto::consultation::v1 as proto;
use tokio::sync::{Mutex, mpsc, oneshot};

use super::{
    Runtime,
    mutation::Mutation,
    record_support::{self, Written},
};
use crate::{
    events::outgoing,
    rpc::{messages, status_mapping},
    store::{responses, survey_counts, surveys},
};

/// Responses that may wait.
const QUEUE: usize = 4_096;
/// Most responses of one transaction.
const BATCH: usize = 256;
/// How often a transaction that met another one is tried again.
const ATTEMPTS: usize = 3;

/// A response that waits to be written.
pub struct Submission {
    /// Its request.
    pub request: Mutation,
    /// Its survey, as it was when the answers were checked.
    pub survey: Arc<Survey>,
    /// The organisation's id; it exists.
    pub organisation: String,
    /// Unchecked answers.
    pub answers: Vec<Answer>,
    /// The caller's trace.
    pub trace: Option<TraceContext>,
}

struct Waiting {
    request: Mutation,
    response: Response,
    /// What it adds to the tallies of its survey's bound questions.
    moves: Moves,
    trace: Option<TraceContext>,
    reply: oneshot::Sender<Result<proto::Response, Problem>>,
}

/// Where submissions are handed in.
#[derive(Clone)]
pub struct Submissions {
    runtime: Runtime,
    queue: mpsc::Sender<Waiting>,
}

impl Submissions {
    /// Writes a response durably and returns it; a repeat of a request returns the first one.
    pub async fn submit(&self, submission: Submission) -> Result<proto::Response, Problem> {
        let Submission { request, survey, organisation, answers, trace } = submission;
        let (id, now) = (self.runtime.ids.next(), self.runtime.clock.now());
        if let Err(rejection) = survey.check_open() {
            // It takes nothing new, but still answers a repeat.
            let kept = requests::lookup(self.runtime.db.read(), &request.key(), &request.body_hash).await;
            return match kept? {
                Outcome::New => Err(status_mapping::rejection(rejection, "survey", &survey.id)),
                Outcome::Replay(bytes) => replay(&bytes, &answers),
                Outcome::Reused => Err(Problem::request_id_reused(&request.request_id)),
            };
        }
        let response = Response::submit(id, &survey, &organisation, answers, now)
            .map_err(|rejection| status_mapping::rejection(rejection, "survey", &survey.id))?;
        let moves = Moves::of(&survey, &[], &response.answers);
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { request, response, moves, trace, reply };
        let stopping = || Problem::unavailable("the service is stopping; try again", Duration::from_secs(1));
        self.queue.send(waiting).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// Starts the writers: one for SQLite's one writer connection, several for PostgreSQL.
pub fn start(runtime: &Runtime, lifecycle: &Lifecycle) -> Submissions {
    let (queue, waiting) = mpsc::channel(QUEUE);
    let waiting = Arc::new(Mutex::new(waiting));
    let writers = if runtime.db.backend() == DbBackend::Postgres { 4 } else { 1 };
    for _ in 0..writers {
        let (runtime, waiting) = (runtime.clone(), waiting.clone());
        // It ends when the server, which holds the queue's other end, has ended.
        lifecycle.spawn("submit-responses", async move {
            let mut batch = Vec::with_capacity(BATCH);
            loop {
                if waiting.lock().await.recv_many(&mut batch, BATCH).await == 0 {
                    return Ok(());
                }
                write(&runtime, std::mem::take(&mut batch)).await;
            }
        });
    }
    Submissions { runtime: runtime.clone(), queue }
}

async fn write(runtime: &Runtime, batch: Vec<Waiting>) {
    let mut written = write_once(runtime, &batch).await;
    for _ in 0..ATTEMPTS {
        if !matches!(written, Err(Error::Conflict(_))) {
            break;
        }
        written = write_once(runtime, &batch).await;
    }
    match written {
        Ok(results) => {
            runtime.wake.notify();
            for (waiting, result) in batch.into_iter().zip(results) {
                // A caller that has gone away finds its response by its request id.
                _ = waiting.reply.send(result);
            }
        }
        Err(error) => {
            let problem = Problem::from(error);
            for waiting in batch {
                _ = waiting.reply.send(Err(problem.clone()));
            }
        }
    }
}

async fn write_once(
    runtime: &Runtime,
    batch: &[Waiting],
) -> Result<Vec<Result<proto::Response, Problem>>, Error> {
    let tx = runtime.db.begin().await?;
    let results = write_batch(runtime, &tx, batch).await?;
    database::commit(tx).await?;
    Ok(results)
}

async fn write_batch(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    batch: &[Waiting],
) -> Result<Vec<Result<proto::Response, Problem>>, Error> {
    let mut ids: Vec<&str> = batch.iter().map(|w| w.response.survey.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    let states = surveys::hold_states(tx, &ids).await?;
    let is_open = |w: &Waiting| {
        states.get(&w.response.survey) == Some(&soundings_consultation_domain::SurveyState::Open)
    };

    let claims: Vec<Claim> = batch.iter().filter(|w| is_open(w)).map(claim).collect();
    let mut outcomes = requests::claim_many(tx, &claims, runtime.clock.now()).await?.into_iter();
    // A survey that was closed meanwhile takes nothing new, but still answers a repeat.
    let late: Vec<_> = batch.iter().filter(|w| !is_open(w)).map(|w| w.request.key()).collect();
    let first = if late.is_empty() { HashMap::new() } else { requests::lookup_many(tx, &late).await? };

    let mut accepted = Vec::with_capacity(batch.len());
    let mut results = Vec::with_capacity(batch.len());
    for waiting in batch {
        let outcome = if is_open(waiting) {
            outcomes.next()
        } else {
            first.get(&waiting.request.key()).map(|stored| {
                if stored.body_hash == waiting.request.body_hash {
                    Outcome::Replay(stored.response.clone())
                } else {
                    Outcome::Reused
                }
            })
        };
        results.push(match outcome {
            Some(Outcome::New) => {
                accepted.push(waiting);
                Ok(messages::response(&waiting.response))
            }
            Some(Outcome::Replay(bytes)) => replay(&bytes, &waiting.response.answers),
            Some(Outcome::Reused) => Err(Problem::request_id_reused(&waiting.request.request_id)),
            None => {
                runtime.forget_survey(&waiting.response.survey);
                Err(status_mapping::survey_not_open(&waiting.response.survey, "closed"))
            }
        });
    }
    let rows: Vec<_> = accepted.iter().map(|w| &w.response).collect();
    responses::insert(tx, &rows).await?;
    let events: Vec<_> = accepted
        .iter()
        .map(|w| outgoing::response_changed(&w.response, runtime.ids.as_ref(), w.trace))
        .collect();
    outbox::append(tx, &events).await?;
    let written = accepted.iter().map(|w| Written { response: &w.response, moves: &w.moves, trace: w.trace });
    record_support::record(tx, runtime, written).await?;
    survey_counts::add(tx, &rows, 1).await?;
    Ok(results)
}

fn replay(kept: &[u8], answers: &[Answer]) -> Result<proto::Response, Problem> {
    proto::Response::decode(kept).map(|kept| messages::restored(kept, answers)).map_err(Problem::internal)
}

fn claim(waiting: &Waiting) -> Claim {
    let response = messages::spared(&messages::response(&waiting.response)).encode_to_vec();
    Claim { key: waiting.request.key(), stored: Stored { body_hash: waiting.request.body_hash, response } }
}
