//! Which responses raise each theme, by day or by week, UTC.

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::Seen;
use crate::store::sql::{self, column};

/// Microseconds in a day.
const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// What is counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// Days.
    Day,
    /// Weeks, from Monday.
    Week,
}

impl Interval {
    /// Its length, and what is added to a time so that periods start at multiples of the length: 1970 began on a
    /// Thursday. In microseconds.
    fn length_and_offset(self) -> (i64, i64) {
        match self {
            Interval::Day => (DAY, 0),
            Interval::Week => (7 * DAY, 3 * DAY),
        }
    }

    /// When a period starts, in microseconds since 1970.
    #[must_use]
    pub fn start(self, period: i64) -> i64 {
        let (length, offset) = self.length_and_offset();
        period * length - offset
    }

    fn column(self) -> String {
        let (length, offset) = self.length_and_offset();
        format!("(response_time + {offset}) / {length}")
    }
}

/// The periods with a response, each with how many there are: the newest `limit` before this one.
pub async fn periods<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    interval: Interval,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<(i64, i64)>, Error> {
    let (mut condition, mut values) = seen.condition();
    if let Some(period) = before {
        values.push(interval.start(period).into());
        condition += &format!(" AND response_time < ${}", values.len());
    }
    values.push(limit.into());
    let select = format!(
        "SELECT {} AS period, COUNT(DISTINCT response) AS responses FROM mentions WHERE {condition} \
         GROUP BY period ORDER BY period DESC LIMIT ${}",
        interval.column(),
        values.len()
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter().map(|row| Ok((column(row, "period")?, column(row, "responses")?))).collect()
}

/// (period, theme, responses that raise it) from one period to another, both included.
pub async fn raised<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    interval: Interval,
    (first, last): (i64, i64),
) -> Result<Vec<(i64, String, i64)>, Error> {
    let (condition, mut values) = seen.condition_of_theme();
    let next = values.len() + 1;
    values.extend([interval.start(first).into(), interval.start(last + 1).into()]);
    let select = format!(
        "SELECT {} AS period, theme, COUNT(DISTINCT response) AS responses FROM mentions WHERE {condition} \
         AND theme <> '' AND response_time >= ${next} AND response_time < ${} GROUP BY period, theme \
         ORDER BY period, theme",
        interval.column(),
        next + 1
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| Ok((column(row, "period")?, column(row, "theme")?, column(row, "responses")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weeks_start_on_mondays() {
        assert_eq!(Interval::Week.start(1), 4 * DAY, "5 January 1970 was a Monday");
        assert_eq!(Interval::Day.start(4), 4 * DAY);
    }
}
