//! Portfolios, criteria and work items as messages, and back.
use std::collections::BTreeSet;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Criterion, Item, ONE, Portfolio, Programme, Reading, Resource, Score, ThemeLink,
};
use soundings_proto::portfolio::v1 as proto;

use super::names;
use crate::store::input_log::Entry;

/// Everything that a request names, or every field that cannot be taken.
pub fn read_model(message: proto::ApplyPortfolioRequest) -> Result<Vec<Entry>, Problem> {
    let (entries, wrong) = read_each(message);
    if wrong.is_empty() { Ok(entries) } else { Err(Problem::invalid(wrong)) }
}

/// What can be taken of a request, and every field that cannot, with what is wrong.
pub fn read_each(message: proto::ApplyPortfolioRequest) -> (Vec<Entry>, Vec<(String, String)>) {
    let (mut entries, mut wrong, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    let mut take = |field: String, name: String, read: Result<Entry, Problem>| match read {
        Ok(entry) if seen.insert(entry.key()) => entries.push(entry),
        Ok(_) => wrong.push((format!("{field}.name"), format!("{name} is given twice"))),
        Err(problem) => wrong.extend(problem.fields()),
    };
    for (at, it) in message.portfolios.into_iter().enumerate() {
        let (field, name) = (format!("portfolios[{at}]"), it.name.clone());
        let read = read_portfolio(&field, it).map(|(id, it)| Entry::Portfolio(id, Some(it)));
        take(field, name, read);
    }
    for (at, it) in message.programmes.into_iter().enumerate() {
        let (field, name) = (format!("programmes[{at}]"), it.name.clone());
        let read = read_programme(&field, it).map(|(id, it)| Entry::Programme(id, Some(it)));
        take(field, name, read);
    }
    for (at, it) in message.resources.into_iter().enumerate() {
        let (field, name) = (format!("resources[{at}]"), it.name.clone());
        let read = read_resource(&field, it).map(|(id, it)| Entry::Resource(id, Some(it)));
        take(field, name, read);
    }
    for (at, it) in message.criteria.into_iter().enumerate() {
        let (field, name) = (format!("criteria[{at}]"), it.name.clone());
        let read = read_criterion(&field, it).map(|(id, it)| Entry::Criterion(id, Some(it)));
        take(field, name, read);
    }
    for (at, it) in message.work_items.into_iter().enumerate() {
        let (field, name) = (format!("work_items[{at}]"), it.name.clone());
        let read = read_work_item(&field, it).map(|(id, it)| Entry::Item(id, Some(it)));
        take(field, name, read);
    }
    (entries, wrong)
}

/// What was read; where that could not be, nothing, with the refusal kept among the others.
fn or_keep<T: Default>(read: Result<T, Problem>, wrong: &mut Vec<Problem>) -> T {
    read.unwrap_or_else(|problem| {
        wrong.push(problem);
        T::default()
    })
}

/// What was read, unless something is wrong with it.
fn unless<T>(wrong: Vec<Problem>, read: T) -> Result<T, Problem> {
    if wrong.is_empty() { Ok(read) } else { Err(Problem::together(wrong)) }
}

fn read_title(field: &str, title: String) -> Result<String, Problem> {
    if title.trim().is_empty() || title.chars().count() > 200 {
        return Err(Problem::invalid_field(format!("{field}.title"), "must be 1 to 200 characters"));
    }
    Ok(title)
}

/// From a message.
pub fn read_portfolio(field: &str, message: proto::Portfolio) -> Result<(String, Portfolio), Problem> {
    let mut wrong = Vec::new();
    let id = or_keep(names::read(&format!("{field}.name"), "portfolios", &message.name), &mut wrong);
    let title = or_keep(read_title(field, message.title), &mut wrong);
    unless(wrong, (id, Portfolio { title }))
}

/// From a message.
pub fn read_programme(field: &str, message: proto::Programme) -> Result<(String, Programme), Problem> {
    let mut wrong = Vec::new();
    let id = or_keep(names::read(&format!("{field}.name"), "programmes", &message.name), &mut wrong);
    let portfolio = names::read(&format!("{field}.portfolio"), "portfolios", &message.portfolio);
    let portfolio = or_keep(portfolio, &mut wrong);
    let title = or_keep(read_title(field, message.title), &mut wrong);
    unless(wrong, (id, Programme { portfolio, title }))
}

/// As a message.
pub fn programme(id: &str, programme: &Programme) -> proto::Programme {
    proto::Programme {
        name: format!("programmes/{id}"),
        portfolio: format!("portfolios/{}", programme.portfolio),
        title: programme.title.clone(),
    }
}

/// From a message.
pub fn read_resource(field: &str, message: proto::Resource) -> Result<(String, Resource), Problem> {
    let mut wrong = Vec::new();
    let id = or_keep(names::read(&format!("{field}.name"), "resources", &message.name), &mut wrong);
    if message.unit.chars().count() > 50 {
        wrong.push(Problem::invalid_field(format!("{field}.unit"), "must be at most 50 characters"));
    }
    let title = or_keep(read_title(field, message.title), &mut wrong);
    unless(wrong, (id, Resource { title, unit: message.unit }))
}

/// As a message.
pub fn resource(id: &str, resource: &Resource) -> proto::Resource {
    proto::Resource {
        name: format!("resources/{id}"),
        title: resource.title.clone(),
        unit: resource.unit.clone(),
    }
}

/// As a message.
pub fn criterion(id: &str, criterion: &Criterion) -> proto::Criterion {
    let direction = if criterion.less_is_better {
        proto::Direction::LessIsBetter
    } else {
        proto::Direction::MoreIsBetter
    };
    let source = match (criterion.is_demand, criterion.takes_evidence) {
        (true, _) => proto::ScoreSource::Demand,
        (false, true) => proto::ScoreSource::Evidence,
        (false, false) => proto::ScoreSource::People,
    };
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
    let mut wrong = Vec::new();
    let id = or_keep(names::read(&format!("{field}.name"), "criteria", &message.name), &mut wrong);
    let less_is_better = message.direction() == proto::Direction::LessIsBetter;
    if message.direction() == proto::Direction::Unspecified {
        let text = "is missing; give MORE_IS_BETTER or LESS_IS_BETTER";
        wrong.push(Problem::invalid_field(format!("{field}.direction"), text));
    }
    if message.source() == proto::ScoreSource::Unspecified {
        let text = "is missing; give PEOPLE, DEMAND or EVIDENCE";
        wrong.push(Problem::invalid_field(format!("{field}.source"), text));
    }
    let (is_demand, takes_evidence) =
        (message.source() == proto::ScoreSource::Demand, message.source() == proto::ScoreSource::Evidence);
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
        takes_evidence,
    };
    unless(wrong, (id, criterion))
}

