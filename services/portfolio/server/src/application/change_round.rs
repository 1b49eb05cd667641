//! Scoring rounds, step by step: opened, scored, shown, agreed or given up. What is agreed reaches the items in the same
//! transaction.
use chrono::{DateTime, Utc};
use sea_orm::DatabaseTransaction;
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs, Score,
    round::{Cell, Refusal, Round, State},
};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    change_model::{self, check_etag},
    once::{Mutation, once},
};
use crate::{
    rpc::round_messages,
    store::{
        input_log::{self, Entry},
        records::{self, Kept},
    },
};

/// A step on a round that is there.
pub enum Step {
    /// Somebody scores, or takes scores back.
    Score(Vec<(Cell, Option<Score>)>),
    /// Everybody sees the spread.
    Show,
    /// Scores are agreed: the reason, and those apart from what the spread suggests.
    Agree(String, Vec<(Cell, Score)>),
    /// It is given up, and why.
    Cancel(String),
}

fn state_name(state: State) -> &'static str {
    match state {
        State::Open => "open",
        State::Shown => "shown",
        State::Agreed => "agreed",
        State::Cancelled => "cancelled",
    }
}

/// Opens a round.
pub async fn open(runtime: &Runtime, mutation: &Mutation, round: Round) -> Result<proto::Round, Problem> {
    once(runtime, mutation, records::Kind::Round.counter(), async |tx, now| {
        let (inputs, ..) = input_log::inputs_at(tx, i64::MAX).await?;
        let round = round.open(&inputs).map_err(refused)?;
        let kept = records::insert(tx, records::Kind::Round, state_name(round.state), round, now).await?;
        Ok(round_messages::round(&kept, &mutation.principal))
    })
    .await
}

/// Takes a step on a round.
pub async fn step(
    runtime: &Runtime,
    mutation: &Mutation,
    (number, etag): (i64, &str),
    step: Step,
) -> Result<proto::Round, Problem> {
    let by = mutation.principal.as_str();
    let reply = once(runtime, mutation, records::Kind::Round.counter(), async |tx, now| {
        let kept: Option<Kept<Round>> = records::find(tx, records::Kind::Round, number).await?;
        let kept = kept.ok_or_else(|| no_round(number))?;
        check_etag(etag, kept.version)?;
        let round = kept.content.clone();
        let round = match step {
            Step::Score(given) => round.score(by, given),
            Step::Show => round.show(),
            Step::Agree(reason, given) => round.agree(by, &reason, given),
            Step::Cancel(reason) => round.cancel(by, &reason),
        };
        let kept = Kept { content: round.map_err(refused)?, ..kept };
        if kept.content.state == State::Agreed {
            set_scores(runtime, mutation, &kept.content, (tx, now)).await?;
        }
        let state = state_name(kept.content.state);
        let kept = records::replace(tx, records::Kind::Round, state, kept).await?;
        Ok(round_messages::round(&kept, by))
    });
    let reply = reply.await?;
    runtime.inputs_changed.notify_one();
    Ok(reply)
}

/// Sets what was agreed on the items; an item or a criterion that is gone meanwhile is refused by the model's own rules.
async fn set_scores(
    runtime: &Runtime,
    mutation: &Mutation,
    round: &Round,
    (tx, now): (&DatabaseTransaction, DateTime<Utc>),
) -> Result<(), Problem> {
    soundings_mailbox::outbox::hold(tx, input_log::COUNTER).await?;
    let decide = |inputs: &Inputs| {
        let mut entries = Vec::with_capacity(round.agreed.len());
        for (id, scores) in &round.agreed {
            let mut item = change_model::item(inputs, id)?.clone();
            item.scores.extend(scores.iter().map(|(criterion, score)| (criterion.clone(), *score)));
            entries.push(Entry::Item(id.clone(), Some(item)));
        }
        Ok(entries)
    };
    change_model::write(runtime, mutation, decide, (tx, now)).await.map(drop)
}

/// There is no such round.
pub fn no_round(number: i64) -> Problem {
    Problem::not_found("round", &format!("rounds/{number}"))
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Invalid(wrong) => Problem::invalid(wrong),
        Refusal::WrongState { .. } => {
            Problem::failed_precondition("ROUND_STATE", "round", refusal.to_string())
        }
        Refusal::NotAScorer(_) => Problem::permission_denied(refusal.to_string()),
    }
}
