//! How well themes fit what people decided: agreement of assignments, and of groupings.

use std::collections::{BTreeMap, BTreeSet};

use crate::chance::Chance;

/// Resamples behind an interval.
const RESAMPLES: usize = 1_000;

/// Decisions of people (`truth`) and of the model (`found`) on one item, as ids of themes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// What people say.
    pub truth: BTreeSet<String>,
    /// What the model says.
    pub found: BTreeSet<String>,
}

/// How often the model and people agree on one theme.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Agreement {
    /// Items both give the theme.
    pub both: usize,
    /// Items only the model gives it.
    pub model_only: usize,
    /// Items only people give it.
    pub people_only: usize,
}

impl Agreement {
    /// Of the model's, the share that people agree with, 0 to 1; 1 if it gave none.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.both, self.both + self.model_only)
    }

    /// Of people's, the share that the model finds, 0 to 1; 1 if there is none.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.both, self.both + self.people_only)
    }

    /// The harmonic mean of the two, 0 to 1; 1 if neither gave the theme to anything.
    #[must_use]
    pub fn f1(&self) -> f64 {
        share(2 * self.both, 2 * self.both + self.model_only + self.people_only)
    }

    fn plus(self, other: Self) -> Self {
        Self {
            both: self.both + other.both,
            model_only: self.model_only + other.model_only,
            people_only: self.people_only + other.people_only,
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn agreement(judged: &Judged) -> Agreement {
    let both = judged.truth.intersection(&judged.found).count();
    Agreement { both, model_only: judged.found.len() - both, people_only: judged.truth.len() - both }
}

/// A figure with the interval that holds it in 95 of 100 resamples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figure {
    /// On the items as they are.
    pub value: f64,
    /// The 2.5th percentile of resamples.
    pub low: f64,
    /// The 97.5th.
    pub high: f64,
}

/// The quality of assignments.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The mean over items of each item's F1: how far one answer's themes can be trusted.
    pub samples_f1: Figure,
    /// F1 of all decisions together: large themes weigh more.
    pub micro_f1: f64,
    /// The mean over themes of each theme's F1: small themes weigh as much.
    pub macro_f1: f64,
    /// Each theme's, by id.
    pub themes: BTreeMap<String, Agreement>,
}

/// Measures assignments; none if there is no item. The seed decides the resamples (bootstrap, Efron 1979).
#[must_use]
pub fn quality(items: &[Judged], seed: u64) -> Option<Quality> {
    let each: Vec<f64> = items.iter().map(|item| agreement(item).f1()).collect();
    let samples_f1 = interval(&each, seed)?;
    let mut themes: BTreeMap<String, Agreement> = BTreeMap::new();
    for item in items {
        for theme in item.truth.union(&item.found) {
            let of = themes.entry(theme.clone()).or_default();
            match (item.truth.contains(theme), item.found.contains(theme)) {
                (true, true) => of.both += 1,
                (true, false) => of.people_only += 1,
                (false, _) => of.model_only += 1,
            }
        }
    }
    let all = themes.values().fold(Agreement::default(), |all, one| all.plus(*one));
    let macro_f1 = if themes.is_empty() {
        1.0
    } else {
        themes.values().map(Agreement::f1).sum::<f64>() / themes.len() as f64
    };
    Some(Quality { samples_f1, micro_f1: all.f1(), macro_f1, themes })
}

/// The mean of values with its interval.
fn interval(values: &[f64], seed: u64) -> Option<Figure> {
    if values.is_empty() {
        return None;
    }
    let mut chance = Chance::new(seed);
    let count = values.len() as f64;
    let mut means: Vec<f64> = (0..RESAMPLES)
        .map(|_| (0..values.len()).map(|_| values[chance.below(values.len())]).sum::<f64>() / count)
        .collect();
    means.sort_by(f64::total_cmp);
    let at = |share: f64| means[(share * (RESAMPLES - 1) as f64).round() as usize];
    Some(Figure { value: values.iter().sum::<f64>() / count, low: at(0.025), high: at(0.975) })
}

/// How two groupings of the same items overlap.
struct Table {
    cells: BTreeMap<(usize, usize), usize>,
    rows: Vec<usize>,
    columns: Vec<usize>,
    items: usize,
}

impl Table {
    fn new(a: &[usize], b: &[usize]) -> Self {
        let groups = |of: &[usize]| of.iter().max().map_or(0, |most| most + 1);
        let mut table = Self {
            cells: BTreeMap::new(),
            rows: vec![0; groups(a)],
            columns: vec![0; groups(b)],
            items: a.len().min(b.len()),
        };
        for (x, y) in a.iter().zip(b) {
            *table.cells.entry((*x, *y)).or_default() += 1;
            table.rows[*x] += 1;
            table.columns[*y] += 1;
        }
        table
    }
}

