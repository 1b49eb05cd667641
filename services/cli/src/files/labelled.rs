//! Answers with the themes that people gave them: JSON lines `{"text": "…", "themes": ["id", …]}`, or CSV with the
//! columns `text` and `themes` (ids parted by `;`).
use std::path::Path;

use serde::Deserialize;
use soundings_themes_engine::learned::LabelledText;

use crate::failure::{Failure, Outcome};

#[derive(Deserialize)]
struct JsonLine {
    text: String,
    themes: Vec<String>,
}

/// Reads the file's text; the ending of its name tells which of the two it is.
pub fn read(path: &Path, content: &str) -> Outcome<Vec<Labelled>> {
    let lines = path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson");
    if lines { json_lines(path, content) } else { csv(path, content) }
}

/// An answer with the line of the file that it begins on.
#[derive(Debug, PartialEq, Eq)]
pub struct Labelled {
    /// The line, from 1.
    pub line: u64,
    /// The answer, and the ids of its themes.
    pub answer: LabelledText,
}

fn json_lines(path: &Path, content: &str) -> Outcome<Vec<Labelled>> {
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let line_number = at as u64 + 1;
            let read: JsonLine = serde_json::from_str(line).map_err(|e| fault(path, line_number, &e))?;
            let answer = LabelledText { text: read.text, themes: read.themes };
            Ok(Labelled { line: line_number, answer })
        })
        .collect()
}

fn csv(path: &Path, content: &str) -> Outcome<Vec<Labelled>> {
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let header = reader.headers().map_err(|error| fault(path, 1, &error))?.clone();
    let at = |column: &str| {
        let missing = || fault(path, 1, &format!("there is no column {column:?}"));
        header.iter().position(|name| name.trim() == column).ok_or_else(missing)
    };
    let (text, themes) = (at("text")?, at("themes")?);
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| {
            let line = error.position().map_or(0, csv::Position::line);
            fault(path, line, &unequal(&error).unwrap_or_else(|| error.to_string()))
        })?;
        let named = row.get(themes).unwrap_or_default().split(';').map(str::trim);
        let themes = named.filter(|theme| !theme.is_empty()).map(str::to_owned).collect();
        let answer = LabelledText { text: row.get(text).unwrap_or_default().to_owned(), themes };
        rows.push(Labelled { line: row.position().map_or(0, csv::Position::line), answer });
    }
    Ok(rows)
}

/// In plain words, where a row has more or fewer cells than the first.
fn unequal(error: &csv::Error) -> Option<String> {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            Some(format!("has {len} cells, the first line {expected_len}; put a text with commas in quotes"))
        }
        _ => None,
    }
}

fn fault(path: &Path, line: u64, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!(
        "{}, line {line}: {error}; it needs `text` and `themes` (in CSV parted by `;`)",
        path.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_give_the_same() {
        let csv = read(Path::new("a.csv"), "themes,text\nbuses; parks,The bus\n,\"Nothing, thanks\"\n");
        let lines = "{\"text\":\"The bus\",\"themes\":[\"buses\",\"parks\"]}\n\n{\"text\":\"Nothing, thanks\",\"themes\":[]}";
        let json = read(Path::new("a.jsonl"), lines);
        let expected =
            [("The bus", vec!["buses", "parks"]), ("Nothing, thanks", vec![])].map(|(text, themes)| {
                LabelledText {
                    text: text.to_owned(),
                    themes: themes.into_iter().map(str::to_owned).collect(),
                }
            });
        let answers = |rows: Outcome<Vec<Labelled>>| {
            rows.expect("sound").into_iter().map(|row| (row.line, row.answer)).collect::<Vec<_>>()
        };
        let [first, second] = expected;
        assert_eq!(answers(csv), [(2, first.clone()), (3, second.clone())]);
        assert_eq!(answers(json), [(1, first), (3, second)]);
    }

    #[test]
    fn a_fault_names_its_row() {
        let failure = read(Path::new("a.jsonl"), "{\"text\":\"x\",\"themes\":[]}\n{}").expect_err("a fault");
        assert!(format!("{failure:?}").contains("line 2"), "{failure:?}");
        for (csv, told) in [
            ("a,b\n1,2\n", "line 1: there is no column \\\"text\\\""),
            ("text\nx\n", "line 1: there is no column \\\"themes\\\""),
            ("text,themes\nOne, two,a\n", "line 2: has 3 cells, the first line 2"),
        ] {
            let failure = format!("{:?}", read(Path::new("a.csv"), csv).expect_err("a fault"));
            assert!(failure.contains(told), "{failure}");
        }
    }
}
