//! Money in whole pence.
use chrono::NaiveDate;

use crate::arithmetic::{divide, narrow};

/// Most pence of a contract: £1,000,000,000,000.
pub const MOST: i64 = 100_000_000_000_000;
/// Decimal places that are read; further ones are refused.
const PLACES: usize = 12;

/// Reads pounds such as `1200`, `1200.5` or `£1200.50` as pence, rounded half to even. None: no amount, a negative one, or
/// more than [`MOST`].
pub fn read_pounds(text: &str) -> Option<i64> {
    let text = text.trim();
    let text = text.strip_prefix('£').unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 15 || !digits(whole) || !digits(fraction) || fraction.len() > PLACES
    {
        return None;
    }
    let scaled: i128 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
    let pence = narrow(divide(scaled, 10_i128.pow(PLACES as u32 - 2)));
    (pence <= MOST).then_some(pence)
}

/// What a value over a term is a year, in pence: value × 365.25 ÷ days, rounded half to even. A term of a year or less is
/// taken as a year's, for nothing tells that it would be paid again.
pub fn annual(total: i64, start: NaiveDate, end: NaiveDate) -> i64 {
    let days = (end - start).num_days() + 1;
    if days <= 366 { total } else { narrow(divide(i128::from(total) * 1461, i128::from(days) * 4)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pounds_are_read_to_the_penny() {
        let cases = [("1200", 120_000), ("£0.5", 50), ("1234567.89", 123_456_789), ("0.125", 12), ("0", 0)];
        for (text, pence) in cases {
            assert_eq!(read_pounds(text), Some(pence), "{text}");
        }
        for text in ["", "-1", "1,200", "1e6", ".5", "1000000000000.01", "9999999999999999", "NaN"] {
            assert_eq!(read_pounds(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_is_shared_out_over_its_years() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        // 1,461 days are four years.
        assert_eq!(annual(400_000, day(2021, 4, 1), day(2025, 3, 31)), 100_000);
        assert_eq!(annual(400_000, day(2021, 4, 1), day(2022, 3, 31)), 400_000);
        assert_eq!(annual(400_000, day(2021, 4, 1), day(2021, 6, 30)), 400_000);
    }
}
