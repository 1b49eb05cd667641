//! Which models can be ranked. Each rejection names the field and the fix.
pub mod constraints;

use std::collections::{BTreeMap, BTreeSet, btree_set};

use crate::{
    Criterion, Inputs, Item, ONE, Signal, Support,
    direct::FULL,
    evidence::{Piece, STRONGEST},
    link::WHOLE,
};

/// Largest score, in its unit.
const LARGEST: i64 = 1_000_000;
/// Most criteria of a model.
const CRITERIA: usize = 100;
/// Most resources of a model.
const RESOURCES: usize = 20;
/// Most that an item costs in pounds, or takes of a resource in hundredths of its unit.
const AMOUNT: i64 = 1_000_000_000_000;
/// Most work items of a model.
const ITEMS: usize = 10_000;
/// Most respondents of an organisation.
pub const RESPONDENTS: i64 = 1_000_000_000;
/// Most questions of a survey.
const QUESTIONS: i64 = 200;

/// Bad fields of a model, each with what is wrong.
pub fn check(inputs: &Inputs) -> Vec<(String, String)> {
    let mut wrong = Vec::new();
    for (id, criterion) in &inputs.criteria {
        check_criterion(&format!("criteria/{id}"), criterion, &mut wrong);
    }
    if !inputs.criteria.is_empty() && inputs.criteria.values().all(|criterion| criterion.swing == 0) {
        wrong.push(("criteria.swing".into(), "every swing is 0; give the most important one 100".into()));
    }
    check_only_one(inputs, "council demand", |criterion| criterion.is_demand, &mut wrong);
    check_only_one(inputs, "evidence", |criterion| criterion.takes_evidence, &mut wrong);
    if inputs.criteria.len() > CRITERIA {
        wrong.push(("criteria".into(), format!("are {}; at most {CRITERIA}", inputs.criteria.len())));
    }
    if inputs.items.len() > ITEMS {
        wrong.push(("work_items".into(), format!("are {}; at most {ITEMS}", inputs.items.len())));
    }
    if inputs.resources.len() > RESOURCES {
        wrong.push(("resources".into(), format!("are {}; at most {RESOURCES}", inputs.resources.len())));
    }
    for (theme, pieces) in &inputs.evidence {
        if let Some(text) = check_evidence(pieces) {
            wrong.push((format!("{theme}.evidence"), text));
        }
    }
    for (id, programme) in &inputs.programmes {
        if !inputs.portfolios.contains_key(&programme.portfolio) {
            let text = format!("there is no portfolio {:?}", programme.portfolio);
            wrong.push((format!("programmes/{id}.portfolio"), text));
        }
    }
    for (id, item) in &inputs.items {
        check_item(&format!("workItems/{id}"), item, inputs, &mut wrong);
    }
    constraints::check(inputs, &mut wrong);
    for circle in circles(&inputs.items) {
        let text = format!("goes round in a circle: {}", circle.join(" → "));
        wrong.push((format!("workItems/{}.depends_on", circle[0]), text));
    }
    for (codebook, signals) in &inputs.signals {
        for (organisation, signal) in signals {
            if let Some(text) = check_signal(signal) {
                wrong.push((format!("codebooks/{codebook}.organisations/{organisation}"), text));
            }
        }
    }
    for (survey, supports) in &inputs.supports {
        for (organisation, support) in supports {
            if let Some(text) = check_support(support) {
                wrong.push((format!("surveys/{survey}.organisations/{organisation}"), text));
            }
        }
    }
    wrong
}

/// Each of several criteria that take the same thing from outside, where one alone may.
fn check_only_one(
    inputs: &Inputs,
    what: &str,
    takes: impl Fn(&Criterion) -> bool,
    wrong: &mut Vec<(String, String)>,
) {
    let taking: Vec<&str> =
        inputs.criteria.iter().filter(|(_, criterion)| takes(criterion)).map(|(id, _)| id.as_str()).collect();
    for id in taking.iter().filter(|_| taking.len() > 1) {
        let text = format!("{} all take {what}; at most one criterion may", taking.join(", "));
        wrong.push((format!("criteria/{id}.source"), text));
    }
}

