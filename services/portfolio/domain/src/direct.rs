//! What organisations say by answering closed questions: each is bound to a theme or to a work item.
//!
//! An organisation's share of a theme takes both together, what its respondents wrote and what they answered: (raised + Σ
//! support)/(answered + answers). An item has a direct voice of its own from all questions bound to it, with the same mean
//! over organisations as a theme. It takes the strength that the item's links leave free; where they leave none it counts
//! nothing. Before anybody answers it is worth what a theme is that nobody raised, so that binding alone moves nothing.
//! What was bound to a theme that was merged goes where its mentions went.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Inputs, Item, Kind, demand::Tally, link::WHOLE};

/// Full support, in millionths.
pub const FULL: i64 = 1_000_000;

/// An organisation's tallies of a survey's bound questions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Support {
    /// Its number.
    pub sequence: i64,
    /// Distinct respondents who answered at least one of them.
    pub respondents: i64,
    /// By what the questions are bound to: a theme's full name, or `workItems/{item}`.
    pub targets: BTreeMap<String, Rated>,
}

/// What answers to bound questions add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rated {
    /// How many answers.
    pub answers: i64,
    /// Sum of their support in millionths, each 0 to [`FULL`].
    pub support_ppm: i64,
}

/// What questions that are bound to an item itself name.
pub fn target(item: &str) -> String {
    format!("workItems/{item}")
}

/// The id of the item that a target names; None: it names a theme.
pub fn item(target: &str) -> Option<&str> {
    target.strip_prefix("workItems/")
}

/// Every organisation's answers by what they speak for: an item, or the theme that a bound one went to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Direct<'a> {
    by_target: BTreeMap<&'a str, BTreeMap<&'a str, Rated>>,
}

impl<'a> Direct<'a> {
    pub(crate) fn of(inputs: &'a Inputs) -> Self {
        let mut by_target: BTreeMap<&str, BTreeMap<&str, Rated>> = BTreeMap::new();
        for (organisation, support) in inputs.supports.values().flatten() {
            for (target, rated) in support.targets.iter().filter(|(_, rated)| rated.answers > 0) {
                let own =
                    by_target.entry(inputs.goes_to(target)).or_default().entry(organisation).or_default();
                own.answers += rated.answers;
                own.support_ppm += rated.support_ppm;
            }
        }
        Direct { by_target }
    }

    /// What questions with an answer are bound to, by name; some more than once.
    pub(crate) fn bound(inputs: &Inputs) -> impl Iterator<Item = &str> {
        let targets = inputs.supports.values().flatten().flat_map(|(_, support)| support.targets.keys());
        targets.map(String::as_str)
    }

    /// Whether anybody answered a question that speaks for it.
    pub(crate) fn knows(&self, target: &str) -> bool {
        self.by_target.contains_key(target)
    }

    /// Items with a direct voice, as `workItems/{item}`.
    pub(crate) fn items(&self) -> impl Iterator<Item = &'a str> {
        self.by_target.keys().copied().filter(|target| item(target).is_some())
    }

    /// What each organisation that answered says of a theme or an item, in order of id.
    pub(crate) fn tallies<'b>(
        &'b self,
        inputs: &'b Inputs,
        target: &'b str,
    ) -> impl Iterator<Item = (&'b str, Tally)> {
        let codebook = target.split('/').nth(1).filter(|_| item(target).is_none());
        let written = codebook.and_then(|codebook| inputs.signals.get(codebook)).into_iter().flatten();
        let written = written.filter(|(_, signal)| signal.respondents > 0);
        let mut written = written.map(|(id, signal)| (id.as_str(), Tally::of(signal, target))).peekable();
        let rated = self.by_target.get(target).into_iter().flatten();
        let mut rated = rated.map(|(id, rated)| (*id, *rated)).peekable();
        // Both are in order of id, so one walk finds who did both.
        std::iter::from_fn(move || {
            let rated_alone = rated.next_if(|(id, _)| written.peek().is_none_or(|(other, _)| id < other));
            if let Some((id, rated)) = rated_alone {
                return Some((id, Tally { rated, ..Tally::default() }));
            }
            let (id, tally) = written.next()?;
            let also = rated.next_if(|(other, _)| *other == id).map(|(_, rated)| rated);
            Some((id, Tally { rated: also.unwrap_or_default(), ..tally }))
        })
    }

    /// What one organisation says of a theme or an item; nothing, if it did not answer.
    pub(crate) fn tally(&self, inputs: &Inputs, target: &str, organisation: &str) -> Tally {
        let codebook = target.split('/').nth(1).filter(|_| item(target).is_none());
        let signal = codebook.and_then(|codebook| inputs.signals.get(codebook)?.get(organisation));
        let written = signal.map_or_else(Tally::default, |signal| Tally::of(signal, target));
        let rated = self.by_target.get(target).and_then(|all| all.get(organisation));
        Tally { rated: rated.copied().unwrap_or_default(), ..written }
    }
}

impl Inputs {
    /// The strength in thousandths that an item's links leave free in a ranking, which its direct voice takes.
    pub fn free(&self, kind: Kind, item: &Item) -> i64 {
        WHOLE - self.followed(kind, item).map(|counted| counted.link.strength).sum::<i64>()
    }

    /// Surveys that asked for a theme or an item and were answered, though it may have been taken back, in order of id;
    /// `target` is where a bound theme went.
    pub fn surveys_on(&self, target: &str) -> BTreeSet<&str> {
        let asks = |support: &Support| support.targets.keys().any(|bound| self.goes_to(bound) == target);
        let surveys = self.supports.iter().filter(|(_, own)| own.values().any(asks));
        surveys.map(|(survey, _)| survey.as_str()).collect()
    }

    /// Answers to questions that are bound to an item itself, by organisation.
    pub fn rated(&self, item: &str) -> BTreeMap<&str, Rated> {
        let (target, mut all) = (target(item), BTreeMap::new());
        for (organisation, support) in self.supports.values().flatten() {
            if let Some(rated) = support.targets.get(&target).filter(|rated| rated.answers > 0) {
                let own: &mut Rated = all.entry(organisation.as_str()).or_default();
                own.answers += rated.answers;
                own.support_ppm += rated.support_ppm;
            }
        }
        all
    }
}

#[cfg(test)]
pub(crate) mod tests;
