//! How a work item answers a theme.
use serde::{Deserialize, Serialize};

/// A strength or a confidence of 1, in thousandths.
pub const WHOLE: i64 = 1_000;

/// A work item's link to a theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Form")]
pub struct ThemeLink {
    /// How much the item answers the theme, in thousandths, 1 to 1,000.
    pub strength: i64,
    /// How sure that is, in thousandths, 0 to 1,000. It widens the item's interval of demand and never moves its rank.
    #[serde(skip_serializing_if = "is_whole")]
    pub confidence: i64,
    /// How a mention of the theme is read.
    #[serde(skip_serializing_if = "Reading::is_raised")]
    pub reading: Reading,
}

/// How a mention of a theme is read for a work item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Whoever raises the theme asks for the item.
    #[default]
    Raised,
    /// Whoever speaks for the theme asks for the item; whoever speaks against it counts against the item.
    Stance,
    /// The theme is a complaint against the item: whoever raises it counts against the item.
    Against,
}

impl ThemeLink {
    /// Whether the item answers the theme; else the theme is a complaint against the item.
    pub fn is_answer(&self) -> bool {
        self.reading != Reading::Against
    }
}

impl Reading {
    /// Every reading, the usual one first.
    pub const ALL: [Reading; 3] = [Reading::Raised, Reading::Stance, Reading::Against];

    /// Whether it is the usual one.
    fn is_raised(&self) -> bool {
        *self == Reading::Raised
    }
}

fn is_whole(confidence: &i64) -> bool {
    *confidence == WHOLE
}

const fn whole() -> i64 {
    WHOLE
}

/// What a link is read from: a strength alone, or all of it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Form {
    Strength(i64),
    Link(Fields),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    strength: i64,
    #[serde(default = "whole")]
    confidence: i64,
    #[serde(default)]
    reading: Reading,
}

impl From<Form> for ThemeLink {
    fn from(form: Form) -> Self {
        match form {
            Form::Strength(strength) => strength.into(),
            Form::Link(Fields { strength, confidence, reading }) => {
                ThemeLink { strength, confidence, reading }
            }
        }
    }
}

impl From<i64> for ThemeLink {
    /// A link of this strength, of which people are sure, read the usual way.
    fn from(strength: i64) -> Self {
        ThemeLink { strength, confidence: WHOLE, reading: Reading::Raised }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strength_alone_is_a_link_and_what_is_usual_is_not_written() {
        let usual: ThemeLink = serde_json::from_str("700").unwrap();
        assert_eq!(usual, ThemeLink::from(700));
        assert_eq!(serde_json::to_string(&usual).unwrap(), r#"{"strength":700}"#);
        let other = ThemeLink { strength: 1, confidence: 0, reading: Reading::Against };
        let json = serde_json::to_string(&other).unwrap();
        assert_eq!(json, r#"{"strength":1,"confidence":0,"reading":"against"}"#);
        assert_eq!(serde_json::from_str::<ThemeLink>(&json).unwrap(), other);
        assert!(serde_json::from_str::<ThemeLink>(r#"{"strength":1,"weight":2}"#).is_err());
    }
}