/// The name of a thing, or nothing for none.
fn prefixed(collection: &str, id: &str) -> String {
    if id.is_empty() { String::new() } else { format!("{collection}/{id}") }
}

/// As a message; `etag` is the position of its entry.
pub fn work_item(id: &str, item: &Item, etag: i64) -> proto::WorkItem {
    let score = |(criterion, score): (&String, &Score)| proto::Score {
        criterion: format!("criteria/{criterion}"),
        likely: score.likely,
        low: Some(score.low),
        high: Some(score.high),
    };
    let small = |thousandths: i64| i32::try_from(thousandths).unwrap_or(i32::MAX);
    let link = |(theme, link): (&String, &ThemeLink)| proto::ThemeLink {
        theme: theme.clone(),
        strength: small(link.strength),
        confidence: Some(small(link.confidence)),
        reading: reading(link.reading).into(),
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
        programme: prefixed("programmes", &item.programme),
        owner: item.owner.clone(),
        needs: item
            .needs
            .iter()
            .map(|(id, amount)| proto::ResourceNeed {
                resource: format!("resources/{id}"),
                hundredths: *amount,
            })
            .collect(),
        excludes: item.excludes.iter().map(|id| format!("workItems/{id}")).collect(),
        mandatory: item.mandatory,
        direct: None,
    }
}

