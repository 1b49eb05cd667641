//! Drawing a statement at random for a person to review. The draw is kept before it is told, so that asking again gives
//! the same statement, and with the seed that shows it was random.

use sea_orm::DatabaseTransaction;
use soundings_access::Principal;
use soundings_mailbox::{Error, database};
use soundings_themes_domain::StatementKey;
use soundings_themes_domain::audit_sample::draw;

use super::Runtime;
use crate::store::audit_draws::{self, Among, Draw};
use crate::store::codebooks;
use crate::store::mentions::{self, StoredMention};

/// Draws out of all statements before those that are left are counted.
const ATTEMPTS: u64 = 32;

/// What to do with the statement that the caller was given before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Open {
    /// Give it again.
    Keep,
    /// Set it aside, unreviewed.
    Skip,
    /// Give it up: the response has moved on.
    Lapse,
}

/// The statement that the caller is to review, and where it is; none: there is none left.
///
/// # Errors
/// When the database fails.
pub async fn draw_sample(
    runtime: &Runtime,
    principal: &Principal,
    codebook: &str,
    open: Open,
) -> Result<Option<(Draw, StoredMention)>, Error> {
    let (reviewer, own) = (principal.subject.as_str(), principal.organisation.as_deref());
    let tx = runtime.db.begin().await?;
    // Draws of one codebook come one after another.
    codebooks::find(&tx, codebook, true).await?;
    if let Some(given) = audit_draws::open(&tx, codebook, reviewer).await? {
        let there = mentions::of_statement(&tx, codebook, &given.statement).await?.into_iter().next();
        match (open, there) {
            (Open::Keep, Some(mention)) => return Ok(Some((given, mention))),
            (Open::Skip, Some(_)) => audit_draws::close(&tx, codebook, given.number, "skipped").await?,
            _ => audit_draws::close(&tx, codebook, given.number, "lapsed").await?,
        }
    }
    let number = audit_draws::next_number(&tx, codebook).await?;
    let seed = (runtime.new_id)().as_u64_pair().1;
    let Some((statement, candidates)) = pick(&tx, codebook, own, seed).await? else {
        database::commit(tx).await?;
        return Ok(None);
    };
    let there = mentions::of_statement(&tx, codebook, &statement).await?.into_iter().next();
    let reviewer = reviewer.to_owned();
    let drawn = Draw { number, statement, reviewer, seed: seed.cast_signed(), candidates };
    audit_draws::append(&tx, codebook, &drawn, (runtime.now)().timestamp_micros()).await?;
    database::commit(tx).await?;
    Ok(there.map(|mention| (drawn, mention)))
}

/// A statement that nobody has reviewed, each as likely as the others, and how many it was drawn from: out of all of
/// them, again and again until one is met that is not taken; where most are, out of those that are left.
async fn pick(
    tx: &DatabaseTransaction,
    codebook: &str,
    own: Option<&str>,
    seed: u64,
) -> Result<Option<(StatementKey, i64)>, Error> {
    let all = audit_draws::count(tx, Among::All, codebook, own).await?;
    for attempt in 0..ATTEMPTS {
        let Some(place) = place(seed, attempt, all) else { return Ok(None) };
        if let Some(statement) = audit_draws::at(tx, Among::All, codebook, own, place).await?
            && !audit_draws::is_taken(tx, codebook, &statement).await?
        {
            return Ok(Some((statement, all)));
        }
    }
    let left = audit_draws::count(tx, Among::Unreviewed, codebook, own).await?;
    let Some(place) = place(seed, ATTEMPTS, left) else { return Ok(None) };
    let statement = audit_draws::at(tx, Among::Unreviewed, codebook, own, place).await?;
    Ok(statement.map(|statement| (statement, left)))
}

fn place(seed: u64, attempt: u64, candidates: i64) -> Option<i64> {
    draw(seed, attempt, candidates.unsigned_abs()).and_then(|place| i64::try_from(place).ok())
}
