//! Portfolios, criteria and work items as YAML. Scores are in the criterion's unit: a number, `[low, likely, high]`, or
//! nothing for what is not scored yet; swings are whole and the largest is 100; link strengths and the values of points
//! are thousandths.
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_norway::Number;
use soundings_proto::portfolio::v1 as proto;

use crate::{
    decimal,
    failure::{Failure, Outcome},
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    portfolios: Vec<Portfolio>,
    #[serde(default)]
    criteria: Vec<Criterion>,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Portfolio {
    id: String,
    title: String,
    /// Where the title comes from; for readers of the file.
    #[serde(default, rename = "evidence")]
    _evidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Criterion {
    id: String,
    title: String,
    #[serde(default)]
    unit: String,
    lo: Number,
    hi: Number,
    direction: Direction,
    swing: Number,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    points: Vec<(Number, i64)>,
    #[serde(default)]
    prior: Option<Number>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Direction {
    Max,
    Min,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "lowercase")]
enum Source {
    #[default]
    People,
    Demand,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Item {
    id: String,
    portfolio: String,
    title: String,
    /// A longer title; for readers of the file.
    #[serde(default, rename = "full_name")]
    _full_name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    key_actions: String,
    #[serde(default)]
    outcomes: String,
    #[serde(default)]
    partners: Vec<String>,
    #[serde(default)]
    cost_gbp_k: i64,
    #[serde(default)]
    person_months: i64,
    /// Where the title comes from; for readers of the file.
    #[serde(default, rename = "evidence")]
    _evidence: String,
    #[serde(default)]
    depends_on: Vec<String>,
    #[serde(default)]
    scores: BTreeMap<String, Option<Score>>,
    #[serde(default)]
    links: Vec<Link>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Score {
    Exact(Number),
    Range([Number; 3]),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Link {
    theme: String,
    strength: i32,
}

/// Reads a file; `from` names where the text comes from.
pub fn read(from: &str, text: &str) -> Outcome<proto::ApplyPortfolioRequest> {
    let file: File = super::yaml(from, text)?;
    let portfolios = file.portfolios.into_iter().map(|p| proto::Portfolio {
        name: format!("portfolios/{}", p.id),
        title: p.title,
        ..Default::default()
    });
    Ok(proto::ApplyPortfolioRequest {
        portfolios: portfolios.collect(),
        criteria: file.criteria.into_iter().map(|c| criterion(from, c)).collect::<Outcome<_>>()?,
        work_items: file.items.into_iter().map(|i| item(from, i)).collect::<Outcome<_>>()?,
        validate_only: false,
        request_id: String::new(),
    })
}

/// A number of the file in 10⁻¹².
fn fixed(from: &str, place: &str, number: &Number) -> Outcome<i64> {
    // YAML reads what has a point as binary; it is taken when 12 decimal places say just the same.
    let text = match number.as_f64().filter(|_| number.is_f64()) {
        Some(binary) => {
            let text = format!("{binary:.12}");
            if text.parse() == Ok(binary) { text.trim_end_matches('0').to_owned() } else { String::new() }
        }
        None => number.to_string(),
    };
    decimal::read(text.trim_end_matches('.')).ok_or_else(|| {
        let rule = "give a number between -9,000,000 and 9,000,000 with at most 12 decimal places";
        Failure::usage(format!("{from}: {place} is {number}; {rule}"))
    })
}

fn criterion(from: &str, c: Criterion) -> Outcome<proto::Criterion> {
    let place = |field: &str| format!("criterion {}.{field}", c.id);
    let point = |(score, thousandths): &(Number, i64)| {
        let value = thousandths.saturating_mul(1_000_000_000);
        Ok(proto::ValuePoint { score: fixed(from, &place("points"), score)?, value })
    };
    Ok(proto::Criterion {
        lowest: fixed(from, &place("lo"), &c.lo)?,
        highest: fixed(from, &place("hi"), &c.hi)?,
        swing: fixed(from, &place("swing"), &c.swing)? / 1_000_000_000,
        points: c.points.iter().map(point).collect::<Outcome<_>>()?,
        prior_value: c.prior.as_ref().map(|prior| fixed(from, &place("prior"), prior)).transpose()?,
        name: format!("criteria/{}", c.id),
        title: c.title,
        unit: c.unit,
        direction: match c.direction {
            Direction::Max => proto::Direction::MoreIsBetter,
            Direction::Min => proto::Direction::LessIsBetter,
        }
        .into(),
        source: match c.source {
            Source::People => proto::ScoreSource::People,
            Source::Demand => proto::ScoreSource::Demand,
        }
        .into(),
    })
}

fn item(from: &str, item: Item) -> Outcome<proto::WorkItem> {
    let mut scores = Vec::new();
    for (criterion, given) in &item.scores {
        let number = |number: &Number| fixed(from, &format!("item {}.scores.{criterion}", item.id), number);
        let criterion = format!("criteria/{criterion}");
        match given {
            None => {}
            Some(Score::Exact(likely)) => {
                scores.push(proto::Score { criterion, likely: number(likely)?, low: None, high: None });
            }
            Some(Score::Range([low, likely, high])) => scores.push(proto::Score {
                criterion,
                likely: number(likely)?,
                low: Some(number(low)?),
                high: Some(number(high)?),
            }),
        }
    }
    let links = item.links.into_iter().map(|l| proto::ThemeLink { theme: l.theme, strength: l.strength });
    Ok(proto::WorkItem {
        name: format!("workItems/{}", item.id),
        portfolio: format!("portfolios/{}", item.portfolio),
        title: item.title,
        role: item.role,
        key_actions: item.key_actions,
        outcomes: item.outcomes,
        partners: item.partners,
        cost_gbp: item.cost_gbp_k.saturating_mul(1_000),
        effort_centimonths: item.person_months.saturating_mul(100),
        depends_on: item.depends_on.into_iter().map(|id| format!("workItems/{id}")).collect(),
        scores,
        links: links.collect(),
        etag: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seeds_portfolios_can_be_read() {
        let file = read("seed", include_str!("../../seed/portfolio.yaml")).ok().unwrap();
        assert_eq!((file.portfolios.len(), file.criteria.len(), file.work_items.len()), (9, 8, 24));
        assert_eq!((file.criteria[0].swing, file.criteria[0].highest), (100_000, 1_000_000_000_000));
        let ranged = file.work_items.iter().flat_map(|item| &item.scores).filter(|score| score.low.is_some());
        assert!(ranged.count() > 0);
        let housing = read("housing", include_str!("../../seed/housing/portfolio.yaml"));
        assert_eq!(housing.ok().unwrap().portfolios.len(), 1);
    }

    #[test]
    fn what_cannot_be_read_is_named_with_its_place() {
        let text = "items: [{id: X, portfolio: P, title: T, scores: {fit: 1e99}}]";
        let failure = format!("{:?}", read("p.yaml", text).unwrap_err());
        assert!(failure.contains("p.yaml: item X.scores.fit"), "{failure}");
        let small = "items: [{id: X, portfolio: P, title: T, scores: {a: 0.000001, b: 1.5, c: -3.0}}]";
        let item = read("p.yaml", small).ok().unwrap().work_items.remove(0);
        let likely: Vec<i64> = item.scores.iter().map(|score| score.likely).collect();
        assert_eq!(likely, [1_000_000, 1_500_000_000_000, -3_000_000_000_000]);
        let failure = format!("{:?}", read("p.yaml", "item: []").unwrap_err());
        assert!(failure.contains("unknown field `item`"), "{failure}");
    }
}
