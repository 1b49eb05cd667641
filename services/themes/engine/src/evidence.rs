//! Whether a statement brings evidence: figures, dates, money, sources, or what happened to somebody. Plain patterns on
//! its words, so that each sign found can be shown.

use crate::words::{holds, words};

/// A sign of evidence.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sign {
    /// A sum of money: "£250", "3 million pounds".
    Money,
    /// A date, month or year: "12/03/2021", "in March", "since 2019".
    Date,
    /// Another figure: "40 %", "two hours".
    Number,
    /// A source: "according to", a web address, "a survey found".
    Source,
    /// What happened, or an example: "for example", "last week my mother waited".
    Example,
}

const MONTHS: [&str; 11] = [
    "january",
    "february",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "christmas",
];
const MONEY: [&str; 9] = ["pound", "pounds", "quid", "euro", "euros", "dollar", "dollars", "pence", "gbp"];
const COUNTS: [&str; 14] = [
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "dozen", "hundred", "thousand",
    "million", "twice",
];
const SOURCES: [&str; 14] = [
    "according to",
    "survey found",
    "survey shows",
    "study",
    "studies",
    "research",
    "report says",
    "report found",
    "report shows",
    "statistics",
    "census",
    "data show",
    "data shows",
    "figures show",
];
const EXAMPLES: [&str; 14] = [
    "for example",
    "for instance",
    "e.g",
    "such as",
    "last week",
    "last month",
    "last year",
    "last night",
    "yesterday",
    "this morning",
    "in my case",
    "when i was",
    "happened to",
    "on one occasion",
];

/// The signs of evidence in a statement, in the order of [`Sign`], each once.
///
/// ```
/// use soundings_themes_engine::evidence::{Sign, signs};
///
/// assert_eq!(signs("The repair cost £250 in March 2021."), [Sign::Money, Sign::Date]);
/// assert!(signs("It is a nice park.").is_empty());
/// ```
#[must_use]
pub fn signs(statement: &str) -> Vec<Sign> {
    let words = words(statement);
    let line = format!(" {} ", words.join(" "));
    let has = |phrases: &[&str]| phrases.iter().any(|phrase| holds(&line, phrase));
    let is_number = |word: &String| word.starts_with(|c: char| c.is_ascii_digit());
    let symbol = statement.char_indices().any(|(at, c)| {
        let next = statement[at + c.len_utf8()..].trim_start().chars().next();
        matches!(c, '£' | '€' | '$') && next.is_some_and(|next| next.is_ascii_digit())
    });
    let sum = words.windows(2).any(|w| is_number(&w[0]) && MONEY.contains(&w[1].as_str()));
    let money = symbol || sum || has(&["million pounds", "thousand pounds", "hundred pounds"]);
    let month =
        words.iter().any(|w| MONTHS.contains(&w.as_str())) || has(&["in march", "in may", "last march"]);
    let date = month || words.iter().any(|w| is_year(w)) || has_slashed_date(statement);
    let plain = |w: &String| is_number(w) && !is_year(w);
    let number = words.iter().any(|w| COUNTS.contains(&w.as_str()))
        || !money && !has_slashed_date(statement) && words.iter().any(plain);
    let address = ["http://", "https://", "www."].iter().any(|start| statement.contains(start));
    [
        (Sign::Money, money),
        (Sign::Date, date),
        (Sign::Number, number),
        (Sign::Source, address || has(&SOURCES)),
        (Sign::Example, has(&EXAMPLES)),
    ]
    .into_iter()
    .filter(|(_, found)| *found)
    .map(|(sign, _)| sign)
    .collect()
}

/// Whether a statement is rich in evidence: a source, an example, money or a date, or a figure in a statement of eight
/// words or more ("2 things" alone is none).
#[must_use]
pub fn is_evidence_rich(statement: &str) -> bool {
    signs(statement).iter().any(|sign| *sign != Sign::Number || words(statement).len() >= 8)
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|b| b.is_ascii_digit())
}

/// Day and month with a year, as digits parted by the same sign: 12/03/2021, 1.4.21, 2021-04-01.
fn has_slashed_date(statement: &str) -> bool {
    statement.split_whitespace().any(|word| {
        let word = word.trim_matches(|c: char| !c.is_ascii_digit());
        ['/', '.', '-'].iter().any(|sign| {
            let parts: Vec<&str> = word.split(*sign).collect();
            let digits = |p: &&str| matches!(p.len(), 1 | 2 | 4) && p.bytes().all(|b| b.is_ascii_digit());
            parts.len() == 3 && parts.iter().all(digits)
        })
    })
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("My mother waited six hours on 12/03/2021.", &[Sign::Date, Sign::Number])]
    #[case("According to the census 40 % rent.", &[Sign::Number, Sign::Source])]
    #[case("For example, the bus was late yesterday", &[Sign::Example])]
    #[case("It cost 300 pounds", &[Sign::Money])]
    #[case("We may march on", &[])]
    #[case("", &[])]
    fn signs_found(#[case] text: &str, #[case] expected: &[Sign]) {
        assert_eq!(signs(text), expected);
    }

    #[test]
    fn a_bare_figure_in_a_few_words_is_no_evidence() {
        assert!(!is_evidence_rich("2 things"));
        assert!(is_evidence_rich("We had to wait for 4 hours in the cold."));
        assert!(is_evidence_rich("See https://example.org"));
    }
}
