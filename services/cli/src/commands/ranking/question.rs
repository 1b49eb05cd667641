//! Questions to a revision: what if, who decides it, how sure it is.
use clap::{Args, Subcommand};
use soundings_proto::portfolio::v1::{self as proto, ranking_line::Line as Given};

use super::{
    super::{full_name, last_part},
    Which, moved, robustness, score, what_if,
};
use crate::{
    connection::Connection,
    decimal,
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number},
};

/// A question.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Rank with something changed; nothing live is touched
    WhatIf(Box<what_if::Options>),
    /// Rank without each organisation, and find the fewest that could still move the line
    Influence {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        line: Line,
    },
    /// Show how sure each place is, over thousands of draws of weights, scores and demand
    Robustness(robustness::Options),
    /// Show what other methods make of it
    Opinions {
        #[command(flatten)]
        which: Which,
    },
    /// Show what the councils alone would say: their answers counted as ballots
    Ballots {
        #[command(flatten)]
        which: Which,
    },
    /// Show how much more demand would take each item up, and across the line
    Flip {
        #[command(flatten)]
        which: Which,
        #[command(flatten)]
        line: Line,
    },
    /// Show where an item's value comes from: criterion, theme, organisation
    ExplainScore {
        /// Its id.
        item: String,
        #[command(flatten)]
        which: Which,
    },
}

/// Where the line is drawn through the ranking.
#[derive(Debug, Clone, Copy, Args)]
pub struct Line {
    /// After so many items.
    #[arg(long, default_value_t = 10, conflicts_with = "budget")]
    line: i32,
    /// Before the first item whose cost, with all above it, exceeds so many pounds.
    #[arg(long)]
    budget: Option<i64>,
}

impl Line {
    fn message(self) -> Option<proto::RankingLine> {
        let line = self.budget.map_or(Given::Count(self.line), Given::BudgetGbp);
        Some(proto::RankingLine { line: Some(line) })
    }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, question: Question) -> Outcome {
    let mut client = to.analysis()?;
    match question {
        Question::WhatIf(options) => what_if::run(to, format, *options).await,
        Question::Influence { which: Which { kind, revision }, line } => {
            let request = proto::GetInfluenceRequest { kind: kind.into(), revision, line: line.message() };
            output::one(format, &client.get_influence(request).await?.into_inner(), &[], show_influence)
        }
        Question::Robustness(options) => robustness::run(to, format, options).await,
        Question::Opinions { which: Which { kind, revision } } => {
            let request = proto::GetSecondOpinionsRequest { kind: kind.into(), revision };
            output::one(format, &client.get_second_opinions(request).await?.into_inner(), &[], show_opinions)
        }
        Question::Ballots { which: Which { kind, revision } } => {
            let request = proto::GetBallotsRequest { kind: kind.into(), revision };
            let found = client.get_ballots(request).await?.into_inner();
            if !format.is_table() && format != Format::Csv {
                return output::value(format, &output::json(&found)?);
            }
            output::list(format, &found.items, &ballot_columns())?;
            output::note(format!(
                "{} ballots; τ_b {:.3} with the ranking",
                found.ballots, found.kendall_tau_b
            ));
            Ok(())
        }
        Question::Flip { which: Which { kind, revision }, line } => {
            let request =
                proto::GetFlipDistancesRequest { kind: kind.into(), revision, line: line.message() };
            let found = client.get_flip_distances(request).await?.into_inner();
            if !format.is_table() && format != Format::Csv {
                return output::value(format, &output::json(&found)?);
            }
            output::list(format, &found.items, &flip_columns())?;
            output::note(format!("{}: the line is after the first {}", found.name, found.above));
            Ok(())
        }
        Question::ExplainScore { item, which: Which { kind, revision } } => {
            let work_item = full_name("workItems", &item);
            let request = proto::ExplainScoreRequest { work_item, kind: kind.into(), revision };
            output::one(format, &client.explain_score(request).await?.into_inner(), &[], score::show)
        }
    }
}

fn named(names: &[String]) -> String {
    names.iter().map(|name| last_part(name)).collect::<Vec<_>>().join(", ")
}

fn show_influence(found: &proto::GetInfluenceResponse) -> String {
    let mut text = format!("{}, the line after the first {}\n\n", found.name, found.above);
    text.push_str("WITHOUT   τ_b     MOVED  TOP TEN  ORGANISATION\n");
    for one in &found.organisations {
        text.push_str(&format!(
            "{:<9} {:>6.3}  {:>5}  {:>5}    {}",
            last_part(&one.organisation),
            one.kendall_tau_b,
            one.moved,
            format!("{}/10", one.top_ten_overlap),
            one.display_name
        ));
        if !one.lifted.is_empty() || !one.held_down.is_empty() {
            text.push_str(&format!(
                ": {} would fall below the line, {} rise above it",
                or_none(&one.lifted),
                or_none(&one.held_down)
            ));
        }
        text.push('\n');
    }
    text.push_str(&show_campaigns(found));
    text.push('\n');
    text.push_str(&found.selected.as_ref().map(show_selected).unwrap_or_default());
    text.push_str(&match &found.outstanding {
        None => "no answers that are outstanding could move an item across the line\n".to_owned(),
        Some(turn) => format!(
            "{} outstanding organisation(s) could still put {} above the line in place of {}, if all their respondents \
             {}: {}\n",
            turn.organisations.len(),
            last_part(&turn.rises),
            last_part(&turn.falls),
            to_be_said(turn),
            named(&turn.organisations)
        ),
    });
    text
}

