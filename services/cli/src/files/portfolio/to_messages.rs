//! A file's content as a request.
use soundings_proto::portfolio::v1 as proto;

use super::{Criterion, Direction, File, Fixed, Item, Score, Source};

/// Where what cannot be said in whole parts goes: the section, which entry of it, the field, and what to give.
type Wrong<'a> = dyn FnMut(&'static str, usize, &str, String) + 'a;

/// As a request that makes or replaces all of it. What cannot be said is told, and nothing in its place.
pub fn request(file: File, wrong: &mut Wrong<'_>) -> proto::ApplyPortfolioRequest {
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
    let criteria = file.criteria.into_iter().enumerate();
    let criteria =
        criteria.map(|(at, it)| criterion(it, &mut |field, text| wrong("criteria", at, field, text)));
    let criteria = criteria.collect();
    let items = file.items.into_iter().enumerate();
    let items = items.map(|(at, it)| item(it, &mut |field, text| wrong("items", at, field, text)));
    proto::ApplyPortfolioRequest {
        portfolios: file.portfolios.into_iter().map(portfolio).collect(),
        programmes: file.programmes.into_iter().map(programme).collect(),
        resources: file.resources.into_iter().map(resource).collect(),
        criteria,
        work_items: items.collect(),
        ..Default::default()
    }
}

/// A number in whole parts; where it is none, 0, with what to give.
fn parts(number: Fixed, parts: i64, field: &str, what: &str, wrong: &mut dyn FnMut(&str, String)) -> i64 {
    number.in_parts(parts).unwrap_or_else(|| {
        wrong(field, format!("give {what}"));
        0
    })
}

fn criterion(c: Criterion, wrong: &mut dyn FnMut(&str, String)) -> proto::Criterion {
    let mut point = |(score, value): &(Fixed, Fixed)| {
        let value = parts(*value, 1_000_000_000, "points", "values with at most nine decimal places", wrong);
        proto::ValuePoint { score: score.0, value }
    };
    proto::Criterion {
        points: c.points.iter().map(&mut point).collect(),
        lowest: c.lo.0,
        highest: c.hi.0,
        swing: parts(c.swing, 1000, "swing", "at most three decimal places", wrong),
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
    }
}

fn item(item: Item, wrong: &mut dyn FnMut(&str, String)) -> proto::WorkItem {
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
    let mut need = |(resource, amount): (&String, &Fixed)| {
        let hundredths = parts(*amount, 100, "needs", &format!("{two} for {resource:?}"), wrong);
        proto::ResourceNeed { resource: format!("resources/{resource}"), hundredths }
    };
    let names = |ids: &[String]| ids.iter().map(|id| format!("workItems/{id}")).collect();
    proto::WorkItem {
        needs: item.needs.iter().map(&mut need).collect(),
        cost_gbp: parts(item.cost_gbp_k, 1000, "cost_gbp_k", "whole pounds", wrong),
        effort_centimonths: parts(item.person_months, 100, "person_months", two, wrong),
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
    }
}
