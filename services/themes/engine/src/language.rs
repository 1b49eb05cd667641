//! What of an answer can be read at all: marks of HTML and the question's own words are set aside, other languages are
//! named and left unassigned, and single words are told apart.
//!
//! Languages are told by [`whatlang`] (trigrams and scripts). It errs on short texts, so a text is called foreign only
//! when it is long enough, its verdict is reliable and hardly one of its words is a common English one.

use whatlang::{Lang, detect};

use crate::statement::Statement;
use crate::words::words;

/// A text in Latin script needs so many words before its language is told.
const FEWEST_WORDS: usize = 5;
/// A foreign text has at most this share of common English words.
const ENGLISH_SHARE: f64 = 0.12;
/// Letters that tell a script other than Latin.
const FEWEST_LETTERS: usize = 4;
/// A tag or a comment of more bytes is none: an answer of nothing but "<" is not searched to its end again and again.
const LONGEST_TAG: usize = 4_000;
/// A question of fewer words is not looked for in answers: it could be anybody's own words.
const QUESTION_WORDS: usize = 4;

const ENGLISH: [&str; 48] = [
    "the", "and", "to", "of", "is", "it", "that", "was", "for", "on", "are", "with", "they", "be", "at",
    "have", "this", "from", "had", "not", "but", "what", "all", "were", "when", "we", "there", "can", "an",
    "your", "which", "their", "if", "will", "more", "very", "my", "you", "been", "would", "should", "please",
    "good", "service", "better", "our", "they're", "don't",
];

/// What can be done with a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readable {
    /// It can be assigned.
    Yes,
    /// One word: it can be assigned, yet on little ground.
    OneWord,
    /// In another language, named in English, such as "Welsh" or "German"; to be left unassigned.
    OtherLanguage(String),
}

/// Whether, and in which language, each statement of an answer can be read. A statement that is too short to tell
/// follows the whole answer, if that is in another language and the statement has no common English word.
///
/// ```
/// use soundings_themes_engine::language::{Readable, readable};
/// use soundings_themes_engine::statement::statements;
///
/// let answer = "Der Bus kommt jeden Morgen zu spät und niemand sagt uns warum. Immer zu spät. Parking";
/// let german = || Readable::OtherLanguage("German".to_owned());
/// assert_eq!(readable(answer, &statements(answer)), [german(), german(), german()]);
/// let answer = "The bus is late. Parking";
/// assert_eq!(readable(answer, &statements(answer)), [Readable::Yes, Readable::OneWord]);
/// ```
#[must_use]
pub fn readable(answer: &str, statements: &[Statement<'_>]) -> Vec<Readable> {
    let mut of_answer = None;
    let mut of = |statement: &Statement<'_>| {
        let own = words(statement.text);
        let too_short = own.len() < FEWEST_WORDS && english(&own) == 0;
        let language = other_language(statement.text, &own).or_else(|| {
            let whole = || other_language(answer, &words(answer));
            too_short.then(|| of_answer.get_or_insert_with(whole).clone()).flatten()
        });
        match language {
            Some(language) => Readable::OtherLanguage(language),
            None if own.len() == 1 => Readable::OneWord,
            None => Readable::Yes,
        }
    };
    statements.iter().map(&mut of).collect()
}

fn english(words: &[String]) -> usize {
    words.iter().filter(|w| ENGLISH.contains(&w.as_str())).count()
}

fn other_language(text: &str, words: &[String]) -> Option<String> {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let latin = text.chars().filter(|c| matches!(u32::from(*c), 0x41..=0x24F | 0x1E00..=0x1EFF)).count();
    if letters >= FEWEST_LETTERS && latin * 2 < letters {
        return detect(text).map(|found| found.lang().eng_name().to_owned());
    }
    if words.len() >= FEWEST_WORDS && is_gaelic(words) {
        return Some("Scottish Gaelic".to_owned());
    }
    if words.len() < FEWEST_WORDS || english(words) as f64 > ENGLISH_SHARE * words.len() as f64 {
        return None;
    }
    // Trigrams know no Welsh, which answers in this country may well be in.
    let welsh = words.iter().filter(|w| WELSH.contains(&w.as_str())).count();
    if welsh * 4 >= words.len() {
        return Some("Welsh".to_owned());
    }
    let found = detect(text)?;
    (found.is_reliable() && found.lang() != Lang::Eng).then(|| found.lang().eng_name().to_owned())
}

/// Whether a quarter of the words or more are common Gaelic ones, two of them such as English and Scots do not have.
/// Trigrams do not know it and would call it Welsh.
fn is_gaelic(words: &[String]) -> bool {
    let count = |list: &[&str]| words.iter().filter(|word| list.contains(&word.as_str())).count();
    let own = count(&GAELIC);
    own >= 2 && (own + count(&GAELIC_OR_ENGLISH)) * 4 >= words.len()
}

const GAELIC: [&str; 46] = [
    "agus",
    "tha",
    "chan",
    "eil",
    "anns",
    "airson",
    "bha",
    "bidh",
    "bhith",
    "nach",
    "leis",
    "aig",
    "againn",
    "agaibh",
    "agam",
    "aca",
    "aice",
    "seo",
    "oir",
    "bu",
    "chòir",
    "barrachd",
    "feum",
    "feumaidh",
    "eile",
    "dhan",
    "dha",
    "dhuinn",
    "feadh",
    "thoirt",
    "cuideachd",
    "gach",
    "glè",
    "sinn",
    "sibh",
    "iad",
    "às",
    "bhon",
    "ris",
    "ach",
    "gum",
    "math",
    "nas",
    "robh",
    "chaidh",
    "comhairle",
];

