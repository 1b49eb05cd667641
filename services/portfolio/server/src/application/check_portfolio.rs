//! Tells everything that is wrong with a model that somebody would apply; nothing is written.
use soundings_portfolio_domain::{Inputs, check::check};

use super::{apply_portfolio, change_model::check_links};
use crate::store::input_log::Entry;

/// What is wrong with the model that the entries would make of what stands, each field with how to mend it.
pub fn faults(mut inputs: Inputs, named: Vec<Entry>, prune: bool) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    for entry in apply_portfolio::entries(&inputs, named, prune) {
        check_links(&inputs, &entry, &mut wrong);
        entry.apply(&mut inputs);
    }
    wrong.extend(check(&inputs));
    wrong
}
