//! Discovery in this process: when it runs by itself, on request, and as a preview. One run at a time; over all
//! replicas one on a codebook, by a lease that is prolonged while it runs. Through the lease's row a run can be followed
//! and cancelled from any replica.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::metrics::Gauge;
use prost::Message;
use soundings_chassis::{Metrics, Problem};
use soundings_mailbox::{Error, database};
use soundings_themes_domain::{Codebook, ThemeState};
use soundings_themes_engine::emerging::{Rules, Standing};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Runtime;
use super::discover_groups::{Groups, Looking, discover_groups};
use super::discovery_settings::DiscoverySettings;
use super::discovery_thread::Watched;
use super::pool_texts::{asked, pool_texts};
use super::request::{Asked, Request, hold};
use super::settle_discovery::{Run, Settled, followed, groups_before, settle_discovery};
use crate::store::emerging::Under;
use crate::store::{codebooks, emerging};

/// How soon after something was written it is looked whether a codebook is due, at the earliest.
const LOOK_AFTER: Duration = Duration::from_secs(5);
/// How often it is looked whatever was written here: others write as well, and intervals end.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often a run tells how far it is.
const TELL_EVERY: Duration = Duration::from_millis(500);
/// How long a run that tells nothing is believed alive, in microseconds.
const LEASE: i64 = 15_000_000;

/// Runs discovery. Clones share the turn.
#[derive(Clone)]
pub struct Discoveries {
    runtime: Runtime,
    settings: DiscoverySettings,
    turn: Arc<Semaphore>,
    progress: Option<(Gauge<f64>, Metrics)>,
}

/// What is looked through, and how.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scope {
    /// Which statements.
    pub among: Among,
    /// Above 1 finer; none: what suits the number of statements.
    pub resolution: Option<f64>,
}

/// Which statements are looked through.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Among {
    /// Those that fit no theme, or an emerging one.
    #[default]
    Pool,
    /// All of them.
    Everything,
    /// Those under this theme, by id.
    Theme(String),
}

/// A run that has found its groups.
struct Found {
    codebook: Codebook,
    groups: Groups,
    pool: (i64, i64),
}

