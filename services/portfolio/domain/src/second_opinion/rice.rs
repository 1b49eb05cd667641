//! RICE (McBride, Intercom, 2016): reach × impact × confidence over effort, inside one portfolio.
use crate::{
    Inputs, Kind, rank,
    refused::Refused,
    second_opinion::table::{Made, Source, Table, order},
};

/// Least effort, in person-months: less is a promise, not an estimate, and would put trifles first.
pub const LEAST_EFFORT: f64 = 0.5;

/// Which criteria hold the parts, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// How many it reaches in a period.
    pub reach: String,
    /// How much it does for each.
    pub impact: String,
    /// How sure that is.
    pub confidence: String,
    /// Effort in person-months, at least ½; None: the item's own effort.
    pub effort: Option<String>,
}

/// reach × impact × confidence/effort, not rounded: rounding makes ties.
///
/// # Errors
/// Names the part that is not finite or negative, a confidence above 1 and an effort below ½.
pub fn rice(reach: f64, impact: f64, confidence: f64, effort: f64) -> Result<f64, Refused> {
    let parts = [("reach", reach), ("impact", impact), ("confidence", confidence)];
    if let Some((name, part)) = parts.iter().find(|(_, part)| !part.is_finite() || *part < 0.0) {
        return Err(Refused::new(*name, format!("is {part}; it must be 0 or more")));
    }
    if confidence > 1.0 {
        return Err(Refused::new("confidence", format!("is {confidence}; it must be 0 to 1")));
    }
    if !effort.is_finite() || effort < LEAST_EFFORT {
        let reason = format!("is {effort} person-months; it must be at least {LEAST_EFFORT}");
        return Err(Refused::new("effort", reason));
    }
    Ok(reach * impact * confidence / effort)
}

/// The items of one portfolio by RICE, from likely scores: reach and effort in their own units, impact and confidence by
/// their values between the criteria's anchors, 0 to 1. Ties: the smaller effort, then the surer. An item that lacks a
/// part is listed apart.
///
/// # Errors
/// Names the portfolio or the criterion that is not there.
pub fn by_rice(inputs: &Inputs, kind: Kind, portfolio: &str, parts: &Parts) -> Result<Table, Refused> {
    let ranking = rank(inputs, kind);
    let source = Source { inputs, ranking: &ranking };
    let mut named =
        vec![("reach", &*parts.reach), ("impact", &*parts.impact), ("confidence", &*parts.confidence)];
    named.extend(parts.effort.as_deref().map(|effort| ("effort", effort)));
    source.check(portfolio, &named)?;
    Ok(order(inputs, portfolio, |id, item| {
        let score = |criterion: &str| source.score(id, item, criterion);
        let effort = match &parts.effort {
            Some(criterion) => score(criterion)?,
            None => item.effort_centimonths as f64 / 100.0,
        };
        let part = |criterion: &str| source.value(id, item, criterion);
        let confidence = part(&parts.confidence)?;
        let score = rice(score(&parts.reach)?, part(&parts.impact)?, confidence, effort)
            .map_err(|refused| refused.to_string())?;
        Ok(Made { score, tie: [effort, -confidence] })
    }))
}
