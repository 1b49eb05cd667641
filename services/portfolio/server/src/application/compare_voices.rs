//! A revision under every voice policy, side by side.
use std::collections::BTreeMap;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Kind,
    voice::{Opinion, Voice, opinions},
};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    explain_move::{Computed, at},
};
use crate::rpc::messages;

/// The revision (0: the newest), computed again under every policy.
pub async fn compare_voices(
    runtime: &Runtime,
    kind: Kind,
    revision: i64,
) -> Result<proto::CompareVoicesResponse, Problem> {
    let computed = at(runtime, kind, revision).await?;
    let own: BTreeMap<&str, i32> = computed.ranking.items.iter().map(|i| (&*i.id, i.rank)).collect();
    let voices =
        opinions(&computed.inputs, kind).iter().map(|opinion| voice(&computed, &own, opinion)).collect();
    Ok(proto::CompareVoicesResponse { name: messages::revision_name(kind, computed.revision), voices })
}

fn voice(computed: &Computed, own: &BTreeMap<&str, i32>, opinion: &Opinion) -> proto::VoiceRanking {
    let title = |id: &str| computed.inputs.items.get(id).map(|item| item.title.clone()).unwrap_or_default();
    let place = |item: &soundings_portfolio_domain::Ranked| proto::VoicePlace {
        work_item: format!("workItems/{}", item.id),
        title: title(&item.id),
        rank: item.rank,
        ranking_rank: own.get(&*item.id).copied().unwrap_or(0),
        value: item.value,
        demand: item.demand,
    };
    let places: Vec<_> = opinion.ranking.items.iter().map(place).collect();
    let flips = places.iter().filter(|place| place.rank != place.ranking_rank).count();
    proto::VoiceRanking {
        policy: match opinion.voice {
            Voice::Organisation => proto::VoicePolicy::Organisation,
            Voice::Respondent => proto::VoicePolicy::Respondent,
            Voice::Population => proto::VoicePolicy::Population,
            Voice::OrganisationKind => proto::VoicePolicy::OrganisationKind,
        }
        .into(),
        kendall_tau_b: opinion.kendall_tau_b,
        flips: i32::try_from(flips).unwrap_or(i32::MAX),
        places,
    }
}
