//! Where an item's value comes from.
use std::cmp::Reverse;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    explain::Through,
    score::{OrganisationScore, ThemeScore, score},
};
use soundings_proto::portfolio::v1 as proto;

use super::{Asked, work_item};
use crate::rpc::{messages, model_messages};

/// An item's value in parts, the largest first; organisations where the asker may see them.
pub fn explain_score(
    asked: &Asked,
    id: &str,
    organisations: bool,
) -> Result<proto::ScoreExplanation, Problem> {
    let (inputs, ranking) = (&asked.0.inputs, &asked.0.ranking);
    let missing = || Problem::not_found("work item", &work_item(id));
    let ranked = ranking.item(id).ok_or_else(missing)?;
    let mut parts = score(inputs, ranking, id).ok_or_else(missing)?;
    parts.sort_by_key(|part| Reverse(part.part));
    let part = |part: soundings_portfolio_domain::score::CriterionScore| proto::CriterionScore {
        criterion: format!("criteria/{}", part.criterion),
        title: messages::criterion_title(inputs, &part.criterion),
        part: part.part,
        value: part.value,
        missing: part.missing,
        themes: part.themes.into_iter().map(|of| theme(asked, id, of, organisations)).collect(),
    };
    Ok(proto::ScoreExplanation {
        name: asked.name(),
        work_item: work_item(id),
        title: asked.title(id),
        rank: ranked.rank,
        value: ranked.value,
        parts: parts.into_iter().map(part).collect(),
    })
}

fn theme(asked: &Asked, item: &str, score: ThemeScore, organisations: bool) -> proto::ThemeScore {
    let (said, goes_to) = messages::through(&score.through);
    let is_rated = score.organisations.iter().any(|one| one.tally.rated.answers > 0);
    let (work_item, surveys) = messages::closed(&asked.0.inputs, &score.through, item, is_rated);
    let mut shown = if organisations { score.organisations } else { Vec::new() };
    shown.sort_by_key(|one| (one.organisation.is_none(), Reverse(one.part)));
    let mut title = messages::through_title(&asked.0.inputs, &score.through, "what no theme is linked to");
    if score.through == Through::Direct && score.strength == 0 {
        title.push_str(", which count nothing: the links leave no strength free");
    }
    proto::ThemeScore {
        title,
        work_item,
        surveys,
        reading: score.through.said().map_or(0, |_| model_messages::reading(score.reading).into()),
        need_weight: i32::try_from(500 * score.need.halves()).unwrap_or(i32::MAX),
        theme: said,
        evidence: score.evidence.unwrap_or_default(),
        goes_to,
        part: score.part,
        strength: i32::try_from(score.strength).unwrap_or(i32::MAX),
        organisations: shown.into_iter().map(|one| organisation(asked, one)).collect(),
    }
}

fn organisation(asked: &Asked, score: OrganisationScore) -> proto::OrganisationScore {
    let (organisation, display_name) = match &score.organisation {
        Some(id) => (format!("organisations/{id}"), asked.organisation(id)),
        None => (String::new(), "the prior, which stands before anybody answers".to_owned()),
    };
    proto::OrganisationScore {
        organisation,
        display_name,
        part: score.part,
        raised: score.tally.raised,
        answered: score.tally.answered,
        against: score.tally.against,
        rated: score.tally.rated.answers,
        support_ppm: score.tally.rated.support_ppm,
    }
}
