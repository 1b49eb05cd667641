//! Why a statement is near a theme, by taking it apart: the theme's nearest texts, and for each word how much less near
//! the statement would be without it (leave-one-out occlusion; Li, Monroe and Jurafsky, "Understanding neural networks
//! through representation erasure", 2016). All in the measure that the statement is assigned by.

use soundings_themes_domain::{Codebook, Place, Theme};
use soundings_themes_engine::{Assigner, Encoder};

/// Texts and themes that are named at most.
const NAMED: usize = 5;
/// Words that are left out one by one; those of a longer statement are not weighed.
const WORDS: usize = 200;

/// How near a statement is to themes, and what makes it so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// The nearest texts of the theme, each with its cosine similarity from the assigner's centre.
    pub nearest: Vec<(String, f32)>,
    /// The statement's words, each with what it adds to the nearness, most first.
    pub words: Vec<(String, f32)>,
    /// The themes by id, each with the statement's score under it in millionths: best first, emerging ones last.
    pub themes: Vec<(String, i32)>,
}

/// Explains a statement under a theme of a codebook, by the words that it assigns by; with none named, under the best.
/// `scores` are the statement's in its answer (see [`Assigner::scores`]). The theme's id comes first; none: the codebook
/// has no theme of words, or the one named has none.
#[must_use]
pub fn explain(
    (codebook, assigner): (&Codebook, &Assigner),
    theme: Option<&str>,
    (statement, scores): (&str, &[(String, i32)]),
    encoder: &dyn Encoder,
) -> Option<(String, Explanation)> {
    let mut themes: Vec<(String, i32)> = Vec::new();
    for (theme, score) in scores {
        // A merged theme's words draw for the one that it was merged into.
        let Place::Stands(id) = codebook.place(theme) else { continue };
        if themes.iter().all(|(other, _)| other != id) {
            themes.push((id.to_owned(), *score));
        }
    }
    let chosen = theme.map(str::to_owned).or_else(|| themes.first().map(|(id, _)| id.clone()))?;
    themes.truncate(NAMED);
    let confirmed = codebook.as_confirmed();
    let stands = |theme: &&Theme| codebook.place(&theme.id) == Place::Stands(&chosen);
    let sources: Vec<&Theme> = confirmed.themes.iter().filter(stands).collect();
    let mut nearest: Vec<(String, f32)> = sources
        .iter()
        .flat_map(|theme| {
            texts(theme).zip(assigner.similarities(statement, &theme.id, encoder)).collect::<Vec<_>>()
        })
        .collect();
    if nearest.is_empty() {
        return None;
    }
    nearest.sort_by(|a, b| b.1.total_cmp(&a.1));
    nearest.truncate(NAMED);

    let words: Vec<&str> = statement.split_whitespace().take(WORDS).collect();
    let mut texts = vec![statement.to_owned()];
    texts.extend((0..words.len()).map(|left| without(&words, left)));
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut near = vec![-1.0_f32; texts.len()];
    for theme in &sources {
        let of = assigner.nearness_to(&theme.id, &texts, encoder);
        near.iter_mut().zip(of).for_each(|(near, of)| *near = near.max(of));
    }
    let with = near[0];
    let mut words: Vec<(String, f32)> =
        words.iter().zip(&near[1..]).map(|(word, without)| ((*word).to_owned(), with - without)).collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    Some((chosen, Explanation { nearest, words, themes }))
}

/// A theme's texts in the order of the assigner's similarities.
fn texts(theme: &Theme) -> impl Iterator<Item = String> {
    let all = [&theme.title, &theme.description].into_iter().chain(&theme.exemplars);
    all.filter(|text| !text.is_empty()).cloned()
}

fn without(words: &[&str], left: usize) -> String {
    let rest = words.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, word)| *word);
    rest.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use soundings_themes_engine::Thresholds;
    use soundings_themes_engine::statement::statements;
    use soundings_themes_engine::vector::unit;

    use super::*;

    /// Each known word is a dimension.
    struct WordCounts;

    impl Encoder for WordCounts {
        fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            let known = ["laptop", "home", "data"];
            let count = |text: &&str| {
                known.iter().map(|word| text.to_lowercase().matches(word).count() as f32).collect()
            };
            texts.iter().map(|text| unit(count(text))).collect()
        }
    }

    fn codebook() -> Codebook {
        let file = "id: cb\ntitle: A\nsurveys: [s]\nthemes:\n  - {id: data, title: data, exemplars: [our data]}\n  \
                    - {id: work, title: laptop home, exemplars: [a laptop]}\n  - {id: other, title: Other, kind: other}\n";
        let file = serde_norway::from_str(file).unwrap();
        Codebook::load(None, &file).unwrap().0
    }

    fn explained(codebook: &Codebook, theme: Option<&str>, text: &str) -> Option<(String, Explanation)> {
        let assigner = Assigner::new(&codebook.as_confirmed(), &WordCounts, Thresholds::default());
        let scores = assigner.scores(&statements(text), &WordCounts).pop().unwrap_or_default();
        explain((codebook, &assigner), theme, (text, &scores), &WordCounts)
    }

    #[test]
    fn the_word_that_carries_a_statement_comes_first_and_what_speaks_against_it_last() {
        let (theme, why) = explained(&codebook(), None, "My laptop at home has no data").unwrap();
        assert_eq!(theme, "work");
        assert_eq!(why.words[0].0, "laptop");
        let last = why.words.last().unwrap();
        assert!(last.0 == "data" && last.1 < 0.0, "{:?}", why.words);
        assert_eq!(why.nearest[0].0, "laptop home");
        assert_eq!(why.themes.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["work", "data"]);
    }

    #[test]
    fn a_theme_may_be_named_and_one_without_words_cannot() {
        let (theme, why) = explained(&codebook(), Some("data"), "laptop").unwrap();
        assert_eq!((theme.as_str(), why.words.len()), ("data", 1));
        assert_eq!(explained(&codebook(), Some("other"), "laptop"), None);
        assert_eq!(explained(&Codebook::default(), None, "laptop"), None);
    }
}
