//! What closed questions that are bound to a work item say of it, as a message.
use soundings_portfolio_domain::{Inputs, Item, Kind, arithmetic::divide, direct};
use soundings_proto::portfolio::v1 as proto;

/// An item's direct voice; None: nobody answered a question that is bound to it.
pub fn voice(inputs: &Inputs, id: &str, item: &Item) -> Option<proto::DirectVoice> {
    let rated = inputs.rated(id);
    if rated.is_empty() {
        return None;
    }
    let small = |count: i64| i32::try_from(count).unwrap_or(i32::MAX);
    let organisations = i64::try_from(rated.len()).unwrap_or(i64::MAX);
    let shares = rated.values().map(|own| divide(own.support_ppm.into(), own.answers.into()));
    let mean = divide(shares.sum(), organisations.into());
    Some(proto::DirectVoice {
        strength: small(inputs.free(Kind::Official, item)),
        surveys: inputs
            .surveys_on(&direct::target(id))
            .iter()
            .map(|survey| format!("surveys/{survey}"))
            .collect(),
        organisations: small(organisations),
        answers: rated.values().map(|own| own.answers).sum(),
        mean_support_ppm: i32::try_from(mean).unwrap_or(i32::MAX),
    })
}
