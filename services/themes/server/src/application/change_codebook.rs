//! Decisions on codebooks. Each is written with its event, what it moves, what is to be told of it and its idempotency
//! record in one transaction.

use std::collections::BTreeSet;

use prost::Message;
use sea_orm::DatabaseTransaction;
use soundings_mailbox::{Error, database, outbox};
use soundings_themes_domain::decision::can_be_undone;
use soundings_themes_domain::{
    Codebook, CodebookEvent, Decision, MentionAct, MentionDecision, Rejection, StatementKey,
};

use super::Runtime;
use super::request::{Asked, Request, hold, recorded};
use super::theme_figures::ThemeFigures;
use crate::events::outgoing::{Cause, signal_recorded, themes_changed};
use crate::rpc::{codebook_messages, theme_messages};
use crate::store::assignments;
use crate::store::codebook_events::{self, KeptEvent};
use crate::store::codebooks;
use crate::store::mention_decisions::{self, KeptDecision};
use crate::store::mentions;

/// Responses whose statements a decision moves in its own transaction; more are moved soon after it.
const MOVED_AT_ONCE: usize = 1_000;

/// A decision on a codebook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// One that says itself what it changes.
    Decide(Box<Decision>),
    /// Take the last decisions back.
    Undo {
        /// How many.
        count: usize,
        /// The codebook's etag as it was read; empty: whatever it is.
        etag: String,
    },
}

impl From<Decision> for Command {
    fn from(decision: Decision) -> Self {
        Self::Decide(Box::new(decision))
    }
}

/// What the answer to a decision shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows<'a> {
    /// The codebook.
    Codebook,
    /// The theme of this id.
    Theme(&'a str),
    /// The codebook and the event of an undoing.
    Undone,
}

/// Why a decision was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The codebook's rules refuse it.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// Somebody decided since the codebook or the theme was read.
    #[error(
        "{what} was changed since it was read: version {version} was made by {editor} at {time}; read it again"
    )]
    Stale {
        /// The codebook or a theme of it.
        what: String,
        /// The newer version.
        version: i64,
        /// Who made it.
        editor: String,
        /// When.
        time: String,
    },
    /// A statement of a split is not of the theme, or no longer.
    #[error("statement {0} does not belong to the theme; read it again")]
    NotOfTheme(StatementKey),
    /// The request id was used for another decision.
    #[error("the request id was used for another request")]
    RequestReused,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] Error),
}

/// Takes a decision on a codebook. A repeat under the same request id takes it once and gets the first answer.
///
/// # Errors
/// When it is refused or the database fails; then nothing has changed.
pub async fn change_codebook<R: Message + Default>(
    runtime: &Runtime,
    codebook: &str,
    command: &Command,
    shows: Shows<'_>,
    request: &Request,
) -> Result<R, Refusal> {
    let tx = runtime.db.begin().await?;
    match hold(&tx, request).await? {
        Asked::First => {}
        Asked::Again(reply) => return Ok(reply),
        Asked::Otherwise => return Err(Refusal::RequestReused),
    }
    let existing = codebooks::find(&tx, codebook, true).await?;
    let decided = match decide(&tx, codebook, existing.as_ref(), command).await {
        Err(Refusal::Rejected(Rejection::StaleEtag { theme, current })) => {
            return Err(stale(&tx, codebook, theme, current).await?);
        }
        decided => decided?,
    };
    let moves = match &decided {
        Some((book, _)) => moves(&tx, existing.as_ref(), book).await?,
        None => Moves::Nothing,
    };
    let reassign = matches!(moves, Moves::Everything);
    if let Some((book, event)) = &decided {
        write(runtime, &tx, book, event, moves, request).await?;
    }
    let (book, event) = match &decided {
        Some((book, event)) => (Some(book), Some(event)),
        None => (existing.as_ref(), None),
    };
    let book = book.ok_or(Rejection::NoSuchCodebook)?;
    let reply = match shows {
        Shows::Codebook => theme_messages::codebook(book).encode_to_vec(),
        Shows::Theme(theme) => {
            let theme = book.theme(theme).ok_or_else(|| Rejection::NoSuchTheme(theme.to_owned()))?;
            ThemeFigures::read(&tx, book).await?.theme(theme).encode_to_vec()
        }
        Shows::Undone => {
            let kept = event.map(|event| kept(runtime, event, request));
            codebook_messages::undone(book, kept.as_ref()).encode_to_vec()
        }
    };
    recorded(runtime, &tx, request, &reply).await?;
    database::commit(tx).await?;
    runtime.committed();
    if reassign {
        runtime.reassign.notify_one();
    }
    R::decode(reply.as_slice()).map_err(|error| Error::Corrupt(format!("a reply: {error}")).into())
}

/// Takes a decision on a codebook within a transaction that holds it, beside others. The codebook after it, and whether
/// every response is to be assigned anew; none: nothing changed.
pub(super) async fn change_within(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    book: &Codebook,
    decision: &Decision,
    request: &Request,
) -> Result<Option<(Codebook, bool)>, Refusal> {
    let Some((after, event)) = Codebook::decide(Some(book), decision)? else { return Ok(None) };
    let moves = moves(tx, Some(book), &after).await?;
    let reassign = matches!(moves, Moves::Everything);
    write(runtime, tx, &after, &event, moves, request).await?;
    Ok(Some((after, reassign)))
}

