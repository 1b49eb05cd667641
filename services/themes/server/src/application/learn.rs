//! Training a codebook's learned assigner on what people decided, in the background under a lease. What it decides of new
//! responses changes at once; statements of earlier ones are previewed and confirmed.

use std::time::Duration;

use chrono::Duration as Span;
use sea_orm::ConnectionTrait;
use soundings_chassis::Problem;
use soundings_mailbox::{Error, Lease, database};
use soundings_themes_domain::mention_decision::place;
use soundings_themes_domain::{Codebook, MentionDecision, Place, Theme, ThemeKind, ThemeState};
use soundings_themes_engine::learned::{ArtefactError, LabelledText, LearnedAssigner, TrainingError, train};
use tokio_util::sync::CancellationToken;

use super::{Runtime, off_the_runtime};
use crate::rpc::quotes::quotes;
use crate::store::learning::{self, ThemeRecord, Training};
use crate::store::mentions::StoredMention;
use crate::store::views::newest;
use crate::store::{codebooks, mention_decisions};

const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How long a trainer that died keeps others from training.
const HELD: Span = Span::seconds(60);
const RENEW_EVERY: Duration = Duration::from_secs(20);
/// Responses whose words are read at once.
const BATCH: usize = 200;

/// When to train.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When there are at least so many new labels.
    Enough(i64),
    /// In any case.
    Now,
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Learnt {
    /// There was nothing to do.
    Nothing,
    /// It was trained.
    Trained,
    /// Another process is training it.
    Busy,
}

