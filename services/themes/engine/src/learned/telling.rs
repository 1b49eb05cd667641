//! How strongly each word tells a theme from the rest: words that do are read louder, so that few rows teach more.
//!
//! A word's strength is the logarithm of how much more often it stands in rows of the theme than in the others, whichever
//! way (naive Bayes weights, interpolated: Wang and Manning 2012); the fewer the theme's rows, the less it counts.

use super::features::Row;

/// How far strengths count with many rows: 0 not at all, 1 wholly.
const SHARE: f32 = 0.4;
/// Rows of a theme at which they count half as far: what few rows tell is mostly chance.
const FEW: f32 = 20.0;

/// A factor for each word's weight in a row, by its place: 1 on average over the vocabulary, at least 1 − 0.4.
pub(crate) fn telling(rows: &[Row], is_theme: &[bool], words: usize) -> Vec<f32> {
    // Each word counts as seen once on either side, so that no strength is without bounds.
    let (mut of, mut others) = (vec![1.0_f32; words], vec![1.0_f32; words]);
    for (row, is_theme) in rows.iter().zip(is_theme) {
        let side = if *is_theme { &mut of } else { &mut others };
        for (place, _) in &row.words {
            side[*place] += 1.0;
        }
    }
    let (all_of, all_others) = (of.iter().sum::<f32>(), others.iter().sum::<f32>());
    let strength = |(of, others): (&f32, &f32)| libm::logf((of / all_of) / (others / all_others)).abs();
    let strengths: Vec<f32> = of.iter().zip(&others).map(strength).collect();
    let mean = strengths.iter().sum::<f32>() / words.max(1) as f32;
    // Where no word tells more than another, all are read as they are.
    if mean < 1e-6 {
        return vec![1.0; words];
    }
    let of_theme = is_theme.iter().filter(|is_theme| **is_theme).count() as f32;
    let share = SHARE * of_theme / (of_theme + FEW);
    strengths.iter().map(|strength| 1.0 - share + share * strength / mean).collect()
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use proptest::prelude::*;

    use super::*;

    fn row(words: &[usize]) -> Row {
        Row { words: words.iter().map(|place| (*place, 1.0)).collect(), dense: Vec::new() }
    }

    #[test]
    fn a_word_of_one_side_alone_is_louder_than_one_of_both_and_the_more_so_the_more_rows() {
        let of = |times: usize| {
            let rows: Vec<Row> = (0..2 * times).map(|at| row(&[at % 2, 2])).collect();
            telling(&rows, &[true, false].repeat(times), 3)
        };
        let (few, many) = (of(2), of(200));
        assert!(few[0] > 1.0 && few[0] == few[1] && few[2] < 1.0, "{few:?}");
        assert!(many[0] > few[0] && many[2] < few[2], "{many:?}");
    }

    #[test]
    fn where_nothing_tells_every_word_is_read_as_it_is() {
        assert_eq!(telling(&[], &[], 2), [1.0, 1.0]);
        assert_eq!(telling(&[row(&[0]), row(&[0])], &[true, false], 1), [1.0]);
        assert_eq!(telling(&[row(&[]), row(&[])], &[true, false], 0), [0.0_f32; 0]);
    }

    proptest! {
        #[test]
        fn factors_are_1_on_average_whatever_the_rows(
            rows in prop::collection::vec((prop::collection::btree_set(0_usize..6, 0..4), any::<bool>()), 0..30),
        ) {
            let (rows, is_theme): (Vec<Row>, Vec<bool>) = rows
                .into_iter()
                .map(|(words, is_theme)| (row(&words.into_iter().collect::<Vec<_>>()), is_theme))
                .unzip();
            let factors = telling(&rows, &is_theme, 6);
            prop_assert!(factors.iter().all(|factor| factor.is_finite() && *factor >= 1.0 - SHARE - 1e-6));
            prop_assert!((factors.iter().sum::<f32>() / 6.0 - 1.0).abs() < 1e-4, "{factors:?}");
        }
    }
}
