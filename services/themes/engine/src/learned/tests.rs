use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use proptest::prelude::*;
use soundings_themes_model::{MODEL_VERSION, Model};

use super::*;

struct Embedding(Model);

impl Encoder for Embedding {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

fn embedding() -> Embedding {
    Embedding(Model::embedded().expect("the model loads"))
}

fn rows() -> (Vec<LabelledText>, Vec<String>) {
    let buses =
        ["The bus is late", "No bus in the evening", "Bus fares are too high", "The last bus leaves at six"];
    let parks = [
        "The park is full of litter",
        "New swings in the park",
        "Our park needs benches",
        "Dogs run loose in the park",
    ];
    let ends = ["again", "every day", "near the station", "and nobody cares"];
    let mut rows = Vec::new();
    for end in ends {
        for (texts, theme) in [(&buses, "buses"), (&parks, "parks")] {
            for text in texts {
                rows.push(LabelledText { text: format!("{text} {end}"), themes: vec![theme.to_owned()] });
            }
        }
        rows.push(LabelledText { text: format!("Nothing to say {end}"), themes: Vec::new() });
    }
    (rows, vec!["buses".to_owned(), "parks".to_owned()])
}

fn learned() -> LearnedAssigner {
    let (rows, themes) = rows();
    train(&rows, &themes, None, &embedding(), MODEL_VERSION).expect("enough rows")
}

fn assigned(of: &LearnedAssigner, text: &str) -> Vec<String> {
    of.assign(text, Vec::new(), &embedding()).into_iter().map(|(theme, _)| theme).collect()
}

#[test]
fn it_learns_what_people_labelled() {
    let learned = learned();
    assert_eq!(assigned(&learned, "My bus never comes on time"), ["buses"]);
    assert_eq!(assigned(&learned, "Please mow the grass in the park"), ["parks"]);
    assert_eq!(assigned(&learned, "12345 ???"), Vec::<String>::new());
    assert!(learned.record().iter().all(|t| t.takes_over && t.learned_f1 > 0.9));
}

#[test]
fn the_words_that_carried_a_theme_come_first() {
    let words = learned().carried_by("The last bus leaves too early", "buses", 3);
    assert!(words.iter().any(|f| f.term == "bus"), "{words:?}");
    assert!(learned().carried_by("The bus", "no such theme", 3).is_empty());
}

#[test]
fn the_same_rows_give_the_same_bytes_and_bytes_give_the_same_assigner() {
    let first = learned();
    let bytes = first.to_bytes().expect("finite");
    assert_eq!(bytes, learned().to_bytes().expect("finite"));
    let read = LearnedAssigner::from_bytes(&bytes).expect("just written");
    assert_eq!(read.version().expect("finite"), first.version().expect("finite"));
    let text = "The bus to the park";
    assert_eq!(read.ranked(text, &embedding()), first.ranked(text, &embedding()));
}

#[test]
fn bytes_of_another_kind_are_refused() {
    assert!(matches!(LearnedAssigner::from_bytes(b"{}"), Err(ArtefactError::Unreadable(_))));
    let mut other = learned();
    other.format = 99;
    let bytes = other.to_bytes().expect("finite");
    assert!(matches!(LearnedAssigner::from_bytes(&bytes), Err(ArtefactError::Format(99))));
    other = learned();
    other.themes[0].linear.words.pop();
    let bytes = other.to_bytes().expect("finite");
    assert!(matches!(LearnedAssigner::from_bytes(&bytes), Err(ArtefactError::Unsound)));
}

#[test]
fn a_theme_with_few_labels_is_left_to_the_prototype() {
    let (mut rows, mut themes) = rows();
    themes.push("bins".to_owned());
    rows[0].themes.push("bins".to_owned());
    let learned = train(&rows, &themes, None, &embedding(), MODEL_VERSION).expect("enough rows");
    assert!(!learned.takes_over("bins") && learned.takes_over("buses"));
    let given = learned.assign("A bus", vec![("bins".to_owned(), 1), ("parks".to_owned(), 2)], &embedding());
    assert_eq!(given.iter().map(|(theme, _)| theme.as_str()).collect::<Vec<_>>(), ["buses", "bins"]);
}

#[test]
fn a_lead_that_may_be_chance_leaves_a_theme_to_its_words() {
    let at = |themes: &[&[usize]]| -> Vec<BTreeSet<usize>> {
        themes.iter().map(|themes| themes.iter().copied().collect()).collect()
    };
    let truth = [true, true, true, false, false, false];
    let (right, none) = (at(&[&[0], &[0], &[0], &[], &[], &[]]), at(&[&[], &[], &[], &[], &[], &[]]));
    assert!(training::is_no_chance(&right, &none, &truth, 0), "three of three");
    let two = at(&[&[0], &[0], &[], &[], &[], &[]]);
    assert!(!training::is_no_chance(&two, &none, &truth, 0), "two of two may be luck");
    assert!(!training::is_no_chance(&none, &none, &truth, 0), "no lead at all");
    let rash = at(&[&[0], &[0], &[0], &[0], &[], &[]]);
    assert!(!training::is_no_chance(&rash, &none, &truth, 0), "three won, one lost");
}

#[test]
fn too_little_to_learn_from_is_refused() {
    let (rows, themes) = rows();
    let refused = |rows: &[LabelledText], themes: &[String]| {
        train(rows, themes, None, &embedding(), MODEL_VERSION).expect_err("refused")
    };
    assert_eq!(refused(&rows[..4], &themes), TrainingError::TooFew(4));
    assert_eq!(refused(&rows, &[]), TrainingError::NoTheme);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_has_probabilities_in_order(text in "\\PC{0,80}") {
        thread_local!(static LEARNED: LearnedAssigner = learned());
        let ranked = LEARNED.with(|l| l.ranked(&text, &embedding()));
        prop_assert!(ranked.iter().all(|p| (0.0..=1.0).contains(&p.probability)));
        prop_assert!(ranked.is_sorted_by(|a, b| a.probability >= b.probability));
    }
}
