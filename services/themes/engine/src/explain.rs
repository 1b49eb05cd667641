//! Why a statement was given a theme: the theme's own examples nearest to it, the words without which it would be less
//! near, and what else it might have been. A learned theme adds the words that carried it.

use std::collections::BTreeSet;

use soundings_themes_domain::Theme;
use unicode_segmentation::UnicodeSegmentation;

use crate::{
    Encoder,
    learned::{Feature, LearnedAssigner, Probable},
    vector::{centred, dot, mean},
};

/// Of each list, so many.
const MOST: usize = 3;
/// Words of a long statement beyond these are not tried one by one.
const MOST_WORDS: usize = 80;

/// Why a statement was given a theme.
#[derive(Debug, Clone, PartialEq)]
pub struct Explanation {
    /// The nearest of the theme's title, description and exemplars, with the similarity (−1 to 1), nearest first.
    pub nearest: Vec<(String, f32)>,
    /// Words whose removal lowers the similarity to the nearest text most, with by how much, the greatest first.
    pub words: Vec<(String, f32)>,
    /// Other themes, with the similarity of their nearest text, nearest first.
    pub runners_up: Vec<(String, f32)>,
    /// For a theme that the learned assigner decides: the words that carried it.
    pub learned_words: Vec<Feature>,
    /// For such a theme: its probability and whether it is assigned.
    pub learned: Option<Probable>,
}

/// A theme, its texts and their vectors.
type EncodedTheme<'a> = (&'a Theme, Vec<&'a str>, Vec<Vec<f32>>);

/// Explains why `statement` may belong to the theme of id `theme`; none if the codebook has no such theme. Encodes the
/// texts of all themes given, so it is for one statement on demand, not for every one.
#[must_use]
pub fn explain(
    statement: &str,
    theme: &str,
    themes: &[Theme],
    learned: Option<&LearnedAssigner>,
    encoder: &dyn Encoder,
) -> Option<Explanation> {
    let encoded: Vec<EncodedTheme<'_>> = themes
        .iter()
        .map(|theme| {
            let texts = texts(theme);
            let vectors = encoder.encode(&texts);
            (theme, texts, vectors)
        })
        .collect();
    let centre = mean(&encoded.iter().flat_map(|(_, _, vectors)| vectors.clone()).collect::<Vec<_>>());
    let vector = centred(&encoder.encode(&[statement]).pop()?, &centre);
    let similarities = |vectors: &[Vec<f32>]| -> Vec<f32> {
        vectors.iter().map(|text| dot(&vector, &centred(text, &centre))).collect()
    };
    let (_, own_texts, own_vectors) = encoded.iter().find(|(t, _, _)| t.id == theme)?;
    let mut nearest: Vec<(String, f32)> =
        own_texts.iter().map(|text| (*text).to_owned()).zip(similarities(own_vectors)).collect();
    let best = own_vectors.get(greatest(&similarities(own_vectors))?)?;
    sort(&mut nearest);
    let mut runners_up: Vec<(String, f32)> = encoded
        .iter()
        .filter(|(other, _, _)| other.id != theme)
        .filter_map(|(other, _, vectors)| {
            Some((other.id.clone(), similarities(vectors).into_iter().reduce(f32::max)?))
        })
        .collect();
    sort(&mut runners_up);
    let decides = learned.filter(|learned| learned.takes_over(theme));
    Some(Explanation {
        nearest,
        words: words_that_matter(statement, &centred(best, &centre), &centre, encoder),
        runners_up,
        learned_words: decides.map_or_else(Vec::new, |l| l.carried_by(statement, theme, MOST)),
        learned: decides.and_then(|l| l.ranked(statement, encoder).into_iter().find(|p| p.theme == theme)),
    })
}

fn texts(theme: &Theme) -> Vec<&str> {
    let all = [theme.title.as_str(), theme.description.as_str()].into_iter();
    all.chain(theme.exemplars.iter().map(String::as_str)).filter(|text| !text.is_empty()).collect()
}

fn greatest(values: &[f32]) -> Option<usize> {
    (0..values.len()).reduce(|best, at| if values[at] > values[best] { at } else { best })
}

fn sort(found: &mut Vec<(String, f32)>) {
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MOST);
}

fn words_that_matter(
    statement: &str,
    target: &[f32],
    centre: &[f32],
    encoder: &dyn Encoder,
) -> Vec<(String, f32)> {
    let words: Vec<&str> = statement.unicode_words().take(MOST_WORDS).collect();
    let distinct: BTreeSet<&str> = words.iter().copied().collect();
    let near = |words: &[&str]| -> Option<f32> {
        Some(dot(&centred(&encoder.encode(&[&words.join(" ")]).pop()?, centre), target))
    };
    let Some(whole) = near(&words) else { return Vec::new() };
    let mut found: Vec<(String, f32)> = distinct
        .into_iter()
        .filter_map(|left_out| {
            let rest: Vec<&str> = words.iter().copied().filter(|word| *word != left_out).collect();
            Some((left_out.to_owned(), whole - near(&rest)?))
        })
        .filter(|(_, lowered)| *lowered > 0.0)
        .collect();
    sort(&mut found);
    found
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;
    use soundings_themes_domain::ThemeState;
    use soundings_themes_model::Model;

    use super::*;

    struct Embedding(Model);

    impl Encoder for Embedding {
        fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
            self.0.encode(texts)
        }
    }

    fn theme(id: &str, title: &str, exemplar: &str) -> Theme {
        Theme {
            id: id.to_owned(),
            title: title.to_owned(),
            description: String::new(),
            exemplars: vec![exemplar.to_owned()],
            state: ThemeState::Approved,
            revision: 1,
            ..Theme::default()
        }
    }

    #[test]
    fn the_example_the_word_and_the_runner_up_are_named() {
        let encoder = Embedding(Model::embedded().expect("the model loads"));
        let themes = [
            theme("buses", "Public transport", "The last bus leaves too early"),
            theme("parks", "Green spaces", "The park is full of litter"),
            theme("homes", "Housing", "Rents are too high"),
        ];
        let text = "There is no bus on Sundays";
        let found = explain(text, "buses", &themes, None, &encoder).expect("the theme is there");
        assert_eq!(found.nearest[0].0, "The last bus leaves too early");
        assert_eq!(found.words[0].0, "bus");
        assert_eq!(found.runners_up.len(), 2);
        assert!(found.nearest[0].1 > found.runners_up[0].1);
        assert_eq!(explain(text, "none", &themes, None, &encoder), None);
    }
}
