//! One JSON object a line, on stdout and appended to `target/bench/results.jsonl`.
use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::PathBuf,
    process::Command,
};

use serde_json::{Map, Value, json};

/// Where figures go, and which are wanted.
pub struct Report {
    prefix: String,
    /// Fewer and shorter runs.
    pub quick: bool,
    revision: String,
    file: File,
}

/// A figure, as the median of several runs with its spread.
pub struct Figure<'a> {
    name: &'a str,
    unit: &'a str,
    sorted: Vec<f64>,
    against: Option<Against>,
    note: Option<String>,
}

/// Something measured against a ceiling or a peer of the same run.
struct Against {
    figure: f64,
    ratio: f64,
    peer: String,
}

impl<'a> Figure<'a> {
    /// Of at least one run.
    pub fn of(name: &'a str, unit: &'a str, runs: &[f64]) -> Self {
        Figure { name, unit, sorted: sorted(runs), against: None, note: None }
    }

    /// Beside a peer's own rate, in the same unit: the more, the better.
    pub fn against_rate(self, rate: f64, peer: &str) -> Self {
        let ratio = median(&self.sorted) / rate;
        Figure { against: Some(Against { figure: rate, ratio, peer: peer.to_owned() }), ..self }
    }

    /// Beside a peer's own time, in the same unit: the less, the better.
    pub fn against_time(self, time: f64, peer: &str) -> Self {
        let ratio = time / median(&self.sorted);
        Figure { against: Some(Against { figure: time, ratio, peer: peer.to_owned() }), ..self }
    }

    /// With what else has to be known to read it.
    pub fn noting(self, note: impl Into<String>) -> Self {
        Figure { note: Some(note.into()), ..self }
    }
}

impl Report {
    /// Reads `BENCH` (a prefix of names) and `BENCH_QUICK`, and prints the machine's line.
    pub fn open() -> anyhow::Result<Report> {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench"));
        fs::create_dir_all(&folder)?;
        let file = OpenOptions::new().create(true).append(true).open(folder.join("results.jsonl"))?;
        let revision = Command::new("git").args(["rev-parse", "--short", "HEAD"]).output()?;
        let mut report = Report {
            prefix: setting("BENCH").unwrap_or_default(),
            quick: setting("BENCH_QUICK").is_some(),
            revision: String::from_utf8_lossy(&revision.stdout).trim().to_owned(),
            file,
        };
        let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
        report.line(json!({
            "name": "machine",
            "cores": std::thread::available_parallelism()?.get(),
            "load": load.split(' ').next(),
        }))?;
        Ok(report)
    }

    /// Whether any name that starts so is asked for.
    pub fn wants(&self, name: &str) -> bool {
        name.starts_with(&self.prefix) || self.prefix.starts_with(name)
    }

    /// Writes a figure, if it is asked for.
    pub fn write(&mut self, figure: Figure<'_>) -> anyhow::Result<()> {
        if !figure.name.starts_with(&self.prefix) {
            return Ok(());
        }
        let mut line = Map::new();
        line.insert("name".into(), json!(figure.name));
        line.insert("value".into(), rounded(median(&figure.sorted)));
        line.insert("unit".into(), json!(figure.unit));
        line.insert("min".into(), rounded(figure.sorted[0]));
        line.insert("max".into(), rounded(figure.sorted[figure.sorted.len() - 1]));
        line.insert("runs".into(), json!(figure.sorted.len()));
        if let Some(against) = figure.against {
            line.insert("ceiling".into(), rounded(against.figure));
            line.insert("ratio".into(), rounded(against.ratio));
            line.insert("peer".into(), json!(against.peer));
        }
        if let Some(note) = figure.note {
            line.insert("note".into(), json!(note));
        }
        self.line(Value::Object(line))
    }

    fn line(&mut self, mut line: Value) -> anyhow::Result<()> {
        line["at"] = json!(self.revision);
        println!("{line}");
        writeln!(self.file, "{line}")?;
        Ok(())
    }
}

/// In order of size.
pub fn sorted(figures: &[f64]) -> Vec<f64> {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The middle of sorted figures.
pub fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { (sorted[middle - 1] + sorted[middle]) / 2.0 }
}

/// The figure that `share` of the sorted ones do not exceed.
pub fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len() - 1;
    sorted[((sorted.len() as f64 * share).ceil() as usize).saturating_sub(1).min(last)]
}

fn rounded(figure: f64) -> Value {
    let digits = if figure.abs() >= 100.0 { 1.0 } else { 1000.0 };
    json!((figure * digits).round() / digits)
}

/// What the environment sets.
#[expect(clippy::disallowed_methods, reason = "a benchmark is set by its environment")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
