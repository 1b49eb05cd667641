//! One JSON object a line, on stdout and appended to `target/bench/results.jsonl`, and a table; beside BERTopic's figures
//! where `target/bench/bertopic.json` holds them.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

/// Where figures go, and which are wanted.
pub struct Report {
    prefix: String,
    peer: Value,
    revision: String,
    file: File,
    rows: Vec<(String, f64, String, String)>,
}

impl Report {
    /// Reads `BENCH` (a prefix of names) and prints the machine's line.
    pub fn open() -> io::Result<Self> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../target/bench"));
        fs::create_dir_all(&folder)?;
        let peer = fs::read(folder.join("bertopic.json")).unwrap_or_else(|_| b"null".to_vec());
        let peer = serde_json::from_slice(&peer)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join("results.jsonl"))?;
        let revision = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output()?;
        let revision = String::from_utf8_lossy(&revision.stdout).trim().to_owned();
        let mut report =
            Self { prefix: setting("BENCH").unwrap_or_default(), peer, revision, file, rows: Vec::new() };
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
        let beside = self.beside(name, value, &mut line);
        self.rows.push((name.to_owned(), value, unit.to_owned(), format!("{note}{beside}")));
        self.line(&line)
    }

    /// What BERTopic made of the same rows in the same run, if it ran: in the figure's line, and as words.
    fn beside(&self, name: &str, value: f64, line: &mut Value) -> String {
        let (peer, figure) = (&self.peer["peer"], &self.peer["figures"][name]);
        if let Some(seconds) = figure["seconds"].as_f64() {
            (line["peer"], line["ceiling"], line["ratio"]) =
                (peer.clone(), seconds.into(), (seconds / value).into());
            let peak = figure["peak_mb"].as_f64().unwrap_or(f64::NAN);
            return format!("; BERTopic {seconds:.0} s, {peak:.0} MB at most");
        }
        if let Some(reduced) = figure["reduced"].as_f64() {
            (line["peer"], line["ceiling"], line["ratio"]) =
                (peer.clone(), reduced.into(), (value / reduced).into());
            let plain = figure["plain"].as_f64().unwrap_or(f64::NAN);
            let note = figure["note"].as_str().unwrap_or_default();
            return format!("; BERTopic {plain:.3}, outliers reduced {reduced:.3} ({note})");
        }
        String::new()
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
