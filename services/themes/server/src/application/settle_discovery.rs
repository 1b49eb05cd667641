//! What a run of discovery leads to, written in one transaction: themes that emerge, proposals that fade, the candidates
//! that are followed on. It is decided on the codebook as it stands then, so what people did meanwhile counts.

use std::collections::BTreeMap;

use sea_orm::DatabaseTransaction;
use soundings_chassis::Problem;
use soundings_mailbox::database;
use soundings_themes_domain::{Codebook, Decision, Rejection, ThemeDecision, ThemeState};
use soundings_themes_engine::emerging::{Advance, Candidate, Rules, Standing, advance};

use super::Runtime;
use super::change_codebook::{Refusal, change_within};
use super::discover_groups::Groups;
use super::request::{Asked, Request, hold, recorded};
use crate::rpc::status_mapping;
use crate::store::emerging::{self, LastRun};
use crate::store::{codebook_events, codebooks};

/// Who decides what discovery decides, in the history of a codebook.
pub const ACTOR: &str = "discovery";

/// A run that is to be settled.
pub struct Run<'a> {
    /// The codebook's id.
    pub codebook: &'a str,
    /// Who holds the lease.
    pub holder: &'a str,
    /// What it found.
    pub groups: &'a Groups,
    /// When groups are proposed.
    pub rules: &'a Rules,
    /// The request that asked for it; none: it ran by itself.
    pub request: Option<&'a Request>,
    /// How many statements there were, and when the newest of their responses was accepted.
    pub pool: (i64, i64),
}

/// What it led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// Ids of themes that emerged.
    pub made: Vec<String>,
    /// Ids of themes that faded.
    pub faded: Vec<String>,
    /// Of each group, the id of the emerging theme that it is.
    pub theme_of: Vec<Option<String>>,
}

/// The candidates that a run is to follow, and those of themes that people have taken on, which are kept aside.
pub type Followed = (Vec<Candidate<String>>, Vec<Candidate<String>>);

/// The candidates as the codebook's themes make them now: what people retired, or undid, is dismissed; what they took on
/// forms no more.
#[must_use]
pub fn followed(book: &Codebook, kept: Vec<Candidate<String>>) -> Followed {
    let (mut followed, mut settled) = (Vec::new(), Vec::new());
    for mut candidate in kept {
        let theme = match &candidate.standing {
            Standing::Proposed(theme, _) => book.theme(theme),
            Standing::Forming(_) | Standing::Dismissed => {
                followed.push(candidate);
                continue;
            }
        };
        match theme {
            Some(theme) if theme.state == ThemeState::Emerging => followed.push(candidate),
            Some(theme) if theme.stands() || theme.merged_into.is_some() => settled.push(candidate),
            Some(_) | None => {
                candidate.standing = Standing::Dismissed;
                followed.push(candidate);
            }
        }
    }
    (followed, settled)
}

/// Settles a run. None: it was cancelled, or another run has begun.
///
/// # Errors
/// When the database fails, or the codebook is gone; then nothing has changed.
pub async fn settle_discovery<R: prost::Message + Default>(
    runtime: &Runtime,
    run: &Run<'_>,
    reply: impl FnOnce(&Codebook, &Settled) -> R,
) -> Result<Option<R>, Problem> {
    let tx = runtime.db.begin().await?;
    if let Some(request) = run.request {
        match hold(&tx, request).await? {
            Asked::First => {}
            Asked::Again(reply) => return Ok(Some(reply)),
            Asked::Otherwise => {
                let id = request.key.as_ref().map_or("", |key| key.request_id.as_str());
                return Err(Problem::request_id_reused(id));
            }
        }
    }
    let book = codebooks::find(&tx, run.codebook, true).await?;
    let book = book.ok_or_else(|| Problem::not_found("codebook", run.codebook))?;
    let before = emerging::find(&tx, run.codebook).await?.last;
    let (following, settled) = followed(&book, emerging::candidates(&tx, run.codebook).await?);
    let mut step = advance(&following, &run.groups.sightings, run.rules);
    let (book, told, reassign) = decide(runtime, &tx, book, run, &mut step).await?;
    let forming =
        step.candidates.iter().filter(|c| matches!(c.standing, Standing::Forming(runs) if runs > 0));
    let forming = forming.count() as i64;
    let mut candidates = step.candidates;
    candidates.extend(settled);
    emerging::keep_candidates(&tx, run.codebook, &candidates).await?;
    let last = LastRun {
        runs: before.runs + 1,
        statements: run.groups.pool.len() as i64,
        found: run.groups.discovery.groups.len() as i64,
        pool: run.pool.0,
        newest: run.pool.1,
        forming,
        centre: run.groups.discovery.centre.clone(),
    };
    let now = (runtime.now)().timestamp_micros();
    if !emerging::complete(&tx, run.codebook, run.holder, now, &last).await? {
        return Ok(None);
    }
    let reply = reply(&book, &told);
    if let Some(request) = run.request {
        recorded(runtime, &tx, request, &reply.encode_to_vec()).await?;
    }
    database::commit(tx).await?;
    runtime.committed();
    if reassign {
        runtime.reassign.notify_one();
    }
    Ok(Some(reply))
}

