//! Training: rows with people's labels in, a [`LearnedAssigner`] out.

use std::collections::{BTreeSet, HashMap};

use crate::{Assigner, Encoder};

use crate::evaluate::ThemeAgreement;

use super::{
    LearnedAssigner, LearnedTheme,
    artefact::FORMAT,
    calibration::{Calibration, Point},
    features::{Row, Vocabulary, hash, terms},
    linear::Linear,
    nearness::Nearness,
    random::Random,
};

/// Parts of the rows; each is judged by a model trained on the others.
const FOLDS: usize = 5;
const SEED: u64 = 17;
/// A theme with fewer labels keeps the prototype assigner.
const FEWEST_LABELS: usize = 3;
/// From so many rows on, a lead need not be beyond chance: on open sets of 200 labelled answers, leaving the themes of small
/// leads to their words cost far more (micro-F1 .28 instead of .57) than a lucky one.
const MANY_ROWS: usize = 100;
/// Standard deviations that a lead by chance exceeds once in twenty times.
const ONE_SIDED: f64 = 1.645;
/// How strongly a theme's calibration is drawn to that of all.
const DRAW: f64 = 3.0;

/// A text and the ids of all themes that people gave it; none is a label too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledText {
    /// As it was written.
    pub text: String,
    /// Ids of themes; one that is not among those trained is left out.
    pub themes: Vec<String>,
}

/// Why nothing can be learned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainingError {
    /// Too few rows to judge anything by.
    #[error("{0} labelled texts are too few to learn from: label at least {FOLDS}")]
    TooFew(usize),
    /// No theme to learn.
    #[error("no theme was given to learn")]
    NoTheme,
}

/// Rows as numbers.
struct Prepared {
    hashes: Vec<Vec<u32>>,
    vectors: Vec<Vec<f32>>,
    labels: Vec<Vec<usize>>,
}

/// Trains on `rows` the themes named. `prototype` is what it has to beat, theme by theme, and on
/// fewer than a hundred rows beyond chance; without one, every theme with
/// three labels is taken over. `encoder_version` is kept, so that nobody applies it with other vectors.
///
/// # Errors
/// When there are fewer than five rows, or no theme.
pub fn train(
    rows: &[LabelledText],
    themes: &[String],
    prototype: Option<&Assigner>,
    encoder: &dyn Encoder,
    encoder_version: &str,
) -> Result<LearnedAssigner, TrainingError> {
    if rows.len() < FOLDS {
        return Err(TrainingError::TooFew(rows.len()));
    }
    if themes.is_empty() {
        return Err(TrainingError::NoTheme);
    }
    let prepared = prepare(rows, themes, encoder);
    let points = out_of_fold(&prepared, themes.len());
    let calibrations = calibrate(&points);
    let probabilities: Vec<Vec<f64>> = (0..rows.len())
        .map(|row| calibrations.iter().zip(&points).map(|(c, p)| c.probability(p[row].0)).collect())
        .collect();
    let (lines, best_line, reached) = draw_lines(&probabilities, &prepared.labels);
    let own: Vec<BTreeSet<usize>> = probabilities.iter().map(|row| decided(row, &lines, best_line)).collect();
    let theirs = prototype.map(|assigner| prototype_themes(rows, themes, assigner, encoder));

    let all: Vec<usize> = (0..rows.len()).collect();
    let (vocabulary, nearness, features) = prepared.fit(&all, themes.len());
    let learned = themes
        .iter()
        .enumerate()
        .map(|(number, id)| {
            let truth: Vec<bool> = prepared.labels.iter().map(|l| l.contains(&number)).collect();
            let ours = agreement(&own, &truth, number);
            let sure = rows.len() >= MANY_ROWS
                || theirs.as_ref().is_none_or(|theirs| is_no_chance(&own, theirs, &truth, number));
            let theirs = theirs.as_ref().map(|theirs| agreement(theirs, &truth, number));
            let beats = theirs.is_none_or(|theirs| gain(ours, reached) > gain(theirs, reached));
            LearnedTheme {
                id: id.clone(),
                linear: Linear::train(&features, &truth, vocabulary.len(), SEED),
                calibration: calibrations[number],
                line: lines[number],
                own_f1: ours.scores().f1,
                prototype_f1: theirs.map_or(0.0, |theirs| theirs.scores().f1),
                takes_over: ours.people >= FEWEST_LABELS && beats && sure,
            }
        })
        .collect();
    let encoder = encoder_version.to_owned();
    Ok(LearnedAssigner { format: FORMAT, encoder, vocabulary, nearness, themes: learned, best_line })
}

