//! Answers to analyse: CSV with a column of texts, JSON lines with a field, or plain text, a line each.
use std::path::Path;

use serde_json::Value;

use crate::failure::{Failure, Outcome};

/// Reads a file's texts; the ending of its name tells what it is. Empty ones are left out.
pub fn read(path: &Path, content: &str, column: &str) -> Outcome<Vec<String>> {
    let texts = match path.extension().and_then(|ending| ending.to_str()) {
        Some("csv") => csv(path, content, column)?,
        Some("jsonl" | "ndjson") => json_lines(path, content, column)?,
        Some("json" | "xlsx" | "xls" | "docx" | "pdf") => {
            let text =
                format!("{}: save it as CSV, or as JSON lines (.jsonl) with a line for each", path.display());
            return Err(Failure::usage(text));
        }
        _ => content.lines().map(str::to_owned).collect(),
    };
    let texts: Vec<String> = texts.into_iter().filter(|text| !text.trim().is_empty()).collect();
    if texts.is_empty() {
        return Err(Failure::usage(format!("{} holds no text", path.display())));
    }
    Ok(texts)
}

fn csv(path: &Path, content: &str, column: &str) -> Outcome<Vec<String>> {
    let fault = |error: csv::Error| Failure::usage(format!("{}: {error}", path.display()));
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content.as_bytes());
    let header = reader.headers().map_err(fault)?.clone();
    let Some(at) = header.iter().position(|name| name.trim() == column) else {
        let there: Vec<&str> = header.iter().collect();
        let mend = match there.as_slice() {
            [] => "it is empty".to_owned(),
            there => format!("name one of {} by --column", there.join(", ")),
        };
        return Err(Failure::usage(format!("{} has no column {column:?}: {mend}", path.display())));
    };
    reader.records().map(|row| Ok(row.map_err(fault)?.get(at).unwrap_or_default().to_owned())).collect()
}

fn json_lines(path: &Path, content: &str, field: &str) -> Outcome<Vec<String>> {
    let lines = content.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(at, line)| {
            let fault = |what: &str| Failure::usage(format!("{}:{}: {what}", path.display(), at + 1));
            let value: Value = serde_json::from_str(line).map_err(|error| fault(&error.to_string()))?;
            let text = value.get(field).and_then(Value::as_str);
            text.map(str::to_owned)
                .ok_or_else(|| fault(&format!("there is no text {field:?}: name it by --column")))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_from_each_layout_and_faults_name_their_place() {
        let csv = "id,text\n1,\"One, two\"\n2,\n3,Three\n";
        assert_eq!(read(Path::new("a.csv"), csv, "text").unwrap(), ["One, two", "Three"]);
        let lines = "{\"text\": \"One\"}\n\n{\"text\": \"Two\"}\n";
        assert_eq!(read(Path::new("a.jsonl"), lines, "text").unwrap(), ["One", "Two"]);
        assert_eq!(read(Path::new("a.txt"), "One\n\nTwo\n", "text").unwrap(), ["One", "Two"]);
        let failure = format!("{:?}", read(Path::new("a.csv"), csv, "answer").unwrap_err());
        assert!(failure.contains("no column") && failure.contains("id, text"), "{failure}");
        let failure = format!("{:?}", read(Path::new("a.jsonl"), "{\"text\": 1}", "text").unwrap_err());
        assert!(failure.contains("a.jsonl:1"), "{failure}");
        let failure = format!("{:?}", read(Path::new("a.csv"), "", "text").unwrap_err());
        assert!(failure.contains("it is empty"), "{failure}");
        let failure = format!("{:?}", read(Path::new("a.json"), "[{\"text\": 1}]", "text").unwrap_err());
        assert!(failure.contains("a line for each"), "{failure}");
        assert!(read(Path::new("a.txt"), " \n", "text").is_err());
    }
}
