//! What other methods make of a revision, and weights from judgements.
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Refused, ahp, ballots, kendall,
    second_opinion::{Method, Scored, SecondOpinion, second_opinions},
};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, count, refused, work_item};

/// Most criteria that swings are given of.
const CRITERIA: usize = 100;

/// Every method's order.
pub fn opinions(asked: &Asked) -> Result<proto::GetSecondOpinionsResponse, Problem> {
    let place = |scored: &Scored| proto::OpinionPlace {
        work_item: work_item(&scored.item),
        title: asked.title(&scored.item),
        rank: scored.rank,
        ranking_rank: asked.place(&scored.item),
        score: scored.score,
    };
    let opinion = |opinion: &SecondOpinion| proto::SecondOpinion {
        method: method(opinion.method).into(),
        kendall_tau_b: opinion.kendall_tau_b,
        items: opinion.items.iter().map(place).collect(),
    };
    let opinions = second_opinions(&asked.0.inputs, asked.0.ranking.kind).map_err(refused)?;
    let opinions = opinions.iter().map(opinion).collect();
    Ok(proto::GetSecondOpinionsResponse { name: asked.name(), opinions })
}

fn method(method: Method) -> proto::OpinionMethod {
    match method {
        Method::Topsis => proto::OpinionMethod::Topsis,
        Method::PrometheeUsual => proto::OpinionMethod::PrometheeUsual,
        Method::PrometheeVShape => proto::OpinionMethod::PrometheeVShape,
        Method::PrometheeLinear => proto::OpinionMethod::PrometheeLinear,
        Method::Vikor => proto::OpinionMethod::Vikor,
    }
}

/// What the organisations alone would say.
pub fn councils_alone(asked: &Asked) -> Result<proto::GetBallotsResponse, Problem> {
    let inputs = &asked.0.inputs;
    let counted = ballots::councils_alone(inputs, asked.0.ranking.kind);
    let items: Vec<proto::BallotPlace> = counted
        .iter()
        .map(|counted| proto::BallotPlace {
            work_item: work_item(&counted.item),
            title: asked.title(&counted.item),
            rank: count(counted.rank),
            ranking_rank: asked.place(&counted.item),
            copeland: counted.copeland,
            margin: counted.margin,
            borda: counted.borda,
            ballots: count(counted.ballots),
        })
        .collect();
    let pairs: Vec<(i32, i32)> = items.iter().map(|item| (item.ranking_rank, item.rank)).collect();
    Ok(proto::GetBallotsResponse {
        name: asked.name(),
        ballots: count(inputs.organisations_answered().len()),
        kendall_tau_b: kendall::compare(&pairs).tau_b().unwrap_or(1.0),
        items,
    })
}

/// Weights from comparisons, or from swings.
pub fn elicit_weights(
    request: &proto::ElicitWeightsRequest,
) -> Result<proto::ElicitWeightsResponse, Problem> {
    let (criteria, compared) = (&request.criteria, &request.comparisons);
    let given = if compared.is_empty() { request.swings.len() } else { compared.len() };
    if compared.is_empty() == request.swings.is_empty() {
        return Err(Problem::invalid_field("comparisons", "give comparisons or swings, one of the two"));
    }
    if criteria.len() != given || criteria.len() > CRITERIA {
        let text = format!(
            "are {}, with judgements of {given}; give one of each, at most {CRITERIA}",
            criteria.len()
        );
        return Err(Problem::invalid_field("criteria", text));
    }
    let mut reply = proto::ElicitWeightsResponse::default();
    let weights = if compared.is_empty() {
        ahp::from_swings(&request.swings).map_err(refused)?
    } else {
        let rows: Vec<Vec<f64>> = compared.iter().map(|row| row.times.clone()).collect();
        let named = |refused: Refused| {
            Problem::invalid_field(refused.field.replace("][", "].times["), refused.reason)
        };
        let found = ahp::weights(&rows).map_err(named)?;
        (reply.lambda_max, reply.consistency_ratio) = (found.lambda_max, found.consistency_ratio);
        if found.is_inconsistent() {
            reply.warning = format!(
                "the judgements contradict each other: the consistency ratio is {:.3}, above {}; look at them again",
                found.consistency_ratio,
                ahp::TOLERATED
            );
        }
        found.weights
    };
    let swings = ahp::to_swings(&weights).map_err(refused)?;
    let each = criteria.iter().zip(weights).zip(swings);
    reply.weights = each
        .map(|((criterion, weight), swing)| proto::ElicitedWeight {
            criterion: criterion.clone(),
            weight,
            swing,
        })
        .collect();
    Ok(reply)
}