fn prepare(rows: &[LabelledText], themes: &[String], encoder: &dyn Encoder) -> Prepared {
    let numbers: HashMap<&str, usize> = themes.iter().enumerate().map(|(n, t)| (t.as_str(), n)).collect();
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    Prepared {
        hashes: texts.iter().map(|text| terms(text).iter().map(|term| hash(term)).collect()).collect(),
        vectors: encoder.encode(&texts),
        labels: rows
            .iter()
            .map(|row| row.themes.iter().filter_map(|t| numbers.get(t.as_str()).copied()).collect())
            .collect(),
    }
}

impl Prepared {
    /// What is learned before any theme's weights from the rows of these numbers.
    fn fit(&self, rows: &[usize], themes: usize) -> (Vocabulary, Nearness, Vec<Row>) {
        let hashes: Vec<&[u32]> = rows.iter().map(|r| self.hashes[*r].as_slice()).collect();
        let vectors: Vec<&[f32]> = rows.iter().map(|r| self.vectors[*r].as_slice()).collect();
        let labels: Vec<&[usize]> = rows.iter().map(|r| self.labels[*r].as_slice()).collect();
        let vocabulary = Vocabulary::new(&hashes);
        let features = hashes.iter().zip(&vectors).map(|(h, v)| vocabulary.row(h, v)).collect();
        (vocabulary, Nearness::new(&vectors, &labels, themes), features)
    }
}

/// For each theme, every row's scores from models that had not seen the row.
fn out_of_fold(prepared: &Prepared, themes: usize) -> Vec<Vec<Point>> {
    let rows = prepared.labels.len();
    let mut order: Vec<usize> = (0..rows).collect();
    Random::new(SEED).shuffle(&mut order);
    // Rows of one theme are spread over the folds, or a theme of few rows might be missing from one's training.
    order.sort_by_key(|row| prepared.labels[*row].first().copied());
    let mut points = vec![vec![([0.0; 2], false); rows]; themes];
    for fold in 0..FOLDS {
        let held: Vec<usize> = order.iter().copied().skip(fold).step_by(FOLDS).collect();
        let mut kept: Vec<usize> =
            order.iter().enumerate().filter(|(at, _)| at % FOLDS != fold).map(|(_, row)| *row).collect();
        kept.sort_unstable();
        let (vocabulary, nearness, features) = prepared.fit(&kept, themes);
        let near: Vec<Vec<f32>> = held.iter().map(|r| nearness.scores(&prepared.vectors[*r])).collect();
        let unseen: Vec<Row> =
            held.iter().map(|r| vocabulary.row(&prepared.hashes[*r], &prepared.vectors[*r])).collect();
        for (theme, points) in points.iter_mut().enumerate() {
            let truth: Vec<bool> = kept.iter().map(|r| prepared.labels[*r].contains(&theme)).collect();
            let linear = Linear::train(&features, &truth, vocabulary.len(), SEED);
            for ((row, features), near) in held.iter().zip(&unseen).zip(&near) {
                let is_theme = prepared.labels[*row].contains(&theme);
                points[*row] = ([linear.score(features), near[theme]], is_theme);
            }
        }
    }
    points
}

fn calibrate(points: &[Vec<Point>]) -> Vec<Calibration> {
    let pooled: Vec<Point> = points.iter().flatten().copied().collect();
    let start = Calibration([2.0, 2.0, 0.0]);
    let common = Calibration::fit(&pooled, start, 0.01);
    points.iter().map(|own| Calibration::fit(own, common, DRAW)).collect()
}

