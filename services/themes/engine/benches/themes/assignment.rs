//! Themes given to texts against those people gave them. Rows that a figure learns from are never those it is measured
//! on: the last fifth of a shuffled set is only for measuring.
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use soundings_themes_domain::{Codebook, Theme, ThemeState};
use soundings_themes_engine::evaluate::{Judged, quality};
use soundings_themes_engine::learned::{Example, Learned};
use soundings_themes_engine::{Assigner, Encoder, Thresholds};

use crate::report::Report;
use crate::sets::{Row, Sets};

/// Texts of the NHS set kept for measuring.
const HELD_OUT: usize = 680;
/// Texts a label needs in the whole set to be measured.
const LEAST: usize = 20;

fn codebook(labels: &[String], rows: &[Row], exemplars: usize) -> Codebook {
    let themes = labels.iter().map(|label| {
        let of_it = rows.iter().filter(|row| row.first.as_ref() == Some(label) && row.labels.len() == 1);
        Theme {
            id: label.clone(),
            title: label.clone(),
            description: String::new(),
            exemplars: of_it.take(exemplars).map(|row| row.text.clone()).collect(),
            state: ThemeState::Approved,
            revision: 1,
        }
    });
    Codebook {
        id: "measured".into(),
        title: "Measured".into(),
        surveys: vec!["measured".into()],
        questions: vec![],
        themes: themes.collect(),
        version: 1,
    }
}

fn given(assigner: &Assigner, sets: &Sets, text: &str) -> BTreeSet<String> {
    assigner.assign(text, sets).into_iter().filter_map(|mention| mention.theme).collect()
}

fn measured(rows: &[Row], labels: &[String], found: impl Fn(&Row) -> BTreeSet<String>) -> (f64, String) {
    let judged: Vec<Judged> = rows
        .iter()
        .map(|row| Judged {
            truth: row.labels.iter().filter(|label| labels.contains(label)).cloned().collect(),
            found: found(row),
        })
        .collect();
    quality(&judged, 1).map_or((f64::NAN, String::new()), |q| {
        let s = q.samples_f1;
        (
            q.micro_f1,
            format!("macro {:.3}, samples {:.3} ({:.3} to {:.3})", q.macro_f1, s.value, s.low, s.high),
        )
    })
}

/// themes.f1.nhs.*
pub fn nhs(sets: &Sets, report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !report.wants("themes.f1.nhs") {
        return Ok(());
    }
    let rows = sets.shuffled("nhs_feedback_neas", 1)?;
    let mut counts: BTreeMap<&String, usize> = BTreeMap::new();
    rows.iter().flat_map(|row| &row.labels).for_each(|label| *counts.entry(label).or_default() += 1);
    let labels: Vec<String> =
        counts.into_iter().filter(|(_, n)| *n >= LEAST).map(|(label, _)| label.clone()).collect();
    let (test, train) = rows.split_at(HELD_OUT);
    for (name, exemplars) in [("name", 0), ("10", 10)] {
        let assigner = Assigner::new(&codebook(&labels, train, exemplars), sets, Thresholds::default());
        let (micro, note) = measured(test, &labels, |row| given(&assigner, sets, &row.text));
        report.write(&format!("themes.f1.nhs.{name}"), "micro-F1", &[micro], &note)?;
    }
    let assigner = Assigner::new(&codebook(&labels, train, 10), sets, Thresholds::default());
    for count in [500, 2_500] {
        let examples: Vec<Example> = train
            .iter()
            .take(count)
            .map(|row| Example {
                text: row.text.clone(),
                vector: sets.encode(&[&row.text]).remove(0),
                themes: row.labels.iter().filter(|label| labels.contains(label)).cloned().collect(),
                prototype: given(&assigner, sets, &row.text),
            })
            .collect();
        let learned = Learned::train(&examples).ok_or("nothing was learnt")?;
        let (micro, note) = measured(test, &labels, |row| {
            let vector = sets.encode(&[&row.text]).remove(0);
            learned.revise(&row.text, &vector, &given(&assigner, sets, &row.text))
        });
        report.write(&format!("themes.f1.nhs.{count}"), "micro-F1", &[micro], &note)?;
    }
    Ok(())
}

/// themes.accuracy.banking77.10
pub fn banking77(sets: &Sets, report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !report.wants("themes.accuracy.banking77") {
        return Ok(());
    }
    let train = sets.shuffled("banking77_train", 1)?;
    let test = sets.rows("banking77_test")?;
    let labels: Vec<String> =
        train.iter().filter_map(|row| row.first.clone()).collect::<BTreeSet<_>>().into_iter().collect();
    let everything = Thresholds { floor: -1.0, margin: 0.0, reach: 2.0 };
    let assigner = Assigner::new(&codebook(&labels, &train, 10), sets, everything);
    let right = test.iter().filter(|row| {
        let best = assigner.assign(&row.text, sets).into_iter().max_by_key(|mention| mention.score_ppm);
        best.and_then(|mention| mention.theme) == row.first
    });
    let accuracy = right.count() as f64 / test.len() as f64;
    let note = format!("{} labels, 10 rows of each, {} rows measured", labels.len(), test.len());
    report.write("themes.accuracy.banking77.10", "accuracy", &[accuracy], &note)?;
    Ok(())
}
