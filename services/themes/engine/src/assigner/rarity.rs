//! Which words of a theme's title tell it from the other themes of its codebook.

use std::collections::BTreeMap;

use super::Encoder;
use crate::vector::{mean, unit};
use crate::words::{is_light, stem, words};

/// In how many titles of a codebook each word stands, by its stem.
pub(super) struct Rarity {
    titles: usize,
    with: BTreeMap<String, usize>,
}

impl Rarity {
    /// Of these titles.
    pub(super) fn of<'a>(titles: impl Iterator<Item = &'a str>) -> Self {
        let mut rarity = Self { titles: 0, with: BTreeMap::new() };
        for title in titles {
            rarity.titles += 1;
            let mut stems: Vec<String> =
                telling_words(title).iter().map(|word| stem(word).to_owned()).collect();
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                *rarity.with.entry(stem).or_default() += 1;
            }
        }
        rarity
    }

    /// The mean of a title's words, each weighed by the root of its rarity (the logarithm of how few titles have it), as
    /// a unit vector; none: no word of it is known or says anything on its own.
    pub(super) fn telling(&self, title: &str, encoder: &dyn Encoder) -> Option<Vec<f32>> {
        let words = telling_words(title);
        let texts: Vec<&str> = words.iter().map(String::as_str).collect();
        let mut vectors = encoder.encode(&texts);
        for (word, vector) in words.iter().zip(&mut vectors) {
            let with = self.with.get(stem(word)).copied().unwrap_or_default().max(1);
            let weight = libm::sqrtf(libm::logf((1 + self.titles) as f32 / with as f32).max(0.0));
            vector.iter_mut().for_each(|x| *x *= weight);
        }
        let telling = unit(mean(&vectors));
        telling.iter().any(|x| *x != 0.0).then_some(telling)
    }
}

/// The words that say something on their own, each once, in order.
fn telling_words(title: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in words(title) {
        if !is_light(&word) && !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::assigner::tests::WordCounts;
    use crate::vector::dot;

    const TITLES: [&str; 3] = ["Sharing the data", "The cost of data", "Data at home"];

    fn telling(title: &str) -> Option<Vec<f32>> {
        Rarity::of(TITLES.into_iter()).telling(title, &WordCounts)
    }

    #[test]
    fn a_word_of_one_title_tells_more_than_one_of_all() {
        let vector = telling("The cost of data").expect("words that are known");
        let at = |word: &str| dot(&vector, &WordCounts.encode(&[word])[0]);
        assert!(at("cost") > 1.5 * at("data") && at("data") > 0.0, "{vector:?}");
        assert_eq!(telling("cost COST, data!"), Some(vector));
    }

    #[test]
    fn a_title_without_a_word_that_says_anything_tells_nothing() {
        assert_eq!(telling("The of"), None);
        assert_eq!(telling("Quux"), None);
        assert_eq!(telling(""), None);
    }

    #[test]
    fn the_order_of_the_titles_changes_nothing() {
        let other_way = Rarity::of(TITLES.into_iter().rev());
        assert_eq!(other_way.telling("Data at home", &WordCounts), telling("Data at home"));
    }
}
