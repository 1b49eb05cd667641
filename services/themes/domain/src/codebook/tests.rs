use pretty_assertions::assert_eq;

use super::*;

fn entry(id: &str, title: &str) -> ThemeEntry {
    ThemeEntry {
        id: id.into(),
        title: title.into(),
        description: String::new(),
        exemplars: vec!["An exemplar.".into()],
        state: Some(ThemeState::Approved),
    }
}

fn file(themes: Vec<ThemeEntry>) -> CodebookFile {
    CodebookFile {
        id: "cb".into(),
        title: "A codebook".into(),
        surveys: vec!["surveys/s1".into(), "s1".into()],
        questions: vec![],
        themes,
    }
}

#[test]
fn loading_the_same_file_twice_changes_nothing() {
    let (first, change) = Codebook::load(None, &file(vec![entry("b", "B"), entry("a", "A")])).unwrap();
    assert_eq!(change, CodebookChange { themes: vec!["a".into(), "b".into()], reassign: true });
    assert_eq!(first.surveys, ["s1"]);
    let (again, change) =
        Codebook::load(Some(&first), &file(vec![entry("b", "B"), entry("a", "A")])).unwrap();
    assert_eq!(again, first);
    assert_eq!(change, CodebookChange::default());
}

#[test]
fn loading_again_replaces_words_and_keeps_states_and_other_themes() {
    let (first, _) = Codebook::load(None, &file(vec![entry("a", "A"), entry("b", "B")])).unwrap();
    let (retired, change) = first.retire("a", "").unwrap();
    assert!(change.reassign);
    let (second, change) = Codebook::load(Some(&retired), &file(vec![entry("a", "A, re-worded")])).unwrap();
    assert_eq!(change, CodebookChange { themes: vec!["a".into()], reassign: true });
    assert_eq!(second.theme("a").unwrap().state, ThemeState::Retired);
    assert_eq!(second.theme("a").unwrap().title, "A, re-worded");
    assert_eq!(second.theme("b"), first.theme("b"));
    assert_eq!(second.version, 3);
}

#[test]
fn decisions_check_the_etag_and_a_retired_theme_stays_retired() {
    let mut proposed = entry("a", "A");
    proposed.state = Some(ThemeState::Proposed);
    let (book, _) = Codebook::load(None, &file(vec![proposed])).unwrap();
    let etag = book.theme("a").unwrap().etag();
    assert_eq!(book.theme("a").unwrap().state, ThemeState::Proposed);
    let (approved, change) = book.approve("a", &etag).unwrap();
    assert!(!change.reassign);
    assert_eq!(approved.theme("a").unwrap().state, ThemeState::Approved);
    let current = approved.theme("a").unwrap().etag();
    assert_eq!(approved.retire("a", &etag), Err(Rejection::StaleEtag { current }));
    let (retired, _) = approved.retire("a", "").unwrap();
    assert_eq!(retired.approve("a", ""), Err(Rejection::Retired));
    assert_eq!(retired.retire("nothing", ""), Err(Rejection::NoSuchTheme));
    assert_eq!(retired.retire("a", "").unwrap().1, CodebookChange::default());
}

#[test]
fn every_wrong_field_is_named() {
    let mut bad = file(vec![entry("a", ""), entry("a", "A"), entry("not an id", "B")]);
    bad.surveys = vec![];
    bad.id = "-x".into();
    let Err(Rejection::Invalid(violations)) = Codebook::load(None, &bad) else { panic!("was taken") };
    let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["id", "surveys", "themes[0].title", "themes[1].id", "themes[2].id"]);

    // PostgreSQL keeps no text with a NUL character.
    let mut bad = file(vec![entry("a", "A\0")]);
    bad.title = "A \0 codebook".into();
    bad.themes[0].exemplars.push("An\0other.".into());
    let Err(Rejection::Invalid(violations)) = Codebook::load(None, &bad) else { panic!("was taken") };
    let fields: Vec<_> = violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["title", "themes[0].title", "themes[0].exemplars[1]"]);
}
