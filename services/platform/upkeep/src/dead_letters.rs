//! Dead letters over gRPC: listed, replayed, discarded.
//!
//! A service hands in the handlers of its durable consumers, so that a dead letter is applied again by just the code
//! that could not apply it; one without consumers hands in none.
use std::{sync::Arc, time::Duration};

use soundings_access::caller;
use soundings_chassis::{
    Clock, Problem, micros,
    page_token::{PageTokens, page_size},
};
use soundings_jetstream::{Delivery, Disposition, Handle};
use soundings_mailbox::{
    Database, database,
    dead_letters::{self, DeadLetter, State},
};
use soundings_proto::mailbox::v1::{
    self as proto,
    dead_letter_service_server::{DeadLetterService, DeadLetterServiceServer},
};
use tonic::{Request, Response as Reply, Status};
use uuid::Uuid;

/// Longest reason for giving a dead letter up, in characters.
const LONGEST_REASON: usize = 500;

/// The methods of `DeadLetterService` over one service's database.
pub struct DeadLetterRpc {
    db: Database,
    clock: Arc<dyn Clock>,
    tokens: PageTokens,
    consumers: Vec<(&'static str, Arc<dyn Handle>)>,
}

impl DeadLetterRpc {
    /// With the durable consumers' names and handlers.
    pub fn new(
        db: Database,
        clock: Arc<dyn Clock>,
        tokens: PageTokens,
        consumers: Vec<(&'static str, Arc<dyn Handle>)>,
    ) -> Self {
        DeadLetterRpc { db, clock, tokens, consumers }
    }

    /// As a gRPC service.
    pub fn into_server(self) -> DeadLetterServiceServer<Self> {
        DeadLetterServiceServer::new(self)
    }

    /// The dead letter of this name, if it still waits.
    async fn waiting(&self, name: &str) -> Result<DeadLetter, Problem> {
        let id = name.strip_prefix("deadLetters/").and_then(|id| Uuid::parse_str(id).ok());
        let id = id
            .ok_or_else(|| Problem::invalid_field("name", format!("is {name:?}; give deadLetters/{{id}}")))?;
        let letter = dead_letters::show(self.db.read(), id).await?;
        let letter = letter.ok_or_else(|| Problem::not_found("dead letter", name))?;
        if letter.state == State::Parked { Ok(letter) } else { Err(settled(name)) }
    }

    async fn read(&self, id: Uuid) -> Result<Reply<proto::DeadLetter>, Status> {
        let letter = dead_letters::show(self.db.read(), id).await?;
        let letter = letter.ok_or_else(|| Problem::not_found("dead letter", &format!("deadLetters/{id}")))?;
        Ok(Reply::new(message(&letter)))
    }
}

fn settled(name: &str) -> Problem {
    Problem::failed_precondition(
        "SETTLED",
        name,
        "it was replayed or discarded before: there is nothing to do",
    )
}

#[tonic::async_trait]
impl DeadLetterService for DeadLetterRpc {
    async fn list_dead_letters(
        &self,
        request: Request<proto::ListDeadLettersRequest>,
    ) -> Result<Reply<proto::ListDeadLettersResponse>, Status> {
        let request = request.into_inner();
        let size = page_size(request.page_size, 100, 1000)?;
        let query = format!("dead letters|{}", request.show_settled);
        let after = self.tokens.read(&query, &request.page_token)?;
        let after = after.and_then(|position| Uuid::parse_str(&position).ok());
        let limit = i64::from(size) + 1;
        let mut found = dead_letters::list(self.db.read(), after, limit, request.show_settled).await?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let last = found.last().filter(|_| more);
        let next_page_token =
            last.map(|letter| self.tokens.issue(&query, &letter.id.to_string())).unwrap_or_default();
        let dead_letters = found.iter().map(message).collect();
        Ok(Reply::new(proto::ListDeadLettersResponse { dead_letters, next_page_token }))
    }

    async fn replay_dead_letter(
        &self,
        request: Request<proto::ReplayDeadLetterRequest>,
    ) -> Result<Reply<proto::DeadLetter>, Status> {
        let actor = caller(&request)?.subject;
        let name = request.into_inner().name;
        let letter = self.waiting(&name).await?;
        let handler = self.consumers.iter().find(|(consumer, _)| *consumer == letter.consumer);
        let (_, handler) = handler.ok_or_else(|| {
            let text = format!("this service has no consumer {:?} any more: discard it", letter.consumer);
            Problem::failed_precondition("NO_CONSUMER", &name, text)
        })?;
        // The handler commits by itself. A crash before the mark below leaves the letter waiting, and replaying it
        // again is harmless: the handler's inbox knows the event.
        let delivery = Delivery { event: letter.event, stream_sequence: 0, attempt: 1 };
        match handler.handle(vec![delivery]).await.into_iter().next() {
            Some(Disposition::Ack) => {}
            Some(Disposition::Dead(reason)) => {
                return Err(Problem::failed_precondition("STILL_FAILS", &name, reason).into());
            }
            Some(Disposition::Retry(delay)) => {
                return Err(Problem::unavailable("it cannot be applied now; try again", delay).into());
            }
            None => {
                let delay = Duration::from_secs(1);
                return Err(Problem::unavailable("the consumer gave no answer; try again", delay).into());
            }
        }
        let tx = self.db.begin().await?;
        let marked = dead_letters::replayed(&tx, letter.id, &actor, self.clock.now()).await?;
        database::commit(tx).await?;
        if marked { self.read(letter.id).await } else { Err(settled(&name).into()) }
    }

    async fn discard_dead_letter(
        &self,
        request: Request<proto::DiscardDeadLetterRequest>,
    ) -> Result<Reply<proto::DeadLetter>, Status> {
        let actor = caller(&request)?.subject;
        let request = request.into_inner();
        let reason = request.reason.trim();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            let text = format!("must say why, in 1 to {LONGEST_REASON} characters");
            return Err(Problem::invalid_field("reason", text).into());
        }
        let letter = self.waiting(&request.name).await?;
        let tx = self.db.begin().await?;
        let marked = dead_letters::discard(&tx, letter.id, &actor, reason, self.clock.now()).await?;
        database::commit(tx).await?;
        if marked { self.read(letter.id).await } else { Err(settled(&request.name).into()) }
    }
}

fn message(letter: &DeadLetter) -> proto::DeadLetter {
    let parked = micros(letter.parked_at);
    proto::DeadLetter {
        name: format!("deadLetters/{}", letter.id),
        consumer: letter.consumer.clone(),
        event_id: letter.event.id.to_string(),
        event_type: letter.event.ty.clone(),
        source: letter.event.source.clone(),
        sequence: letter.event.sequence,
        reason: letter.reason.clone(),
        park_time: Some(prost_types::Timestamp {
            seconds: parked.div_euclid(1_000_000),
            nanos: i32::try_from(parked.rem_euclid(1_000_000) * 1_000).unwrap_or(0),
        }),
        state: match letter.state {
            State::Parked => proto::DeadLetterState::Parked,
            State::Replayed => proto::DeadLetterState::Replayed,
            State::Discarded => proto::DeadLetterState::Discarded,
        }
        .into(),
    }
}
