//! Days and times as people write them.
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::failure::{Failure, Outcome};

/// The end of a day, or a time; `option` is what it was given as.
pub fn read(option: &str, text: &str) -> Outcome<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.with_timezone(&Utc));
    }
    let last = NaiveTime::from_hms_opt(23, 59, 59).unwrap_or_default();
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").map(|day| day.and_time(last).and_utc());
    day.map_err(|_| {
        Failure::usage(format!(
            "{option} is {text:?}; give a day such as 2027-03-31, or a time such as 2027-03-31T12:00:00Z"
        ))
    })
}

/// As a message has it.
pub fn message(time: DateTime<Utc>) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: time.timestamp(), nanos: 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_its_last_second_and_a_time_is_what_it_says() {
        let read = |text| read("--at", text).map(|time| time.to_rfc3339());
        assert_eq!(read("2027-03-31").unwrap(), "2027-03-31T23:59:59+00:00");
        assert_eq!(read("2027-03-31T12:00:00+01:00").unwrap(), "2027-03-31T11:00:00+00:00");
        assert!(format!("{:?}", read("2027-13-31").unwrap_err()).contains("--at is"));
    }
}
