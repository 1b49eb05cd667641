//! Scoring rounds: several people score the same items by the same criteria without seeing each other's scores, then see
//! how far they are apart, may think again, and agree.
//!
//! The spread of a cell is told as the median of the likely scores, as in the Delphi method (N. Dalkey and O. Helmer, 1963),
//! between the lowest and the highest score that anybody thinks possible; that is also what is suggested.
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Inputs, Score};

/// Most cells of a round.
const CELLS: usize = 20_000;
/// Longest title, reason or comment, in characters.
const LONGEST: usize = 1000;

/// Where a round stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// People score, unseen.
    Open,
    /// Everybody sees the spread; people may think again.
    Shown,
    /// Scores were agreed and are the items' own.
    Agreed,
    /// Given up.
    Cancelled,
}

/// A cell: an item under a criterion.
pub type Cell = (String, String);

/// One person's scores.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// By item, then criterion.
    pub scores: BTreeMap<String, BTreeMap<String, Score>>,
    /// Whether any of them was given or changed after all were shown.
    pub after_shown: bool,
}

/// A round.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// What people call it.
    pub title: String,
    /// What is scored.
    pub items: BTreeSet<String>,
    /// By what.
    pub criteria: BTreeSet<String>,
    /// Who scores; empty: everybody who may.
    pub scorers: BTreeSet<String>,
    /// Where it stands.
    pub state: State,
    /// Who opened it.
    pub opened_by: String,
    /// By person.
    pub ballots: BTreeMap<String, Ballot>,
    /// What was agreed, by item, then criterion.
    pub agreed: BTreeMap<String, BTreeMap<String, Score>>,
    /// Who closed it; empty: nobody yet.
    pub closed_by: String,
    /// Why these scores, or why it was given up.
    pub reason: String,
}

/// Why a step was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Fields that cannot be taken, each with what is wrong.
    #[error("the round has fields that cannot be taken")]
    Invalid(Vec<(String, String)>),
    /// The round does not stand where the step starts.
    #[error("the round is {}; {fix}", format!("{is:?}").to_lowercase())]
    WrongState {
        /// Where it stands.
        is: State,
        /// What can be done.
        fix: &'static str,
    },
    /// The person is not among those who score.
    #[error("{0} is not among those who score in this round")]
    NotAScorer(String),
}

/// How far people are apart on a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spread {
    /// The item.
    pub item: String,
    /// The criterion.
    pub criterion: String,
    /// How many scored it.
    pub scored: i64,
    /// The lowest score that anybody thinks possible, in 10⁻¹² of the criterion's unit.
    pub lowest: i64,
    /// The median of the likely scores; of two in the middle the lower, so that it is a score that somebody gave.
    pub median: i64,
    /// The highest score that anybody thinks possible.
    pub highest: i64,
}

impl Spread {
    /// The score that it suggests.
    pub fn suggested(&self) -> Score {
        Score { low: self.lowest, likely: self.median, high: self.highest }
    }
}

fn invalid(field: &str, text: impl Into<String>) -> (String, String) {
    (field.to_owned(), text.into())
}

fn refuse(wrong: Vec<(String, String)>) -> Result<(), Refusal> {
    if wrong.is_empty() { Ok(()) } else { Err(Refusal::Invalid(wrong)) }
}

impl Round {
    /// Opens a round on what the inputs hold.
    ///
    /// # Errors
    /// Every field that cannot be taken.
    pub fn open(self, inputs: &Inputs) -> Result<Self, Refusal> {
        let mut wrong = Vec::new();
        if self.title.trim().is_empty() || self.title.chars().count() > LONGEST {
            wrong.push(invalid("title", "must be 1 to 1,000 characters"));
        }
        if self.items.is_empty() || self.criteria.is_empty() {
            wrong.push(invalid("work_items", "give at least one item and one criterion"));
        }
        if self.items.len() * self.criteria.len() > CELLS {
            wrong.push(invalid("work_items", format!("more than {CELLS} scores: make several rounds")));
        }
        for id in self.items.iter().filter(|id| !inputs.items.contains_key(*id)) {
            wrong.push(invalid("work_items", format!("there is no work item {id:?}")));
        }
        for id in &self.criteria {
            match inputs.criteria.get(id) {
                None => wrong.push(invalid("criteria", format!("there is no criterion {id:?}"))),
                Some(found) if found.is_heard() => {
                    let what = if found.is_demand { "council demand" } else { "evidence" };
                    wrong.push(invalid("criteria", format!("{id:?} is {what}, not scored by people")));
                }
                Some(_) => {}
            }
        }
        refuse(wrong)?;
        Ok(self)
    }

