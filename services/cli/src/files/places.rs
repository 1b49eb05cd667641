//! Where in a file something stands, so that a fault can be told with its line.
use std::ops::Range;

/// The line, from 1, at which a section stands.
pub fn section_line(text: &str, section: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    Some(section_range(&lines, section)?.start + 1)
}

/// The line, from 1, of what the keys lead to in an entry of a section, the first being 0; of the word there, if it stands
/// on a line of its own. Where a key is not found, the line of what holds it.
pub fn line(text: &str, section: &str, entry: usize, path: &[String], word: Option<&str>) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let section = section_range(&lines, section)?;
    let Some(entry) = entries(&lines, section.clone()).into_iter().nth(entry) else {
        return Some(section.start + 1);
    };
    let (mut at, mut end) = (entry.start, entry.end);
    for key in path {
        if let Ok(n) = key.parse::<usize>() {
            // An element on lines of its own; in a list on one line all stand there.
            let elements =
                if lines[at].trim_end().ends_with(':') { entries(&lines, at..end) } else { Vec::new() };
            if let Some(element) = elements.into_iter().nth(n) {
                (at, end) = (element.start, element.end);
            }
            continue;
        }
        match (at..end).find(|n| holds_key(lines[*n], key)) {
            Some(found) => at = found,
            None => break,
        }
    }
    if let Some(word) = word {
        at = (at..end).find(|n| holds_word(lines[*n], word)).unwrap_or(at);
    }
    Some(at + 1)
}

/// The lines, from 0, of a section: from where its key stands to the next one's.
fn section_range(lines: &[&str], section: &str) -> Option<Range<usize>> {
    let top = |line: &&str| !line.starts_with([' ', '-', '#']) && !line.trim().is_empty();
    let from = lines.iter().position(|line| top(line) && holds_key(line, section))?;
    let to = lines.iter().skip(from + 1).position(top).map_or(lines.len(), |n| from + 1 + n);
    Some(from..to)
}

/// The lines of each entry of a section in block style, or of each element of a list; its key stands on the first line.
fn entries(lines: &[&str], section: Range<usize>) -> Vec<Range<usize>> {
    let begins = |line: &str| line.trim_start().starts_with("- ") || line.trim() == "-";
    let indent = |line: &str| line.len() - line.trim_start().len();
    let within = section.start + 1..section.end;
    let Some(first) = within.clone().find(|n| begins(lines[*n])) else { return Vec::new() };
    let depth = indent(lines[first]);
    let starts: Vec<usize> = within.filter(|n| begins(lines[*n]) && indent(lines[*n]) == depth).collect();
    let ends = starts.iter().skip(1).copied().chain([section.end]);
    starts.iter().copied().zip(ends).map(|(start, end)| start..end).collect()
}

/// Whether a line gives a key, in block or in flow style.
fn holds_key(line: &str, key: &str) -> bool {
    holds(line, key, |after| after.trim_start_matches(['"', '\'']).starts_with(':'))
}

/// Whether a line holds a word, as a whole.
fn holds_word(line: &str, word: &str) -> bool {
    holds(line, word, |after| !after.starts_with(|c: char| c.is_alphanumeric() || "._~-".contains(c)))
}

fn holds(line: &str, text: &str, goes_on: impl Fn(&str) -> bool) -> bool {
    !text.is_empty()
        && line.match_indices(text).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            before.is_none_or(|before| " -{[,\"'/".contains(before)) && goes_on(&line[at + text.len()..])
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_entry_and_its_keys() {
        let text = "portfolios:\n  - {id: P, title: One}\ncriteria:\n  - id: fit\n    lo: 0\n    hi: 0\n# more\nitems:\n  \
                    - {id: A, title: T}\n  - id: B\n    depends_on:\n      - Z\n      - Y\n    scores:\n      fit: 1\n      \
                    reach: 2\n  - title: T\n    \"id\": C\n";
        let found = |section: &str, entry, path: &[&str], word| {
            let path: Vec<String> = path.iter().map(|key| (*key).to_owned()).collect();
            line(text, section, entry, &path, word)
        };
        assert_eq!(found("criteria", 0, &["hi"], None), Some(6));
        assert_eq!(found("items", 0, &["title"], None), Some(9));
        assert_eq!(found("items", 1, &["depends_on"], None), Some(11));
        assert_eq!(found("items", 1, &["depends_on", "1"], Some("Y")), Some(13));
        assert_eq!(found("items", 1, &["depends_on", "0", "theme"], None), Some(12), "the element");
        assert_eq!(found("items", 1, &["scores", "reach"], None), Some(16));
        assert_eq!(found("items", 1, &["owner"], None), Some(10), "the entry, where it has no such field");
        assert_eq!(found("items", 2, &["id"], None), Some(18));
        assert_eq!(found("items", 9, &[], None), Some(8), "the section, where it has no such entry");
        assert_eq!(found("programmes", 0, &[], None), None);
        assert_eq!(section_line(text, "criteria"), Some(3));
    }
}
