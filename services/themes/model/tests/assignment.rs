//! The assigner with the embedded model on statements labelled by hand: themes of a partnership of councils.

use soundings_themes_domain::{Codebook, CodebookFile};
use soundings_themes_engine::{Assigner, Encoder, Thresholds};
use soundings_themes_model::Model;

struct Embedded(Model);

impl Encoder for Embedded {
    fn encode(&self, texts: &[&str]) -> Vec<Vec<f32>> {
        self.0.encode(texts)
    }
}

#[expect(clippy::unwrap_used, reason = "the fixture is part of the test")]
fn codebook() -> Codebook {
    let themes: serde_json::Value = serde_json::from_str(include_str!("reference_themes.json")).unwrap();
    let themes = themes.as_array().unwrap().iter();
    let themes = themes.map(|theme| soundings_themes_domain::ThemeEntry {
        id: theme["id"].as_str().unwrap().to_owned(),
        title: theme["title"].as_str().unwrap().to_owned(),
        description: theme["description"].as_str().unwrap().to_owned(),
        exemplars: theme["exemplars"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| e.as_str().unwrap().to_owned())
            .collect(),
        ..soundings_themes_domain::ThemeEntry::default()
    });
    let file = CodebookFile {
        id: "reference".into(),
        title: "Reference".into(),
        surveys: vec!["s".into()],
        questions: vec![],
        themes: themes.collect(),
    };
    Codebook::load(None, &file).unwrap().0
}

#[test]
fn labelled_statements_reach_their_theme_and_others_the_pool() {
    let encoder = Embedded(Model::embedded().unwrap());
    let assigner = Assigner::new(&codebook(), &encoder, Thresholds::default());
    let labelled: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("labelled_statements.json")).unwrap();
    let (mut on, mut reached, mut extra, mut off, mut strayed) = (0, 0, 0, 0, 0);
    for row in &labelled {
        let (text, label) = (row["text"].as_str().unwrap(), row["theme"].as_str().unwrap());
        let mentions = assigner.assign(text, &encoder);
        let themes: Vec<&str> = mentions.iter().filter_map(|m| m.theme.as_deref()).collect();
        if label.is_empty() {
            off += 1;
            strayed += usize::from(!themes.is_empty());
        } else {
            on += 1;
            reached += usize::from(themes.contains(&label));
            extra += themes.iter().filter(|t| **t != label).count();
        }
    }
    assert!(reached * 100 >= on * 75, "{reached} of {on} reach their theme");
    assert!(strayed * 100 <= off * 15, "{strayed} of {off} others stray");
    assert!(extra * 100 <= on * 20, "{extra} further themes on {on} statements");
}

fn bare(mut codebook: Codebook) -> Codebook {
    codebook.themes.iter_mut().for_each(|theme| theme.exemplars.clear());
    codebook
}

#[test]
fn themes_without_exemplars_are_reached_too_and_draw_nothing_else() {
    let encoder = Embedded(Model::embedded().unwrap());
    let assigner = Assigner::new(&bare(codebook()), &encoder, Thresholds::default());
    let labelled: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("labelled_statements.json")).unwrap();
    let (mut on, mut reached, mut strayed) = (0, 0, 0);
    for row in &labelled {
        let (text, label) = (row["text"].as_str().unwrap(), row["theme"].as_str().unwrap());
        let mentions = assigner.assign(text, &encoder);
        let mut themes = mentions.iter().filter_map(|m| m.theme.as_deref());
        on += usize::from(!label.is_empty());
        match label {
            "" => strayed += usize::from(themes.next().is_some()),
            label => reached += usize::from(themes.any(|theme| theme == label)),
        }
    }
    assert!(reached * 100 >= on * 50, "{reached} of {on} reach their theme");
    assert!(strayed <= 1, "{strayed} others stray");
}

#[test]
fn the_order_of_themes_and_exemplars_decides_nothing() {
    let encoder = Embedded(Model::embedded().unwrap());
    let mut turned = codebook();
    turned.themes.reverse();
    turned.themes.iter_mut().for_each(|theme| theme.exemplars.reverse());
    let assigner = |codebook: &Codebook| Assigner::new(codebook, &encoder, Thresholds::default());
    let (as_is, turned) = (assigner(&codebook()), assigner(&turned));
    let labelled: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("labelled_statements.json")).unwrap();
    for row in &labelled {
        let themes = |assigner: &Assigner| -> Vec<Option<String>> {
            let mentions = assigner.assign(row["text"].as_str().unwrap(), &encoder);
            mentions.into_iter().map(|mention| mention.theme).collect()
        };
        assert_eq!(themes(&as_is), themes(&turned), "{}", row["text"]);
    }
}

#[test]
fn nonsense_is_of_no_theme_even_by_names_alone() {
    let encoder = Embedded(Model::embedded().unwrap());
    for codebook in [codebook(), bare(codebook())] {
        let assigner = Assigner::new(&codebook, &encoder, Thresholds::default());
        for text in ["asdf qwer zxcv", "12345 ???", "…", "lorem ipsum dolor sit amet", "xxx xxx xxx", "n/a"]
        {
            let mentions = assigner.assign(text, &encoder);
            assert!(mentions.iter().all(|mention| mention.theme.is_none()), "{text}: {mentions:?}");
        }
    }
}

/// As the next line of a list, or as the next sentence.
const JOINS: [&str; 2] = ["\n- ", " "];

#[test]
fn what_is_clearly_of_a_theme_is_so_beside_anything() {
    let encoder = Embedded(Model::embedded().unwrap());
    let assigner = Assigner::new(&codebook(), &encoder, Thresholds::default());
    let labelled: Vec<serde_json::Value> =
        serde_json::from_str(include_str!("labelled_statements.json")).unwrap();
    let texts = || labelled.iter().map(|row| row["text"].as_str().unwrap());
    let theme_of = |text: &str| {
        let mention = assigner.assign(text, &encoder).into_iter().find(|m| m.score_ppm >= 300_000)?;
        mention.theme
    };
    let clear: Vec<(&str, String)> = texts().filter_map(|text| Some((text, theme_of(text)?))).collect();
    assert!(clear.len() >= 10, "{}", clear.len());
    for (text, theme) in &clear {
        for (other, join) in texts().flat_map(|other| JOINS.map(|join| (other, join))) {
            let answer = format!("{other}{join}{text}");
            let mentions = assigner.assign(&answer, &encoder);
            assert!(mentions.iter().any(|m| m.theme.as_ref() == Some(theme)), "{answer}: {mentions:?}");
        }
    }
}
