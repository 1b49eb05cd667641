//! How much hangs on each organisation.
use std::time::Duration;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    campaign::Campaign,
    influence::{
        self, Influence, Line, influences, outstanding,
        selected::{Hold, selected},
    },
    select::Limits,
};
use soundings_proto::portfolio::v1 as proto;
use tokio::time::Instant;

use super::{Asked, count, read_line, select_work, work_item};

/// Items that are told of each organisation.
const MOVERS: usize = 10;
/// How long selections without an organisation may take together.
const PATIENCE: Duration = Duration::from_secs(20);

/// Without each organisation and each campaign (none: they could not be had), and the fewest outstanding organisations
/// that could move the line.
pub fn influence(
    asked: &Asked,
    line: Option<proto::RankingLine>,
    campaigns: Option<&[Campaign]>,
) -> Result<proto::GetInfluenceResponse, Problem> {
    let line = read_line(line)?;
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let above = line.above(ranking);
    let turn = outstanding::fewest(inputs, ranking, above);
    let all = influences(inputs, ranking, line);
    let selected = match line {
        Line::Budget(budget) => Some(selection(asked, budget, &all)),
        Line::Count(_) => None,
    };
    Ok(proto::GetInfluenceResponse {
        name: asked.name(),
        above: count(above),
        organisations: all.iter().map(|one| organisation(asked, one)).collect(),
        selected,
        campaigns: campaigns
            .unwrap_or_default()
            .iter()
            .zip(influence::of_campaigns(inputs, ranking, campaigns.unwrap_or_default(), line))
            .map(|(of, found)| campaign(asked, of, &found))
            .collect(),
        campaigns_unread: campaigns.is_none(),
        outstanding: turn.map(|turn| proto::OutstandingTurn {
            organisations: turn.organisations.iter().map(|id| format!("organisations/{id}")).collect(),
            falls: work_item(&turn.falls),
            rises: work_item(&turn.rises),
            themes: turn.themes,
            opposed_themes: turn.opposed,
        }),
    })
}

/// What each does to the best selection; those first whose absence disturbs the order most.
fn selection(asked: &Asked, budget: i64, all: &[Influence]) -> proto::SelectionInfluence {
    let limits = Limits { budget_gbp: Some(budget), ..Limits::default() };
    let ids: Vec<&str> = all.iter().map(|one| one.of.as_str()).collect();
    let until = Instant::now() + PATIENCE;
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let found = match selected(inputs, ranking, &limits, &ids, || Instant::now() < until) {
        Ok(found) => found,
        Err(infeasible) => {
            return proto::SelectionInfluence { impossible: infeasible.to_string(), ..Default::default() };
        }
    };
    let hold = |hold: &Hold| proto::OrganisationHold {
        organisation: format!("organisations/{}", hold.organisation),
        display_name: asked.organisation(&hold.organisation),
        dropped: hold.dropped.iter().map(|id| work_item(id)).collect(),
        taken: hold.taken.iter().map(|id| work_item(id)).collect(),
        proven: hold.proven,
    };
    let another =
        found.organisations.iter().filter(|hold| !(hold.dropped.is_empty() && hold.taken.is_empty()));
    proto::SelectionInfluence {
        selection: Some(select_work::selection(asked, &found.selection)),
        organisations: another.map(hold).collect(),
        not_looked_at: count(found.left),
        impossible: String::new(),
    }
}

fn organisation(asked: &Asked, influence: &Influence) -> proto::OrganisationInfluence {
    proto::OrganisationInfluence {
        organisation: format!("organisations/{}", influence.of),
        display_name: asked.organisation(&influence.of),
        kendall_tau_b: influence.kendall_tau_b,
        top_ten_overlap: count(influence.top_ten_overlap),
        moved: count(influence.moved.len()),
        movers: movers(asked, influence),
        lifted: influence.lifted.iter().map(|id| work_item(id)).collect(),
        held_down: influence.held_down.iter().map(|id| work_item(id)).collect(),
    }
}

fn movers(asked: &Asked, influence: &Influence) -> Vec<proto::InfluenceMove> {
    let mover = |(id, with, without): &(String, i32, i32)| proto::InfluenceMove {
        work_item: work_item(id),
        title: asked.title(id),
        rank_with: *with,
        rank_without: *without,
    };
    influence.moved.iter().take(MOVERS).map(mover).collect()
}

fn campaign(asked: &Asked, campaign: &Campaign, influence: &Influence) -> proto::CampaignInfluence {
    proto::CampaignInfluence {
        campaign: campaign.name.clone(),
        responses: campaign.responses,
        organisations: count(campaign.voices.len()),
        kendall_tau_b: influence.kendall_tau_b,
        top_ten_overlap: count(influence.top_ten_overlap),
        moved: count(influence.moved.len()),
        movers: movers(asked, influence),
        lifted: influence.lifted.iter().map(|id| work_item(id)).collect(),
        held_down: influence.held_down.iter().map(|id| work_item(id)).collect(),
    }
}