/// The adjusted Rand index of two groupings (Hubert and Arabie, 1985): 1 for the same, about 0 for unrelated ones.
#[must_use]
pub fn adjusted_rand(a: &[usize], b: &[usize]) -> f64 {
    let table = Table::new(a, b);
    let pairs = |n: &usize| (n * n.saturating_sub(1)) as f64 / 2.0;
    let together: f64 = table.cells.values().map(pairs).sum();
    let rows: f64 = table.rows.iter().map(pairs).sum();
    let columns: f64 = table.columns.iter().map(pairs).sum();
    let all = pairs(&table.items);
    let expected = if all > 0.0 { rows * columns / all } else { 0.0 };
    let most = f64::midpoint(rows, columns);
    if most - expected == 0.0 { 1.0 } else { (together - expected) / (most - expected) }
}

/// The adjusted mutual information of two groupings (Vinh, Epps and Bailey, 2010) over the mean of their entropies: 1 for
/// the same, about 0 for unrelated ones.
#[must_use]
pub fn adjusted_mutual_information(a: &[usize], b: &[usize]) -> f64 {
    let table = Table::new(a, b);
    let n = table.items as f64;
    let entropy = |sizes: &[usize]| -> f64 {
        let part = |size: &usize| -(*size as f64 / n) * libm::log(*size as f64 / n);
        sizes.iter().filter(|size| **size > 0).map(part).sum()
    };
    let mutual: f64 = table
        .cells
        .iter()
        .map(|((x, y), both)| {
            let both = *both as f64;
            both / n * libm::log(n * both / (table.rows[*x] as f64 * table.columns[*y] as f64))
        })
        .sum();
    let expected = expected_information(&table);
    let most = f64::midpoint(entropy(&table.rows), entropy(&table.columns));
    if (most - expected).abs() < 1e-12 { 1.0 } else { (mutual - expected) / (most - expected) }
}

/// The mutual information of two groupings of these sizes if they are unrelated.
fn expected_information(table: &Table) -> f64 {
    let n = table.items;
    let mut log_factorial = vec![0.0; n + 1];
    for i in 1..=n {
        log_factorial[i] = log_factorial[i - 1] + libm::log(i as f64);
    }
    let f = |i: usize| log_factorial[i];
    let mut expected = 0.0;
    for a in table.rows.iter().copied().filter(|a| *a > 0) {
        for b in table.columns.iter().copied().filter(|b| *b > 0) {
            for both in (a + b).saturating_sub(n).max(1)..=a.min(b) {
                let worth =
                    both as f64 / n as f64 * libm::log(n as f64 * both as f64 / (a as f64 * b as f64));
                let chance = f(a) + f(b) + f(n - a) + f(n - b)
                    - f(n)
                    - f(both)
                    - f(a - both)
                    - f(b - both)
                    - f(n + both - a - b);
                expected += worth * libm::exp(chance);
            }
        }
    }
    expected
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn judged(truth: &[&str], found: &[&str]) -> Judged {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Judged { truth: set(truth), found: set(found) }
    }

    #[test]
    fn the_three_means_weigh_items_decisions_and_themes() {
        let items =
            [judged(&["a"], &["a"]), judged(&["a", "b"], &["a"]), judged(&[], &[]), judged(&["b"], &["c"])];
        let quality = quality(&items, 1).unwrap();
        assert!((quality.samples_f1.value - (1.0 + 2.0 / 3.0 + 1.0 + 0.0) / 4.0).abs() < 1e-12);
        assert!((quality.micro_f1 - 4.0 / 7.0).abs() < 1e-12);
        assert!((quality.macro_f1 - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!(quality.themes["b"], Agreement { both: 0, model_only: 0, people_only: 2 });
        assert!(quality.samples_f1.low < quality.samples_f1.value);
        assert!(quality.samples_f1.value < quality.samples_f1.high);
        assert_eq!(super::quality(&[], 1), None);
    }

    #[test]
    fn groupings_agree_with_themselves_under_other_numbers_and_with_no_chance_one() {
        let a = [0, 0, 1, 1, 2, 2];
        let same = [2, 2, 0, 0, 1, 1];
        assert!((adjusted_rand(&a, &same) - 1.0).abs() < 1e-12);
        assert!((adjusted_mutual_information(&a, &same) - 1.0).abs() < 1e-12);
        let mut chance = Chance::new(1);
        let mut random = || (0..2_000).map(|_| chance.below(8)).collect::<Vec<_>>();
        let (x, y) = (random(), random());
        assert!(adjusted_rand(&x, &y).abs() < 0.01);
        assert!(adjusted_mutual_information(&x, &y).abs() < 0.01);
    }

    #[test]
    fn a_published_pair_of_groupings_has_its_published_index() {
        // Reference values computed with scikit-learn 1.7.
        let (a, b) = ([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]);
        assert!((adjusted_rand(&a, &b) - 0.242_424_242).abs() < 1e-8);
        assert!((adjusted_mutual_information(&a, &b) - 0.298_792_458).abs() < 1e-8);
    }
}