/// As a message.
pub fn reading(reading: Reading) -> proto::LinkReading {
    match reading {
        Reading::Raised => proto::LinkReading::Raised,
        Reading::Stance => proto::LinkReading::Stance,
        Reading::Against => proto::LinkReading::Against,
    }
}

/// From a message; what it does not give is as `otherwise` has it.
pub fn read_link(message: &proto::ThemeLink, otherwise: ThemeLink) -> ThemeLink {
    ThemeLink {
        strength: i64::from(message.strength),
        confidence: message.confidence.map_or(otherwise.confidence, i64::from),
        reading: match message.reading() {
            proto::LinkReading::Unspecified => otherwise.reading,
            proto::LinkReading::Raised => Reading::Raised,
            proto::LinkReading::Stance => Reading::Stance,
            proto::LinkReading::Against => Reading::Against,
        },
    }
}

/// From a message.
pub fn read_score(field: &str, score: &proto::Score) -> Result<(String, Score), Problem> {
    let criterion = names::read(&format!("{field}.criterion"), "criteria", &score.criterion)?;
    let (low, high) = (score.low.unwrap_or(score.likely), score.high.unwrap_or(score.likely));
    Ok((criterion, Score { low, likely: score.likely, high }))
}

/// From a message; a refusal names every field that cannot be taken.
pub fn read_work_item(field: &str, message: proto::WorkItem) -> Result<(String, Item), Problem> {
    let mut wrong = Vec::new();
    let id = or_keep(names::read(&format!("{field}.name"), "workItems", &message.name), &mut wrong);
    let portfolio = names::read(&format!("{field}.portfolio"), "portfolios", &message.portfolio);
    let mut item = Item {
        portfolio: or_keep(portfolio, &mut wrong),
        title: message.title,
        role: message.role,
        key_actions: message.key_actions,
        outcomes: message.outcomes,
        partners: message.partners,
        cost_gbp: message.cost_gbp,
        effort_centimonths: message.effort_centimonths,
        owner: message.owner,
        mandatory: message.mandatory,
        ..Item::default()
    };
    if !message.programme.is_empty() {
        let programme = names::read(&format!("{field}.programme"), "programmes", &message.programme);
        item.programme = or_keep(programme, &mut wrong);
    }
    for (at, name) in message.excludes.iter().enumerate() {
        let read = names::read(&format!("{field}.excludes[{at}]"), "workItems", name);
        item.excludes.insert(or_keep(read, &mut wrong));
    }
    for (at, need) in message.needs.iter().enumerate() {
        let field = format!("{field}.needs[{at}].resource");
        match names::read(&field, "resources", &need.resource) {
            Ok(resource) => {
                if item.needs.insert(resource, need.hundredths).is_some() {
                    wrong.push(Problem::invalid_field(field, "is given twice"));
                }
            }
            Err(problem) => wrong.push(problem),
        }
    }
    for (at, name) in message.depends_on.iter().enumerate() {
        let read = names::read(&format!("{field}.depends_on[{at}]"), "workItems", name);
        item.depends_on.insert(or_keep(read, &mut wrong));
    }
    for (at, score) in message.scores.iter().enumerate() {
        let field = format!("{field}.scores[{at}]");
        match read_score(&field, score) {
            Ok((criterion, score)) => {
                if item.scores.insert(criterion, score).is_some() {
                    wrong.push(Problem::invalid_field(format!("{field}.criterion"), "is scored twice"));
                }
            }
            Err(problem) => wrong.push(problem),
        }
    }
    for (at, link) in message.links.iter().enumerate() {
        let field = format!("{field}.links[{at}].theme");
        match names::read_theme(&field, &link.theme) {
            Ok(theme) => {
                let read = read_link(link, i64::from(link.strength).into());
                if item.links.insert(theme, read).is_some() {
                    wrong.push(Problem::invalid_field(field, "is linked twice"));
                }
            }
            Err(problem) => wrong.push(problem),
        }
    }
    unless(wrong, (id, item))
}
