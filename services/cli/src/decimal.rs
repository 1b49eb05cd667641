//! Whole numbers in 10⁻¹², as people write them: decimals.

const PLACES: usize = 12;

/// Reads a decimal such as `0.35` as 10⁻¹²; None when it is none, has more than 12 places, or is too large.
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

/// Shows 10⁻¹² with this many places, at most 12, rounded half away from zero.
pub fn show(value: i64, places: usize) -> String {
    let step = 10_i128.pow(u32::try_from(PLACES - places.min(PLACES)).unwrap_or(0));
    let wide = i128::from(value);
    let rounded = (wide.abs() + step / 2) / step;
    let unit = 10_i128.pow(u32::try_from(places.min(PLACES)).unwrap_or(0));
    let sign = if wide < 0 && rounded > 0 { "-" } else { "" };
    match places {
        0 => format!("{sign}{rounded}"),
        _ => format!("{sign}{}.{:0places$}", rounded / unit, rounded % unit),
    }
}

/// As [`show`], with a plus before what is positive.
pub fn signed(value: i64, places: usize) -> String {
    let shown = show(value, places);
    if value > 0 { format!("+{shown}") } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_read_to_its_last_digit() {
        assert_eq!(read("0.35"), Some(350_000_000_000));
        assert_eq!(read("-32"), Some(-32_000_000_000_000));
        assert_eq!(read("0.000000000001"), Some(1));
        for text in ["", ".5", "1e3", "0.0000000000001", "99999999", "1,5", "NaN"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_value_is_shown_rounded() {
        assert_eq!(show(627_449_999_999, 4), "0.6274");
        assert_eq!(show(627_450_000_000, 4), "0.6275");
        assert_eq!(show(-3, 4), "0.0000");
        assert_eq!(show(-1_500_000_000_000, 0), "-2");
        assert_eq!(signed(50_000_000_000, 2), "+0.05");
        assert_eq!(signed(-50_000_000_000, 2), "-0.05");
    }
}
