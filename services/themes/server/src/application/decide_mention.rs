//! Decisions of people on statements. Each is written with what it moves, the signals that changed by it and its
//! idempotency record in one transaction; the statement's words are not needed for it.

use std::collections::BTreeSet;

use prost::Message;
use soundings_access::Principal;
use soundings_mailbox::{Error, database};
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::mention_decision::{check, place};
use soundings_themes_domain::{MentionAct, MentionDecision, MentionRejection, StatementKey};

use super::Runtime;
use super::change_codebook::tell_again;
use super::request::{Asked, Request, hold, recorded};
use crate::rpc::{quality_messages, review_messages, theme_messages};
use crate::store::mention_decisions::{self, KeptDecision};
use crate::store::{assignments, audit_draws, codebooks, mentions};

/// Statements with the same words that one decision may be about.
const IDENTICAL: usize = 1_000;

/// What is decided on which statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The codebook's id.
    pub codebook: String,
    /// The statement.
    pub statement: StatementKey,
    /// The etag that it was read with; empty: whatever it is.
    pub etag: String,
    /// What.
    pub act: MentionAct,
    /// Whether it holds for every statement with the same words, where it can.
    pub identical: bool,
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No response that stands, and that the caller may see, holds such a statement.
    #[error("there is no such statement")]
    NoSuchStatement,
    /// The rules refuse it.
    #[error(transparent)]
    Rejected(#[from] MentionRejection),
    /// Somebody decided on the statement since it was read.
    #[error("the statement was decided on since it was read, by {editor} at {time}; read it again")]
    Stale {
        /// Who decided last.
        editor: String,
        /// When.
        time: String,
    },
    /// Too many statements have the same words.
    #[error("more than {IDENTICAL} statements have these words; decide on them one by one")]
    TooMany,
    /// The request id was used for another decision.
    #[error("the request id was used for another request")]
    RequestReused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Takes a decision on a statement. A repeat under the same request id takes it once and gets the first answer.
///
/// # Errors
/// When it is refused or the database fails; then nothing has changed.
pub async fn decide_mention(
    runtime: &Runtime,
    principal: &Principal,
    command: &Command,
    request: &Request,
) -> Result<proto::StatementThemes, Refusal> {
    let Command { codebook, statement, etag, act, identical } = command;
    let tx = runtime.db.begin().await?;
    match hold(&tx, request).await? {
        Asked::First => {}
        Asked::Again(reply) => return Ok(reply),
        Asked::Otherwise => return Err(Refusal::RequestReused),
    }
    let book = codebooks::find_shared(&tx, codebook).await?.ok_or(Refusal::NoSuchStatement)?;
    let mut statements = BTreeSet::from([statement.clone()]);
    if *identical {
        let (digest, own) = (statement.digest.as_str(), principal.organisation.as_deref());
        statements.extend(mentions::identical(&tx, codebook, digest, own, IDENTICAL + 1).await?);
        if statements.len() > IDENTICAL {
            return Err(Refusal::TooMany);
        }
    }
    // Who decides later sees what was decided before.
    let responses: BTreeSet<String> = statements.iter().map(|s| s.response.clone()).collect();
    let ids: Vec<&str> = responses.iter().map(String::as_str).collect();
    assignments::lock_responses(&tx, codebook, &ids).await?;
    let there = mentions::of_statement(&tx, codebook, statement).await?;
    let first = there.first().filter(|first| principal.may_act_for(&first.organisation));
    let first = first.ok_or(Refusal::NoSuchStatement)?;
    let before = mention_decisions::of_statement(&tx, codebook, statement).await?;
    if !etag.is_empty() && *etag != theme_messages::decisions_etag(first) {
        let last = before.last().map(|kept| &kept.decision);
        return Err(Refusal::Stale {
            editor: last.map(|decision| decision.actor.clone()).unwrap_or_default(),
            time: time(last.map_or(0, |decision| decision.time)),
        });
    }
    let decisions: Vec<MentionDecision> = before.into_iter().map(|kept| kept.decision).collect();
    check(act, &place(&first.model, &decisions, &book), &book)?;

    let cause = runtime.cause(request.key.as_ref().map(|key| key.request_id.clone()));
    let drawn = matches!(act, MentionAct::Review { .. })
        && audit_draws::reviewed(&tx, codebook, statement, &request.actor).await?;
    let decision = MentionDecision {
        act: act.clone(),
        actor: request.actor.clone(),
        time: cause.now.timestamp_micros(),
    };
    let kept = |statement: &StatementKey, drawn| KeptDecision {
        statement: statement.clone(),
        decision: decision.clone(),
        reason: request.reason.clone(),
        drawn,
    };
    let mut taken = vec![kept(statement, drawn)];
    for other in statements.iter().filter(|other| *other != statement) {
        let there = mentions::of_statement(&tx, codebook, other).await?;
        let before = mention_decisions::of_statement(&tx, codebook, other).await?;
        let before: Vec<MentionDecision> = before.into_iter().map(|kept| kept.decision).collect();
        // Where it is under another theme, somebody may have had a reason.
        let placed = there.first().map(|first| place(&first.model, &before, &book));
        if placed.is_some_and(|placed| check(act, &placed, &book).is_ok()) {
            taken.push(kept(other, false));
        }
    }
    mention_decisions::append(&tx, codebook, &taken).await?;
    tell_again(runtime, &tx, &book, &responses, &cause).await?;
    let after = mentions::of_statement(&tx, codebook, statement).await?;
    let decisions = mention_decisions::of_statement(&tx, codebook, statement).await?;
    let last = mention_decisions::last_standing(&decisions, &book);
    let decided = quality_messages::small(taken.len());
    let reply =
        proto::StatementThemes { decided, ..review_messages::statement(&book, statement, &after, last) };
    recorded(runtime, &tx, request, &reply.encode_to_vec()).await?;
    database::commit(tx).await?;
    runtime.committed();
    Ok(reply)
}

fn time(micros: i64) -> String {
    soundings_mailbox::sql::time(micros).format("%Y-%m-%dT%H:%M:%SZ").to_string()
}
