//! Decisions on a codebook: loading a file, approving a theme, retiring one. Each is written with its history, its events
//! and its idempotency record in one transaction.

use prost::Message;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend};
use sha2::{Digest, Sha256};
use soundings_mailbox::requests::{self, Claim, Key, Outcome, Stored};
use soundings_mailbox::{Error, Outgoing, database, outbox, sql};
use soundings_themes_domain::{Codebook, CodebookChange, CodebookFile, Rejection};

use super::Runtime;
use crate::events::outgoing::theme_changed;
use crate::rpc::theme_messages;
use crate::store::codebooks::{self, Decision};
use crate::store::{mentions, signals};

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

    /// The answer's bytes: the codebook of a file, the theme of a decision on one.
    async fn reply(&self, tx: &DatabaseTransaction, decided: &Codebook) -> Result<Vec<u8>, Refusal> {
        let theme = match self {
            Self::Load(_) => return Ok(theme_messages::codebook(decided).encode_to_vec()),
            Self::Approve(decision) | Self::Retire(decision) => decided.theme(&decision.theme),
        };
        let theme = theme.ok_or(Rejection::NoSuchTheme)?;
        let totals = signals::totals(tx, &decided.id).await?;
        let counts = mentions::counts(tx, &decided.id).await?;
        Ok(theme_messages::theme(&decided.id, theme, &totals, &counts).encode_to_vec())
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

/// Takes a decision. Returns what it left: the codebook of a file, the theme of a decision on one. A repeat under the
/// same request id takes it once and gets the first answer.
///
/// # Errors
/// When it is refused or the database fails; then nothing has changed.
pub async fn change_codebook<R: Message + Default>(
    runtime: &Runtime,
    command: &Command,
    request: &Request,
) -> Result<R, Refusal> {
    let read = |reply: &[u8]| R::decode(reply).map_err(|error| Error::Corrupt(format!("a reply: {error}")));
    let tx = runtime.db.begin().await?;
    if let Some(key) = &request.key {
        hold_request(&tx, &key.request_id).await?;
        match requests::lookup(&tx, key, &request.body_hash).await? {
            Outcome::New => {}
            Outcome::Replay(reply) => return Ok(read(&reply)?),
            Outcome::Reused => return Err(Refusal::RequestReused),
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
    let reply = command.reply(&tx, &decided).await?;
    if let Some(key) = &request.key {
        let stored = Stored { body_hash: request.body_hash, response: reply.clone() };
        requests::record(&tx, &Claim { key: key.clone(), stored }, (runtime.now)()).await?;
    }
    database::commit(tx).await?;
    runtime.wake.notify();
    if change.reassign {
        runtime.reassign.notify_one();
    }
    Ok(read(&reply)?)
}

/// Copies of one request come one after another, so that the later ones find the record of the first. SQLite's only
/// writer sees to that by itself.
async fn hold_request(tx: &DatabaseTransaction, request_id: &str) -> Result<(), Error> {
    if tx.get_database_backend() == DbBackend::Postgres {
        let digest = Sha256::digest(request_id.as_bytes());
        let key = digest.iter().take(8).fold(0_i64, |key, byte| (key << 8) | i64::from(*byte));
        sql::execute(tx, "SELECT pg_advisory_xact_lock($1)", vec![key.into()]).await?;
    }
    Ok(())
}