/// The line of each theme, that of a text's best theme, and the micro-F1 there, which is the greatest: first one for all themes, then
/// each theme's own around it.
fn draw_lines(probabilities: &[Vec<f64>], labels: &[Vec<usize>]) -> (Vec<f64>, f64, f64) {
    let themes = probabilities.first().map_or(0, Vec::len);
    let mut best = (-1.0, vec![0.5; themes], 0.5);
    // Of lines that do alike, the one nearest to an even chance: on labels easily told apart nearly every line does.
    for line in [10, 9, 11, 8, 12, 7, 6, 5, 4] {
        for best_line in (2..=line).rev() {
            let (line, best_line) = (f64::from(line) * 0.05, f64::from(best_line) * 0.05);
            let lines = vec![line; themes];
            let found = micro_f1(probabilities, labels, &lines, best_line);
            if found > best.0 + 1e-9 {
                best = (found, lines, best_line);
            }
        }
    }
    let (mut f1, mut lines, best_line) = best;
    for theme in 0..themes {
        let common = lines[theme];
        for share in [0.8, 1.25] {
            let kept = std::mem::replace(&mut lines[theme], common * share);
            let found = micro_f1(probabilities, labels, &lines, best_line);
            if found > f1 + 1e-3 {
                f1 = found;
            } else {
                lines[theme] = kept;
            }
        }
    }
    (lines, best_line, f1)
}

fn decided(row: &[f64], lines: &[f64], best_line: f64) -> BTreeSet<usize> {
    let best = row.iter().copied().fold(0.0, f64::max);
    let mut best_open = best >= best_line;
    let mut taken = BTreeSet::new();
    for (theme, p) in row.iter().enumerate() {
        let is_best = best_open && *p >= best;
        best_open &= !is_best;
        if is_best || *p >= lines[theme] {
            taken.insert(theme);
        }
    }
    taken
}

fn micro_f1(probabilities: &[Vec<f64>], labels: &[Vec<usize>], lines: &[f64], best_line: f64) -> f64 {
    let (mut both, mut total) = (0_usize, 0_usize);
    for (row, labels) in probabilities.iter().zip(labels) {
        let taken = decided(row, lines, best_line);
        both += labels.iter().filter(|l| taken.contains(l)).count();
        total += labels.len() + taken.len();
    }
    if total == 0 { 0.0 } else { 2.0 * both as f64 / total as f64 }
}

fn prototype_themes(
    rows: &[LabelledText],
    themes: &[String],
    assigner: &Assigner,
    encoder: &dyn Encoder,
) -> Vec<BTreeSet<usize>> {
    let numbers: HashMap<&str, usize> = themes.iter().enumerate().map(|(n, t)| (t.as_str(), n)).collect();
    let of = |row: &LabelledText| {
        let mentions = assigner.assign(&row.text, encoder);
        mentions.iter().filter_map(|m| numbers.get(m.theme.as_deref()?).copied()).collect()
    };
    rows.iter().map(of).collect()
}

fn agreement(given: &[BTreeSet<usize>], truth: &[bool], theme: usize) -> ThemeAgreement {
    let model = given.iter().filter(|g| g.contains(&theme)).count();
    let both = given.iter().zip(truth).filter(|(g, t)| **t && g.contains(&theme)).count();
    ThemeAgreement { people: truth.iter().filter(|t| **t).count(), model, both }
}

/// Whether being right of a theme more often than the other is more than luck on so many rows: McNemar's test on the rows
/// of which only one of the two is right, one-sided at 5 % (McNemar, 1947). People label what the model got wrong first, so
/// a small lead on few labels says little.
pub(crate) fn is_no_chance(
    own: &[BTreeSet<usize>],
    theirs: &[BTreeSet<usize>],
    truth: &[bool],
    theme: usize,
) -> bool {
    let (mut own_alone, mut theirs_alone) = (0_u32, 0_u32);
    for ((own, theirs), truth) in own.iter().zip(theirs).zip(truth) {
        let (own, theirs) = (own.contains(&theme) == *truth, theirs.contains(&theme) == *truth);
        own_alone += u32::from(own && !theirs);
        theirs_alone += u32::from(theirs && !own);
    }
    let (lead, apart) = (f64::from(own_alone) - f64::from(theirs_alone), f64::from(own_alone + theirs_alone));
    lead > 0.0 && lead * lead >= ONE_SIDED * ONE_SIDED * apart
}

/// What a theme's decisions do for a micro-F1 of `reached`: right ones add to it, each given one costs. F1 of the theme
/// alone would let one lucky hit outweigh dozens of false ones where labels are few.
fn gain(theme: ThemeAgreement, reached: f64) -> f64 {
    2.0 * theme.both as f64 - reached * theme.model as f64
}