/// Takes the decisions of a step.
async fn decide(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    mut book: Codebook,
    run: &Run<'_>,
    step: &mut Advance<String>,
) -> Result<(Codebook, Settled, bool), Problem> {
    let by = run.request.map_or(String::new(), |request| format!("; {} asked for the run", request.actor));
    let mut told = Settled::default();
    let mut reassign = false;
    for place in step.propose.clone() {
        let (group, sighting) = (&run.groups.discovery.groups[place], &run.groups.sightings[place]);
        let (theme, anchors) = run.groups.theme(group);
        let id = theme.id.clone();
        let reason = format!(
            "{} statements of {} voices in {} organisations fit no theme and belong together in {} runs{by}",
            sighting.members.len(),
            sighting.voices,
            run.groups.organisations(group),
            run.rules.runs
        );
        let decision = Decision::Emerge { theme, anchors };
        match change_within(runtime, tx, &book, &decision, &request(reason)).await {
            Ok(Some((after, moved))) => {
                book = after;
                reassign |= moved;
                step.candidates[step.candidate_of[place]].standing = Standing::Proposed(id.clone(), 0);
                told.made.push(id);
            }
            Ok(None) => {}
            // The codebook is full, or has a theme of just this id: people make room.
            Err(Refusal::Rejected(Rejection::Invalid(_) | Rejection::ThemeThere(_))) => {
                tracing::info!(codebook = book.id, "a group of statements has no place in the codebook");
            }
            Err(refusal) => return Err(status_mapping::refusal(refusal, &book.id, "")),
        }
    }
    for id in step.faded.clone() {
        let last = codebook_events::last_on(tx, &book.id, &id).await?;
        if last.is_some_and(|kept| kept.actor != ACTOR) {
            // People have a hand in it: it stays, and is followed by its statements no more.
            continue;
        }
        let (etag, change) = (String::new(), ThemeDecision::Retire);
        let decision = Decision::OnTheme { theme: id.clone(), etag, change };
        let reason = format!("no statements make it any more in {} runs{by}", run.rules.patience);
        let changed = change_within(runtime, tx, &book, &decision, &request(reason)).await;
        if let Some((after, moved)) =
            changed.map_err(|refusal| status_mapping::refusal(refusal, &book.id, ""))?
        {
            book = after;
            reassign |= moved;
            told.faded.push(id);
        }
    }
    told.theme_of = step
        .candidate_of
        .iter()
        .map(|place| match &step.candidates[*place].standing {
            Standing::Proposed(theme, _) => Some(theme.clone()),
            Standing::Forming(_) | Standing::Dismissed => None,
        })
        .collect();
    Ok((book, told, reassign))
}

/// The service decides by itself; why is in the reason.
fn request(reason: String) -> Request {
    Request { actor: ACTOR.to_owned(), reason, key: None, body_hash: [0; 32] }
}

/// Statements with the place of the candidate that holds them.
#[must_use]
pub fn groups_before(candidates: &[Candidate<String>]) -> BTreeMap<String, usize> {
    let of = |(place, candidate): (usize, &Candidate<String>)| {
        candidate.members.iter().map(move |member| (member.clone(), place)).collect::<Vec<_>>()
    };
    candidates.iter().enumerate().flat_map(of).collect()
}
