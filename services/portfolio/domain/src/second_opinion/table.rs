//! Methods that order the items of one portfolio by named criteria.
use crate::{Inputs, Item, ONE, Ranking, refused::Refused, second_opinion::Scored, value};

/// The items of one portfolio by such a method.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Those that have every part, best first.
    pub items: Vec<Scored>,
    /// Those that have not, by id.
    pub unscored: Vec<Unscored>,
}

/// An item that the method cannot score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unscored {
    /// Its id.
    pub item: String,
    /// What it lacks.
    pub reason: String,
}

/// What a portfolio's items are read from.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub inputs: &'a Inputs,
    pub ranking: &'a Ranking,
}

impl Source<'_> {
    /// Refuses a portfolio or criteria that are not there.
    pub fn check(&self, portfolio: &str, criteria: &[(&str, &str)]) -> Result<(), Refused> {
        if !self.inputs.portfolios.contains_key(portfolio) {
            return Err(Refused::new("portfolio", format!("there is no portfolio {portfolio:?}")));
        }
        let unknown = criteria.iter().find(|(_, id)| !self.inputs.criteria.contains_key(*id));
        unknown.map_or(Ok(()), |(field, id)| {
            Err(Refused::new(*field, format!("there is no criterion {id:?}; name one of the model's")))
        })
    }

    /// The likely score of an item in the criterion's unit; for council demand and evidence what it stands at, 0 to 1.
    pub fn score(&self, id: &str, item: &Item, criterion: &str) -> Result<f64, String> {
        Ok(self.likely(id, item, criterion)? as f64 / ONE as f64)
    }

    /// What the likely score is worth between the criterion's anchors, 0 to 1; so that parts in different units can be
    /// added up.
    pub fn value(&self, id: &str, item: &Item, criterion: &str) -> Result<f64, String> {
        let score = self.likely(id, item, criterion)?;
        let worth = self.inputs.criteria.get(criterion).map_or(0, |of| value::value(of, score).value);
        Ok(worth as f64 / ONE as f64)
    }

    fn likely(&self, id: &str, item: &Item, criterion: &str) -> Result<i64, String> {
        let is_heard = self.inputs.criteria.get(criterion).is_some_and(|criterion| criterion.is_heard());
        let score = if is_heard {
            self.ranking.heard(id, criterion)
        } else {
            item.scores.get(criterion).map(|score| score.likely)
        };
        score.ok_or_else(|| format!("has no score under {criterion:?}"))
    }
}

/// What a method makes of one item: its score, and what decides between items with the same (less is better).
pub(super) struct Made {
    pub score: f64,
    pub tie: [f64; 2],
}

/// Orders a portfolio's items by a method, the highest score first; items level on score and tie-breaks share their
/// average place.
pub(super) fn order(
    inputs: &Inputs,
    portfolio: &str,
    method: impl Fn(&str, &Item) -> Result<Made, String>,
) -> Table {
    let (mut made, mut unscored) = (Vec::new(), Vec::new());
    for (id, item) in inputs.items.iter().filter(|(_, item)| item.portfolio == portfolio) {
        match method(id, item) {
            Ok(found) => made.push((id, found)),
            Err(reason) => unscored.push(Unscored { item: id.clone(), reason }),
        }
    }
    let key = |made: &Made| {
        let rounded = |number: f64| (number * 1e12).round() + 0.0;
        [-rounded(made.score) + 0.0, rounded(made.tie[0]), rounded(made.tie[1])]
    };
    let compare = |a: &Made, b: &Made| {
        let keys = key(a).into_iter().zip(key(b));
        keys.map(|(a, b)| a.total_cmp(&b)).find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
    };
    made.sort_by(|(a, x), (b, y)| compare(x, y).then_with(|| a.cmp(b)));
    let mut items = Vec::with_capacity(made.len());
    for level in made.chunk_by(|(_, a), (_, b)| compare(a, b).is_eq()) {
        let rank = items.len() as f64 + (level.len() + 1) as f64 / 2.0;
        items.extend(level.iter().map(|(id, made)| Scored { item: (*id).clone(), score: made.score, rank }));
    }
    Table { items, unscored }
}
