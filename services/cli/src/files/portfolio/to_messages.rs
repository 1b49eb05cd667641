//! A file's content as a request.
use soundings_proto::portfolio::v1 as proto;

use super::{Criterion, Direction, File, Fixed, Item, Score, Source};
use crate::failure::{Failure, Outcome};

/// As a request that makes or replaces all of it.
pub fn request(file: File) -> Outcome<proto::ApplyPortfolioRequest> {
    let portfolio = |p: super::Portfolio| proto::Portfolio {
        name: format!("portfolios/{}", p.id),
        title: p.title,
        ..Default::default()
    };
    let programme = |p: super::Programme| proto::Programme {
        name: format!("programmes/{}", p.id),
        portfolio: format!("portfolios/{}", p.portfolio),
        title: p.title,
    };
    let resource = |r: super::Resource| proto::Resource {
        name: format!("resources/{}", r.id),
        title: r.title,
        unit: r.unit,
    };
    Ok(proto::ApplyPortfolioRequest {
        portfolios: file.portfolios.into_iter().map(portfolio).collect(),
        programmes: file.programmes.into_iter().map(programme).collect(),
        resources: file.resources.into_iter().map(resource).collect(),
        criteria: file.criteria.into_iter().map(criterion).collect::<Outcome<_>>()?,
        work_items: file.items.into_iter().map(item).collect::<Outcome<_>>()?,
        ..Default::default()
    })
}

/// A number in whole parts, or a failure that names its place.
fn parts(place: &str, number: Fixed, parts: i64, what: &str) -> Outcome<i64> {
    number.in_parts(parts).ok_or_else(|| Failure::usage(format!("{place}: give {what}")))
}

fn criterion(c: Criterion) -> Outcome<proto::Criterion> {
    let place = |field: &str| format!("criterion {}.{field}", c.id);
    let point = |(score, value): &(Fixed, Fixed)| {
        let thousandths = parts(&place("points"), *value, 1, "values in whole thousandths")?;
        Ok(proto::ValuePoint { score: score.0, value: thousandths.saturating_mul(1_000_000_000) })
    };
    Ok(proto::Criterion {
        lowest: c.lo.0,
        highest: c.hi.0,
        swing: parts(&place("swing"), c.swing, 1000, "at most three decimal places")?,
        points: c.points.iter().map(point).collect::<Outcome<_>>()?,
        prior_value: c.prior.map(|prior| prior.0),
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
            Source::Evidence => proto::ScoreSource::Evidence,
        }
        .into(),
    })
}

fn item(item: Item) -> Outcome<proto::WorkItem> {
    let place = |field: &str| format!("item {}.{field}", item.id);
    let two = "at most two decimal places";
    let score = |(criterion, given): (&String, &Option<Score>)| {
        let criterion = format!("criteria/{criterion}");
        match given {
            None => None,
            Some(Score::Exact(likely)) => {
                Some(proto::Score { criterion, likely: likely.0, low: None, high: None })
            }
            Some(Score::Range([low, likely, high])) => {
                Some(proto::Score { criterion, likely: likely.0, low: Some(low.0), high: Some(high.0) })
            }
        }
    };
    let need = |(resource, amount): (&String, &Fixed)| {
        let hundredths = parts(&place(&format!("needs.{resource}")), *amount, 100, two)?;
        Ok(proto::ResourceNeed { resource: format!("resources/{resource}"), hundredths })
    };
    let names = |ids: &[String]| ids.iter().map(|id| format!("workItems/{id}")).collect();
    Ok(proto::WorkItem {
        cost_gbp: parts(&place("cost_gbp_k"), item.cost_gbp_k, 1000, "whole pounds")?,
        effort_centimonths: parts(&place("person_months"), item.person_months, 100, two)?,
        needs: item.needs.iter().map(need).collect::<Outcome<_>>()?,
        scores: item.scores.iter().filter_map(score).collect(),
        depends_on: names(&item.depends_on),
        excludes: names(&item.excludes),
        mandatory: item.mandatory,
        direct: None,
        name: format!("workItems/{}", item.id),
        portfolio: format!("portfolios/{}", item.portfolio),
        programme: if item.programme.is_empty() {
            String::new()
        } else {
            format!("programmes/{}", item.programme)
        },
        title: item.title,
        role: item.role,
        key_actions: item.key_actions,
        outcomes: item.outcomes,
        owner: item.owner,
        partners: item.partners,
        links: item.links.into_iter().map(Into::into).collect(),
        etag: String::new(),
    })
}
