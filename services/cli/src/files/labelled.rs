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

#[derive(Deserialize)]
struct CsvLine {
    text: String,
    #[serde(default)]
    themes: String,
}

/// Reads the file's text; the ending of its name tells which of the two it is.
pub fn read(path: &Path, content: &str) -> Outcome<Vec<LabelledText>> {
    let lines = path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson");
    if lines { json_lines(path, content) } else { csv(path, content) }
}

fn json_lines(path: &Path, content: &str) -> Outcome<Vec<LabelledText>> {
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let read: JsonLine = serde_json::from_str(line).map_err(|error| fault(path, at + 1, &error))?;
            Ok(LabelledText { text: read.text, themes: read.themes })
        })
        .collect()
}

fn csv(path: &Path, content: &str) -> Outcome<Vec<LabelledText>> {
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    reader
        .deserialize()
        .enumerate()
        .map(|(at, line)| {
            let read: CsvLine = line.map_err(|error| fault(path, at + 2, &error))?;
            let themes = read.themes.split(';').map(str::trim).filter(|t| !t.is_empty());
            Ok(LabelledText { text: read.text, themes: themes.map(str::to_owned).collect() })
        })
        .collect()
}

fn fault(path: &Path, line: usize, error: &dyn std::fmt::Display) -> Failure {
    Failure::usage(format!(
        "{}, row {line}: {error}; it needs `text` and `themes` (in CSV parted by `;`)",
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
        assert_eq!(csv.expect("sound"), expected);
        assert_eq!(json.expect("sound"), expected);
    }

    #[test]
    fn a_fault_names_its_row() {
        let failure = read(Path::new("a.jsonl"), "{\"text\":\"x\",\"themes\":[]}\n{}").expect_err("a fault");
        assert!(format!("{failure:?}").contains("row 2"), "{failure:?}");
    }
}
