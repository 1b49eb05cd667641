//! The analysis of text in files, without any service: themes that are found, and how well themes are assigned. And what
//! the service learned from people.
mod analyse;
mod learning;

use std::{
    collections::BTreeSet,
    fmt::Write,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use serde::Deserialize;
use serde_json::{Value, json};
use soundings_themes_domain::{Codebook, CodebookFile, Rejection, ThemeState};
use soundings_themes_engine::evaluate::{Evaluation, Judged, Scores, evaluate};
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_model::Model;

use crate::{
    connection::Connection,
    failure::{Failure, Kind, Outcome},
    files,
    output::{self, Format},
};

/// Of the bootstrap, so that the same files give the same interval.
const SEED: u64 = 1;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Find the themes of a file of answers, and name them
    Analyse(analyse::Options),
    /// Assign labelled answers by a codebook's file and compare with the labels
    Evaluate {
        /// The codebook, in YAML.
        codebook: PathBuf,
        /// JSON lines or CSV with `text` and `themes`: ids of the codebook, in CSV parted by `;`.
        labelled: PathBuf,
        /// A folder with another model, in the model2vec format.
        #[arg(long, value_name = "FOLDER")]
        model: Option<PathBuf>,
    },
    /// Show what a codebook's model learned from people's decisions, and which themes that decides
    Learning {
        /// The codebook's id.
        codebook: String,
        /// Learn from all decisions now, before enough new ones came.
        #[arg(long)]
        train: bool,
    },
}

struct Embedding(Model);

impl Encoder for Embedding {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    match command {
        Command::Analyse(options) => analyse::run(format, &options),
        Command::Evaluate { codebook, labelled, model } => {
            evaluate_file(format, &codebook, &labelled, model.as_deref())
        }
        Command::Learning { codebook, train } => learning::show(to, format, &codebook, train).await,
    }
}

/// The model in a folder; none: the embedded one.
fn model(folder: Option<&Path>) -> Outcome<Model> {
    let model = folder.map_or_else(Model::embedded, Model::from_folder);
    model.map_err(|error| Failure::new(Kind::Other, error.to_string()))
}

fn evaluate_file(format: Format, file: &Path, labelled: &Path, folder: Option<&Path>) -> Outcome {
    let codebook = codebook(&files::text(file)?).map_err(|failure| failure.about(file.display()))?;
    let rows = files::labelled::read(labelled, &files::text(labelled)?)?;
    if rows.is_empty() {
        return Err(Failure::usage(format!("{} holds no labelled answer", labelled.display())));
    }
    let known: BTreeSet<&String> = active(&codebook).collect();
    for row in &rows {
        if let Some(theme) = row.answer.themes.iter().find(|theme| !known.contains(theme)) {
            let (file, line) = (labelled.display(), row.line);
            let there = known.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(", ");
            let text =
                format!("{file}, line {line}: the codebook has no theme {theme:?} in use; it has {there}");
            return Err(Failure::usage(text));
        }
    }
    let encoder = Embedding(model(folder)?);
    let assigner = Assigner::new(&codebook, &encoder, Thresholds::default());
    let judged: Vec<Judged> = rows
        .into_iter()
        .map(|row| row.answer)
        .map(|row| Judged {
            model: assigner.assign(&row.text, &encoder).into_iter().filter_map(|m| m.theme).collect(),
            people: row.themes.into_iter().collect(),
        })
        .collect();
    let found = evaluate(&judged, SEED);
    if format.is_table() { output::text(&shown(&found)) } else { output::value(format, &as_value(&found)) }
}

fn active(codebook: &Codebook) -> impl Iterator<Item = &String> {
    codebook.themes.iter().filter(|theme| theme.state != ThemeState::Retired).map(|theme| &theme.id)
}

#[derive(Deserialize)]
struct Wrapped {
    codebook: CodebookFile,
}

/// The codebook may stand at the top or under the key `codebook`.
fn codebook(yaml: &str) -> Outcome<Codebook> {
    let wrapped = serde_norway::from_str::<Wrapped>(yaml).map(|wrapped| wrapped.codebook);
    let file = wrapped.or_else(|_| serde_norway::from_str::<CodebookFile>(yaml));
    let file = file.map_err(|error| Failure::usage(error.to_string()))?;
    Codebook::load(None, &file).map(|(codebook, _)| codebook).map_err(|rejection| {
        let failure = Failure::usage(rejection.to_string());
        match rejection {
            Rejection::Invalid(found) => failure
                .with_details(found.iter().map(|v| format!("{}: {}", v.field, v.description)).collect()),
            _ => failure,
        }
    })
}

/// An evaluation as people read it.
pub fn shown(found: &Evaluation) -> String {
    let (low, high) = found.samples_interval;
    let Scores { precision, recall, f1 } = found.micro;
    let mut out = format!(
        "{} answers\nsamples-F1 {:.3} (95 % interval {low:.3} to {high:.3})\nmicro      {f1:.3} (precision {precision:.3}, \
         recall {recall:.3})\nmacro      {:.3}\nexact      {:.3}\n\n{:<32} {:>6} {:>6} {:>9} {:>6} {:>6}\n",
        found.answers,
        found.samples_f1,
        found.macro_f1,
        found.accuracy,
        "theme",
        "people",
        "model",
        "precision",
        "recall",
        "F1"
    );
    for (theme, agreement) in &found.themes {
        let Scores { precision, recall, f1 } = agreement.scores();
        // Writing into a string cannot fail.
        let _ = writeln!(
            out,
            "{theme:<32} {:>6} {:>6} {precision:>9.3} {recall:>6.3} {f1:>6.3}",
            agreement.people, agreement.model
        );
    }
    out
}

fn as_value(found: &Evaluation) -> Value {
    let scores = |s: Scores| json!({ "precision": s.precision, "recall": s.recall, "f1": s.f1 });
    let themes: Vec<Value> = found
        .themes
        .iter()
        .map(|(theme, a)| json!({ "theme": theme, "people": a.people, "model": a.model, "scores": scores(a.scores()) }))
        .collect();
    json!({
        "answers": found.answers,
        "samplesF1": { "value": found.samples_f1, "low": found.samples_interval.0, "high": found.samples_interval.1 },
        "micro": scores(found.micro),
        "macroF1": found.macro_f1,
        "exact": found.accuracy,
        "themes": themes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_codebook_is_read_in_both_shapes_and_its_faults_are_told() {
        let plain = "id: c\ntitle: C\nsurveys: [s]\nthemes: [{id: t, title: T}]\n";
        let indented: String = plain.lines().map(|line| format!("  {line}\n")).collect();
        let wrapped = format!("codebook:\n{indented}");
        assert_eq!(codebook(plain).expect("sound"), codebook(&wrapped).expect("sound"));
        let failure = codebook("id: c\ntitle: ''\nsurveys: [s]\nthemes: []\n").expect_err("faults");
        assert!(format!("{failure:?}").contains("title: must have 1 to 200 characters"), "{failure:?}");
    }

    #[test]
    fn what_is_shown_holds_the_interval_and_each_theme() {
        let set = |id: &str| BTreeSet::from([id.to_owned()]);
        let found = evaluate(&[Judged { people: set("buses"), model: set("buses") }], SEED);
        let text = shown(&found);
        assert!(text.contains("interval 1.000 to 1.000") && text.contains("buses"), "{text}");
        assert_eq!(as_value(&found)["micro"]["f1"], 1.0);
    }
}
