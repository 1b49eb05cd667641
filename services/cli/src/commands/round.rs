//! Scoring rounds: several people score unseen, then see the spread and agree.
use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use super::{full_name, item::read_score, last_part};
use crate::{
    connection::{Connection, new_request_id},
    decimal,
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to do with scoring rounds.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open a round
    Open {
        /// What people call it.
        #[arg(long)]
        title: String,
        /// A work item to score; give several times.
        #[arg(long = "item", required = true)]
        items: Vec<String>,
        /// A criterion to score by; give several times.
        #[arg(long = "criterion", required = true)]
        criteria: Vec<String>,
        /// Who scores, by the subject of their token; without any, everybody who may.
        #[arg(long = "scorer")]
        scorers: Vec<String>,
    },
    /// Give your own scores; nobody else sees them before the round is shown
    Score {
        /// The round's number.
        round: String,
        /// The work item's id.
        item: String,
        /// CRITERION=SCORE, in the criterion's unit, or CRITERION=LOW,LIKELY,HIGH; CRITERION= takes a score back.
        #[arg(required = true)]
        scores: Vec<String>,
    },
    /// Let everybody see all scores and their spread
    Show {
        /// The round's number.
        round: String,
    },
    /// Agree: the medians within the range that people spanned, or what is given apart from that
    Agree {
        /// The round's number.
        round: String,
        /// Why these.
        #[arg(long)]
        reason: String,
        /// ITEM:CRITERION=SCORE; give several times.
        #[arg(long = "score")]
        scores: Vec<String>,
    },
    /// Give a round up; items keep the scores that they have
    Cancel {
        /// The round's number.
        round: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Show one: your own scores while it is open, then everybody's
    Get {
        /// The round's number.
        round: String,
    },
    /// List all, newest first
    List,
}

fn columns() -> Vec<Column<proto::Round>> {
    vec![
        column("round", |r| last_part(&r.name)),
        column("state", state),
        number("items", |r| r.work_items.len().to_string()),
        number("criteria", |r| r.criteria.len().to_string()),
        column("scored by", |r| r.scored_by.join(", ")),
        column("title", |r| r.title.clone()),
        wide(column("opened by", |r| r.opened_by.clone())),
        wide(column("etag", |r| r.etag.clone())),
    ]
}

fn state(round: &proto::Round) -> String {
    round.state().as_str_name().trim_start_matches("ROUND_STATE_").to_lowercase()
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.scoring()?;
    let (name, request_id) = (|round: &str| full_name("rounds", round), new_request_id());
    let round = match command {
        Command::Open { title, items, criteria, scorers } => {
            let request = proto::OpenRoundRequest {
                title,
                work_items: items.iter().map(|id| full_name("workItems", id)).collect(),
                criteria: criteria.iter().map(|id| full_name("criteria", id)).collect(),
                scorers,
                request_id,
            };
            client.open_round(request).await?.into_inner()
        }
        Command::Score { round, item, scores } => {
            let (mut given, mut taken_back) = (Vec::new(), Vec::new());
            for text in &scores {
                let (score, is_given) = read(&item, text)?;
                if is_given { given.push(score) } else { taken_back.push(score) }
            }
            let request =
                proto::GiveScoresRequest { name: name(&round), scores: given, taken_back, request_id };
            client.give_scores(request).await?.into_inner()
        }
        Command::Show { round } => {
            client.show_round(proto::ShowRoundRequest { name: name(&round), request_id }).await?.into_inner()
        }
        Command::Agree { round, reason, scores } => {
            let scores = scores.iter().map(|text| {
                let parts = text.split_once(':');
                let (item, rest) =
                    parts.ok_or_else(|| Failure::usage(format!("{text:?}: give ITEM:CRITERION=SCORE")))?;
                Ok(read(item, rest)?.0)
            });
            let scores = scores.collect::<Outcome<_>>()?;
            let etag = String::new();
            let request = proto::AgreeRoundRequest { name: name(&round), reason, scores, etag, request_id };
            client.agree_round(request).await?.into_inner()
        }
        Command::Cancel { round, reason } => {
            let request = proto::CancelRoundRequest { name: name(&round), reason, request_id };
            client.cancel_round(request).await?.into_inner()
        }
        Command::Get { round } => {
            client.get_round(proto::GetRoundRequest { name: name(&round) }).await?.into_inner()
        }
        Command::List => {
            let (mut all, mut page_token) = (Vec::new(), String::new());
            loop {
                let request = proto::ListRoundsRequest { page_size: 1000, page_token };
                let page = client.list_rounds(request).await?.into_inner();
                all.extend(page.rounds);
                if page.next_page_token.is_empty() {
                    return output::list(format, &all, &columns());
                }
                page_token = page.next_page_token;
            }
        }
    };
    output::one(format, &round, &columns(), show)
}

/// `CRITERION=SCORE` of an item, and whether a score is given rather than taken back.
fn read(item: &str, text: &str) -> Outcome<(proto::RoundScore, bool)> {
    let parts = text.split_once('=');
    let (criterion, given) =
        parts.ok_or_else(|| Failure::usage(format!("{text:?}: give CRITERION=SCORE")))?;
    let criterion = full_name("criteria", criterion);
    let score = match given {
        "" => proto::Score { criterion, ..Default::default() },
        given => read_score(&criterion, given)?,
    };
    let work_item = full_name("workItems", item);
    Ok((proto::RoundScore { work_item, score: Some(score) }, !given.is_empty()))
}

fn show(round: &proto::Round) -> String {
    let mut text = format!("round {}  {}  ({})\n", last_part(&round.name), round.title, state(round));
    let mut line = |label: &str, value: String| {
        if !value.is_empty() {
            text.push_str(&format!("  {label:<10} {value}\n"));
        }
    };
    line("scored by", round.scored_by.join(", "));
    line("why", round.reason.clone());
    let cell = |item: &str, criterion: &str| format!("{:<8} {:<10}", last_part(item), last_part(criterion));
    let shown = |score: &proto::RoundScore| {
        let given = score.score.clone().unwrap_or_default();
        let range = match (given.low, given.high) {
            (Some(low), Some(high)) if (low, high) != (given.likely, given.likely) => {
                format!(" ({} to {})", decimal::show(low, 2), decimal::show(high, 2))
            }
            _ => String::new(),
        };
        format!("{} {}{range}", cell(&score.work_item, &given.criterion), decimal::show(given.likely, 2))
    };
    for ballot in &round.ballots {
        let again = if ballot.after_shown { " (thought again)" } else { "" };
        ballot
            .scores
            .iter()
            .for_each(|score| line("score", format!("{} by {}{again}", shown(score), ballot.scorer)));
    }
    for spread in &round.spread {
        let [lowest, median, highest] =
            [spread.lowest, spread.median, spread.highest].map(|v| decimal::show(v, 2));
        let cell = cell(&spread.work_item, &spread.criterion);
        line("spread", format!("{cell} {lowest} … {median} … {highest}, scored by {}", spread.scored));
    }
    round.agreed.iter().for_each(|score| line("agreed", shown(score)));
    text
}
