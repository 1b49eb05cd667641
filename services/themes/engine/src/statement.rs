//! Cutting a free-text answer into statements: sentence-sized spans, each with its place in the answer.
//!
//! Sentences end where Unicode says (UAX #29), except after an abbreviation; a line that starts with a bullet, a number
//! or a capital starts a statement, while a line wrapped in the middle of a sentence does not; sentences over
//! [`LONG_SENTENCE`] words are cut into clauses, and text without any punctuation into runs.

use unicode_segmentation::UnicodeSegmentation;

/// Sentences of more words than this are cut into clauses.
pub const LONG_SENTENCE: usize = 25;
/// A clause with more words than this that nothing divides is cut into runs of this many words.
const LONGEST_RUN: usize = 60;
/// Of a gap, characters without a letter or digit among them, so many tell where a sentence ends.
const LONGEST_GAP: usize = 20;
/// The fewest words a clause may have.
const CLAUSE_WORDS: usize = 5;
/// What a long sentence may be cut before.
const CLAUSE_STARTS: [&str; 8] =
    [", and ", ", but ", ", so ", ", because ", ", while ", ", although ", " – ", " — "];

/// Words that a full stop follows without ending the sentence, in lower case.
const ABBREVIATIONS: [&str; 28] = [
    "e.g.", "i.e.", "eg.", "ie.", "cf.", "vs.", "viz.", "mr.", "mrs.", "ms.", "dr.", "prof.", "rev.", "hon.",
    "st.", "no.", "nos.", "approx.", "dept.", "govt.", "fig.", "ref.", "incl.", "inc.", "ltd.", "para.",
    "pp.", "cllr.",
];

/// A sentence-sized span of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// First character, counted in Unicode scalar values from 0.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// The span itself, without white space or bullet at its edges.
    pub text: &'a str,
}

/// The statements of an answer, in order; spans without a letter or digit are left out.
#[must_use]
pub fn statements(answer: &str) -> Vec<Statement<'_>> {
    let mut spans: Vec<(usize, usize)> = Vec::new();
    for (start, end) in blocks(answer) {
        for (start, end) in sentences(answer, start, end) {
            clauses(answer, start, end, &mut spans);
        }
    }
    let mut found = Vec::with_capacity(spans.len());
    let (mut byte, mut character) = (0, 0);
    for (start, end) in spans {
        let Some((start, end)) = trimmed(answer, start, end) else { continue };
        character += answer[byte..start].chars().count();
        let text = &answer[start..end];
        let length = text.chars().count();
        found.push(Statement { start: character, end: character + length, text });
        (byte, character) = (end, character + length);
    }
    found
}

/// The part of the answer between two character offsets, if it has such a part.
#[must_use]
pub fn slice(answer: &str, start: usize, end: usize) -> Option<&str> {
    let mut offsets = answer.char_indices().map(|(byte, _)| byte).chain([answer.len()]);
    let first = offsets.nth(start)?;
    let last = if end > start { offsets.nth(end - start - 1)? } else { first };
    Some(&answer[first..last])
}

/// Runs of lines that belong together, as byte ranges.
fn blocks(answer: &str) -> Vec<(usize, usize)> {
    let mut blocks: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    let mut broken = true;
    for line in answer.split_inclusive(['\n', '\r', '\u{2028}', '\u{2029}']) {
        let (start, end) = (at, at + line.len());
        at = end;
        let content = line.trim();
        if content.is_empty() {
            // "\r\n" gives a line that is only the "\n": it is no blank line.
            broken |= !(line == "\n" && answer[..start].ends_with('\r'));
            continue;
        }
        let bullet = bullet_length(line.trim_start());
        let continues = bullet == 0
            && content.chars().next().is_some_and(char::is_lowercase)
            && blocks.last().is_some_and(|(s, e)| !ends_sentence(&answer[*s..*e]));
        match blocks.last_mut() {
            Some(last) if continues && !broken => last.1 = end,
            _ => {
                let indent = line.len() - line.trim_start().len();
                blocks.push((start + indent + bullet, end));
            }
        }
        broken = false;
    }
    blocks
}

fn ends_sentence(text: &str) -> bool {
    text.trim_end().ends_with(['.', '!', '?', ':', ';', '…'])
}

/// Bytes taken by a bullet or list number, with the space after it, at the start of a line; 0: there is none.
fn bullet_length(line: &str) -> usize {
    let marker = line.split_whitespace().next().unwrap_or_default();
    let is_bullet = matches!(marker, "-" | "–" | "—" | "*" | "•" | "◦" | "▪" | "·" | "o" | ">" | "+");
    let inner = marker.strip_prefix('(').unwrap_or(marker);
    let numbered = inner.strip_suffix(['.', ')']).is_some_and(|number| {
        let digits = !number.is_empty() && number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit());
        let letter = number.len() == 1 && number.bytes().all(|b| b.is_ascii_lowercase());
        let roman = !number.is_empty() && number.len() <= 4 && number.bytes().all(|b| b"ivx".contains(&b));
        digits || letter || roman
    });
    if !is_bullet && !numbered {
        return 0;
    }
    let rest = &line[marker.len()..];
    marker.len() + rest.len() - rest.trim_start().len()
}

