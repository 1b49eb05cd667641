//! Which themes a text of another kind is near, such as what a piece of work will do: for people to confirm.
//!
//! A theme's similarity to the text is the mean of the nearness of the text's best statement and that of the whole text,
//! so that neither one sentence in passing nor many vague ones alone make a match. Nearness is the same as in an answer.

use unicode_segmentation::UnicodeSegmentation;

use super::{Assigner, Encoder, millionths};
use crate::statement::{Statement, statements};
use crate::vector::{centred, mean, unit};

/// Words of one match that are named.
const NAMED: usize = 3;
/// Words of a long statement beyond these are not tried one by one.
const MOST_WORDS: usize = 80;

/// A theme that a text is near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The theme's id.
    pub theme: String,
    /// How near, in millionths of similarity (−1 to 1).
    pub similarity_ppm: i32,
    /// First character of the statement that carries it most, counted in Unicode scalar values from 0.
    pub start: usize,
    /// One past its last character.
    pub end: usize,
}

impl Assigner {
    /// At most so many themes that are not retired and at least this near, nearest first, then in the codebook's order.
    /// None: the text has no known word, or no theme is as near.
    #[must_use]
    pub fn matches(&self, text: &str, most: usize, floor_ppm: i32, encoder: &dyn Encoder) -> Vec<Match> {
        let statements = statements(text);
        let texts: Vec<&str> = statements.iter().map(|s| s.text).collect();
        let known = statements.iter().zip(encoder.encode(&texts));
        let (known, vectors): (Vec<&Statement<'_>>, Vec<Vec<f32>>) =
            known.filter(|(_, vector)| vector.iter().any(|x| *x != 0.0)).unzip();
        if vectors.is_empty() {
            return Vec::new();
        }
        let whole = self.nearness(&centred(&unit(mean(&vectors)), &self.centre));
        let own: Vec<Vec<f32>> =
            vectors.iter().map(|vector| self.nearness(&centred(vector, &self.centre))).collect();
        // By theme: how near, and through which statement.
        let near = |(index, whole): (usize, &f32)| {
            let better = |best: usize, at: usize| if own[at][index] > own[best][index] { at } else { best };
            let best = (0..own.len()).fold(0, better);
            (millionths(0.5 * (own[best][index] + whole)), index, best)
        };
        let mut found: Vec<(i32, usize, usize)> = whole.iter().enumerate().map(near).collect();
        found.retain(|(similarity, ..)| *similarity >= floor_ppm);
        found.sort_by_key(|(similarity, index, _)| (std::cmp::Reverse(*similarity), *index));
        found.truncate(most);
        let of = |(similarity_ppm, index, best): (i32, usize, usize)| Match {
            theme: self.prototypes[index].theme.clone(),
            similarity_ppm,
            start: known[best].start,
            end: known[best].end,
        };
        found.into_iter().map(of).collect()
    }

    /// At most three words of a statement without which it is less near to a theme, those that carry most first.
    #[must_use]
    pub fn words_that_carry(&self, statement: &str, theme: &str, encoder: &dyn Encoder) -> Vec<String> {
        let Some(theme) = self.prototypes.iter().position(|of| of.theme == theme) else { return Vec::new() };
        let words: Vec<&str> = statement.unicode_words().take(MOST_WORDS).collect();
        let mut distinct = words.clone();
        distinct.sort_unstable();
        distinct.dedup();
        let without = |word: &str| {
            let rest: Vec<&str> = words.iter().copied().filter(|other| *other != word).collect();
            rest.join(" ")
        };
        let mut texts = vec![words.join(" ")];
        texts.extend(distinct.iter().map(|word| without(word)));
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let near = encoder.encode(&texts).into_iter();
        let mut near = near.map(|vector| self.nearness(&centred(&vector, &self.centre))[theme]);
        let Some(whole) = near.next() else { return Vec::new() };
        let mut carried: Vec<(&str, f32)> =
            distinct.iter().copied().zip(near).map(|(word, rest)| (word, whole - rest)).collect();
        carried.retain(|(_, lowered)| *lowered > 0.0);
        carried.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        carried.into_iter().take(NAMED).map(|(word, _)| word.to_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::tests::{WordCounts, assigner};

    #[test]
    fn a_text_is_near_the_theme_of_its_best_sentence_which_is_told_with_its_words() {
        let text = "The weather is wet. A laptop for the home of each one. Data.";
        let found = assigner().matches(text, 2, -1_000_000, &WordCounts);
        assert_eq!(found.iter().map(|m| m.theme.as_str()).collect::<Vec<_>>(), ["home", "data"]);
        let sentence: String =
            text.chars().skip(found[0].start).take(found[0].end - found[0].start).collect();
        assert_eq!(sentence, "A laptop for the home of each one.");
        let words = |theme| assigner().words_that_carry(&sentence, theme, &WordCounts);
        assert_eq!((words("home"), words("none").len()), (vec!["home".to_owned(), "laptop".to_owned()], 0));
        assert!(found[0].similarity_ppm > found[1].similarity_ppm);
    }

    #[test]
    fn what_is_not_near_enough_or_has_no_known_word_matches_nothing() {
        assert_eq!(assigner().matches("Nothing that anybody knows.", 3, -1_000_000, &WordCounts), []);
        assert_eq!(assigner().matches("", 3, -1_000_000, &WordCounts), []);
        assert_eq!(assigner().matches("Wet weather.", 3, 300_000, &WordCounts), []);
    }

    proptest! {
        #[test]
        fn matches_are_distinct_in_order_and_within_the_text(
            words in prop::collection::vec(prop::sample::select(vec![
                "laptop", "home", "data", "share", "cost", "weather", "wet", "other", ".", ";", "\n", "é",
            ]), 0..30),
            most in 0_usize..5,
            floor in -1_000_000_i32..1_000_000,
        ) {
            let text = words.join(" ");
            let found = assigner().matches(&text, most, floor, &WordCounts);
            prop_assert!(found.len() <= most);
            prop_assert!(found.windows(2).all(|pair| pair[0].similarity_ppm >= pair[1].similarity_ppm));
            for one in &found {
                prop_assert!(one.similarity_ppm >= floor && one.theme != "old");
                prop_assert!(one.start < one.end && one.end <= text.chars().count());
                prop_assert_eq!(found.iter().filter(|other| other.theme == one.theme).count(), 1);
            }
        }
    }
}
