use pretty_assertions::assert_eq;

use soundings_themes_domain::Theme;

use super::*;

/// Counts a handful of words; each is a dimension. Other words are not known.
pub(super) struct WordCounts;

const WORDS: [&str; 7] = ["laptop", "home", "data", "share", "cost", "weather", "wet"];

impl Encoder for WordCounts {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        texts
            .iter()
            .map(|text| {
                let text = text.to_lowercase();
                let known = text.split(|c: char| !c.is_alphanumeric());
                let mut vector = vec![0.0_f32; WORDS.len()];
                for index in known.filter_map(|word| WORDS.iter().position(|w| *w == word)) {
                    vector[index] += 1.0;
                }
                unit(vector)
            })
            .collect()
    }
}

fn theme(id: &str, title: &str, state: ThemeState) -> Theme {
    Theme {
        id: id.into(),
        title: title.into(),
        description: String::new(),
        exemplars: vec![],
        state,
        revision: 1,
        ..Theme::default()
    }
}

pub(super) fn assigner() -> Assigner {
    let themes = vec![
        theme("cost", "cost", ThemeState::Approved),
        theme("data", "share data", ThemeState::Proposed),
        theme("home", "laptop home", ThemeState::Approved),
        theme("old", "laptop", ThemeState::Retired),
    ];
    let codebook = Codebook {
        id: "cb".into(),
        title: "t".into(),
        surveys: vec![],
        questions: vec![],
        themes,
        version: 1,
        ..Codebook::default()
    };
    Assigner::new(&codebook, &WordCounts, Thresholds::default())
}

#[test]
fn each_statement_goes_to_its_theme_and_the_rest_to_the_pool() {
    let answer = "Laptop home. Share data! Wet weather.";
    let mentions = assigner().assign(answer, &WordCounts);
    let themes: Vec<_> = mentions.iter().map(|m| (m.start, m.theme.as_deref())).collect();
    assert_eq!(themes, [(0, Some("home")), (13, Some("data")), (25, None)]);
    assert!(mentions[0].runner_up.as_ref().is_some_and(|(_, score)| *score < mentions[0].score_ppm));
}

#[test]
fn a_statement_about_two_themes_gives_two_mentions() {
    let mentions = assigner().assign("laptop home share data", &WordCounts);
    let mut themes: Vec<_> = mentions.iter().map(|m| m.theme.as_deref().unwrap()).collect();
    themes.sort_unstable();
    assert_eq!(themes, ["data", "home"]);
    assert_eq!((mentions[0].start, mentions[0].end), (mentions[1].start, mentions[1].end));
}

#[test]
fn a_retired_theme_gets_nothing_and_without_themes_all_is_pool() {
    let mentions = assigner().assign("laptop", &WordCounts);
    assert!(mentions.iter().all(|m| m.theme.as_deref() != Some("old")));
    let empty = Codebook {
        id: "cb".into(),
        title: "t".into(),
        surveys: vec![],
        questions: vec![],
        themes: vec![],
        version: 1,
        ..Codebook::default()
    };
    let mentions =
        Assigner::new(&empty, &WordCounts, Thresholds::default()).assign("Laptop. Data.", &WordCounts);
    assert_eq!(mentions.len(), 2);
    assert!(mentions.iter().all(|m| m.theme.is_none() && m.score_ppm == 0 && m.runner_up.is_none()));
}

#[test]
fn the_same_answer_gives_the_same_mentions() {
    let answer = "We share data at home. The cost of a laptop!";
    assert_eq!(assigner().assign(answer, &WordCounts), assigner().assign(answer, &WordCounts));
    assert!(assigner().assign("", &WordCounts).is_empty());
}

#[test]
fn an_emerging_theme_takes_what_no_other_takes_and_changes_nothing_else() {
    let cost = theme("cost", "share the cost", ThemeState::Approved);
    let pool = theme("pool", "wet weather", ThemeState::Emerging);
    // It says what the approved one says, and still gets nothing of it.
    let copy = theme("copy", "share the cost", ThemeState::Emerging);
    let alone = Codebook { themes: vec![cost.clone()], ..Codebook::default() };
    let with = Codebook { themes: vec![copy, cost, pool], ..Codebook::default() };
    let alone = Assigner::new(&alone, &WordCounts, Thresholds::default());
    let with = Assigner::new(&with, &WordCounts, Thresholds::default());
    let answer = "Share the cost. The weather is wet. A laptop at home. Thanks.";
    let (before, after) = (alone.assign(answer, &WordCounts), with.assign(answer, &WordCounts));
    let of = |mentions: &[Mention], theme: Option<&str>| -> Vec<Mention> {
        mentions.iter().filter(|m| m.theme.as_deref() == theme).cloned().collect()
    };
    assert_eq!(of(&before, Some("cost")), of(&after, Some("cost")));
    assert_eq!((of(&before, Some("cost")).len(), of(&after, Some("copy")).len()), (1, 0));
    assert_eq!((of(&after, Some("pool")).len(), of(&after, None).len()), (1, 2));
}