const GAELIC_OR_ENGLISH: [&str; 14] =
    ["a", "an", "am", "na", "nan", "is", "air", "do", "don", "mar", "sin", "gun", "ann", "gu"];

/// Without those that an English answer may hold ("i", "am", "o").
const WELSH: [&str; 23] = [
    "yn", "y", "yr", "mae", "ar", "ac", "gan", "wedi", "bod", "ddim", "nid", "oes", "ni", "eich", "ein",
    "hyn", "gyda", "ei", "mwy", "roedd", "dylai", "angen", "bws",
];

/// A span of the original text, in Unicode scalar values: from the first to one past the last.
pub type Span = (usize, usize);

/// A text without marks of HTML, and where each of its characters stood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plain {
    /// The text.
    pub text: String,
    /// Each character's span in the original.
    places: Vec<Span>,
}

impl Plain {
    /// Where a span of the plain text, in Unicode scalar values, stands in the original; none if it is beyond its end.
    #[must_use]
    pub fn original(&self, (start, end): Span) -> Option<Span> {
        let first = self.places.get(start)?;
        let last = if end > start { self.places.get(end - 1)? } else { return Some((first.0, first.0)) };
        Some((first.0, last.1))
    }
}

/// Takes marks of HTML out: a tag becomes white space (a new line where it parts blocks), an entity its character.
///
/// ```
/// let plain = soundings_themes_engine::language::plain("<p>Fish &amp; chips</p>");
/// assert_eq!(plain.text.trim(), "Fish & chips");
/// assert_eq!(plain.original((1, 5)), Some((3, 7)));
/// ```
#[must_use]
pub fn plain(text: &str) -> Plain {
    let mut plain = Plain { text: String::with_capacity(text.len()), places: Vec::new() };
    let (mut byte, mut place) = (0, 0);
    while let Some(c) = text[byte..].chars().next() {
        let rest = &text[byte..];
        let (put, bytes) = match c {
            '<' => tag(rest).unwrap_or((c, 1)),
            '&' => entity(rest).unwrap_or((c, 1)),
            c => (c, c.len_utf8()),
        };
        let length = rest[..bytes].chars().count();
        plain.text.push(put);
        plain.places.push((place, place + length));
        (byte, place) = (byte + bytes, place + length);
    }
    plain
}

/// The white space a tag gives, and its bytes; none if what begins here is no tag ("3 < 4", "<3"). A comment, a style
/// sheet and a script go with what they hold.
fn tag(rest: &str) -> Option<(char, usize)> {
    let within = |from: usize, mark: &str| {
        let near = &rest[from..rest.floor_char_boundary(from + LONGEST_TAG)];
        near.find(mark).map(|at| from + at + mark.len())
    };
    if rest.starts_with("<!--") {
        return Some((' ', within(4, "-->")?));
    }
    let inner = rest[1..].trim_start_matches('/');
    let name: String = inner.chars().take(12).take_while(char::is_ascii_alphanumeric).collect();
    let name = name.to_lowercase();
    if !TAGS.contains(&name.as_str()) {
        return None;
    }
    let end = within(1, ">")?;
    match name.as_str() {
        "style" => Some((' ', within(end, "</style>").unwrap_or(end))),
        "script" => Some((' ', within(end, "</script>").unwrap_or(end))),
        "p" | "br" | "div" | "li" | "ul" | "ol" | "tr" | "h1" | "h2" | "h3" => Some(('\n', end)),
        _ => Some((' ', end)),
    }
}

const TAGS: [&str; 30] = [
    "p",
    "br",
    "div",
    "li",
    "ul",
    "ol",
    "tr",
    "td",
    "th",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "a",
    "b",
    "i",
    "u",
    "em",
    "strong",
    "span",
    "font",
    "img",
    "hr",
    "sup",
    "sub",
    "blockquote",
    "body",
    "style",
    "script",
];

fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(10).position(|b| b == b';')?;
    let name = &rest[1..end];
    let c = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "pound" => '£',
        "euro" => '€',
        "ndash" => '–',
        "mdash" => '—',
        "rsquo" => '’',
        "lsquo" => '‘',
        _ => {
            let digits = name.strip_prefix('#')?;
            let hex = digits.strip_prefix(['x', 'X']);
            let number = hex.map_or_else(|| digits.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok())?;
            char::from_u32(number)?
        }
    };
    Some((c, end + 1))
}

/// Whether a statement is only the question, copied: its words, in order, are part of the question's or hold all of it
/// and hardly more. Never for a question of fewer than four words.
#[must_use]
pub fn is_the_question(statement: &str, question: &str) -> bool {
    let (own, asked) = (words(statement), words(question));
    if own.len() < QUESTION_WORDS || asked.len() < QUESTION_WORDS {
        return false;
    }
    let (short, long) = if own.len() <= asked.len() { (&own, &asked) } else { (&asked, &own) };
    own.len() <= asked.len() + 2 && long.windows(short.len()).any(|run| run == short.as_slice())
}

#[cfg(test)]
mod tests;