impl Discoveries {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, settings: DiscoverySettings) -> Self {
        Self { runtime, settings, turn: Arc::new(Semaphore::new(1)), progress: None }
    }

    /// The same, with its progress measured.
    #[must_use]
    pub fn measured(mut self, metrics: &Metrics) -> Self {
        let gauge = metrics.meter().f64_gauge("soundings.themes.discovery.progress");
        let gauge =
            gauge.with_description("Share of the present step of discovery that is done; 0: none runs");
        self.progress = Some((gauge.build(), metrics.clone()));
        self
    }

    /// Its settings.
    #[must_use]
    pub fn settings(&self) -> &DiscoverySettings {
        &self.settings
    }

    /// Runs on whatever codebook is due, until `stop`.
    pub async fn run(self, stop: CancellationToken) {
        let mut moved = self.runtime.moved.subscribe();
        while self.settings.enabled && !stop.is_cancelled() {
            moved.mark_unchanged();
            if let Err(problem) = self.run_due(&stop).await {
                tracing::warn!(%problem, "a run of discovery failed; trying again later");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = async {
                    tokio::time::sleep(LOOK_AFTER).await;
                    // It is not closed while this runs.
                    let _ = moved.changed().await;
                } => {}
            }
        }
    }

    /// Runs once on each codebook that is due; those that ran.
    ///
    /// # Errors
    /// When the database or consultation does not answer.
    pub async fn run_due(&self, stop: &CancellationToken) -> Result<Vec<String>, Problem> {
        let mut ran = Vec::new();
        for codebook in codebooks::all(self.runtime.db.read()).await? {
            if stop.is_cancelled() || !self.is_due(&codebook).await? {
                continue;
            }
            let run = self.run_on(&codebook.id, Scope::default(), None, |_, _, _| Done {});
            tokio::select! {
                () = stop.cancelled() => {}
                done = run => {
                    done?;
                    ran.push(codebook.id);
                }
            }
        }
        Ok(ran)
    }

    /// Whether enough is new, or a candidate waits for its second run, and the interval is over.
    async fn is_due(&self, codebook: &Codebook) -> Result<bool, Error> {
        let conn = self.runtime.db.read();
        let kept = emerging::find(conn, &codebook.id).await?;
        let now = self.now();
        let every = i64::try_from(self.settings.every_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        let last = kept.started.max(kept.ended);
        if kept.lease_until > now || (!kept.outcome.is_empty() && now.saturating_sub(last) < every) {
            return Ok(false);
        }
        let (pool, new) = self.pool(codebook, &kept).await?;
        Ok(new >= self.settings.least_new.max(pool / 20).max(1) || (kept.last.forming > 0 && pool > 0))
    }

    /// How many statements fit no theme or an emerging one, and how many of them are new since the last completed run.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pool(&self, codebook: &Codebook, kept: &emerging::Discovery) -> Result<(i64, i64), Error> {
        let themes = emerging_themes(codebook);
        let conn = self.runtime.db.read();
        let (pool, newer, _) = emerging::pool_size(conn, &codebook.id, &themes, kept.last.newest).await?;
        // Statements also come into the pool when a theme is retired.
        let new = if kept.last.runs == 0 { pool } else { newer.max(pool - kept.last.pool) };
        Ok((pool, new.max(0)))
    }

    /// Runs on a codebook now and settles what was found; `reply` makes the answer of it, which is recorded under the
    /// request's id.
    ///
    /// # Errors
    /// When another run is under way, somebody cancels it, or the database or consultation does not answer; then
    /// nothing of it is left.
    pub async fn run_on<R: Message + Default>(
        &self,
        codebook: &str,
        scope: Scope,
        request: Option<&Request>,
        reply: impl FnOnce(&Codebook, &Groups, &Settled) -> R,
    ) -> Result<R, Problem> {
        if let Some(request) = request {
            let tx = self.runtime.db.begin().await?;
            match hold(&tx, request).await? {
                Asked::First => {}
                Asked::Again(reply) => return Ok(reply),
                Asked::Otherwise => {
                    let id = request.key.as_ref().map_or("", |key| key.request_id.as_str());
                    return Err(Problem::request_id_reused(id));
                }
            }
        }
        let _turn = self.turn.acquire().await.map_err(Problem::internal)?;
        let holder = self.claim(codebook).await?;
        let rules = self.settings.rules();
        let settled = async {
            let Some(found) = self.look(codebook, &holder, scope).await? else { return Ok(None) };
            let Found { groups, pool, .. } = &found;
            let run = Run { codebook, holder: &holder, groups, rules: &rules, request, pool: *pool };
            settle_discovery(&self.runtime, &run, |book, settled| reply(book, groups, settled)).await
        };
        self.ended(codebook, &holder, settled.await, None).await
    }

    /// Looks for groups and writes nothing.
    ///
    /// # Errors
    /// When another run is under way, somebody cancels it, or the database or consultation does not answer.
    pub async fn preview(
        &self,
        codebook: &str,
        scope: Scope,
    ) -> Result<(Codebook, Groups, Settled), Problem> {
        let (book, groups) = self.groups(codebook, scope).await?;
        let candidates = emerging::candidates(self.runtime.db.read(), codebook).await?;
        let (following, _) = followed(&book, candidates);
        let step = soundings_themes_engine::emerging::advance(&following, &groups.sightings, &self.rules());
        let theme_of = step.candidate_of.iter().map(|place| match &step.candidates[*place].standing {
            Standing::Proposed(theme, _) => Some(theme.clone()),
            Standing::Forming(_) | Standing::Dismissed => None,
        });
        let settled = Settled { theme_of: theme_of.collect(), ..Settled::default() };
        Ok((book, groups, settled))
    }

    /// The groups alone, and the codebook as it was then; nothing is written.
    ///
    /// # Errors
    /// When another run is under way, somebody cancels it, or the database or consultation does not answer.
    pub async fn groups(&self, codebook: &str, scope: Scope) -> Result<(Codebook, Groups), Problem> {
        let _turn = self.turn.acquire().await.map_err(Problem::internal)?;
        let before = emerging::find(self.runtime.db.read(), codebook).await?;
        let holder = self.claim(codebook).await?;
        let found = self.look(codebook, &holder, scope).await;
        let Found { codebook: book, groups, .. } =
            self.ended(codebook, &holder, found, Some(&before.outcome)).await?;
        Ok((book, groups))
    }

    /// When a group is proposed.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.settings.rules()
    }

    /// Asks the run on a codebook to end, wherever it runs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn cancel(&self, codebook: &str) -> Result<(), Error> {
        let tx = self.runtime.db.begin().await?;
        emerging::cancel(&tx, codebook, self.now()).await?;
        database::commit(tx).await
    }

    fn now(&self) -> i64 {
        (self.runtime.now)().timestamp_micros()
    }

    async fn claim(&self, codebook: &str) -> Result<String, Problem> {
        let holder = (self.runtime.new_id)().to_string();
        let now = self.now();
        let tx = self.runtime.db.begin().await?;
        codebooks::find_shared(&tx, codebook)
            .await?
            .ok_or_else(|| Problem::not_found("codebook", &format!("codebooks/{codebook}")))?;
        if !emerging::claim(&tx, codebook, &holder, (now, now + LEASE)).await? {
            let message = "discovery is under way on this codebook; wait for it or cancel it";
            return Err(Problem::aborted("DISCOVERY_UNDER_WAY", message));
        }
        database::commit(tx).await?;
        Ok(holder)
    }

    /// Reads the statements and looks for groups. None: it was cancelled, or the lease was lost.
    async fn look(&self, codebook: &str, holder: &str, scope: Scope) -> Result<Option<Found>, Problem> {
        let watched = Watched::default();
        let look = self.look_watched(codebook, scope, &watched);
        let tell = async {
            loop {
                tokio::time::sleep(TELL_EVERY).await;
                match self.tell(codebook, holder, watched.told()).await {
                    Ok(true) => {}
                    Ok(false) => return,
                    // It may be too busy to answer; the lease lasts a while.
                    Err(error) => tracing::debug!(%error, "how far discovery is could not be told"),
                }
            }
        };
        let found = tokio::select! {
            found = look => found,
            () = tell => Ok(None),
        };
        watched.stop();
        self.measure(0.0);
        found
    }

    async fn look_watched(
        &self,
        codebook: &str,
        scope: Scope,
        watched: &Watched,
    ) -> Result<Option<Found>, Problem> {
        let conn = self.runtime.db.read();
        let book = codebooks::find(conn, codebook, false).await?;
        let book = book.ok_or_else(|| Problem::not_found("codebook", codebook))?;
        let kept = emerging::find(conn, codebook).await?;
        let themes = emerging_themes(&book);
        let (pool, _, newest) = emerging::pool_size(conn, codebook, &themes, 0).await?;
        let read = match &scope.among {
            Among::Pool => Under::NothingOr(&themes),
            Among::Everything => Under::Anything,
            Among::Theme(theme) => Under::Theme(theme),
        };
        let most = i64::from(self.settings.most);
        let texts = pool_texts(&self.runtime, codebook, read, most, |share| watched.reading(share)).await?;
        let Some(texts) = texts else { return Ok(None) };
        let parted = matches!(scope.among, Among::Theme(_));
        let mut looking = Looking {
            resolution: scope.resolution,
            // The statements of a small theme would all be neighbours of each other.
            neighbours: parted.then(|| (texts.len() / 10).clamp(4, 15)),
            // A theme is parted alike however often discovery ran.
            seed: if parted { 1 } else { kept.last.runs as u64 + 1 },
            threads: self.settings.threads,
            question: asked(&self.runtime, &book).await?,
            ..Looking::default()
        };
        if scope.among == Among::Pool && scope.resolution.is_none() {
            let (following, _) = followed(&book, emerging::candidates(conn, codebook).await?);
            looking.before = groups_before(&following);
            looking.centre = Some(kept.last.centre).filter(|centre| !centre.is_empty());
        }
        let (codebooks, under) = (self.runtime.codebooks.clone(), book.clone());
        let work = move |watch: soundings_themes_engine::Watch<'_>| {
            discover_groups(texts, &under, &looking, codebooks.encoder(), watch)
        };
        let groups = watched.on_own_thread(work).await.map_err(Problem::internal)?;
        Ok(groups.ok().map(|groups| Found { codebook: book, groups, pool: (pool, newest) }))
    }

    async fn tell(&self, codebook: &str, holder: &str, told: (&str, i64)) -> Result<bool, Error> {
        self.measure(told.1 as f64 / 1e6);
        let tx = self.runtime.db.begin().await?;
        let own = emerging::tell(&tx, codebook, holder, self.now() + LEASE, told).await?;
        database::commit(tx).await?;
        Ok(own)
    }

    fn measure(&self, share: f64) {
        if let Some((gauge, metrics)) = &self.progress {
            gauge.record(share, &metrics.labels([]));
        }
    }

    /// Gives the lease back where the run left it, with how it ended; `outcome` stands for it where it succeeded.
    async fn ended<T>(
        &self,
        codebook: &str,
        holder: &str,
        done: Result<Option<T>, Problem>,
        outcome: Option<&str>,
    ) -> Result<T, Problem> {
        let outcome = match (&done, outcome) {
            (Ok(Some(_)), outcome) => outcome.unwrap_or("completed"),
            (Ok(None), _) => "cancelled",
            (Err(_), _) => "failed",
        };
        let tx = self.runtime.db.begin().await?;
        emerging::end(&tx, codebook, holder, self.now(), outcome).await?;
        database::commit(tx).await?;
        self.runtime.committed();
        let cancelled =
            || Problem::aborted("DISCOVERY_CANCELLED", "discovery was cancelled; nothing of it is left");
        done?.ok_or_else(cancelled)
    }
}

/// What a run that nobody asked for answers.
#[derive(Clone, Copy, PartialEq, prost::Message)]
struct Done {}

/// The ids of the themes that emerge.
fn emerging_themes(codebook: &Codebook) -> BTreeSet<String> {
    let emerging = codebook.themes.iter().filter(|theme| theme.state == ThemeState::Emerging);
    emerging.map(|theme| theme.id.clone()).collect()
}