async fn decide(
    tx: &DatabaseTransaction,
    codebook: &str,
    existing: Option<&Codebook>,
    command: &Command,
) -> Result<Option<(Codebook, CodebookEvent)>, Refusal> {
    match command {
        Command::Decide(decision) => {
            if let (Some(book), Decision::Split { from, statements, .. }) = (existing, decision.as_ref()) {
                check_statements(tx, book, from, statements).await?;
            }
            Ok(Codebook::decide(existing, decision)?)
        }
        Command::Undo { count, etag } => {
            let events = codebook_events::standing(tx, codebook, *count).await?;
            if events.len() < *count {
                let can = events.iter().filter(|event| can_be_undone(event)).count();
                return Err(Rejection::NothingToUndo(can).into());
            }
            Ok(Codebook::decide(existing, &Decision::Undo { events, etag: etag.clone() })?)
        }
    }
}

/// A split takes statements that belong to the theme as it stands.
async fn check_statements(
    tx: &DatabaseTransaction,
    book: &Codebook,
    from: &str,
    statements: &[StatementKey],
) -> Result<(), Refusal> {
    for statement in statements {
        let there = mentions::of_statement(tx, &book.id, statement).await?;
        if !there.iter().any(|mention| mention.theme == from) {
            return Err(Refusal::NotOfTheme(statement.clone()));
        }
    }
    Ok(())
}

/// What a decision moves.
enum Moves {
    /// No statement.
    Nothing,
    /// Statements of these responses at most, in what the model gave them already.
    These(BTreeSet<String>),
    /// Perhaps any: every response is to be assigned anew.
    Everything,
}

/// Merging, retiring and undoing those moves what is there; up to so many responses that is done at once.
async fn moves(
    tx: &DatabaseTransaction,
    existing: Option<&Codebook>,
    book: &Codebook,
) -> Result<Moves, Error> {
    let Some(existing) = existing else { return Ok(Moves::Everything) };
    let Some(themes) = existing.reading().moved_places(&book.reading()) else { return Ok(Moves::Everything) };
    let responses = assignments::touched_by(tx, &book.id, &themes, MOVED_AT_ONCE + 1).await?;
    Ok(match responses.len() {
        0 => Moves::Nothing,
        1..=MOVED_AT_ONCE => Moves::These(responses),
        _ => Moves::Everything,
    })
}

async fn write(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    book: &Codebook,
    event: &CodebookEvent,
    moves: Moves,
    request: &Request,
) -> Result<(), Error> {
    let cause = runtime.cause(request.key.as_ref().map(|key| key.request_id.clone()));
    codebooks::save(tx, book, event, !matches!(moves, Moves::Everything)).await?;
    codebook_events::append(tx, &kept(runtime, event, request)).await?;
    let told = themes_changed(book, event, &cause);
    outbox::append(tx, &told.into_iter().map(Into::into).collect::<Vec<_>>()).await?;
    if let Some(split) = &event.split {
        let act = MentionAct::Move { from: split.from.clone(), to: event.theme.clone() };
        let (actor, time) = (request.actor.clone(), cause.now.timestamp_micros());
        let decision = MentionDecision { act, actor, time };
        let kept = |statement: &StatementKey| KeptDecision {
            statement: statement.clone(),
            decision: decision.clone(),
            reason: request.reason.clone(),
            drawn: false,
        };
        let decisions: Vec<_> = split.statements.iter().map(kept).collect();
        mention_decisions::append(tx, &book.id, &decisions).await?;
    }
    let mut responses = match moves {
        Moves::These(responses) => responses,
        Moves::Nothing | Moves::Everything => BTreeSet::new(),
    };
    responses.extend(event.split.iter().flat_map(|split| &split.statements).map(|s| s.response.clone()));
    if !responses.is_empty() {
        tell_again(runtime, tx, book, &responses, &cause).await?;
    }
    Ok(())
}

/// Places responses again after a decision and tells of the signals that changed by it.
pub(super) async fn tell_again(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    book: &Codebook,
    responses: &BTreeSet<String>,
    cause: &Cause<'_>,
) -> Result<(), Error> {
    let changed = assignments::place_again(tx, book, responses).await?;
    let model_version = runtime.codebooks.model_version();
    let told =
        changed.iter().map(|signal| signal_recorded(book, book.version, &model_version, signal, cause));
    outbox::append(tx, &told.map(Into::into).collect::<Vec<_>>()).await
}

fn kept(runtime: &Runtime, event: &CodebookEvent, request: &Request) -> KeptEvent {
    KeptEvent {
        event: event.clone(),
        actor: request.actor.clone(),
        reason: request.reason.clone(),
        time: (runtime.now)().timestamp_micros(),
    }
}

async fn stale(
    tx: &DatabaseTransaction,
    codebook: &str,
    theme: String,
    current: String,
) -> Result<Refusal, Error> {
    Ok(match codebook_events::last_on(tx, codebook, &theme).await? {
        Some(kept) => Refusal::Stale {
            what: if theme.is_empty() { "the codebook".to_owned() } else { format!("theme {theme}") },
            version: kept.event.version,
            editor: kept.actor,
            time: soundings_mailbox::sql::time(kept.time).format("%Y-%m-%dT%H:%M:%SZ").to_string(),
        },
        None => Rejection::StaleEtag { theme, current }.into(),
    })
}
