//! Adding evidence to themes and removing it, each with what is told of it and its idempotency record in one transaction.

use prost::Message;
use sea_orm::DatabaseTransaction;
use soundings_mailbox::{Error, database, outbox};
use soundings_proto::themes::v1 as proto;
use soundings_themes_domain::{Codebook, Evidence, FieldViolation, Place};

use super::Runtime;
use super::request::{Asked, Request, hold, recorded};
use crate::events::outgoing;
use crate::rpc::evidence_messages;
use crate::store::codebooks;
use crate::store::evidence::{self, KeptEvidence};

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Add this piece.
    Add(Evidence),
    /// Remove the piece of this id.
    Remove(String),
}

/// Why it was not done.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such codebook.
    #[error("there is no such codebook")]
    NoSuchCodebook,
    /// There is no such piece of evidence.
    #[error("there is no such piece of evidence")]
    NoSuchEvidence,
    /// Fields are wrong.
    #[error("the evidence has fields that cannot be taken")]
    Invalid(Vec<FieldViolation>),
    /// The request id was used for another request.
    #[error("the request id was used for another request")]
    RequestReused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Carries a command out. A repeat under the same request id does it once and gets the first answer.
///
/// # Errors
/// When it is refused or the database fails; then nothing has changed.
pub async fn keep_evidence(
    runtime: &Runtime,
    codebook: &str,
    command: &Command,
    request: &Request,
) -> Result<proto::Evidence, Refusal> {
    let tx = runtime.db.begin().await?;
    match hold(&tx, request).await? {
        Asked::First => {}
        Asked::Again(reply) => return Ok(reply),
        Asked::Otherwise => return Err(Refusal::RequestReused),
    }
    let book = codebooks::find_shared(&tx, codebook).await?.ok_or(Refusal::NoSuchCodebook)?;
    let time = (runtime.now)().timestamp_micros();
    let mut changed = true;
    let id = match command {
        Command::Add(piece) => {
            check(&book, piece)?;
            let id = (runtime.new_id)().to_string();
            let kept = KeptEvidence {
                position: 0,
                id: id.clone(),
                evidence: piece.clone(),
                actor: request.actor.clone(),
                time,
                removed: None,
            };
            evidence::append(&tx, codebook, &kept).await?;
            id
        }
        Command::Remove(id) => {
            // 0 says that it is not removed.
            let by = (request.actor.as_str(), time.max(1), request.reason.as_str());
            changed = evidence::remove(&tx, codebook, id, by).await?;
            id.clone()
        }
    };
    let kept = evidence::find(&tx, codebook, &id).await?.ok_or(Refusal::NoSuchEvidence)?;
    if changed {
        tell(runtime, &tx, (codebook, &kept), request).await?;
    }
    let reply = evidence_messages::evidence(codebook, &kept);
    recorded(runtime, &tx, request, &reply.encode_to_vec()).await?;
    database::commit(tx).await?;
    runtime.committed();
    Ok(reply)
}

/// Tells of every theme that a changed piece speaks for. A theme's number is taken before its evidence is read, so that of
/// two that change it at once the later one tells of both.
async fn tell(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    (codebook, kept): (&str, &KeptEvidence),
    request: &Request,
) -> Result<(), Error> {
    let mut numbered = Vec::new();
    for theme in &kept.evidence.themes {
        let sequence = outbox::allocate(tx, &outgoing::evidence_source(codebook, theme)).await?;
        numbered.push((theme, sequence));
    }
    let all = evidence::all(tx, codebook).await?;
    let cause = runtime.cause(request.key.as_ref().map(|key| key.request_id.clone()));
    let told = numbered.into_iter().map(|(theme, sequence)| {
        outgoing::evidence_changed((codebook, theme), &all, sequence, &cause).into()
    });
    outbox::append(tx, &told.collect::<Vec<_>>()).await
}

fn check(book: &Codebook, piece: &Evidence) -> Result<(), Refusal> {
    let mut violations = piece.violations();
    for theme in piece.themes.iter().filter(|theme| !matches!(book.place(theme), Place::Stands(_))) {
        let description = format!("the codebook has no theme {theme} in use");
        violations.push(FieldViolation { field: "evidence.themes".to_owned(), description });
    }
    if violations.is_empty() { Ok(()) } else { Err(Refusal::Invalid(violations)) }
}
