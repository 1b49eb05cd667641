//! Scoring rounds as messages, and back.
use std::collections::{BTreeMap, BTreeSet};

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Score,
    round::{Ballot, Cell, Round, Spread, State},
};
use soundings_proto::portfolio::v1 as proto;

use super::{messages, model_messages, names};
use crate::store::records::Kept;

/// As somebody may see it: while it is open, with their own scores alone.
pub fn round(kept: &Kept<Round>, reader: &str) -> proto::Round {
    let round = &kept.content;
    let unseen = round.state == State::Open;
    let ballots = round.ballots.iter().filter(|(scorer, _)| !unseen || *scorer == reader);
    proto::Round {
        ballots: ballots.map(|(scorer, given)| ballot(scorer, given)).collect(),
        spread: if unseen { Vec::new() } else { round.spread().iter().map(spread).collect() },
        agreed: scores(&round.agreed),
        ..header(kept)
    }
}

/// Without scores.
pub fn header(kept: &Kept<Round>) -> proto::Round {
    let round = &kept.content;
    proto::Round {
        name: format!("rounds/{}", kept.number),
        title: round.title.clone(),
        state: match round.state {
            State::Open => proto::RoundState::Open,
            State::Shown => proto::RoundState::Shown,
            State::Agreed => proto::RoundState::Agreed,
            State::Cancelled => proto::RoundState::Cancelled,
        }
        .into(),
        work_items: round.items.iter().map(|id| format!("workItems/{id}")).collect(),
        criteria: round.criteria.iter().map(|id| format!("criteria/{id}")).collect(),
        scorers: round.scorers.iter().cloned().collect(),
        scored_by: round.ballots.keys().cloned().collect(),
        opened_by: round.opened_by.clone(),
        closed_by: round.closed_by.clone(),
        reason: round.reason.clone(),
        create_time: Some(messages::timestamp(kept.created_at)),
        etag: kept.version.to_string(),
        ..Default::default()
    }
}

fn ballot(scorer: &str, ballot: &Ballot) -> proto::RoundBallot {
    proto::RoundBallot {
        scorer: scorer.to_owned(),
        scores: scores(&ballot.scores),
        after_shown: ballot.after_shown,
    }
}

fn scores(given: &BTreeMap<String, BTreeMap<String, Score>>) -> Vec<proto::RoundScore> {
    let cells = given.iter().flat_map(|(item, scores)| scores.iter().map(move |score| (item, score)));
    let score = |(item, (criterion, score)): (&String, (&String, &Score))| proto::RoundScore {
        work_item: format!("workItems/{item}"),
        score: Some(proto::Score {
            criterion: format!("criteria/{criterion}"),
            likely: score.likely,
            low: Some(score.low),
            high: Some(score.high),
        }),
    };
    cells.map(score).collect()
}

fn spread(spread: &Spread) -> proto::ScoreSpread {
    proto::ScoreSpread {
        work_item: format!("workItems/{}", spread.item),
        criterion: format!("criteria/{}", spread.criterion),
        scored: i32::try_from(spread.scored).unwrap_or(i32::MAX),
        lowest: spread.lowest,
        median: spread.median,
        highest: spread.highest,
    }
}

/// From a request to open one.
pub fn read_round(message: proto::OpenRoundRequest, opened_by: &str) -> Result<Round, Problem> {
    let ids = |field: &str, collection: &str, given: &[String]| -> Result<BTreeSet<String>, Problem> {
        let given = given.iter().enumerate();
        given.map(|(at, name)| names::read(&format!("{field}[{at}]"), collection, name)).collect()
    };
    Ok(Round {
        items: ids("work_items", "workItems", &message.work_items)?,
        criteria: ids("criteria", "criteria", &message.criteria)?,
        title: message.title,
        scorers: message.scorers.into_iter().collect(),
        state: State::Open,
        opened_by: opened_by.to_owned(),
        ballots: BTreeMap::new(),
        agreed: BTreeMap::new(),
        closed_by: String::new(),
        reason: String::new(),
    })
}

/// From messages.
pub fn read_scores(field: &str, given: &[proto::RoundScore]) -> Result<Vec<(Cell, Score)>, Problem> {
    let read = |(at, given): (usize, &proto::RoundScore)| {
        let field = format!("{field}[{at}]");
        let item = names::read(&format!("{field}.work_item"), "workItems", &given.work_item)?;
        let missing = || Problem::invalid_field(format!("{field}.score"), "is missing");
        let score = given.score.as_ref().ok_or_else(missing)?;
        let (criterion, score) = model_messages::read_score(&format!("{field}.score"), score)?;
        Ok(((item, criterion), score))
    };
    given.iter().enumerate().map(read).collect()
}