/// Why a codebook could not be learned.
#[derive(Debug, thiserror::Error)]
pub enum LearnError {
    /// The database failed, or the lease was lost.
    #[error(transparent)]
    Database(#[from] Error),
    /// The words could not be read.
    #[error("the words of the labelled statements could not be read")]
    Words(Problem),
    /// There is too little to learn from.
    #[error(transparent)]
    TooLittle(#[from] TrainingError),
    /// What was learned cannot be written.
    #[error(transparent)]
    Artefact(#[from] ArtefactError),
}

/// Trains whatever has enough new labels, now and then, until `stop`. Any number of replicas may run it.
pub async fn run(runtime: Runtime, enough: i64, stop: CancellationToken) {
    if enough == 0 {
        return;
    }
    while !stop.is_cancelled() {
        if let Err(error) = learn_all(&runtime, When::Enough(enough)).await {
            tracing::warn!(%error, "what people decided could not be learned from yet; trying again");
        }
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Trains every codebook for which it is time.
///
/// # Errors
/// When one could not be trained, but for too few labels; those before it are.
pub async fn learn_all(runtime: &Runtime, when: When) -> Result<(), LearnError> {
    for codebook in codebooks::versions(runtime.db.read(), false).await?.into_keys() {
        match learn(runtime, &codebook, when).await {
            Err(LearnError::TooLittle(_)) | Ok(_) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Trains a codebook's learned assigner. The same labels make the same one again, which changes nothing.
///
/// # Errors
/// When there is too little to learn from, the words cannot be read, or the database fails; nothing has changed then.
pub async fn learn(runtime: &Runtime, codebook: &str, when: When) -> Result<Learnt, LearnError> {
    let conn = runtime.db.read();
    let (new, decision) = learning::new_labels(conn, codebook).await?;
    if matches!(when, When::Enough(enough) if new < enough) {
        return Ok(Learnt::Nothing);
    }
    let (name, holder) = (format!("learning:{codebook}"), (runtime.new_id)().to_string());
    let lease = Lease::acquire(&runtime.db, &name, &holder, HELD, (runtime.now)()).await?;
    let Some(mut lease) = lease else { return Ok(Learnt::Busy) };
    let learned = learn_under(runtime, codebook, decision, &mut lease).await;
    lease.release(&runtime.db).await?;
    learned.map(|()| Learnt::Trained)
}

async fn learn_under(
    runtime: &Runtime,
    id: &str,
    decision: i64,
    lease: &mut Lease,
) -> Result<(), LearnError> {
    let ready = runtime.codebooks.current(runtime.db.read()).await?;
    let Some(ready) = ready.get(id).cloned() else { return Ok(()) };
    let rows = labels(runtime, &ready.codebook).await?;
    let themes = learnable(&ready.codebook);
    let (codebooks, labelled, of) = (runtime.codebooks.clone(), rows.clone(), themes.clone());
    let training = off_the_runtime(move || {
        let encoder = codebooks.encoder();
        train(&labelled, &of, Some(&ready.assigner), encoder, encoder.0.version())
    });
    tokio::pin!(training);
    let trained = loop {
        tokio::select! {
            trained = &mut training => break trained,
            () = tokio::time::sleep(RENEW_EVERY) => {
                lease.renew(&runtime.db, HELD, (runtime.now)()).await?;
            }
        }
    };
    let tx = runtime.db.begin().await?;
    lease.guard(&tx).await?;
    let last = learning::last(&tx, id).await?;
    let number = last.as_ref().map_or(0, |last| last.number);
    let trained = match trained {
        Ok(trained) => trained,
        Err(too_little) => {
            // They are not looked at again until more come.
            learning::note(&tx, id, decision, number).await?;
            database::commit(tx).await?;
            return Err(too_little.into());
        }
    };
    let version = trained.version()?;
    if last.is_some_and(|last| last.version == version) {
        learning::note(&tx, id, decision, number).await?;
    } else {
        let artefact = String::from_utf8(trained.to_bytes()?);
        let artefact = artefact.map_err(|_| Error::Corrupt("an artefact is no text".to_owned()))?;
        let training = Training {
            number: number + 1,
            version,
            encoder: trained.encoder_version().to_owned(),
            record: record(&trained, &rows),
            labels: rows.len() as i64,
            time: (runtime.now)().timestamp_micros(),
        };
        learning::append(&tx, id, &training, &artefact).await?;
        learning::note(&tx, id, decision, training.number).await?;
    }
    database::commit(tx).await?;
    runtime.committed();
    tracing::info!(codebook = id, labels = rows.len(), "people's labels were learned from");
    Ok(())
}

/// The themes that the model may give, by id.
fn learnable(codebook: &Codebook) -> Vec<String> {
    // An emerging theme takes only what no other takes.
    let firm = |theme: &&Theme| theme.stands() && theme.state != ThemeState::Emerging;
    let stands = codebook.themes.iter().filter(firm).filter(|theme| theme.kind == ThemeKind::Subject);
    let mut ids: Vec<String> = stands.map(|theme| theme.id.clone()).collect();
    ids.sort();
    ids
}

fn record(trained: &LearnedAssigner, rows: &[LabelledText]) -> Vec<ThemeRecord> {
    let labels = |theme: &String| rows.iter().filter(|row| row.themes.contains(theme)).count() as i64;
    let mut record: Vec<ThemeRecord> = trained
        .record()
        .into_iter()
        .map(|theme| ThemeRecord {
            labels: labels(&theme.theme),
            theme: theme.theme,
            learned_f1: theme.learned_f1,
            prototype_f1: theme.prototype_f1,
            takes_over: theme.takes_over,
        })
        .collect();
    record.sort_by(|a, b| a.theme.cmp(&b.theme));
    record
}

/// The statements that people decided on wholly, with their words and themes; the same words with the same themes once.
/// Statements that were drawn at random are left out: they gauge what is learned.
async fn labels(runtime: &Runtime, codebook: &Codebook) -> Result<Vec<LabelledText>, LearnError> {
    let conn = runtime.db.read();
    let drawn = learning::drawn(conn, &codebook.id).await?;
    let mut rows = Vec::new();
    for batch in learning::labelled_responses(conn, &codebook.id).await?.chunks(BATCH) {
        let found = labelled(conn, codebook, batch).await?;
        let (found, themes): (Vec<StoredMention>, Vec<Vec<String>>) =
            found.into_iter().filter(|(mention, _)| !drawn.contains(&mention.statement())).unzip();
        let texts = quotes(runtime, &found).await.map_err(LearnError::Words)?;
        let read = texts.into_iter().zip(themes);
        rows.extend(read.filter_map(|(text, themes)| Some(LabelledText { text: text?, themes })));
    }
    rows.sort_by(|a, b| (&a.text, &a.themes).cmp(&(&b.text, &b.themes)));
    rows.dedup();
    Ok(rows)
}

/// The statements of these responses that people decided on wholly, each with the ids of its themes.
async fn labelled<C: ConnectionTrait>(
    conn: &C,
    codebook: &Codebook,
    responses: &[String],
) -> Result<Vec<(StoredMention, Vec<String>)>, Error> {
    let ids: Vec<&str> = responses.iter().map(String::as_str).collect();
    let decisions = mention_decisions::of_responses(conn, &codebook.id, &ids).await?;
    let mut found: Vec<(StoredMention, Vec<String>)> = Vec::new();
    for mention in newest::mentions(conn, &codebook.id, responses).await? {
        let key = mention.statement();
        let Some(decided) = decisions.get(&key) else { continue };
        // Words in another language teach nothing about English ones; the rows of a statement stand side by side.
        let is_seen = found.last().is_some_and(|(last, _)| last.statement() == key);
        if is_seen || !mention.language.is_empty() {
            continue;
        }
        if let Some(themes) = whole(codebook, &mention, decided) {
            found.push((mention, themes));
        }
    }
    Ok(found)
}

/// A statement's themes that the model may give, if people decided on each; none: the model's word stands for some.
fn whole(codebook: &Codebook, mention: &StoredMention, decisions: &[MentionDecision]) -> Option<Vec<String>> {
    let placed = place(&mention.model, decisions, codebook);
    placed.decided?;
    let mut themes = Vec::with_capacity(placed.themes.len());
    for (theme, _, by) in placed.themes {
        let Some(of) = codebook.theme(&theme) else { continue };
        // An emerging theme, which only takes what no other does, says nothing for or against those that people gave.
        if of.state == ThemeState::Emerging {
            continue;
        }
        by?;
        themes.extend((of.kind == ThemeKind::Subject).then(|| of.id.clone()));
    }
    themes.sort();
    themes.retain(|theme| matches!(codebook.place(theme), Place::Stands(_)));
    Some(themes)
}
