//! Whole numbers in 10⁻⁶, as people write them: decimals.

const PLACES: usize = 6;
const MILLION: i64 = 1_000_000;

/// Reads a decimal such as `1500.5` as 10⁻⁶; None when it is none, has more than 6 places, or is too large.
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) || fraction.len() > PLACES {
        return None;
    }
    let scaled: i64 = format!("{whole}{fraction:0<PLACES$}").parse().ok()?;
    Some(if negative { -scaled } else { scaled })
}

/// Shows 10⁻⁶ with as few places as it takes.
pub fn show(amount: i64) -> String {
    let (whole, rest) =
        (amount.unsigned_abs() / MILLION.unsigned_abs(), amount.unsigned_abs() % MILLION.unsigned_abs());
    let sign = if amount < 0 { "-" } else { "" };
    let text = format!("{sign}{whole}.{rest:06}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::{read, show};

    #[test]
    fn an_amount_goes_in_and_out_to_its_last_digit() {
        for text in ["0", "1500.5", "-0.000001", "600000", "-41"] {
            assert_eq!(read(text).map(show).as_deref(), Some(text));
        }
        for text in ["", "1,000", "1e3", "0.0000001", "9999999999999999"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
