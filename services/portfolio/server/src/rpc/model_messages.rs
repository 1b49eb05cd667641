//! Portfolios, criteria and work items as messages, and back.
use soundings_chassis::Problem;
use soundings_portfolio_domain::{Criterion, Item, ONE, Portfolio, Score};
use soundings_proto::portfolio::v1 as proto;

use super::names;

/// From a message.
pub fn read_portfolio(field: &str, message: proto::Portfolio) -> Result<(String, Portfolio), Problem> {
    let id = names::read(&format!("{field}.name"), "portfolios", &message.name)?;
    if message.title.is_empty() || message.title.chars().count() > 200 {
        return Err(Problem::invalid_field(format!("{field}.title"), "must be 1 to 200 characters"));
    }
    Ok((id, Portfolio { title: message.title }))
}

/// As a message.
pub fn criterion(id: &str, criterion: &Criterion) -> proto::Criterion {
    let direction = if criterion.less_is_better {
        proto::Direction::LessIsBetter
    } else {
        proto::Direction::MoreIsBetter
    };
    let source = if criterion.is_demand { proto::ScoreSource::Demand } else { proto::ScoreSource::People };
    proto::Criterion {
        name: format!("criteria/{id}"),
        title: criterion.title.clone(),
        unit: criterion.unit.clone(),
        lowest: criterion.lowest,
        highest: criterion.highest,
        direction: direction.into(),
        swing: criterion.swing,
        points: criterion
            .points
            .iter()
            .map(|(score, value)| proto::ValuePoint { score: *score, value: *value })
            .collect(),
        prior_value: Some(criterion.prior_value),
        source: source.into(),
    }
}

/// From a message.
pub fn read_criterion(field: &str, message: proto::Criterion) -> Result<(String, Criterion), Problem> {
    let id = names::read(&format!("{field}.name"), "criteria", &message.name)?;
    let less_is_better = match message.direction() {
        proto::Direction::MoreIsBetter => false,
        proto::Direction::LessIsBetter => true,
        proto::Direction::Unspecified => {
            let text = "is missing; give MORE_IS_BETTER or LESS_IS_BETTER";
            return Err(Problem::invalid_field(format!("{field}.direction"), text));
        }
    };
    let is_demand = match message.source() {
        proto::ScoreSource::People => false,
        proto::ScoreSource::Demand => true,
        proto::ScoreSource::Unspecified => {
            return Err(Problem::invalid_field(
                format!("{field}.source"),
                "is missing; give PEOPLE or DEMAND",
            ));
        }
    };
    let criterion = Criterion {
        title: message.title,
        unit: message.unit,
        lowest: message.lowest,
        highest: message.highest,
        less_is_better,
        swing: message.swing,
        points: message.points.iter().map(|point| (point.score, point.value)).collect(),
        prior_value: message.prior_value.unwrap_or(ONE / 2),
        is_demand,
    };
    Ok((id, criterion))
}

/// As a message; `etag` is the position of its entry.
pub fn work_item(id: &str, item: &Item, etag: i64) -> proto::WorkItem {
    let score = |(criterion, score): (&String, &Score)| proto::Score {
        criterion: format!("criteria/{criterion}"),
        likely: score.likely,
        low: Some(score.low),
        high: Some(score.high),
    };
    let link = |(theme, strength): (&String, &i64)| proto::ThemeLink {
        theme: theme.clone(),
        strength: i32::try_from(*strength).unwrap_or(i32::MAX),
    };
    proto::WorkItem {
        name: format!("workItems/{id}"),
        portfolio: format!("portfolios/{}", item.portfolio),
        title: item.title.clone(),
        role: item.role.clone(),
        key_actions: item.key_actions.clone(),
        outcomes: item.outcomes.clone(),
        partners: item.partners.clone(),
        cost_gbp: item.cost_gbp,
        effort_centimonths: item.effort_centimonths,
        depends_on: item.depends_on.iter().map(|id| format!("workItems/{id}")).collect(),
        scores: item.scores.iter().map(score).collect(),
        links: item.links.iter().map(link).collect(),
        etag: etag.to_string(),
    }
}

/// From a message.
pub fn read_score(field: &str, score: &proto::Score) -> Result<(String, Score), Problem> {
    let criterion = names::read(&format!("{field}.criterion"), "criteria", &score.criterion)?;
    let (low, high) = (score.low.unwrap_or(score.likely), score.high.unwrap_or(score.likely));
    Ok((criterion, Score { low, likely: score.likely, high }))
}

/// From a message.
pub fn read_work_item(field: &str, message: proto::WorkItem) -> Result<(String, Item), Problem> {
    let id = names::read(&format!("{field}.name"), "workItems", &message.name)?;
    let mut item = Item {
        portfolio: names::read(&format!("{field}.portfolio"), "portfolios", &message.portfolio)?,
        title: message.title,
        role: message.role,
        key_actions: message.key_actions,
        outcomes: message.outcomes,
        partners: message.partners,
        cost_gbp: message.cost_gbp,
        effort_centimonths: message.effort_centimonths,
        depends_on: Default::default(),
        scores: Default::default(),
        links: Default::default(),
    };
    for (at, name) in message.depends_on.iter().enumerate() {
        item.depends_on.insert(names::read(&format!("{field}.depends_on[{at}]"), "workItems", name)?);
    }
    for (at, score) in message.scores.iter().enumerate() {
        let field = format!("{field}.scores[{at}]");
        let (criterion, score) = read_score(&field, score)?;
        if item.scores.insert(criterion, score).is_some() {
            return Err(Problem::invalid_field(format!("{field}.criterion"), "is scored twice"));
        }
    }
    for (at, link) in message.links.iter().enumerate() {
        let field = format!("{field}.links[{at}]");
        let theme = names::read_theme(&format!("{field}.theme"), &link.theme)?;
        if item.links.insert(theme, i64::from(link.strength)).is_some() {
            return Err(Problem::invalid_field(format!("{field}.theme"), "is linked twice"));
        }
    }
    Ok((id, item))
}