/// What is wrong with an organisation's tallies of bound questions, if anything is.
pub fn check_support(support: &Support) -> Option<String> {
    if !(0..=RESPONDENTS).contains(&support.respondents) {
        return Some(format!("respondents must be 0 to {RESPONDENTS}, not {}", support.respondents));
    }
    let answers = support.respondents * QUESTIONS;
    for (target, rated) in &support.targets {
        if !(0..=answers).contains(&rated.answers) {
            let text = format!("{} respondents cannot give {} answers", support.respondents, rated.answers);
            return Some(format!("{text} on {target}"));
        }
        if !(0..=rated.answers * FULL).contains(&rated.support_ppm) {
            return Some(format!(
                "{} answers on {target} cannot add up to {}",
                rated.answers, rated.support_ppm
            ));
        }
    }
    let nobody = support.targets.values().all(|rated| rated.answers == 0);
    (nobody != (support.respondents == 0)).then(|| {
        format!(
            "{} respondents answered, and {} an answer",
            support.respondents,
            if nobody { "nobody gave" } else { "somebody gave" }
        )
    })
}

/// What is wrong with an organisation's tallies, if anything is.
pub fn check_signal(signal: &Signal) -> Option<String> {
    if !(0..=RESPONDENTS).contains(&signal.respondents) {
        return Some(format!("respondents must be 0 to {RESPONDENTS}, not {}", signal.respondents));
    }
    let raised = signal.themes.iter().find(|(_, raised)| !(0..=signal.respondents).contains(*raised));
    if let Some((theme, raised)) = raised {
        return Some(format!("{raised} respondents cannot raise {theme} out of {}", signal.respondents));
    }
    let raise = |theme: &str| signal.themes.get(theme).copied().unwrap_or(0);
    let (theme, against) =
        signal.against.iter().find(|(theme, against)| !(0..=raise(theme)).contains(*against))?;
    Some(format!("{against} respondents cannot speak against {theme} out of {} who raise it", raise(theme)))
}

/// What is wrong with a theme's evidence, if anything is.
pub fn check_evidence(pieces: &BTreeMap<String, Piece>) -> Option<String> {
    let wrong = pieces.iter().find(|(_, piece)| !(1..=STRONGEST).contains(&piece.strength))?;
    Some(format!("the strength of {} is {}; it must be 1 to {STRONGEST}", wrong.0, wrong.1.strength))
}

fn check_criterion(name: &str, criterion: &Criterion, wrong: &mut Vec<(String, String)>) {
    let mut add = |field: &str, text: &str| wrong.push((format!("{name}.{field}"), text.to_owned()));
    if criterion.title.is_empty() || criterion.title.chars().count() > 200 {
        add("title", "must be 1 to 200 characters");
    }
    let bound = LARGEST.saturating_mul(ONE);
    if criterion.lowest >= criterion.highest {
        add("highest", "must be above lowest");
    } else if criterion.lowest < -bound || criterion.highest > bound {
        add("highest", "anchors must lie within -1,000,000 to 1,000,000");
    }
    if !(0..=100_000).contains(&criterion.swing) {
        add("swing", "must be 0 to 100 (in thousandths 0 to 100,000)");
    }
    if !(0..=ONE).contains(&criterion.prior_value) {
        add("prior_value", "must be 0 to 1");
    }
    if criterion.is_demand && criterion.takes_evidence {
        add("source", "council demand and evidence are criteria of their own");
    }
    if criterion.is_heard() && (criterion.lowest, criterion.highest) != (0, ONE) {
        add("lowest", "council demand and evidence go from 0 to 1");
    }
    if criterion.is_heard() && (criterion.less_is_better || !criterion.points.is_empty()) {
        add("points", "council demand and evidence count as they are: more is better, on a straight line");
    }
    if !criterion.points.is_empty() {
        let ends = criterion.points.first().map(|p| p.0) == Some(criterion.lowest)
            && criterion.points.last().map(|p| p.0) == Some(criterion.highest);
        let monotone = criterion.points.windows(2).all(|pair| {
            let rises = pair[1].1 >= pair[0].1;
            let falls = pair[1].1 <= pair[0].1;
            pair[1].0 > pair[0].0 && if criterion.less_is_better { falls } else { rises }
        });
        if !ends || !monotone || criterion.points.iter().any(|(_, value)| !(0..=ONE).contains(value)) {
            add("points", "must go from lowest to highest, with values of 0 to 1 that never turn back");
        }
    }
}

