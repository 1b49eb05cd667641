//! The best selection of work under a budget.
use clap::Args;
use soundings_proto::portfolio::v1 as proto;

use super::{full_name, last_part, ranking::Which};
use crate::{
    connection::Connection,
    decimal,
    failure::{Failure, Outcome},
    output::{self, Format},
};

/// What there is, and of which ranking.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    which: Which,
    /// Pounds.
    #[arg(long, allow_negative_numbers = true)]
    budget: Option<i64>,
    /// Person-months, such as 36 or 7.5.
    #[arg(long, allow_negative_numbers = true)]
    capacity: Option<String>,
    /// How much there is of a resource, in its unit; can be given for several.
    #[arg(long, value_name = "RESOURCE=N")]
    limit: Vec<String>,
    /// Shows the best value at so many budgets up to this one (or to the cost of all work) instead.
    #[arg(long, value_name = "STEPS")]
    frontier: Option<i32>,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let limits = Some(limits(&options)?);
    let Which { kind, revision } = options.which;
    let mut client = to.analysis()?;
    if let Some(steps) = options.frontier {
        let request = proto::GetFrontierRequest { kind: kind.into(), revision, limits, steps };
        let found = client.get_frontier(request).await?.into_inner();
        return output::one(format, &found, &[], show_frontier);
    }
    let request = proto::SelectWorkRequest { kind: kind.into(), revision, limits };
    let found = client.select_work(request).await?.into_inner();
    output::one(format, &found, &[], show)
}

fn limits(options: &Options) -> Outcome<proto::SelectionLimits> {
    let capacity = options.capacity.as_deref().map(|text| hundredths("--capacity", text)).transpose()?;
    let mut resources = Vec::with_capacity(options.limit.len());
    for given in &options.limit {
        let usage = || Failure::usage(format!("--limit {given}: give RESOURCE=N, such as architects=40"));
        let (resource, amount) = given.split_once('=').ok_or_else(usage)?;
        let hundredths = hundredths("--limit", amount)?;
        resources.push(proto::ResourceLimit { resource: full_name("resources", resource), hundredths });
    }
    Ok(proto::SelectionLimits { budget_gbp: options.budget, effort_centimonths: capacity, resources })
}

/// A decimal with at most two places, in hundredths.
fn hundredths(option: &str, text: &str) -> Outcome<i64> {
    const STEP: i64 = 10_000_000_000;
    let read = decimal::read(text).filter(|value| value % STEP == 0);
    let usage = || Failure::usage(format!("{option} {text}: give a number with at most two places"));
    read.map(|value| value / STEP).ok_or_else(usage)
}

fn show(found: &proto::SelectWorkResponse) -> String {
    let (best, by_rank) = (found.best.clone().unwrap_or_default(), found.by_rank.clone().unwrap_or_default());
    let chosen = |selection: &proto::WorkSelection, item: &str| {
        selection.items.iter().any(|other| other.work_item == item)
    };
    let mut text = format!("{}\n\nRANK   VALUE       COST  ITEM    TITLE\n", found.name);
    for item in &best.items {
        let mark = if chosen(&by_rank, &item.work_item) { ' ' } else { '+' };
        text.push_str(&line(item, mark));
    }
    for item in by_rank.items.iter().filter(|item| !chosen(&best, &item.work_item)) {
        text.push_str(&line(item, '-'));
    }
    text.push_str(&format!(
        "\n{} items, value {}, £{}{}\n",
        best.items.len(),
        decimal::show(best.value, 4),
        best.cost_gbp,
        if best.proven {
            ": no other selection is worth more".to_owned()
        } else {
            format!(
                "; the search was cut short: no other is worth more than {}",
                decimal::show(best.value_at_most, 4)
            )
        }
    ));
    text.push_str(&uses(&best));
    let missed = best.value - by_rank.value;
    text.push_str(&format!(
        "in the ranking's order alone: {} items, value {}, £{}; it misses {}",
        by_rank.items.len(),
        decimal::show(by_rank.value, 4),
        by_rank.cost_gbp,
        decimal::show(missed, 4)
    ));
    text.push_str(if missed == 0 { "\n" } else { " (+ only the selection takes it, - only the order)\n" });
    for price in &found.prices {
        let decision = match price.decision() {
            proto::Decision::Mandatory => "is mandatory",
            proto::Decision::HeldIn => "is pinned in",
            proto::Decision::KeptOut | proto::Decision::Unspecified => "is kept out",
        };
        let about = if price.proven { "" } else { "about " };
        text.push_str(&format!(
            "{} {decision}, which gives up {about}{}: {}\n",
            last_part(&price.work_item),
            decimal::show(price.value, 4),
            price.title
        ));
    }
    text
}

fn line(item: &proto::SelectedItem, mark: char) -> String {
    format!(
        "{mark}{:>3}  {}  {:>9}  {:<7} {}\n",
        item.rank,
        decimal::show(item.value, 4),
        format!("£{}", item.cost_gbp),
        last_part(&item.work_item),
        item.title
    )
}

fn uses(selection: &proto::WorkSelection) -> String {
    let hundredths = |amount: i64| format!("{}.{:02}", amount / 100, amount % 100);
    let mut text = String::new();
    for used in &selection.uses {
        let shown =
            |amount: i64| if used.limit == "budget" { format!("£{amount}") } else { hundredths(amount) };
        let left = shown(used.slack);
        text.push_str(&format!(
            "{}: {} of {} used, {left} left\n",
            last_part(&used.limit),
            shown(used.used),
            shown(used.available)
        ));
    }
    text
}

/// Bars of up to 40 signs, in proportion to the value.
fn show_frontier(found: &proto::GetFrontierResponse) -> String {
    const WIDTH: i64 = 40;
    let value = |point: &proto::FrontierPoint| point.selection.as_ref().map_or(0, |found| found.value);
    let most = found.points.iter().map(value).max().unwrap_or(0).max(1);
    let mut text = format!("{}\n\n    BUDGET  ITEMS    VALUE\n", found.name);
    for point in &found.points {
        let items = point.selection.as_ref().map_or(0, |found| found.items.len());
        let long = i128::from(value(point)) * i128::from(WIDTH) / i128::from(most);
        let bar = "█".repeat(usize::try_from(long).unwrap_or(0));
        let (budget, value) = (format!("£{}", point.budget_gbp), decimal::show(value(point), 4));
        text.push_str(format!("{budget:>10}  {items:>5}  {value:>7}  {bar}").trim_end());
        text.push('\n');
    }
    text
}