/// Sentences of a block, as byte ranges.
fn sentences(answer: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    let (block, left_out) = condensed(&answer[start..end]);
    let place = |offset: usize| {
        let gaps = left_out.partition_point(|(at, _)| *at <= offset);
        start + offset + left_out[..gaps].last().map_or(0, |(_, bytes)| *bytes)
    };
    let mut sentences: Vec<(usize, usize)> = Vec::new();
    for (offset, sentence) in block.split_sentence_bound_indices() {
        let span = (place(offset), place(offset + sentence.len()));
        match sentences.last_mut() {
            Some(last) if ends_with_abbreviation(&answer[last.0..last.1]) => last.1 = span.1,
            _ => sentences.push(span),
        }
    }
    sentences
}

/// A block as its sentences are looked for, and where something is left out of it: the place, and the bytes left out so
/// far. UAX #29 ends a sentence at every line break; in a block, a break is only a space. After a full stop it looks
/// ahead from each character of a gap, so only so much of a gap is shown to it.
fn condensed(block: &str) -> (String, Vec<(usize, usize)>) {
    let mut condensed = String::with_capacity(block.len());
    let mut left_out: Vec<(usize, usize)> = Vec::new();
    let mut gap = 0;
    for c in block.chars() {
        gap = if c.is_alphanumeric() { 0 } else { gap + 1 };
        if gap <= LONGEST_GAP {
            condensed.push(if is_break(c) { ' ' } else { c });
            continue;
        }
        let bytes = left_out.last().map_or(0, |(_, bytes)| *bytes) + c.len_utf8();
        match left_out.last_mut() {
            Some(last) if last.0 == condensed.len() => last.1 = bytes,
            _ => left_out.push((condensed.len(), bytes)),
        }
    }
    (condensed, left_out)
}

fn is_break(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn ends_with_abbreviation(sentence: &str) -> bool {
    let Some(word) = sentence.split_whitespace().last() else { return true };
    let word = word.trim_start_matches(['(', '[', '"', '\'', '“', '‘']);
    let initial = word.len() == 2
        && word.ends_with('.')
        && word.starts_with(|c: char| c.is_ascii_uppercase() && c != 'I');
    initial || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

/// Where the words of a text begin, in order.
struct Words(Vec<usize>);

impl Words {
    fn of(text: &str) -> Self {
        let mut apart = true;
        let starts = text.char_indices().filter_map(|(at, c)| {
            let starts = apart && !c.is_whitespace();
            apart = c.is_whitespace();
            starts.then_some(at)
        });
        Self(starts.collect())
    }

    /// How many words begin before this place.
    fn before(&self, at: usize) -> usize {
        self.0.partition_point(|start| *start < at)
    }
}

/// Cuts a span at semicolons, and what is left of a long one into clauses, or into runs where nothing divides it.
fn clauses(answer: &str, start: usize, end: usize, spans: &mut Vec<(usize, usize)>) {
    let text = &answer[start..end];
    let words = Words::of(text);
    let all = words.0.len();
    let mut from = 0;
    // A place with too few words before it has no more of them after a later cut: one pass finds every cut.
    let mut cut = |from: usize, at: usize| {
        let before = words.before(at);
        if before.saturating_sub(words.before(from)) < CLAUSE_WORDS || all - before < CLAUSE_WORDS {
            return from;
        }
        spans.push((start + from, start + at));
        at
    };
    for (at, mark) in text.match_indices("; ") {
        from = cut(from, at + mark.len());
    }
    for at in clause_starts(text) {
        if all - words.before(from) <= LONG_SENTENCE {
            break;
        }
        from = cut(from, at);
    }
    let rest = words.before(from);
    if all - rest > LONGEST_RUN {
        for at in words.0[rest..].iter().copied().step_by(LONGEST_RUN).skip(1) {
            spans.push((start + from, start + at));
            from = at;
        }
    }
    spans.push((start + from, end));
}

/// Places where a clause may start, in order: each just after white space.
fn clause_starts(text: &str) -> impl Iterator<Item = usize> {
    text.match_indices([',', ' ']).filter_map(|(at, _)| {
        let mark = CLAUSE_STARTS.iter().find(|mark| text[at..].starts_with(**mark))?;
        Some(at + mark.len() - mark.trim_start_matches([',', ' ']).len())
    })
}

/// The span without white space at its edges; none if it has no letter or digit.
fn trimmed(answer: &str, start: usize, end: usize) -> Option<(usize, usize)> {
    let text = &answer[start..end];
    if !text.contains(char::is_alphanumeric) {
        return None;
    }
    let lead = text.len() - text.trim_start().len();
    Some((start + lead, start + text.trim_end().len()))
}

#[cfg(test)]
mod tests;
