//! How well themes are assigned and stances told, on open labelled sets in the folder that `DATA` names:
//! `nhs_feedback_neas.jsonl`, `banking77_{train,test}.jsonl` and `argkp_train.jsonl`, a line each
//! `{"id", "text", "labels": [..], "group"}`. One JSON object a line, then a Markdown table.
#![expect(clippy::print_stdout, reason = "figures go to stdout")]
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    time::Instant,
};

use anyhow::Context;
use serde_json::Value;
use soundings_themes_domain::{Codebook, Theme, ThemeState};
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_engine::{
    evaluate::{Evaluation, Judged, evaluate},
    learned::{LabelledText, LearnedAssigner, train},
    stance::{Leaning, Position, Topic},
};
use soundings_themes_model::{MODEL_VERSION, Model};

const SEED: u64 = 0;
/// Rows held out of the NHS set, never trained on.
const HELD_OUT: usize = 680;
/// NHS labels on fewer rows are left out, as published figures on this set do.
const FEWEST: usize = 20;

struct Embedding(Model);

impl Encoder for Embedding {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

struct Line {
    text: String,
    labels: Vec<String>,
    group: String,
}

fn main() -> anyhow::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "a benchmark is set by its environment")]
    let folder = std::env::var("DATA").context("DATA must name the folder of the labelled sets")?;
    let folder = Path::new(&folder);
    let encoder = Embedding(Model::embedded()?);
    let mut table = Table::default();
    nhs(&read(folder, "nhs_feedback_neas")?, &encoder, &mut table)?;
    banking(&read(folder, "banking77_train")?, &read(folder, "banking77_test")?, &encoder, &mut table)?;
    stances(&read(folder, "argkp_train")?, &mut table);
    println!("\n| figure | value | conditions |\n|---|---|---|");
    for row in &table.0 {
        println!("{row}");
    }
    Ok(())
}

fn read(folder: &Path, name: &str) -> anyhow::Result<Vec<Line>> {
    let path = folder.join(format!("{name}.jsonl"));
    let content = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|v| v.as_str().map(str::to_owned)).collect()
    };
    content
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let value: Value = serde_json::from_str(line)?;
            let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            Ok(Line { text: text("text"), labels: strings(&value["labels"]), group: text("group") })
        })
        .collect()
}

#[derive(Default)]
struct Table(Vec<String>);

impl Table {
    fn add(&mut self, name: &str, value: f64, conditions: &str) {
        println!(
            "{}",
            serde_json::json!({ "name": name, "value": (value * 1e4).round() / 1e4, "note": conditions })
        );
        self.0.push(format!("| {name} | {value:.3} | {conditions} |"));
    }
}

fn shuffled<'a>(rows: &[&'a Line]) -> Vec<&'a Line> {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut keyed: Vec<(u64, &Line)> = rows
        .iter()
        .map(|row| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state, *row)
        })
        .collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.into_iter().map(|(_, row)| row).collect()
}

fn codebook(titles: &[String], rows: &[&Line], examples: usize) -> Codebook {
    let theme = |title: &String| Theme {
        id: title.clone(),
        title: title.clone(),
        description: String::new(),
        exemplars: of_theme(rows, title, examples).iter().map(|r| r.text.clone()).collect(),
        state: ThemeState::Approved,
        revision: 1,
        ..Theme::default()
    };
    Codebook {
        id: "bench".to_owned(),
        title: "bench".to_owned(),
        surveys: Vec::new(),
        questions: Vec::new(),
        version: 1,
        themes: titles.iter().map(theme).collect(),
        ..Codebook::default()
    }
}

fn of_theme<'a>(rows: &[&'a Line], title: &String, most: usize) -> Vec<&'a Line> {
    rows.iter().copied().filter(|r| r.labels.contains(title)).take(most).collect()
}

fn labelled(rows: &[&Line]) -> Vec<LabelledText> {
    rows.iter().map(|r| LabelledText { text: r.text.clone(), themes: r.labels.clone() }).collect()
}

fn judge(rows: &[&Line], titles: &[String], model: impl Fn(&str) -> BTreeSet<String>) -> Evaluation {
    let known = |r: &&Line| r.labels.iter().filter(|l| titles.contains(l)).cloned().collect();
    let judged: Vec<Judged> =
        rows.iter().map(|r| Judged { people: known(r), model: model(&r.text) }).collect();
    evaluate(&judged, SEED)
}

fn by_prototype(assigner: &Assigner, text: &str, encoder: &Embedding) -> Vec<String> {
    let themes: BTreeSet<String> =
        assigner.assign(text, encoder).into_iter().filter_map(|mention| mention.theme).collect();
    themes.into_iter().collect()
}

