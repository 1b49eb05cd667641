//! What others than respondents say of a theme, and how much of it there is. Told apart from demand, which it never
//! enters.

use std::collections::{BTreeMap, BTreeSet};

use crate::codebook_file::{DESCRIPTION_CHARACTERS, FieldViolation, REASON_CHARACTERS, Violations};

const SOURCE_CHARACTERS: usize = 200;
/// Themes that one piece of evidence may speak for.
const THEMES: usize = 20;

/// A piece of evidence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The themes that it speaks for, by id.
    pub themes: BTreeSet<String>,
    /// Who says it, 1 to 200 characters.
    pub source: String,
    /// Where it can be looked up, 1 to 500 characters.
    pub citation: String,
    /// When it was said: `YYYY-MM-DD`.
    pub date: String,
    /// The words, at most 2,000 characters.
    pub quote: String,
    /// 1 an opinion, 2 an example, 3 several examples, 4 a study, 5 studies that agree.
    pub strength: u8,
}

/// How much speaks for a theme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Figure {
    /// Pieces of evidence.
    pub pieces: usize,
    /// Distinct sources.
    pub sources: usize,
    /// The strongest, 1 to 5.
    pub strongest: u8,
    /// The mean over sources, each by its strongest piece, in thousandths, rounded down.
    pub mean_strength: u32,
}

impl Evidence {
    /// Everything that is wrong with it; empty: nothing.
    #[must_use]
    pub fn violations(&self) -> Vec<FieldViolation> {
        let mut found = Violations::default();
        if self.themes.is_empty() || self.themes.len() > THEMES {
            found.add("evidence.themes", &format!("must name 1 to {THEMES} themes"));
        }
        found.length("evidence.source", &self.source, 1, SOURCE_CHARACTERS);
        found.length("evidence.citation", &self.citation, 1, REASON_CHARACTERS);
        found.length("evidence.quote", &self.quote, 0, DESCRIPTION_CHARACTERS);
        if !is_date(&self.date) {
            found.add("evidence.date", "must be a day as YYYY-MM-DD");
        }
        if !(1..=5).contains(&self.strength) {
            found.add("evidence.strength", "must be 1 (an opinion) to 5 (studies that agree)");
        }
        found.into_vec()
    }
}

/// Each theme's figure. `place` tells where a theme stands now; none: nowhere. Many pieces of one source do not outweigh
/// another source, so each source counts once, by its strongest piece.
#[must_use]
pub fn figures<'a>(
    evidence: impl IntoIterator<Item = &'a Evidence>,
    place: impl Fn(&str) -> Option<String>,
) -> BTreeMap<String, Figure> {
    let mut strengths: BTreeMap<String, (usize, BTreeMap<&str, u8>)> = BTreeMap::new();
    for piece in evidence {
        let themes: BTreeSet<String> = piece.themes.iter().filter_map(|theme| place(theme)).collect();
        for theme in themes {
            let (pieces, sources) = strengths.entry(theme).or_default();
            *pieces += 1;
            let strongest = sources.entry(piece.source.trim()).or_default();
            *strongest = piece.strength.max(*strongest);
        }
    }
    let figure = |(pieces, sources): (usize, BTreeMap<&str, u8>)| {
        let sum: u32 = sources.values().map(|strength| u32::from(*strength) * 1_000).sum();
        Figure {
            pieces,
            sources: sources.len(),
            strongest: sources.values().copied().max().unwrap_or_default(),
            mean_strength: sum / u32::try_from(sources.len()).unwrap_or(u32::MAX).max(1),
        }
    };
    strengths.into_iter().map(|(theme, of)| (theme, figure(of))).collect()
}

/// Whether the text is a day of the Gregorian calendar as `YYYY-MM-DD`.
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else { return false };
    let digits = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2)) else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(themes: &[&str], source: &str, strength: u8) -> Evidence {
        Evidence {
            themes: themes.iter().map(|theme| (*theme).to_owned()).collect(),
            source: source.into(),
            citation: "p. 1".into(),
            date: "2020-10-01".into(),
            strength,
            ..Evidence::default()
        }
    }

    #[test]
    fn each_source_counts_once_by_its_strongest_piece() {
        let all = [piece(&["a", "b"], "Gartner", 3), piece(&["a"], "Gartner ", 5), piece(&["a"], "Audit", 2)];
        let told = figures(&all, |theme| Some(theme.to_owned()));
        assert_eq!(told["a"], Figure { pieces: 3, sources: 2, strongest: 5, mean_strength: 3_500 });
        assert_eq!(told["b"].mean_strength, 3_000);
        let merged = figures(&all, |_| Some("c".to_owned()));
        assert_eq!(merged["c"].pieces, 3, "a piece for two merged themes counts once");
        assert!(figures(&all, |_| None).is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert!(piece(&["a"], "Gartner", 1).violations().is_empty());
        let bad = Evidence { date: "2019-02-29".into(), quote: "x".repeat(2_001), ..piece(&[], " ", 6) };
        let fields: Vec<_> = bad.violations().into_iter().map(|v| v.field).collect();
        let expected = ["themes", "source", "quote", "date", "strength"].map(|f| format!("evidence.{f}"));
        assert_eq!(fields, expected);
        for (date, holds) in [
            ("2020-02-29", true),
            ("1900-02-29", false),
            ("2020-13-01", false),
            ("20-1-1", false),
            ("", false),
        ] {
            assert_eq!(is_date(date), holds, "{date}");
        }
    }
}
