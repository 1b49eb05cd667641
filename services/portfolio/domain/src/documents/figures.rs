//! Numbers as people read them.
use crate::{
    ONE,
    arithmetic::{divide, narrow},
};

/// A whole number with commas between thousands.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3 + 1);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

/// A number in `1/unit` with so many decimal places, rounded half to even, with commas between thousands.
pub fn decimal(number: i64, unit: i64, places: u32) -> String {
    let step = 10_i64.pow(places);
    let scaled = narrow(divide(i128::from(number) * i128::from(step), i128::from(unit.max(1))));
    let sign = if scaled < 0 { "−" } else { "" };
    let (whole, rest) =
        (scaled.unsigned_abs() / step.unsigned_abs(), scaled.unsigned_abs() % step.unsigned_abs());
    let whole = grouped(i64::try_from(whole).unwrap_or(i64::MAX));
    match places {
        0 => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{rest:0width$}", width = places as usize),
    }
}

/// As [`decimal`], with a plus before what is positive.
pub fn signed(number: i64, unit: i64, places: u32) -> String {
    let text = decimal(number, unit, places);
    if number > 0 { format!("+{text}") } else { text }
}

/// A value of 0 to 1 in 10⁻¹², to four places.
pub fn value(value: i64) -> String {
    decimal(value, ONE, 4)
}

/// A share in `1/unit` as a percentage, to so many places.
pub fn percent(share: i64, unit: i64, places: u32) -> String {
    format!("{} %", decimal(narrow(i128::from(share) * 100), unit, places))
}

/// An amount in 10⁻⁶ of a unit: as few decimal places as it takes; pounds before the amount, other units after it.
pub fn amount(amount: i64, unit: &str) -> String {
    let mut text = decimal(amount, 1_000_000, 6);
    if text.contains('.') {
        text.truncate(text.trim_end_matches('0').trim_end_matches('.').len());
    }
    match unit {
        "GBP" => text.strip_prefix('−').map_or_else(|| format!("£{text}"), |rest| format!("−£{rest}")),
        "" => text,
        unit => format!("{text} {unit}"),
    }
}

/// How many of a thing: `1 council`, `2 councils`.
pub fn counted(count: usize, one: &str) -> String {
    let many = if count == 1 { "" } else { "s" };
    format!("{} {one}{many}", grouped(i64::try_from(count).unwrap_or(i64::MAX)))
}

/// Names in a sentence: `A`, `A and B`, `A, B and C`.
pub fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(["0", "999", "1,000", "−1,234,567"], [0, 999, 1_000, -1_234_567].map(grouped)[..]);
        assert_eq!(decimal(1_250, 1_000, 1), "1.2");
        assert_eq!(decimal(-1_350, 1_000, 1), "−1.4");
        assert_eq!(signed(50, 1_000, 2), "+0.05");
        assert_eq!(value(627_450_000_000), "0.6274");
        assert_eq!(percent(1, 3, 1), "33.3 %");
        assert_eq!(amount(600_000_000_000, "GBP"), "£600,000");
        assert_eq!(amount(-1_500_000, "days"), "−1.5 days");
        assert_eq!(amount(-1_500_000, "GBP"), "−£1.5");
        assert_eq!([counted(1, "item"), counted(2_000, "item")], ["1 item", "2,000 items"]);
        assert_eq!(and(&["A".into(), "B".into(), "C".into()]), "A, B and C");
    }
}
