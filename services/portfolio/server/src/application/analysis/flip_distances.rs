//! How far items are from another place.
use soundings_chassis::Problem;
use soundings_portfolio_domain::flip::{Flip, flips};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, count, read_line, work_item};

/// Every item's distances.
pub fn flip_distances(
    asked: &Asked,
    line: Option<proto::RankingLine>,
) -> Result<proto::GetFlipDistancesResponse, Problem> {
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let above = read_line(line)?.above(ranking);
    let distance = |flip: &Flip| proto::FlipDistance {
        work_item: work_item(&flip.item),
        title: asked.title(&flip.item),
        rank: flip.rank,
        demand_up: flip.up,
        demand_line: flip.line,
        demand_of_one_organisation: flip.one_organisation,
    };
    let items = flips(inputs, ranking, above).iter().map(distance).collect();
    Ok(proto::GetFlipDistancesResponse { name: asked.name(), above: count(above), items })
}
