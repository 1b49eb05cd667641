//! Why a statement is near a theme, by taking it apart: the theme's nearest texts, and for each word how much less near
//! the statement would be without it (leave-one-out occlusion; Li, Monroe and Jurafsky, "Understanding neural networks
//! through representation erasure", 2016).

use soundings_themes_domain::{Codebook, Theme};
use soundings_themes_engine::Encoder;
use soundings_themes_engine::vector::{dot, mean, unit};

/// Texts and themes that are named at most.
const NAMED: usize = 5;
/// Words that are left out one by one; those of a longer statement are not weighed.
const WORDS: usize = 200;

/// A theme's texts as vectors.
struct Texts<'a> {
    theme: &'a Theme,
    texts: Vec<&'a str>,
    vectors: Vec<Vec<f32>>,
    mean: Vec<f32>,
}

/// How near a statement is to themes, and what makes it so.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Explanation {
    /// The nearest texts of the theme, each with its cosine similarity.
    pub nearest: Vec<(String, f32)>,
    /// The statement's words, each with what it adds to the similarity, most first.
    pub words: Vec<(String, f32)>,
    /// The nearest themes by id, each with its similarity.
    pub themes: Vec<(String, f32)>,
}

/// Explains a statement under a theme of a codebook as it assigns (see [`Codebook::as_confirmed`]); with none named,
/// under the nearest. The theme's id comes first; none: the codebook has no theme of words.
#[must_use]
pub fn explain(
    codebook: &Codebook,
    theme: Option<&str>,
    statement: &str,
    encoder: &dyn Encoder,
) -> Option<(String, Explanation)> {
    let of = |theme| Texts::of(theme, encoder);
    let all: Vec<Texts<'_>> = codebook.themes.iter().map(of).filter(|t| !t.vectors.is_empty()).collect();
    let vector = encoder.encode(&[statement]).pop()?;
    let mut themes: Vec<(&Texts<'_>, f32)> = all.iter().map(|t| (t, t.similarity(&vector))).collect();
    themes.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.theme.id.cmp(&b.0.theme.id)));
    let chosen = match theme {
        Some(id) => themes.iter().find(|(texts, _)| texts.theme.id == id),
        None => themes.first(),
    };
    let (texts, with) = *chosen?;
    let mut nearest: Vec<(String, f32)> =
        texts.texts.iter().zip(&texts.vectors).map(|(t, v)| ((*t).to_owned(), dot(&vector, v))).collect();
    nearest.sort_by(|a, b| b.1.total_cmp(&a.1));
    nearest.truncate(NAMED);

    let words: Vec<&str> = statement.split_whitespace().take(WORDS).collect();
    let without: Vec<String> = (0..words.len()).map(|left| without(&words, left)).collect();
    let without: Vec<&str> = without.iter().map(String::as_str).collect();
    let vectors = if words.len() > 1 { encoder.encode(&without) } else { vec![vec![0.0; vector.len()]] };
    let mut words: Vec<(String, f32)> = words
        .iter()
        .zip(&vectors)
        .map(|(word, vector)| ((*word).to_owned(), with - texts.similarity(vector)))
        .collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1));
    let id = texts.theme.id.clone();
    let themes = themes.iter().take(NAMED).map(|(texts, near)| (texts.theme.id.clone(), *near)).collect();
    Some((id, Explanation { nearest, words, themes }))
}

fn without(words: &[&str], left: usize) -> String {
    let rest = words.iter().enumerate().filter(|(at, _)| *at != left).map(|(_, word)| *word);
    rest.collect::<Vec<_>>().join(" ")
}

impl<'a> Texts<'a> {
    fn of(theme: &'a Theme, encoder: &dyn Encoder) -> Self {
        let texts: Vec<&str> = [theme.title.as_str(), theme.description.as_str()]
            .into_iter()
            .chain(theme.exemplars.iter().map(String::as_str))
            .filter(|text| !text.is_empty())
            .collect();
        let vectors = encoder.encode(&texts);
        let mean = unit(mean(&vectors));
        Self { theme, texts, vectors, mean }
    }

    /// Half the nearest text, half the mean of all.
    fn similarity(&self, vector: &[f32]) -> f32 {
        let nearest = self.vectors.iter().map(|text| dot(vector, text)).fold(-1.0_f32, f32::max);
        0.5 * nearest + 0.5 * dot(vector, &self.mean)
    }
}

#[cfg(test)]
mod tests {
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
        let theme = |id: &str, title: &str, exemplar: &str| Theme {
            id: id.into(),
            title: title.into(),
            exemplars: vec![exemplar.into()],
            ..Theme::default()
        };
        let themes = vec![theme("data", "data", "our data"), theme("work", "laptop home", "a laptop")];
        Codebook { themes, ..Codebook::default() }
    }

    #[test]
    fn the_word_that_carries_a_statement_comes_first_and_what_speaks_against_it_last() {
        let (theme, why) = explain(&codebook(), None, "My laptop at home has no data", &WordCounts).unwrap();
        assert_eq!(theme, "work");
        assert_eq!(why.words[0].0, "laptop");
        let last = why.words.last().unwrap();
        assert!(last.0 == "data" && last.1 < 0.0, "{:?}", why.words);
        assert_eq!(why.nearest[0].0, "laptop home");
        assert_eq!(why.themes.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["work", "data"]);
    }

    #[test]
    fn a_theme_may_be_named_and_one_without_words_cannot() {
        let (theme, why) = explain(&codebook(), Some("data"), "laptop", &WordCounts).unwrap();
        assert_eq!((theme.as_str(), why.words.len()), ("data", 1));
        assert_eq!(explain(&codebook(), Some("other"), "laptop", &WordCounts), None);
        assert_eq!(explain(&Codebook::default(), None, "laptop", &WordCounts), None);
    }
}
