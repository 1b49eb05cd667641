//! A model's messages as a file's content.
use soundings_proto::portfolio::v1 as proto;

use super::{Criterion, Direction, File, Fixed, Item, Model, Portfolio, Programme, Resource, Score, Source};
use crate::{
    commands::last_part,
    failure::{Failure, Outcome},
};

/// What the prior is when a file does not say.
const PRIOR: i64 = 500_000_000_000;

/// As a file.
pub fn file(model: &Model) -> Outcome<File> {
    let portfolio = |p: &proto::Portfolio| Portfolio {
        id: last_part(&p.name),
        title: p.title.clone(),
        _evidence: String::new(),
    };
    let programme = |p: &proto::Programme| Programme {
        id: last_part(&p.name),
        portfolio: last_part(&p.portfolio),
        title: p.title.clone(),
    };
    let resource = |r: &proto::Resource| Resource {
        id: last_part(&r.name),
        title: r.title.clone(),
        unit: r.unit.clone(),
    };
    let mut file = File {
        portfolios: model.portfolios.iter().map(portfolio).collect(),
        programmes: model.programmes.iter().map(programme).collect(),
        resources: model.resources.iter().map(resource).collect(),
        criteria: model.criteria.iter().map(criterion).collect::<Outcome<_>>()?,
        items: model.items.iter().map(item).collect::<Outcome<_>>()?,
    };
    file.portfolios.sort_by(|a, b| a.id.cmp(&b.id));
    file.items.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(file)
}

fn parts(count: i64, parts: i64) -> Outcome<Fixed> {
    let large = || Failure::usage(format!("{count} is more than a file can hold"));
    Fixed::of_parts(count, parts).ok_or_else(large)
}

fn criterion(c: &proto::Criterion) -> Outcome<Criterion> {
    // A value, in 10⁻¹², in thousandths with all its digits.
    let point = |p: &proto::ValuePoint| match p.value.checked_mul(1000) {
        Some(thousandths) => Ok((Fixed(p.score), Fixed(thousandths))),
        None => Err(Failure::usage(format!("{} is more than a file can hold", p.value))),
    };
    Ok(Criterion {
        id: last_part(&c.name),
        title: c.title.clone(),
        unit: c.unit.clone(),
        lo: Fixed(c.lowest),
        hi: Fixed(c.highest),
        direction: match c.direction() {
            proto::Direction::LessIsBetter => Direction::Min,
            _ => Direction::Max,
        },
        swing: parts(c.swing, 1000)?,
        source: match c.source() {
            proto::ScoreSource::Demand => Source::Demand,
            proto::ScoreSource::Evidence => Source::Evidence,
            _ => Source::People,
        },
        points: c.points.iter().map(point).collect::<Outcome<_>>()?,
        prior: c.prior_value.filter(|prior| *prior != PRIOR).map(Fixed),
    })
}

fn score(score: &proto::Score) -> Score {
    let (low, high) = (score.low.unwrap_or(score.likely), score.high.unwrap_or(score.likely));
    if (low, high) == (score.likely, score.likely) {
        Score::Exact(Fixed(score.likely))
    } else {
        Score::Range([low, score.likely, high].map(Fixed))
    }
}

fn item(item: &proto::WorkItem) -> Outcome<Item> {
    let need = |n: &proto::ResourceNeed| Ok((last_part(&n.resource), parts(n.hundredths, 100)?));
    let ids = |names: &[String]| names.iter().map(|name| last_part(name)).collect();
    Ok(Item {
        id: last_part(&item.name),
        portfolio: last_part(&item.portfolio),
        programme: last_part(&item.programme),
        title: item.title.clone(),
        _full_name: String::new(),
        role: item.role.clone(),
        key_actions: item.key_actions.clone(),
        outcomes: item.outcomes.clone(),
        owner: item.owner.clone(),
        partners: item.partners.clone(),
        cost_gbp_k: parts(item.cost_gbp, 1000)?,
        person_months: parts(item.effort_centimonths, 100)?,
        needs: item.needs.iter().map(need).collect::<Outcome<_>>()?,
        _evidence: String::new(),
        depends_on: ids(&item.depends_on),
        excludes: ids(&item.excludes),
        mandatory: item.mandatory,
        scores: item.scores.iter().map(|s| (last_part(&s.criterion), Some(score(s)))).collect(),
        links: item.links.iter().map(Into::into).collect(),
    })
}
