//! The labelled sets: a JSON object a line with `id`, `text`, `labels` and perhaps `group`.
use std::fs;
use std::path::PathBuf;

use serde_json::Value;
use soundings_themes_engine::Encoder;
use soundings_themes_model::Model;

use crate::report::setting;

/// A labelled text.
#[derive(Debug, Clone)]
pub struct Row {
    pub text: String,
    /// The first label, which stands for the text where only one may.
    pub first: Option<String>,
    pub group: String,
}

/// Every set, and the model.
pub struct Sets {
    folder: PathBuf,
    model: Model,
}

impl Encoder for Sets {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.model.encode(texts)
    }
}

impl Sets {
    /// Of the folder in `DATA`.
    pub fn open() -> Result<Self, Box<dyn std::error::Error>> {
        let folder =
            setting("DATA").ok_or("name the folder of the labelled sets: make bench-themes DATA=<folder>")?;
        Ok(Self { folder: folder.into(), model: Model::embedded()? })
    }

    /// The rows of a set, in the order of its file.
    pub fn rows(&self, name: &str) -> Result<Vec<Row>, Box<dyn std::error::Error>> {
        let path = self.folder.join(format!("{name}.jsonl"));
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let mut rows = Vec::new();
        for line in text.lines() {
            let row: Value = serde_json::from_str(line)?;
            let labels: Vec<String> = row["labels"]
                .as_array()
                .map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect())
                .unwrap_or_default();
            rows.push(Row {
                text: row["text"].as_str().unwrap_or_default().to_owned(),
                first: labels.first().cloned(),
                group: row["group"].as_str().unwrap_or_default().to_owned(),
            });
        }
        Ok(rows)
    }
}
