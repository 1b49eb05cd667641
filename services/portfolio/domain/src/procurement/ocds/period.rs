//! A period of OCDS.
use chrono::{Days, NaiveDate};
use serde_json::Value;

use crate::procurement::contract::read_day;

/// From when to when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Period {
    /// The first day.
    pub start: Option<NaiveDate>,
    /// The last day.
    pub end: Option<NaiveDate>,
    /// The last day if every option is taken.
    pub max_extent: Option<NaiveDate>,
    /// Whether it is the tender's.
    pub estimated: bool,
}

impl Period {
    /// Without an end, the duration tells it. Or the field at fault and what is wrong.
    pub fn read(json: &Value) -> Result<Period, (&'static str, String)> {
        let day = |name: &'static str| match json.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(day) => match day.as_str().map(str::trim) {
                Some("") => Ok(None),
                text => {
                    let wrong = || (name, "must be a day or time such as 2025-03-31T00:00:00Z".to_owned());
                    text.and_then(read_day).map(Some).ok_or_else(wrong)
                }
            },
        };
        let (start, end, max_extent) = (day("startDate")?, day("endDate")?, day("maxExtentDate")?);
        let duration = match json.get("durationInDays") {
            None | Some(Value::Null) => None,
            Some(days) => {
                let days = days.as_u64().filter(|days| (1..=36_525).contains(days));
                Some(days.ok_or(("durationInDays", "must be 1 to 36,525".to_owned()))?)
            }
        };
        let by_duration = || start?.checked_add_days(Days::new(duration? - 1));
        Ok(Period { start, end: end.or_else(by_duration), max_extent, estimated: false })
    }
}
