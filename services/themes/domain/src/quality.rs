//! How far the model and people agree, measured on statements that people reviewed without seeing the model's themes.
//!
//! Per theme precision, recall and F1; over all the samples-F1, the mean over statements of the F1 of the two sets of
//! themes (Godbole and Sarawagi, "Discriminative methods for multi-labeled classification", PAKDD 2004). Intervals are
//! bootstrap percentiles over statements (Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13).
//! A statement that nobody reviewed says nothing: silence is not agreement.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit_sample::draw;

/// Fewer reviews than this tell too little: counts are given, rates are not.
pub const ENOUGH: usize = 30;
const RESAMPLES: u64 = 1_000;
const SEED: u64 = 0x5eed_0f50_0d1d_1965;

/// A reviewed statement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reviewed {
    /// The model's themes, by id.
    pub model: BTreeSet<String>,
    /// The person's.
    pub person: BTreeSet<String>,
}

/// A share between 0 and 1 with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// The share.
    pub value: f64,
    /// The interval's lower end.
    pub low: f64,
    /// The interval's upper end.
    pub high: f64,
}

/// Agreement on one theme.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ThemeQuality {
    /// Reviewed statements to which both gave the theme.
    pub both: usize,
    /// To which the model alone gave it.
    pub model_only: usize,
    /// To which the person alone gave it.
    pub person_only: usize,
    /// Precision, recall and F1; none where fewer than [`ENOUGH`] reviewed statements have the theme on either side.
    pub rates: Option<Rates>,
}

/// Rates of one theme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Of the statements that the model gave the theme, the share that people did as well; 1 if it gave none.
    pub precision: f64,
    /// Of those that people gave it, the share that the model did as well; 1 if they gave none.
    pub recall: f64,
    /// The harmonic mean of the two.
    pub f1: Share,
}

/// Agreement over all reviewed statements.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Quality {
    /// Reviewed statements.
    pub reviews: usize,
    /// The samples-F1; none where there are fewer than [`ENOUGH`].
    pub samples_f1: Option<Share>,
    /// By theme, those that either side gave at least once.
    pub themes: BTreeMap<String, ThemeQuality>,
}

/// Measures agreement. The same reviews in the same order give the same figures.
#[must_use]
pub fn quality(reviews: &[Reviewed]) -> Quality {
    let mut themes: BTreeMap<String, ThemeQuality> = BTreeMap::new();
    for review in reviews {
        for theme in review.model.union(&review.person) {
            let of = themes.entry(theme.clone()).or_default();
            match (review.model.contains(theme), review.person.contains(theme)) {
                (true, true) => of.both += 1,
                (true, false) => of.model_only += 1,
                _ => of.person_only += 1,
            }
        }
    }
    for (theme, of) in &mut themes {
        if of.both + of.model_only + of.person_only < ENOUGH {
            continue;
        }
        let sides: Vec<(bool, bool)> = reviews
            .iter()
            .map(|r| (r.model.contains(theme), r.person.contains(theme)))
            .filter(|sides| *sides != (false, false))
            .collect();
        let f1 = |drawn: &mut dyn Iterator<Item = usize>| {
            let (mut both, mut either) = (0, 0);
            for (model, person) in drawn.map(|at| sides[at]) {
                both += usize::from(model && person) * 2;
                either += usize::from(model) + usize::from(person);
            }
            if either == 0 { 1.0 } else { both as f64 / either as f64 }
        };
        of.rates = Some(Rates {
            precision: share(of.both, of.both + of.model_only),
            recall: share(of.both, of.both + of.person_only),
            f1: bootstrap(sides.len(), f1),
        });
    }
    let each: Vec<f64> = reviews.iter().map(agreement).collect();
    let mean = |drawn: &mut dyn Iterator<Item = usize>| {
        drawn.map(|at| each[at]).sum::<f64>() / each.len().max(1) as f64
    };
    let samples_f1 = (reviews.len() >= ENOUGH).then(|| bootstrap(each.len(), mean));
    Quality { reviews: reviews.len(), samples_f1, themes }
}

/// The F1 of the two sets of a statement; 1 where both are empty, as they then agree that nothing fits.
fn agreement(review: &Reviewed) -> f64 {
    let either = review.model.len() + review.person.len();
    let both = review.model.intersection(&review.person).count();
    if either == 0 { 1.0 } else { 2.0 * both as f64 / either as f64 }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// A figure over `count` statements, and the 2.5th and 97.5th percentile of it over resamples of them.
fn bootstrap(count: usize, figure: impl Fn(&mut dyn Iterator<Item = usize>) -> f64) -> Share {
    let value = figure(&mut (0..count));
    let mut drawn: Vec<f64> = (0..RESAMPLES)
        .map(|resample| {
            let first = resample * count as u64;
            let places = (first..).take(count).filter_map(|number| draw(SEED, number, count as u64));
            figure(&mut places.map(|place| place as usize))
        })
        .collect();
    drawn.sort_by(f64::total_cmp);
    let percentile = |permille: usize| drawn[(drawn.len() * permille / 1000).min(drawn.len() - 1)];
    Share { value, low: percentile(25).min(value), high: percentile(975).max(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reviewed(model: &[&str], person: &[&str]) -> Reviewed {
        let set = |themes: &[&str]| themes.iter().map(|t| (*t).to_owned()).collect();
        Reviewed { model: set(model), person: set(person) }
    }

    #[test]
    fn below_thirty_reviews_counts_are_given_and_no_rate() {
        let few = quality(&vec![reviewed(&["a"], &["a"]); 29]);
        assert_eq!((few.reviews, few.samples_f1, few.themes["a"].both), (29, None, 29));
        assert_eq!(few.themes["a"].rates, None);
        let enough = quality(&vec![reviewed(&["a"], &["a"]); 30]);
        assert_eq!(enough.samples_f1, Some(Share { value: 1.0, low: 1.0, high: 1.0 }));
        assert_eq!(enough.themes["a"].rates.unwrap().precision, 1.0);
    }

    #[test]
    fn figures_are_those_worked_out_by_hand() {
        // 20 agree on a; 10 the model calls a and the person b; 10 fit nothing for both.
        let reviews = [
            vec![reviewed(&["a"], &["a"]); 20],
            vec![reviewed(&["a"], &["b"]); 10],
            vec![reviewed(&[], &[]); 10],
        ];
        let figures = quality(&reviews.concat());
        let f1 = figures.samples_f1.unwrap();
        assert_eq!(f1.value, 0.75);
        // The standard error is sqrt(0.75 × 0.25 / 40) = 0.068.
        assert!((0.58..0.66).contains(&f1.low) && (0.84..0.92).contains(&f1.high), "{f1:?}");
        let a = figures.themes["a"];
        let rates = a.rates.unwrap();
        assert_eq!((a.both, a.model_only, a.person_only), (20, 10, 0));
        assert_eq!((rates.precision, rates.recall, rates.f1.value), (2.0 / 3.0, 1.0, 0.8));
        assert_eq!(figures.themes["b"].rates, None, "ten statements are too few");
        assert_eq!(quality(&reviews.concat()), figures);
    }
}
