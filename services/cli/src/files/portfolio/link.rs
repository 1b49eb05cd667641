//! How a work item answers a theme, in files: `strength` in thousandths, and where they are not the usual ones `confidence`
//! in thousandths and `reading`. In a spreadsheet's cell: `{theme}={strength}`, then `~{confidence}`, then the reading.
use serde::{Deserialize, Serialize};
use soundings_proto::portfolio::v1 as proto;

/// The confidence of a link that tells none.
const WHOLE: i32 = 1_000;

/// A link as a file holds it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    theme: String,
    strength: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    confidence: Option<i32>,
    #[serde(default, skip_serializing_if = "Reading::is_raised")]
    reading: Reading,
}

/// How a mention of a theme is read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reading {
    /// Whoever raises the theme asks for the item
    #[default]
    Raised,
    /// Whoever speaks for the theme asks for the item, whoever speaks against it counts against the item
    Stance,
    /// The theme is a complaint: whoever raises it counts against the item
    Against,
}

impl Reading {
    /// As a message has it.
    pub fn message(self) -> proto::LinkReading {
        match self {
            Reading::Raised => proto::LinkReading::Raised,
            Reading::Stance => proto::LinkReading::Stance,
            Reading::Against => proto::LinkReading::Against,
        }
    }

    /// How a link reads its theme.
    fn of(link: &proto::ThemeLink) -> Self {
        match link.reading() {
            proto::LinkReading::Unspecified | proto::LinkReading::Raised => Reading::Raised,
            proto::LinkReading::Stance => Reading::Stance,
            proto::LinkReading::Against => Reading::Against,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Reading::Raised => "raised",
            Reading::Stance => "stance",
            Reading::Against => "against",
        }
    }

    fn is_raised(&self) -> bool {
        *self == Reading::Raised
    }
}

/// A link's confidence where it is not whole.
fn doubted(link: &proto::ThemeLink) -> Option<i32> {
    link.confidence.filter(|confidence| *confidence != WHOLE)
}

impl From<&proto::ThemeLink> for Link {
    fn from(link: &proto::ThemeLink) -> Self {
        Link {
            theme: link.theme.clone(),
            strength: link.strength,
            confidence: doubted(link),
            reading: Reading::of(link),
        }
    }
}

impl From<Link> for proto::ThemeLink {
    fn from(link: Link) -> Self {
        proto::ThemeLink {
            theme: link.theme,
            strength: link.strength,
            confidence: Some(link.confidence.unwrap_or(WHOLE)),
            reading: link.reading.message().into(),
        }
    }
}

/// How much a link counts and how, as a cell and people have it: `700`, `700~500`, `700 stance`.
pub fn weight(link: &proto::ThemeLink) -> String {
    let confidence = doubted(link).map(|confidence| format!("~{confidence}")).unwrap_or_default();
    let reading = match Reading::of(link) {
        Reading::Raised => String::new(),
        reading => format!(" {}", reading.name()),
    };
    format!("{}{confidence}{reading}", link.strength)
}

/// A link as a cell holds it; None: it is none.
pub fn read(text: &str) -> Option<proto::ThemeLink> {
    let (theme, weight) = text.rsplit_once('=')?;
    let mut words = weight.split_whitespace();
    let number = words.next()?;
    let (strength, confidence) = match number.split_once('~') {
        Some((strength, confidence)) => (strength, Some(confidence.parse().ok()?)),
        None => (number, None),
    };
    let reading = match words.next() {
        None => Reading::Raised,
        Some(name) => {
            *<Reading as clap::ValueEnum>::value_variants().iter().find(|one| one.name() == name)?
        }
    };
    let link = Link { theme: theme.trim().to_owned(), strength: strength.parse().ok()?, confidence, reading };
    words.next().is_none().then(|| link.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_says_no_more_than_it_must_and_reads_back() {
        for (cell, strength, confidence, reading) in [
            ("codebooks/c/themes/T=700", 700, 1_000, proto::LinkReading::Raised),
            ("codebooks/c/themes/T=700~500", 700, 500, proto::LinkReading::Raised),
            ("codebooks/c/themes/T=1~0 against", 1, 0, proto::LinkReading::Against),
            ("codebooks/c/themes/T=20 stance", 20, 1_000, proto::LinkReading::Stance),
        ] {
            let link = read(cell).unwrap();
            assert_eq!(
                (link.strength, link.confidence, link.reading()),
                (strength, Some(confidence), reading)
            );
            assert_eq!(format!("{}={}", link.theme, weight(&link)), cell);
        }
        for none in ["T", "T=", "T=x", "T=1~x", "T=1 sideways", "T=1 stance stance"] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
