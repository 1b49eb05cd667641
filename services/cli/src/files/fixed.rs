//! A decimal of a file, kept in 10⁻¹² to its last digit.
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};
use serde_norway::Value;

use crate::decimal;

const RULE: &str = "a number between -9,000,000 and 9,000,000 with at most 12 decimal places";
const ONE: i64 = 1_000_000_000_000;

/// A number in 10⁻¹².
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fixed(pub i64);

impl<'de> Deserialize<'de> for Fixed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = |given: &str| D::Error::custom(format!("{given} is no number here; give {RULE}"));
        let (text, shown) = match &Value::deserialize(deserializer)? {
            // YAML reads what has a point as binary; it is taken when 12 decimal places say just the same.
            Value::Number(number) => match number.as_f64().filter(|_| number.is_f64()) {
                Some(binary) => (exact(binary).unwrap_or_default(), number.to_string()),
                None => (number.to_string(), number.to_string()),
            },
            Value::String(text) => (text.clone(), format!("{text:?}")),
            _ => return Err(expected("what stands here")),
        };
        decimal::read(text.trim_end_matches('.')).map(Fixed).ok_or_else(|| expected(&shown))
    }
}

impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0 % ONE == 0 {
            return serializer.serialize_i64(self.0 / ONE);
        }
        let text = decimal::show(self.0, 12).trim_end_matches('0').to_owned();
        match text.parse::<f64>().ok().filter(|binary| exact(*binary).as_deref() == Some(&text)) {
            Some(binary) => serializer.serialize_f64(binary),
            None => serializer.serialize_str(&text),
        }
    }
}

/// The decimal of at most 12 places that is just this number, if there is one.
fn exact(binary: f64) -> Option<String> {
    let text = format!("{binary:.12}");
    (text.parse() == Ok(binary)).then(|| text.trim_end_matches('0').to_owned())
}

impl Fixed {
    /// As a whole number of `1 / parts`, such as hundredths; None when it is none.
    pub fn in_parts(self, parts: i64) -> Option<i64> {
        let step = ONE / parts;
        (self.0 % step == 0).then_some(self.0 / step)
    }

    /// From a whole number of `1 / parts`; None when it is too large.
    pub fn of_parts(count: i64, parts: i64) -> Option<Self> {
        count.checked_mul(ONE / parts).map(Fixed)
    }

    /// Whether it is nothing; for leaving fields out.
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_out_and_comes_back_to_its_last_digit() {
        for number in [0, ONE, -3 * ONE, 1, 1_500_000_000_000, 123_456_789_012, 8_999_999_999_999_999_999] {
            let text = serde_norway::to_string(&Fixed(number)).unwrap();
            assert_eq!(serde_norway::from_str::<Fixed>(&text).unwrap(), Fixed(number), "{text}");
        }
    }

    #[test]
    fn parts_are_whole_or_refused() {
        assert_eq!(Fixed(2_500_000_000_000).in_parts(100), Some(250));
        assert_eq!(Fixed(ONE / 1000).in_parts(100), None);
        assert_eq!(Fixed::of_parts(1234, 1000), Some(Fixed(1_234_000_000_000)));
        assert_eq!(Fixed::of_parts(i64::MAX, 1000), None);
    }
}
