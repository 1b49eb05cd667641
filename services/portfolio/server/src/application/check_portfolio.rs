//! Tells everything that is wrong with a model that somebody would apply; nothing is written.
use soundings_mailbox::Error;
use soundings_portfolio_domain::check::check;

use super::{Runtime, apply_portfolio, change_model::check_links};
use crate::store::input_log::{self, Entry};

/// What is wrong with the model that the entries would make, each field with how to mend it.
///
/// # Errors
/// Failures of the database.
pub async fn faults(
    runtime: &Runtime,
    named: Vec<Entry>,
    prune: bool,
) -> Result<Vec<(String, String)>, Error> {
    let (mut inputs, ..) = input_log::inputs_at(runtime.db.read(), i64::MAX).await?;
    let mut wrong = Vec::new();
    for entry in apply_portfolio::entries(&inputs, named, prune) {
        check_links(&inputs, &entry, &mut wrong);
        entry.apply(&mut inputs);
    }
    wrong.extend(check(&inputs));
    Ok(wrong)
}
