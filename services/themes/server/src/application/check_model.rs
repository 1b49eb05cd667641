//! Whether this service's model of embeddings may assign what another one assigned.

use anyhow::bail;
use soundings_mailbox::Database;

use crate::store::codebooks;

/// Checks that each signed-off codebook was assigned by this model, or that its operator accepts that every count moves:
/// a start with another model would assign every response anew, unseen. What nobody signed off may move.
///
/// # Errors
/// When one was assigned by another model, with what to do; or when the database fails.
pub async fn check_model(db: &Database, model: &str, accepted: &str) -> anyhow::Result<()> {
    if accepted == model {
        return Ok(());
    }
    let assigned_by = codebooks::assigned_by(db.read()).await?;
    for codebook in codebooks::all(db.read()).await?.iter().filter(|codebook| codebook.is_signed_off()) {
        let before = assigned_by.get(&codebook.id).map(String::as_str).unwrap_or_default();
        let before = before.split('+').next().unwrap_or_default();
        if !before.is_empty() && before != model {
            bail!(
                "codebook {} is signed off and was assigned by the model {before}; this service has {model}, which \
                 would move its counts: give `model` what it was before, or set accept_model = {model:?} to have every \
                 response assigned anew",
                codebook.id
            );
        }
    }
    Ok(())
}