fn nhs(rows: &[Line], encoder: &Embedding, table: &mut Table) -> anyhow::Result<()> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().flat_map(|r| &r.labels).for_each(|l| *counts.entry(l).or_default() += 1);
    let titles: Vec<String> =
        counts.iter().filter(|(_, n)| **n >= FEWEST).map(|(l, _)| (*l).to_owned()).collect();
    let mixed = shuffled(&rows.iter().collect::<Vec<_>>());
    let (held, kept) = mixed.split_at(HELD_OUT);
    let note = |found: &Evaluation, how: &str| {
        format!(
            "{how}; {} held-out answers, {} themes; samples-F1 {:.3} ({:.3} to {:.3}), macro-F1 {:.3}",
            found.answers,
            titles.len(),
            found.samples_f1,
            found.samples_interval.0,
            found.samples_interval.1,
            found.macro_f1
        )
    };
    let by_name = Assigner::new(&codebook(&titles, kept, 0), encoder, Thresholds::default());
    let found = judge(held, &titles, |t| by_prototype(&by_name, t, encoder).into_iter().collect());
    table.add("themes.f1.nhs.name", found.micro.f1, &note(&found, "prototypes of the names alone"));

    let ten = Assigner::new(&codebook(&titles, kept, 10), encoder, Thresholds::default());
    let found = judge(held, &titles, |t| by_prototype(&ten, t, encoder).into_iter().collect());
    table.add(
        "themes.f1.nhs.10.prototype",
        found.micro.f1,
        &note(&found, "prototypes of name and 10 examples"),
    );
    let mut examples: Vec<&Line> = Vec::new();
    for row in titles.iter().flat_map(|title| of_theme(kept, title, 10)) {
        if examples.iter().all(|known| !std::ptr::eq(*known, row)) {
            examples.push(row);
        }
    }
    let runs = [("10", examples.as_slice()), ("500", &kept[..500]), ("2500", kept)];
    for (name, rows) in runs {
        let start = Instant::now();
        let learned = train(&labelled(rows), &titles, Some(&by_name), encoder, MODEL_VERSION)?;
        let seconds = start.elapsed().as_secs_f64();
        let start = Instant::now();
        let found = judge(held, &titles, |text| {
            let prototype = by_prototype(&by_name, text, encoder).into_iter().map(|theme| (theme, 0));
            learned.assign(text, prototype.collect(), encoder).into_iter().map(|(theme, _)| theme).collect()
        });
        let each = start.elapsed().as_secs_f64() * 1e3 / held.len() as f64;
        let over = learned.record().iter().filter(|t| t.takes_over).count();
        let how = format!(
            "learned from {} labelled answers in {seconds:.1} s, {over} themes taken over, {each:.3} ms an answer",
            rows.len()
        );
        table.add(&format!("themes.f1.nhs.{name}"), found.micro.f1, &note(&found, &how));
    }
    Ok(())
}

fn banking(train_rows: &[Line], test: &[Line], encoder: &Embedding, table: &mut Table) -> anyhow::Result<()> {
    let titles: BTreeSet<String> = train_rows.iter().flat_map(|r| r.labels.clone()).collect();
    let titles: Vec<String> = titles.into_iter().collect();
    let mixed = shuffled(&train_rows.iter().collect::<Vec<_>>());
    let rows: Vec<&Line> = titles.iter().flat_map(|title| of_theme(&mixed, title, 10)).collect();
    let start = Instant::now();
    let learned: LearnedAssigner = train(&labelled(&rows), &titles, None, encoder, MODEL_VERSION)?;
    let seconds = start.elapsed().as_secs_f64();
    let test: Vec<&Line> = test.iter().collect();
    let found = judge(&test, &titles, |text| {
        learned.ranked(text, encoder).into_iter().take(1).map(|p| p.theme).collect()
    });
    let how = format!(
        "best of {} themes on {} test questions; learned from 10 of each in {seconds:.1} s",
        titles.len(),
        found.answers
    );
    table.add("themes.accuracy.banking77.10", found.accuracy, &how);
    Ok(())
}

/// The set gives each argument's topic and the key points it makes. Within a topic its rows are sorted by stance, those
/// against before those for: the place where no key point is on both sides tells the stance of every labelled row.
fn stances(rows: &[Line], table: &mut Table) {
    let mut topics: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    rows.iter().for_each(|r| topics.entry(&r.group).or_default().push(r));
    let (mut right, mut told, mut all) = (0_usize, 0_usize, 0_usize);
    for (topic, rows) in topics {
        let against = against_first(&rows);
        for (place, row) in rows.iter().enumerate().filter(|(_, r)| !r.labels.is_empty()) {
            let (leaning, topic) = (Leaning::of(&row.text), Topic::new(topic));
            all += 1;
            told += usize::from(matches!(leaning.towards(&topic), Position::For | Position::Against));
            right += usize::from((leaning.degree(&topic) < 0.0) == (place < against));
        }
    }
    let how = format!(
        "for or against the topic, {all} arguments on 24 topics; {:.0} % are told apart as for or against",
        told as f64 / all as f64 * 100.0
    );
    table.add("themes.stance.argkp", right as f64 / all as f64, &how);
}

fn against_first(rows: &[&Line]) -> usize {
    let crossings = |place: usize| -> usize {
        let (before, after) = rows.split_at(place);
        let labels =
            |rows: &[&Line]| -> BTreeSet<String> { rows.iter().flat_map(|r| r.labels.clone()).collect() };
        labels(before).intersection(&labels(after)).count()
    };
    (1..rows.len()).min_by_key(|place| (crossings(*place), place.abs_diff(rows.len() / 2))).unwrap_or(0)
}
