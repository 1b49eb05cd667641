//! How sure each place is.
use std::num::NonZero;

use soundings_chassis::Problem;
use soundings_portfolio_domain::smaa::{
    DRAWS, Model, Settings, WeightsFrom, analyse, confidence_factors, margin,
};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, count, refused, work_item};

/// Most draws of one call.
const MOST_DRAWS: i32 = 100_000;
/// Most items of one call: a reply holds a probability for each item and place.
const ITEMS: usize = 200;

/// SMAA-2 over all items, or those of one portfolio.
pub fn robustness(
    asked: &Asked,
    request: &proto::GetRobustnessRequest,
    portfolio: Option<&str>,
) -> Result<proto::GetRobustnessResponse, Problem> {
    let settings = settings(request)?;
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    if let Some(own) = portfolio.filter(|own| !inputs.portfolios.contains_key(*own)) {
        let text = format!("revision {} has no portfolio {own:?}", asked.0.revision);
        return Err(Problem::invalid_field("portfolio", text));
    }
    let among =
        |id: &str| portfolio.is_none_or(|own| inputs.items.get(id).is_some_and(|i| i.portfolio == own));
    let order: Vec<&str> = ranking.items.iter().map(|item| &*item.id).filter(|id| among(id)).collect();
    if order.len() > ITEMS {
        let text = format!("{} items; at most {ITEMS}: give a portfolio", order.len());
        return Err(Problem::resource_exhausted("work_items", text));
    }
    let model = Model::of(inputs, ranking.kind, among).map_err(refused)?;
    let outcome = analyse(&model, &settings).map_err(refused)?;
    let confidence = confidence_factors(&model, &settings, &outcome).map_err(refused)?;
    let mut items = Vec::with_capacity(order.len());
    for (at, id) in order.iter().enumerate() {
        let Some(of) = outcome.items.iter().position(|item| item.item == *id) else { continue };
        let above = order.get(at + 1).map(|next| outcome.above(id, next));
        let found = &outcome.items[of];
        items.push(proto::ItemRobustness {
            work_item: work_item(id),
            title: asked.title(id),
            rank: count(at + 1),
            expected_rank: found.expected_rank,
            acceptabilities: found.ranks.clone(),
            above_next: above.transpose().map_err(refused)?,
            central_weights: found.central_weights.clone().unwrap_or_default(),
            confidence: confidence.get(of).copied().flatten(),
        });
    }
    Ok(proto::GetRobustnessResponse {
        name: asked.name(),
        seed: settings.seed,
        draws: i32::try_from(settings.draws).unwrap_or(i32::MAX),
        margin: margin(settings.draws),
        criteria: inputs.criteria.keys().map(|id| format!("criteria/{id}")).collect(),
        items,
    })
}

fn settings(request: &proto::GetRobustnessRequest) -> Result<Settings, Problem> {
    let draws = match request.draws {
        0 => DRAWS,
        draws @ 1..=MOST_DRAWS => draws.unsigned_abs(),
        draws => {
            return Err(Problem::invalid_field("draws", format!("is {draws}; give 1 to {MOST_DRAWS}")));
        }
    };
    let weights = if request.concentration == 0.0 {
        WeightsFrom::Uniform
    } else {
        WeightsFrom::Elicited { concentration: request.concentration }
    };
    Ok(Settings {
        seed: request.seed.max(1),
        draws,
        threads: std::thread::available_parallelism().map_or(1, NonZero::get).min(256),
        weights,
    })
}
