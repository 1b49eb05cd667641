//! Columns of messages.
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

use crate::failure::{Failure, Kind, Outcome};

/// A column of a table of messages.
pub struct Column<M> {
    heading: &'static str,
    cell: fn(&M) -> String,
    is_number: bool,
    /// Only in wide tables and CSV.
    wide: bool,
}

/// A column of text.
pub fn column<M>(heading: &'static str, cell: fn(&M) -> String) -> Column<M> {
    Column { heading, cell, is_number: false, wide: false }
}

/// A column of numbers.
pub fn number<M>(heading: &'static str, cell: fn(&M) -> String) -> Column<M> {
    Column { heading, cell, is_number: true, wide: false }
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
        table.add_row(shown.iter().map(|column| (column.cell)(message)));
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

/// Every column, comma-separated.
pub fn csv<M>(messages: &[M], columns: &[Column<M>]) -> Outcome<String> {
    let other = |error: &dyn std::fmt::Display| Failure::new(Kind::Other, error.to_string());
    let mut writer = csv::Writer::from_writer(Vec::new());
    let headings = columns.iter().map(|column| column.heading.replace(' ', "_"));
    writer.write_record(headings).map_err(|error| other(&error))?;
    for message in messages {
        let cells = columns.iter().map(|column| (column.cell)(message));
        writer.write_record(cells).map_err(|error| other(&error))?;
    }
    let bytes = writer.into_inner().map_err(|error| other(&error))?;
    String::from_utf8(bytes).map_err(|error| other(&error))
}
