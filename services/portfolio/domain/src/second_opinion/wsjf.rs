//! Weighted shortest job first (Reinertsen, 2009; Scaled Agile Framework): cost of delay over job size, inside one
//! portfolio.
use crate::{
    Inputs, Kind, rank,
    refused::Refused,
    second_opinion::table::{Made, Source, Table, order},
};

/// Which criteria hold the parts, by id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parts {
    /// Value to users and to the partnership.
    pub value: String,
    /// How much is lost by waiting.
    pub time_criticality: String,
    /// What it makes safer or possible.
    pub risk_reduction: String,
    /// Size of the job; None: the item's own effort, in person-months.
    pub size: Option<String>,
}

/// (value + time criticality + risk reduction)/size. A part of 0 does not make the whole 0.
///
/// # Errors
/// Names the part that is not finite or negative, and a size that is not above 0.
pub fn wsjf(value: f64, time_criticality: f64, risk_reduction: f64, size: f64) -> Result<f64, Refused> {
    let parts =
        [("value", value), ("time_criticality", time_criticality), ("risk_reduction", risk_reduction)];
    if let Some((name, part)) = parts.iter().find(|(_, part)| !part.is_finite() || *part < 0.0) {
        return Err(Refused::new(*name, format!("is {part}; it must be 0 or more")));
    }
    if !size.is_finite() || size <= 0.0 {
        return Err(Refused::new("size", format!("is {size}; it must be above 0")));
    }
    Ok((value + time_criticality + risk_reduction) / size)
}

/// The items of one portfolio by WSJF, from likely scores: the three parts by their values between the criteria's anchors,
/// since they are added up; the size in its own unit. Ties: larger cost of delay, then the smaller job. An item that
/// lacks a part is listed apart.
///
/// # Errors
/// Names the portfolio or the criterion that is not there.
pub fn by_wsjf(inputs: &Inputs, kind: Kind, portfolio: &str, parts: &Parts) -> Result<Table, Refused> {
    let ranking = rank(inputs, kind);
    let source = Source { inputs, ranking: &ranking };
    let mut named = vec![
        ("value", &*parts.value),
        ("time_criticality", &*parts.time_criticality),
        ("risk_reduction", &*parts.risk_reduction),
    ];
    named.extend(parts.size.as_deref().map(|size| ("size", size)));
    source.check(portfolio, &named)?;
    Ok(order(inputs, portfolio, |id, item| {
        let score = |criterion: &str| source.score(id, item, criterion);
        let part = |criterion: &str| source.value(id, item, criterion);
        let (value, time, risk) =
            (part(&parts.value)?, part(&parts.time_criticality)?, part(&parts.risk_reduction)?);
        let size = match &parts.size {
            Some(criterion) => score(criterion)?,
            None => item.effort_centimonths as f64 / 100.0,
        };
        let score = wsjf(value, time, risk, size).map_err(|refused| refused.to_string())?;
        Ok(Made { score, tie: [-(value + time + risk), size] })
    }))
}
