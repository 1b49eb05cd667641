//! How much hangs on each organisation.
use soundings_chassis::Problem;
use soundings_portfolio_domain::influence::{Influence, influences, outstanding};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, count, read_line, work_item};

/// Items that are told of each organisation.
const MOVERS: usize = 10;

/// Without each organisation, and the fewest outstanding ones that could move the line.
pub fn influence(
    asked: &Asked,
    line: Option<proto::RankingLine>,
) -> Result<proto::GetInfluenceResponse, Problem> {
    let line = read_line(line)?;
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let above = line.above(ranking);
    let turn = outstanding::fewest(inputs, ranking, above);
    Ok(proto::GetInfluenceResponse {
        name: asked.name(),
        above: count(above),
        organisations: influences(inputs, ranking, line).iter().map(|one| organisation(asked, one)).collect(),
        outstanding: turn.map(|turn| proto::OutstandingTurn {
            organisations: turn.organisations.iter().map(|id| format!("organisations/{id}")).collect(),
            falls: work_item(&turn.falls),
            rises: work_item(&turn.rises),
            themes: turn.themes,
        }),
    })
}

fn organisation(asked: &Asked, influence: &Influence) -> proto::OrganisationInfluence {
    let mover = |(id, with, without): &(String, i32, i32)| proto::InfluenceMove {
        work_item: work_item(id),
        title: asked.title(id),
        rank_with: *with,
        rank_without: *without,
    };
    proto::OrganisationInfluence {
        organisation: format!("organisations/{}", influence.organisation),
        display_name: asked.organisation(&influence.organisation),
        kendall_tau_b: influence.kendall_tau_b,
        top_ten_overlap: count(influence.top_ten_overlap),
        moved: count(influence.moved.len()),
        movers: influence.moved.iter().take(MOVERS).map(mover).collect(),
        lifted: influence.lifted.iter().map(|id| work_item(id)).collect(),
        held_down: influence.held_down.iter().map(|id| work_item(id)).collect(),
    }
}
