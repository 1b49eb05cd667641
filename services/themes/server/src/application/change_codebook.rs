//! Decisions on a codebook: loading a file, approving a theme, retiring one. Each is written with its history, its events
//! and its idempotency record in one transaction.

use soundings_mailbox::requests::{self, Claim, Key, Outcome, Stored};
use soundings_mailbox::{Error, Outgoing, database, outbox};
use soundings_themes_domain::{Codebook, CodebookChange, CodebookFile, Rejection};

use super::Runtime;
use crate::events::outgoing::theme_changed;
use crate::store::codebooks::{self, Decision};

/// A decision on a codebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Take a file in.
    Load(CodebookFile),
    /// Sign a theme off.
    Approve(ThemeDecision),
    /// Retire a theme.
    Retire(ThemeDecision),
}

/// What is decided on a theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThemeDecision {
    /// The codebook's id.
    pub codebook: String,
    /// The theme's id.
    pub theme: String,
    /// The etag it was read with; empty: whatever it is.
    pub etag: String,
    /// Why.
    pub reason: String,
}

impl Command {
    fn codebook(&self) -> &str {
        match self {
            Self::Load(file) => &file.id,
            Self::Approve(decision) | Self::Retire(decision) => &decision.codebook,
        }
    }

    fn decide(&self, existing: Option<&Codebook>) -> Result<(Codebook, CodebookChange), Refusal> {
        let there = || existing.ok_or(Refusal::NoSuchCodebook);
        Ok(match self {
            Self::Load(file) => Codebook::load(existing, file)?,
            Self::Approve(decision) => there()?.approve(&decision.theme, &decision.etag)?,
            Self::Retire(decision) => there()?.retire(&decision.theme, &decision.etag)?,
        })
    }

    fn history<'a>(&'a self, actor: &'a str) -> Decision<'a> {
        match self {
            Self::Load(_) => Decision { action: "load", theme: "", actor, reason: "" },
            Self::Approve(d) => Decision { action: "approve", theme: &d.theme, actor, reason: &d.reason },
            Self::Retire(d) => Decision { action: "retire", theme: &d.theme, actor, reason: &d.reason },
        }
    }
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such codebook.
    #[error("there is no such codebook")]
    NoSuchCodebook,
    /// The codebook's rules refuse it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The request id was used for another decision.
    #[error("the request id was used for another request")]
    RequestReused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Who asks, and under what request id.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub actor: String,
    /// The request id's scope; none: the request has no id.
    pub key: Option<Key>,
    /// Hash of the parsed command.
    pub body_hash: [u8; 32],
}

/// Takes a decision. Returns the codebook after it; a repeat under the same request id takes it once.
///
/// # Errors
/// When it is refused or the database fails; then nothing has changed.
pub async fn change_codebook(
    runtime: &Runtime,
    command: &Command,
    request: &Request,
) -> Result<Codebook, Refusal> {
    let tx = runtime.db.begin().await?;
    if let Some(key) = &request.key {
        // The answer is read again on a repeat: it names what stands, which a decision repeated does not move.
        let claim =
            Claim { key: key.clone(), stored: Stored { body_hash: request.body_hash, response: Vec::new() } };
        match requests::claim_many(&tx, &[claim], (runtime.now)()).await?.first() {
            Some(Outcome::New) => {}
            Some(Outcome::Replay(_)) => {
                return codebooks::find(&tx, command.codebook(), false).await?.ok_or(Refusal::NoSuchCodebook);
            }
            _ => return Err(Refusal::RequestReused),
        }
    }
    let existing = codebooks::find(&tx, command.codebook(), true).await?;
    let (decided, change) = command.decide(existing.as_ref())?;
    if existing.as_ref() != Some(&decided) {
        let cause = runtime.cause(request.key.as_ref().map(|key| key.request_id.clone()));
        codebooks::save(&tx, &decided, !change.reassign).await?;
        codebooks::record(&tx, &decided, command.history(&request.actor), cause.now).await?;
        let changed = change.themes.iter().filter_map(|id| decided.theme(id));
        let events: Vec<Outgoing> =
            changed.map(|theme| theme_changed(&decided, theme, &cause).into()).collect();
        outbox::append(&tx, &events).await?;
    }
    database::commit(tx).await?;
    runtime.wake.notify();
    if change.reassign {
        runtime.reassign.notify_one();
    }
    Ok(decided)
}
