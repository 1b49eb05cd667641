//! One JSON object a line, on stdout and appended to `target/bench/results.jsonl`, and a table.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

/// Where figures go, and which are wanted.
pub struct Report {
    prefix: String,
    revision: String,
    file: File,
    rows: Vec<(String, f64, String, String)>,
}

impl Report {
    /// Reads `BENCH` (a prefix of names) and prints the machine's line.
    pub fn open() -> io::Result<Self> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/bench"));
        fs::create_dir_all(&folder)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join("results.jsonl"))?;
        let revision = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output()?;
        let revision = String::from_utf8_lossy(&revision.stdout).trim().to_owned();
        let mut report =
            Self { prefix: setting("BENCH").unwrap_or_default(), revision, file, rows: Vec::new() };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        let cores = std::thread::available_parallelism()?.get();
        report.line(&json!({"name": "machine", "cores": cores, "load": load.split(' ').next()}))?;
        Ok(report)
    }

    /// Whether any name that starts so is asked for.
    pub fn wants(&self, name: &str) -> bool {
        name.starts_with(&self.prefix) || self.prefix.starts_with(name)
    }

    /// Writes a figure, the median of its runs, if it is asked for.
    pub fn write(&mut self, name: &str, unit: &str, runs: &[f64], note: &str) -> io::Result<()> {
        if !name.starts_with(&self.prefix) || runs.is_empty() {
            return Ok(());
        }
        let mut sorted = runs.to_vec();
        sorted.sort_by(f64::total_cmp);
        let value = sorted[sorted.len() / 2];
        let mut line = json!({"name": name, "value": value, "unit": unit, "at": self.revision});
        if sorted.len() > 1 {
            line["min"] = sorted[0].into();
            line["max"] = sorted[sorted.len() - 1].into();
        }
        if !note.is_empty() {
            line["note"] = note.into();
        }
        self.rows.push((name.to_owned(), value, unit.to_owned(), note.to_owned()));
        self.line(&line)
    }

    fn line(&mut self, line: &Value) -> io::Result<()> {
        println!("{line}");
        writeln!(self.file, "{line}")
    }

    /// Prints every figure as a Markdown table.
    pub fn table(&self) {
        println!("\n| figure | value | unit | what |\n|---|---:|---|---|");
        for (name, value, unit, note) in &self.rows {
            println!("| {name} | {value:.3} | {unit} | {note} |");
        }
    }
}

/// A variable of the environment.
#[expect(clippy::disallowed_methods, reason = "a benchmark has no configuration of its own")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
