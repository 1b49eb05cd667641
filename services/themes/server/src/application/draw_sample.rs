//! Drawing a statement at random for a person to review. The draw is kept before it is told, so that asking again gives
//! the same statement, and with the seed and number that show it was random.

use soundings_access::Principal;
use soundings_mailbox::{Error, database};
use soundings_themes_domain::audit_sample::draw;

use super::Runtime;
use crate::store::audit_draws::{self, Draw};
use crate::store::codebooks;
use crate::store::mentions::{self, StoredMention};

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
    let candidates = audit_draws::candidates(&tx, codebook, own).await?;
    let number = audit_draws::next_number(&tx, codebook).await?;
    let random = (runtime.new_id)().as_u64_pair().1;
    let place = draw(random, number.unsigned_abs(), candidates.unsigned_abs());
    let drawn = match place.and_then(|place| i64::try_from(place).ok()) {
        Some(place) => audit_draws::at(&tx, codebook, own, place).await?,
        None => None,
    };
    let Some(statement) = drawn else {
        database::commit(tx).await?;
        return Ok(None);
    };
    let there = mentions::of_statement(&tx, codebook, &statement).await?.into_iter().next();
    let drawn =
        Draw { number, statement, reviewer: reviewer.to_owned(), seed: random.cast_signed(), candidates };
    audit_draws::append(&tx, codebook, &drawn, (runtime.now)().timestamp_micros()).await?;
    database::commit(tx).await?;
    Ok(there.map(|mention| (drawn, mention)))
}