/// What the texts that were sent most often do.
fn show_campaigns(found: &proto::GetInfluenceResponse) -> String {
    if found.campaigns_unread {
        return "\nthe themes service did not tell of campaigns\n".to_owned();
    }
    let mut text = String::new();
    for one in &found.campaigns {
        text.push_str(&format!(
            "\nwithout the campaign of {} responses, {} voice(s): τ_b {:.3}, {} item(s) elsewhere",
            one.responses, one.organisations, one.kendall_tau_b, one.moved
        ));
        if !one.lifted.is_empty() || !one.held_down.is_empty() {
            text.push_str(&format!(
                "; {} would fall below the line, {} rise above it",
                or_none(&one.lifted),
                or_none(&one.held_down)
            ));
        }
        text.push_str(&format!("\n  {}\n", one.campaign));
    }
    text
}

/// What each organisation does to the best selection.
fn show_selected(found: &proto::SelectionInfluence) -> String {
    let Some(selection) = &found.selection else {
        return format!("no selection is within the budget: {}\n", found.impossible);
    };
    let mut text = format!("the best selection within the budget: {} items\n", selection.items.len());
    for one in &found.organisations {
        text.push_str(&format!(
            "  without {:<9} {} would be dropped, {} taken{}  {}\n",
            last_part(&one.organisation),
            or_none(&one.dropped),
            or_none(&one.taken),
            if one.proven { "" } else { " (the best found)" },
            one.display_name
        ));
    }
    match (found.organisations.is_empty(), found.not_looked_at) {
        (true, 0) => text.push_str("  it is the same without any one of them\n"),
        (_, 0) => {}
        (_, left) => {
            text.push_str(&format!("  the last {left} organisations were not looked at: it took too long\n"))
        }
    }
    text
}

/// What respondents would have to say.
fn to_be_said(turn: &proto::OutstandingTurn) -> String {
    match (turn.themes.is_empty(), turn.opposed_themes.is_empty()) {
        (true, true) => "raised none of their themes".to_owned(),
        (false, true) => format!("raised {}", named(&turn.themes)),
        (true, false) => format!("spoke against {}", named(&turn.opposed_themes)),
        (false, false) => {
            format!("raised {} and spoke against {}", named(&turn.themes), named(&turn.opposed_themes))
        }
    }
}

fn or_none(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { named(names) }
}

fn show_opinions(found: &proto::GetSecondOpinionsResponse) -> String {
    let heading = |method: proto::OpinionMethod| match method {
        proto::OpinionMethod::Topsis => "TOPSIS",
        proto::OpinionMethod::PrometheeUsual => "PROM. usual",
        proto::OpinionMethod::PrometheeVShape => "PROM. V",
        proto::OpinionMethod::PrometheeLinear => "PROM. linear",
        proto::OpinionMethod::Vikor => "VIKOR",
        proto::OpinionMethod::Unspecified => "other",
    };
    let mut text = format!("{}: second opinions, for comparison only\n\nRANKING  ", found.name);
    for opinion in &found.opinions {
        text.push_str(&format!("{:<14}", heading(opinion.method())));
    }
    text.push_str("ITEM\n");
    let mut own: Vec<_> = found.opinions.first().map(|opinion| opinion.items.clone()).unwrap_or_default();
    own.sort_by_key(|item| item.ranking_rank);
    for item in &own {
        text.push_str(&format!("{:>4}     ", item.ranking_rank));
        for opinion in &found.opinions {
            let there = opinion.items.iter().find(|other| other.work_item == item.work_item);
            let rank = there.map_or(0.0, |place| place.rank);
            let whole = rank.round() as i32;
            text.push_str(&format!("{:<14}", format!("{rank:>4} {}", moved(item.ranking_rank, whole))));
        }
        text.push_str(&format!("{:<7} {}\n", last_part(&item.work_item), item.title));
    }
    text.push('\n');
    for opinion in &found.opinions {
        let tau = opinion.kendall_tau_b.map_or("none: all are level".to_owned(), |tau| format!("{tau:.3}"));
        text.push_str(&format!("{}: τ_b {tau}\n", heading(opinion.method())));
    }
    text
}

fn ballot_columns() -> Vec<Column<proto::BallotPlace>> {
    vec![
        number("place", |b| b.rank.to_string()),
        number("ranking", |b| b.ranking_rank.to_string()),
        column("item", |b| last_part(&b.work_item)),
        number("beats", |b| b.copeland.to_string()),
        number("margin", |b| b.margin.to_string()),
        number("borda", |b| b.borda.map_or("-".to_owned(), |borda| format!("{borda:.3}"))),
        number("ballots", |b| b.ballots.to_string()),
        column("title", |b| b.title.clone()),
    ]
}

fn flip_columns() -> Vec<Column<proto::FlipDistance>> {
    vec![
        number("rank", |f| f.rank.to_string()),
        column("item", |f| last_part(&f.work_item)),
        number("demand up", |f| distance(f.demand_up)),
        number("councils", |f| in_councils(f.demand_up, f.demand_of_one_organisation)),
        number("demand to the line", |f| distance(f.demand_line)),
        number("councils", |f| in_councils(f.demand_line, f.demand_of_one_organisation)),
        column("title", |f| f.title.clone()),
    ]
}

fn distance(delta: Option<i64>) -> String {
    delta.map_or("-".to_owned(), |delta| decimal::signed(delta, 6))
}

/// How many organisations' full support that is.
fn in_councils(delta: Option<i64>, one: i64) -> String {
    match delta {
        Some(delta) if one > 0 => format!("{:+.1}", delta as f64 / one as f64),
        _ => "-".to_owned(),
    }
}

/// `NAME=VALUE`.
pub(super) fn pair<'a>(option: &str, given: &'a str, example: &str) -> Outcome<(&'a str, &'a str)> {
    let usage = || Failure::usage(format!("--{option} {given}: give NAME=VALUE, such as {example}"));
    given.split_once('=').ok_or_else(usage)
}
