//! Statements that are copies of another but for a few words: what a campaign sends, each with a word of its own.
//!
//! A statement is its runs of three words, whatever its case and punctuation; it is a copy of an earlier one that shares
//! most of them (Broder, "On the resemblance and containment of documents", 1997). Short statements are copies only
//! where all their words are the same: many people say "more staff" without copying anybody.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::words::words;

/// Words in a run.
const RUN: usize = 3;
/// A statement of fewer words is compared as a whole.
const LEAST_WORDS: usize = 8;
/// Two statements are copies from this share of shared runs on.
const ALIKE: f64 = 0.5;

/// Of each text, the place of the first one that it is a copy of; its own if it is none. A first one is never a copy.
#[must_use]
pub fn first_of_each(texts: &[&str]) -> Vec<usize> {
    let mut whole: HashMap<Vec<String>, usize> = HashMap::new();
    let mut holders: HashMap<[String; RUN], Vec<usize>> = HashMap::new();
    let mut sizes: HashMap<usize, usize> = HashMap::new();
    let mut firsts = Vec::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        let words = words(text);
        if words.is_empty() {
            firsts.push(place);
            continue;
        }
        if let Some(first) = whole.get(&words) {
            firsts.push(*first);
            continue;
        }
        let runs: BTreeSet<[String; RUN]> = if words.len() < LEAST_WORDS {
            BTreeSet::new()
        } else {
            words.windows(RUN).map(|run| std::array::from_fn(|i| run[i].clone())).collect()
        };
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        let met = runs.iter().filter_map(|run| holders.get(run)).flatten();
        met.for_each(|holder| *shared.entry(*holder).or_default() += 1);
        let alike = |(holder, both): (&usize, &usize)| {
            let either = runs.len() + sizes.get(holder).copied().unwrap_or_default() - both;
            *both as f64 >= ALIKE * either as f64
        };
        // Of several the one that shares most; of equals the first.
        let first = shared.iter().filter(|pair| alike(*pair)).max_by_key(|(h, b)| (**b, usize::MAX - **h));
        let first = first.map_or(place, |(holder, _)| *holder);
        if first == place {
            sizes.insert(place, runs.len());
            for run in runs {
                holders.entry(run).or_default().push(place);
            }
        }
        whole.insert(words, first);
        firsts.push(first);
    }
    firsts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_of_a_letter_are_copies_and_short_or_other_statements_are_not() {
        let letter = "Every member of staff who is asked to work from home should be given the equipment to do it safely.";
        let texts = [
            letter,
            "every member of staff who is asked to work from home MUST be given the equipment to do it safely!",
            "Every worker who is asked to work from home should be given the equipment to do it safely - thanks.",
            "Staff who work from home need equipment, and the council should pay for their broadband as well.",
            "More staff please",
            "more staff, please",
            "More staff",
            "",
            "",
        ];
        assert_eq!(first_of_each(&texts), [0, 0, 0, 3, 4, 4, 6, 7, 8]);
    }
}
