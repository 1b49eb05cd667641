//! Tallies that stand in place of a codebook's: what a re-assignment of its statements would make of them, say. They are
//! the whole: an organisation that is not among them is taken not to have answered under the codebook.
use std::collections::{BTreeMap, BTreeSet};

use crate::{Inputs, Signal};

/// Tallies by codebook, then organisation.
pub type ReplacedSignals = BTreeMap<String, BTreeMap<String, Signal>>;

/// Puts them in place of those that stand. Returns what they name and is not there, each with what to give instead; counts
/// that no organisation can have are found by [`check`](crate::check::check).
pub fn replace(inputs: &mut Inputs, replaced: &ReplacedSignals) -> BTreeSet<String> {
    let mut wrong = BTreeSet::new();
    for (codebook, signals) in replaced {
        let prefix = format!("codebooks/{codebook}/themes/");
        let mut themes = inputs.themes.range(prefix.clone()..);
        let has_themes = themes.next().is_some_and(|(theme, _)| theme.starts_with(&prefix));
        if !has_themes && !inputs.signals.contains_key(codebook) {
            wrong.insert(format!("there is no codebook {codebook:?}; give one whose themes are known here"));
            continue;
        }
        for (organisation, signal) in signals {
            if !inputs.organisations.contains_key(organisation) {
                wrong.insert(format!(
                    "there is no organisation {organisation:?}; give one of the partnership"
                ));
            }
            for theme in signal.themes.keys().chain(signal.against.keys()) {
                if !theme.starts_with(&prefix) {
                    wrong
                        .insert(format!("{theme} is of another codebook; give themes of {codebook:?} alone"));
                } else if !inputs.themes.contains_key(theme) {
                    wrong.insert(format!("there is no {theme}; give a theme that is known here"));
                }
            }
        }
        inputs.signals.insert(codebook.clone(), signals.clone());
    }
    wrong
}

#[cfg(test)]
mod tests;
