//! Finds the themes of a file of answers; without any service.
use std::{fmt::Write, fs, path::PathBuf, thread};

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};
use soundings_themes_engine::{
    Discovery, Group, Step, Watch,
    discover::{Options as Looking, discover},
    language::{Readable, is_the_question, readable},
    statement::statements,
};

use super::{Embedding, model};
use crate::{
    failure::{Failure, Kind, Outcome},
    files,
    output::{self, Format},
};

/// What to analyse, and how.
#[derive(Debug, Args)]
pub struct Options {
    /// CSV, JSON lines, or plain text with a line for each answer.
    file: PathBuf,
    /// The column or field that holds the answers.
    #[arg(long, default_value = "text")]
    column: String,
    /// The question that was asked: its words name no theme.
    #[arg(long, default_value = "")]
    question: String,
    /// Coarser below 1.5, finer above.
    #[arg(long, default_value_t = 1.5, value_parser = resolution)]
    resolution: f64,
    /// A folder with another model, in the model2vec format.
    #[arg(long, value_name = "FOLDER")]
    model: Option<PathBuf>,
    /// Writes a report in Markdown instead of a table.
    #[arg(long)]
    markdown: bool,
    /// Also writes the themes as a codebook's file, to be edited and loaded.
    #[arg(long, value_name = "FILE")]
    save_codebook: Option<PathBuf>,
}

fn resolution(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|r| (0.05..=20.0).contains(r)).ok_or_else(|| "give a number from 0.05 to 20".to_owned())
}

/// What was found, with what it was found in.
struct Found<'a> {
    answers: usize,
    texts: Vec<&'a str>,
    /// Statements in other languages, by language, that were left out.
    foreign: Vec<(String, usize)>,
    discovery: Discovery,
}

/// Carries it out.
pub fn run(format: Format, options: &Options) -> Outcome {
    let answers = files::texts::read(&options.file, &files::text(&options.file)?, &options.column)?;
    let (mut texts, mut foreign) = (Vec::new(), std::collections::BTreeMap::<String, usize>::new());
    for answer in &answers {
        let mut said = statements(answer);
        said.retain(|statement| !is_the_question(statement.text, &options.question));
        for (statement, read) in said.iter().zip(readable(answer, &said)) {
            match read {
                Readable::OtherLanguage(language) => *foreign.entry(language).or_default() += 1,
                Readable::Yes | Readable::OneWord => texts.push(statement.text),
            }
        }
    }
    let encoder = Embedding(model(options.model.as_deref())?);
    let looking = Looking {
        resolution: options.resolution,
        question: options.question.clone(),
        threads: thread::available_parallelism().map_or(1, usize::from),
        ..Looking::default()
    };
    let bar = bar();
    let progress = |step: Step, share: f64| {
        bar.set_message(match step {
            Step::Neighbours => "comparing statements",
            Step::Groups => "looking for groups",
            Step::Names => "naming them",
        });
        bar.set_position(if step == Step::Neighbours { (share * 100.0) as u64 } else { 100 });
    };
    let watch = Watch { stopped: &|| false, progress: &progress };
    let discovery = discover(&texts, &encoder, &looking, watch)
        .map_err(|stopped| Failure::new(Kind::Interrupted, stopped.to_string()))?;
    bar.finish_and_clear();
    let found = Found { answers: answers.len(), texts, foreign: foreign.into_iter().collect(), discovery };
    if let Some(path) = &options.save_codebook {
        let text = serde_norway::to_string(&codebook(&found)).map_err(anyhow::Error::from)?;
        fs::write(path, text).map_err(|error| Failure::from(error).about(path.display()))?;
        output::note(format!("wrote {}: edit it, then `soundings codebook load` it", path.display()));
    }
    match format.is_table() {
        true if options.markdown => output::text(&markdown(&found)),
        true => output::text(&table(&found)),
        false => output::value(format, &as_value(&found)),
    }
}

fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:<22} {bar:40} {percent:>3} % {eta}");
    ProgressBar::new(100).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

impl Found<'_> {
    fn subtitle(&self, group: &Group) -> &str {
        group.subtitle.map_or("", |place| self.texts[place])
    }

    fn exemplars<'b>(&'b self, group: &'b Group) -> impl Iterator<Item = &'b str> {
        group.exemplars.iter().map(|place| self.texts[*place])
    }

    fn share(&self, group: &Group) -> f64 {
        100.0 * group.members.len() as f64 / self.texts.len().max(1) as f64
    }

    fn summary(&self) -> String {
        let ungrouped = self.discovery.group_of.iter().filter(|group| group.is_none()).count();
        let of = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let mut text = format!(
            "{}, {}, {}; {ungrouped} of the statements in none",
            of(self.answers, "answer"),
            of(self.texts.len(), "statement"),
            of(self.discovery.groups.len(), "theme")
        );
        let distinct = self.discovery.first_of.iter().enumerate().filter(|(at, first)| at == *first).count();
        if distinct < self.texts.len() {
            // Writing into a string cannot fail.
            let _ = write!(text, "; {distinct} different ones, as copies count once");
        }
        for (language, count) in &self.foreign {
            let _ = write!(text, "; left out in {language}: {count}");
        }
        text
    }
}

fn table(found: &Found<'_>) -> String {
    let mut text = format!("{}\n\n", found.summary());
    for group in &found.discovery.groups {
        let _ =
            writeln!(text, "{:>6} {:>5.1} %  {}", group.members.len(), found.share(group), group.naming.name);
        let _ = writeln!(text, "                {}", found.subtitle(group));
    }
    text
}

fn markdown(found: &Found<'_>) -> String {
    let mut text = format!("# Themes\n\n{}.\n", found.summary());
    for group in &found.discovery.groups {
        let (name, count) = (&group.naming.name, group.members.len());
        let _ = write!(text, "\n## {name}\n\n{count} statements ({:.1} %)", found.share(group));
        let _ = write!(text, "; keywords: {}.\n\n", group.naming.keywords.join(", "));
        for exemplar in found.exemplars(group) {
            let _ = writeln!(text, "> {}\n", exemplar.replace('\n', " "));
        }
    }
    text
}

fn as_value(found: &Found<'_>) -> Value {
    let group = |group: &Group| {
        json!({
            "name": group.naming.name,
            "keywords": group.naming.keywords,
            "subtitle": found.subtitle(group),
            "statements": group.members.len(),
            "distinct": group.distinct,
            "density": group.density,
            "exemplars": found.exemplars(group).collect::<Vec<_>>(),
        })
    };
    json!({
        "answers": found.answers,
        "statements": found.texts.len(),
        "otherLanguages": found.foreign.iter().map(|(l, n)| json!({"language": l, "statements": n})).collect::<Vec<_>>(),
        "themes": found.discovery.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

#[derive(Serialize)]
struct Book<'a> {
    id: &'a str,
    title: &'a str,
    surveys: [&'a str; 1],
    themes: Vec<Theme<'a>>,
}

#[derive(Serialize)]
struct Theme<'a> {
    id: String,
    title: &'a str,
    description: &'a str,
    exemplars: Vec<&'a str>,
    state: &'a str,
}

/// Longest exemplar and description that a codebook takes, in characters.
const LONGEST: usize = 2000;

fn codebook<'a>(found: &'a Found<'a>) -> Book<'a> {
    let theme = |(at, group): (usize, &'a Group)| Theme {
        id: format!("T{}", at + 1),
        title: &group.naming.name,
        description: found.subtitle(group),
        exemplars: found.exemplars(group).filter(|text| text.chars().count() <= LONGEST).collect(),
        state: "proposed",
    };
    let themes = found.discovery.groups.iter().enumerate().map(theme).collect();
    Book { id: "found", title: "Themes found in a file", surveys: ["your-survey"], themes }
}
