//! Results on stdout: a table for people, or JSON, CSV and YAML for programs. Names in JSON are those of the contract.
use std::io::{self, Write};

use clap::ValueEnum;
use prost::{Message, Name};
use serde_json::Value;

use crate::failure::{Failure, Kind, Outcome};

mod json;
mod table;

pub use table::{Column, column, harmless, number, number_from, wide};

/// How results are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated, every column.
    Csv,
    /// One YAML document.
    Yaml,
}

impl Format {
    /// Whether it is for people.
    pub fn is_table(self) -> bool {
        matches!(self, Format::Table | Format::Wide)
    }
}

/// Writes messages of one kind.
pub fn list<M: Message + Name>(format: Format, messages: &[M], columns: &[Column<M>]) -> Outcome {
    match format {
        Format::Table | Format::Wide | Format::Csv => rows(format, messages, columns),
        Format::Ndjson => messages.iter().try_for_each(|message| ndjson(&json::of(message)?)),
        Format::Json | Format::Yaml => {
            let all = messages.iter().map(json::of).collect::<Outcome<Vec<_>>>()?;
            value(format, &Value::Array(all))
        }
    }
}

/// Writes rows of a table that are no messages: as CSV, or for people.
pub fn rows<M>(format: Format, rows: &[M], columns: &[Column<M>]) -> Outcome {
    match format {
        Format::Csv => text(&table::csv(rows, columns)?),
        _ => text(&table::render(rows, columns, format == Format::Wide)),
    }
}

/// Writes one message: for people as `show` has it, else as [`list`] does.
pub fn one<M: Message + Name>(
    format: Format,
    message: &M,
    columns: &[Column<M>],
    show: impl FnOnce(&M) -> String,
) -> Outcome {
    match format {
        Format::Table | Format::Wide => text(&table::harmless(&show(message))),
        Format::Csv => text(&table::csv(std::slice::from_ref(message), columns)?),
        Format::Json | Format::Ndjson | Format::Yaml => value(format, &json::of(message)?),
    }
}

/// Writes one message: as a table of one for people, else as [`one`] does.
pub fn single<M: Message + Name>(format: Format, message: &M, columns: &[Column<M>]) -> Outcome {
    one(format, message, columns, |message| {
        table::render(std::slice::from_ref(message), columns, format == Format::Wide)
    })
}

/// Writes a value that is no message; a list of them a line each where that is the format.
pub fn value(format: Format, value: &Value) -> Outcome {
    let other = |error: &dyn std::fmt::Display| Failure::new(Kind::Other, error.to_string());
    match (format, value) {
        (Format::Ndjson, Value::Array(all)) => all.iter().try_for_each(ndjson),
        (Format::Ndjson, one) => ndjson(one),
        (Format::Csv, _) => text(&table::csv_of(value)?),
        (format, value) => document(format, value, &other),
    }
}

fn document(format: Format, value: &Value, other: &dyn Fn(&dyn std::fmt::Display) -> Failure) -> Outcome {
    match format {
        Format::Yaml => text(&serde_norway::to_string(value).map_err(|error| other(&error))?),
        _ => text(&(serde_json::to_string_pretty(value).map_err(|error| other(&error))? + "\n")),
    }
}

/// A time as people read it, in UTC; empty when there is none.
pub fn time(stamp: Option<&prost_types::Timestamp>) -> String {
    let time = stamp.and_then(|s| chrono::DateTime::from_timestamp(s.seconds, u32::try_from(s.nanos).ok()?));
    time.map(|time| time.format("%Y-%m-%d %H:%M:%S").to_string()).unwrap_or_default()
}

/// A message as JSON.
pub fn json<M: Message + Name>(message: &M) -> Outcome<Value> {
    json::of(message)
}

fn ndjson(value: &Value) -> Outcome {
    text(&format!("{value}\n"))
}

/// Writes text as it is. A reader that has gone away, such as `head`, ends the command quietly.
pub fn text(text: &str) -> Outcome {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

/// A message to the person at the terminal, on stderr. Where stderr cannot be written, nobody would read it.
pub fn note(text: impl std::fmt::Display) {
    _ = writeln!(io::stderr(), "{text}");
}