fn check_item(name: &str, item: &Item, inputs: &Inputs, wrong: &mut Vec<(String, String)>) {
    let mut add = |field: &str, text: String| wrong.push((format!("{name}.{field}"), text));
    if item.title.is_empty() || item.title.chars().count() > 300 {
        add("title", "must be 1 to 300 characters".into());
    }
    if !inputs.portfolios.contains_key(&item.portfolio) {
        add("portfolio", format!("there is no portfolio {:?}", item.portfolio));
    }
    match inputs.programmes.get(&item.programme) {
        None if !item.programme.is_empty() => {
            add("programme", format!("there is no programme {:?}", item.programme));
        }
        Some(programme) if programme.portfolio != item.portfolio => {
            add("programme", format!("{:?} belongs to portfolio {:?}", item.programme, programme.portfolio));
        }
        _ => {}
    }
    if item.owner.chars().count() > 200 {
        add("owner", "must be at most 200 characters".into());
    }
    if !(0..=AMOUNT).contains(&item.cost_gbp) {
        add("cost_gbp", "must be £0 to £1,000,000,000,000".into());
    }
    if !(0..=AMOUNT).contains(&item.effort_centimonths) {
        add("effort_centimonths", "must be 0 to 10,000,000,000 person-months".into());
    }
    for (resource, amount) in &item.needs {
        if !inputs.resources.contains_key(resource) {
            add("needs", format!("there is no resource {resource:?}"));
        } else if !(0..=AMOUNT).contains(amount) {
            add("needs", format!("{resource:?} must be 0 to 10,000,000,000 of its unit"));
        }
    }
    for dependency in item.depends_on.iter().filter(|id| !inputs.items.contains_key(*id)) {
        add("depends_on", format!("there is no work item {dependency:?}"));
    }
    for (criterion, score) in &item.scores {
        match inputs.criteria.get(criterion) {
            None => add("scores", format!("there is no criterion {criterion:?}")),
            Some(found) if found.is_heard() => {
                let what = if found.is_demand { "council demand" } else { "evidence" };
                add("scores", format!("{criterion:?} is {what}, not scored by people"))
            }
            Some(_) if !(score.low <= score.likely && score.likely <= score.high) => {
                add("scores", format!("{criterion:?}: low, likely and high must rise"));
            }
            Some(_) if score.low < -(LARGEST * ONE) || score.high > LARGEST * ONE => {
                add("scores", format!("{criterion:?} must lie within -1,000,000 to 1,000,000"));
            }
            Some(_) => {}
        }
    }
    let strengths = || item.links.values().map(|link| link.strength);
    if strengths().any(|strength| !(1..=WHOLE).contains(&strength))
        || strengths().map(i128::from).sum::<i128>() > i128::from(WHOLE)
    {
        add("links", "strengths must be 1 to 1,000 thousandths and add up to at most 1,000".into());
    }
    if item.links.values().any(|link| !(0..=WHOLE).contains(&link.confidence)) {
        add("links", "confidences must be 0 to 1,000 thousandths".into());
    }
}

/// The circles of dependencies, each from an item back to itself: a walk along them, in depth, that meets its own path
/// again. Each item is gone into once, so that of circles that share items one at least is told.
fn circles(items: &BTreeMap<String, Item>) -> Vec<Vec<String>> {
    let mut circles = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in items.keys() {
        // Each with what is still to be followed from it; a path of its own, not the program's stack, which is finite.
        let mut path: Vec<(&str, btree_set::Iter<'_, String>)> = Vec::new();
        let mut on_path: BTreeSet<&str> = BTreeSet::new();
        let mut next = Some(start);
        loop {
            if let Some(id) = next {
                if on_path.contains(id.as_str()) {
                    let met = path.iter().position(|(at, _)| at == id).unwrap_or(0);
                    let circle = path[met..].iter().map(|(id, _)| *id).chain([id.as_str()]);
                    circles.push(circle.map(str::to_owned).collect());
                } else if let Some(item) = items.get(id).filter(|_| seen.insert(id)) {
                    on_path.insert(id);
                    path.push((id, item.depends_on.iter()));
                }
            }
            let Some((id, rest)) = path.last_mut() else { break };
            next = rest.next();
            if next.is_none() {
                on_path.remove(*id);
                path.pop();
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests;