    /// Takes a person's scores over what the same person gave before; a cell given as None is taken back.
    ///
    /// # Errors
    /// When the round is over, the person does not score in it, or a score cannot be taken.
    pub fn score(mut self, by: &str, given: Vec<(Cell, Option<Score>)>) -> Result<Self, Refusal> {
        if !matches!(self.state, State::Open | State::Shown) {
            return Err(Refusal::WrongState { is: self.state, fix: "open another round" });
        }
        if !self.scorers.is_empty() && !self.scorers.contains(by) {
            return Err(Refusal::NotAScorer(by.to_owned()));
        }
        refuse(given.iter().filter_map(|(cell, score)| self.wrong_with(cell, score.as_ref())).collect())?;
        let ballot = self.ballots.entry(by.to_owned()).or_default();
        ballot.after_shown |= self.state == State::Shown;
        for ((item, criterion), score) in given {
            let scores = ballot.scores.entry(item).or_default();
            match score {
                Some(score) => drop(scores.insert(criterion, score)),
                None => drop(scores.remove(&criterion)),
            }
        }
        ballot.scores.retain(|_, scores| !scores.is_empty());
        Ok(self)
    }

    fn wrong_with(&self, (item, criterion): &Cell, score: Option<&Score>) -> Option<(String, String)> {
        if !self.items.contains(item) || !self.criteria.contains(criterion) {
            return Some(invalid("scores", format!("{item} under {criterion} is not part of this round")));
        }
        let falls = score.is_some_and(|s| s.low > s.likely || s.likely > s.high);
        falls.then(|| invalid("scores", format!("{item} under {criterion}: low, likely and high must rise")))
    }

    /// Lets everybody see the spread.
    ///
    /// # Errors
    /// When it is not open.
    pub fn show(mut self) -> Result<Self, Refusal> {
        if self.state != State::Open {
            return Err(Refusal::WrongState { is: self.state, fix: "only an open round is shown" });
        }
        self.state = State::Shown;
        Ok(self)
    }

    /// Takes what was agreed: these scores, and for cells that are not among them, what the spread suggests.
    ///
    /// # Errors
    /// When nobody has seen the spread, the reason is missing, or a score cannot be taken.
    pub fn agree(mut self, by: &str, reason: &str, given: Vec<(Cell, Score)>) -> Result<Self, Refusal> {
        if self.state != State::Shown {
            let fix = match self.state {
                State::Open => "show the spread first",
                _ => "it is over: open another round",
            };
            return Err(Refusal::WrongState { is: self.state, fix });
        }
        let mut wrong: Vec<_> =
            given.iter().filter_map(|(cell, score)| self.wrong_with(cell, Some(score))).collect();
        wrong.extend(wrong_reason(reason));
        refuse(wrong)?;
        for spread in self.spread() {
            let suggested = spread.suggested();
            self.agreed.entry(spread.item).or_default().insert(spread.criterion, suggested);
        }
        for ((item, criterion), score) in given {
            self.agreed.entry(item).or_default().insert(criterion, score);
        }
        (self.state, self.closed_by, self.reason) = (State::Agreed, by.to_owned(), reason.to_owned());
        Ok(self)
    }

    /// Gives it up; nothing of it reaches the items.
    ///
    /// # Errors
    /// When it is over already, or the reason is missing.
    pub fn cancel(mut self, by: &str, reason: &str) -> Result<Self, Refusal> {
        if !matches!(self.state, State::Open | State::Shown) {
            return Err(Refusal::WrongState { is: self.state, fix: "it is over already" });
        }
        refuse(wrong_reason(reason).into_iter().collect())?;
        (self.state, self.closed_by, self.reason) = (State::Cancelled, by.to_owned(), reason.to_owned());
        Ok(self)
    }

    /// How far people are apart, cell by cell; cells that nobody scored are left out.
    pub fn spread(&self) -> Vec<Spread> {
        let mut cells: BTreeMap<(&String, &String), Vec<&Score>> = BTreeMap::new();
        for ballot in self.ballots.values() {
            for (item, scores) in &ballot.scores {
                for (criterion, score) in scores {
                    cells.entry((item, criterion)).or_default().push(score);
                }
            }
        }
        let spread = |((item, criterion), given): ((&String, &String), Vec<&Score>)| {
            let mut likely: Vec<i64> = given.iter().map(|score| score.likely).collect();
            likely.sort_unstable();
            let median = likely.get((likely.len() - 1) / 2).copied().unwrap_or_default();
            Spread {
                item: item.clone(),
                criterion: criterion.clone(),
                scored: i64::try_from(likely.len()).unwrap_or(i64::MAX),
                lowest: given.iter().map(|score| score.low).min().unwrap_or_default(),
                median,
                highest: given.iter().map(|score| score.high).max().unwrap_or_default(),
            }
        };
        cells.into_iter().map(spread).collect()
    }
}

fn wrong_reason(reason: &str) -> Option<(String, String)> {
    let length = reason.trim().chars().count();
    (length == 0 || length > LONGEST).then(|| invalid("reason", "must be 1 to 1,000 characters"))
}

#[cfg(test)]
mod tests;
