//! Columns of messages.
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::failure::{Failure, Kind, Outcome};

/// A column of a table of messages.
pub struct Column<M> {
    heading: &'static str,
    cell: Box<dyn Fn(&M) -> String>,
    is_number: bool,
    /// Only in wide tables and CSV.
    wide: bool,
}

/// A column of text.
pub fn column<M: 'static>(heading: &'static str, cell: fn(&M) -> String) -> Column<M> {
    Column { heading, cell: Box::new(cell), is_number: false, wide: false }
}

/// A column of numbers.
pub fn number<M: 'static>(heading: &'static str, cell: fn(&M) -> String) -> Column<M> {
    number_from(heading, cell)
}

/// A column of numbers that are known from elsewhere.
pub fn number_from<M>(heading: &'static str, cell: impl Fn(&M) -> String + 'static) -> Column<M> {
    Column { heading, cell: Box::new(cell), is_number: true, wide: false }
}

/// The same column, only in wide tables and CSV.
pub fn wide<M>(column: Column<M>) -> Column<M> {
    Column { wide: true, ..column }
}

/// A table for people, fitted to the terminal; a line without one.
pub fn render<M>(messages: &[M], columns: &[Column<M>], wide: bool) -> String {
    if messages.is_empty() {
        return "nothing to list\n".to_owned();
    }
    let shown: Vec<_> = columns.iter().filter(|column| wide || !column.wide).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_header(shown.iter().map(|column| column.heading.to_uppercase()));
    for message in messages {
        table.add_row(shown.iter().map(|column| harmless(&(column.cell)(message))));
    }
    for (at, column) in shown.iter().enumerate() {
        if let Some(of_table) = table.column_mut(at) {
            of_table.set_padding((0, 2));
            if column.is_number {
                of_table.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Text that a terminal shows and does not obey: control characters, but for line breaks and tabs, are replaced. Words
/// come from anyone who answers a survey.
pub fn harmless(text: &str) -> String {
    let shown = |c: char| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c };
    text.chars().map(shown).collect()
}

/// A text cell that a spreadsheet shows and does not compute.
fn inert(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

/// Objects as lines under the names of their fields; what is nested in them stays JSON.
pub fn csv_of(value: &Value) -> Outcome<String> {
    let rows: Vec<&Value> = match value {
        Value::Array(all) => all.iter().collect(),
        one => vec![one],
    };
    let first = rows.first().and_then(|row| row.as_object());
    let names: Vec<&String> = first.into_iter().flat_map(|object| object.keys()).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&names).map_err(unwritable)?;
    for row in rows {
        let cells = names.iter().map(|name| match &row[name.as_str()] {
            Value::String(text) => inert(text.clone()),
            Value::Null => String::new(),
            other => other.to_string(),
        });
        writer.write_record(cells).map_err(unwritable)?;
    }
    finished(writer)
}

fn unwritable(error: impl std::fmt::Display) -> Failure {
    Failure::new(Kind::Other, error.to_string())
}

fn finished(writer: csv::Writer<Vec<u8>>) -> Outcome<String> {
    String::from_utf8(writer.into_inner().map_err(unwritable)?).map_err(unwritable)
}

/// Every column, comma-separated.
pub fn csv<M>(messages: &[M], columns: &[Column<M>]) -> Outcome<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = columns.iter().map(|column| column.heading.replace(' ', "_"));
    writer.write_record(headings).map_err(unwritable)?;
    for message in messages {
        let cells = columns.iter().map(|column| {
            let cell = (column.cell)(message);
            if column.is_number { cell } else { inert(cell) }
        });
        writer.write_record(cells).map_err(unwritable)?;
    }
    finished(writer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_strangers_command_neither_terminals_nor_spreadsheets() {
        let words = "\u{1b}]0;gone\u{7}=HYPERLINK(1)".to_owned();
        let columns = [column("words", |words: &String| words.clone()), number("n", |_| "-3".to_owned())];
        assert!(!render(std::slice::from_ref(&words), &columns, true).contains(['\u{1b}', '\u{7}']));
        let formula = "=1+1".to_owned();
        assert_eq!(csv(&[formula], &columns).ok().unwrap(), "words,n\n'=1+1,-3\n");
    }

    #[test]
    fn objects_are_lines_under_their_fields_names() {
        let value = serde_json::json!([{"a": 1, "b": "x"}, {"a": 2, "b": null}]);
        assert_eq!(csv_of(&value).ok().unwrap(), "a,b\n1,x\n2,\n");
    }
}
