use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::codebook::Place;
use crate::theme::{NeedStatus, ThemeKind};

fn entry(id: &str, title: &str) -> ThemeEntry {
    ThemeEntry {
        id: id.into(),
        title: title.into(),
        exemplars: vec!["An exemplar.".into()],
        ..ThemeEntry::default()
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

fn on(theme: &str, etag: &str, change: ThemeDecision) -> Decision {
    Decision::OnTheme { theme: theme.into(), etag: etag.into(), change }
}

fn decide(book: &Codebook, decision: Decision) -> Codebook {
    Codebook::decide(Some(book), &decision).unwrap().map_or_else(|| book.clone(), |(book, _)| book)
}

fn refusal(book: &Codebook, decision: Decision) -> Rejection {
    Codebook::decide(Some(book), &decision).unwrap_err()
}

fn fields(rejection: Rejection) -> Vec<String> {
    let Rejection::Invalid(violations) = rejection else { panic!("{rejection:?}") };
    violations.into_iter().map(|v| v.field).collect()
}

#[test]
fn loading_the_same_file_twice_changes_nothing() {
    let (first, event) = Codebook::load(None, &file(vec![entry("b", "B"), entry("a", "A")])).unwrap();
    let event = event.unwrap();
    assert_eq!(event.themes.iter().map(|change| change.id()).collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((first.surveys.as_slice(), first.version), (&["s1".to_owned()][..], 1));
    let (again, event) = Codebook::load(Some(&first), &file(vec![entry("b", "B"), entry("a", "A")])).unwrap();
    assert_eq!((again, event), (first, None));
}

#[test]
fn loading_again_replaces_words_and_keeps_states_and_other_themes() {
    let (first, _) = Codebook::load(None, &file(vec![entry("a", "A"), entry("b", "B")])).unwrap();
    let retired = decide(&first, on("a", "", ThemeDecision::Retire));
    assert_ne!(retired.reading(), first.reading());
    let (second, _) = Codebook::load(Some(&retired), &file(vec![entry("a", "A, re-worded")])).unwrap();
    assert_eq!(second.theme("a").unwrap().state, ThemeState::Retired);
    assert_eq!(second.theme("a").unwrap().title, "A, re-worded");
    assert_eq!(second.theme("b"), first.theme("b"));
    assert_eq!(second.version, 3);
}

#[test]
fn decisions_check_the_etag_and_a_retired_theme_stays_retired() {
    let proposed = ThemeEntry { state: Some(ThemeState::Proposed), ..entry("a", "A") };
    let (book, _) = Codebook::load(None, &file(vec![proposed])).unwrap();
    let etag = book.theme("a").unwrap().etag();
    let approved = decide(&book, on("a", &etag, ThemeDecision::Approve));
    assert_eq!(approved.reading(), book.reading(), "signing off moves no statement");
    assert_eq!(approved.theme("a").unwrap().state, ThemeState::Approved);
    let current = approved.theme("a").unwrap().etag();
    let stale = refusal(&approved, on("a", &etag, ThemeDecision::Retire));
    assert_eq!(stale, Rejection::StaleEtag { theme: "a".into(), current });
    let retired = decide(&approved, on("a", "", ThemeDecision::Retire));
    assert_eq!(refusal(&retired, on("a", "", ThemeDecision::Approve)), Rejection::Retired("a".into()));
    let nothing = Rejection::NoSuchTheme("nothing".into());
    assert_eq!(refusal(&retired, on("nothing", "", ThemeDecision::Retire)), nothing);
    assert_eq!(decide(&retired, on("a", "", ThemeDecision::Retire)), retired);
    let stale = refusal(&retired, Decision::Confirm { etag: book.etag(), learned: 0 });
    assert_eq!(stale, Rejection::StaleEtag { theme: String::new(), current: retired.etag() });
}

#[test]
fn every_wrong_field_is_named() {
    let mut bad = file(vec![entry("a", ""), entry("a", "A"), entry("not an id", "B")]);
    bad.surveys = vec![];
    bad.id = "-x".into();
    let refused = fields(Codebook::load(None, &bad).unwrap_err());
    assert_eq!(refused, ["id", "surveys", "themes[0].title", "themes[1].id", "themes[2].id"]);

    // PostgreSQL keeps no text with a NUL character.
    let mut bad = file(vec![entry("a", "A\0")]);
    bad.title = "A \0 codebook".into();
    bad.themes[0].exemplars.push("An\0other.".into());
    let refused = fields(Codebook::load(None, &bad).unwrap_err());
    assert_eq!(refused, ["title", "themes[0].title", "themes[0].exemplars[1]"]);

    let astray = ThemeEntry { parent: Some("nowhere".into()), ..entry("a", "A") };
    assert_eq!(fields(Codebook::load(None, &file(vec![astray])).unwrap_err()), ["themes[0].parent"]);
    let retired = |id: &str, into: &str| ThemeEntry {
        state: Some(ThemeState::Retired),
        merged_into: Some(into.into()),
        ..entry(id, id)
    };
    let circle = file(vec![retired("a", "b"), retired("b", "a")]);
    assert_eq!(fields(Codebook::load(None, &circle).unwrap_err()), ["themes[0].merged_into"]);
}

#[test]
fn words_wait_for_confirmation_from_the_first_sign_off_on() {
    let proposed = ThemeEntry { state: Some(ThemeState::Proposed), ..entry("a", "A") };
    let (book, _) = Codebook::load(None, &file(vec![proposed])).unwrap();
    let early = decide(&book, on("a", "", ThemeDecision::Rename("Before sign-off".into())));
    assert!(!early.is_pending());
    assert_eq!(early.as_confirmed().theme("a").unwrap().title, "Before sign-off");

    let signed = decide(&early, on("a", "", ThemeDecision::Approve));
    let late = decide(&signed, on("a", "", ThemeDecision::Rename("After".into())));
    let made = decide(&late, Decision::CreateTheme(entry("b", "B")));
    assert_eq!(made.theme("b").unwrap().state, ThemeState::Proposed);
    assert!(made.is_pending());
    assert_eq!(made.reading(), signed.reading(), "nothing moves yet");
    assert_eq!(made.as_confirmed().themes.len(), 1);
    assert_eq!(made.as_wanted().themes.len(), 2);
    let confirmed = decide(&made, Decision::Confirm { etag: made.etag(), learned: 0 });
    assert!(!confirmed.is_pending());
    assert_eq!(confirmed.as_confirmed().theme("a").unwrap().title, "After");
    assert_eq!(decide(&confirmed, Decision::Confirm { etag: String::new(), learned: 0 }), confirmed);
}

#[test]
fn merged_themes_remember_where_they_went_and_go_on_drawing_for_it() {
    let (book, _) =
        Codebook::load(None, &file(vec![entry("a", "A"), entry("b", "B"), entry("c", "C")])).unwrap();
    let child = decide(&book, on("c", "", ThemeDecision::SetParent(Some("b".into()))));
    let merge = |themes: &[&str], into: &str| Decision::Merge {
        themes: themes.iter().map(|t| (*t).into()).collect(),
        into: into.into(),
        etag: String::new(),
    };
    let merged = decide(&child, merge(&["b"], "a"));
    assert_eq!(merged.place("b"), Place::Stands("a"));
    assert_eq!(merged.theme("c").unwrap().parent.as_deref(), Some("a"));
    assert!(!merged.is_pending());
    assert_eq!(merged.as_confirmed().themes.len(), 3);
    assert!(merged.as_confirmed().theme("b").unwrap().stands());
    let all = decide(&merged, merge(&["a"], "c"));
    assert_eq!(all.place("b"), Place::Stands("c"));
    assert_eq!(all.theme("c").unwrap().parent, None);
    let gone = decide(&all, on("c", "", ThemeDecision::Retire));
    assert_eq!(gone.place("b"), Place::Retired);
    assert_eq!(fields(refusal(&book, merge(&["a"], "a"))), ["themes[0]"]);
    assert_eq!(fields(refusal(&book, merge(&["b", "b"], "a"))), ["themes[1]"]);
    assert_eq!(refusal(&merged, merge(&["b"], "c")), Rejection::Retired("b".into()));
}

#[test]
fn there_are_two_levels_at_most() {
    let other = ThemeEntry { kind: Some(ThemeKind::Other), ..entry("other", "Other") };
    let (book, _) =
        Codebook::load(None, &file(vec![entry("a", "A"), entry("b", "B"), entry("c", "C"), other])).unwrap();
    let under = |theme: &str, parent: &str| on(theme, "", ThemeDecision::SetParent(Some(parent.into())));
    let book = decide(&book, under("b", "a"));
    for (theme, parent) in
        [("c", "b"), ("a", "c"), ("c", "c"), ("c", "nowhere"), ("c", "other"), ("other", "c")]
    {
        assert_eq!(fields(refusal(&book, under(theme, parent))), ["parent"], "{theme} under {parent}");
    }
    let retired = decide(&book, on("a", "", ThemeDecision::Retire));
    assert_eq!(retired.theme("b").unwrap().parent, None);
}

#[test]
fn a_file_written_from_a_codebook_makes_the_same_one() {
    let other = ThemeEntry { kind: Some(ThemeKind::Other), ..entry("other", "Other") };
    let (book, _) = Codebook::load(None, &file(vec![entry("a", "A"), entry("b", "B"), other])).unwrap();
    let need = Need { status: NeedStatus::PartlyMet, evidence: "A programme.".into() };
    let book = decide(&book, on("a", "", ThemeDecision::SetNeed(need)));
    let scope = Scope { within: false, reason: "Not ours.".into() };
    let book = decide(&book, on("a", "", ThemeDecision::SetScope(scope)));
    let merge = Decision::Merge { themes: vec!["b".into()], into: "a".into(), etag: String::new() };
    let book = decide(&book, merge);
    let (again, _) = Codebook::load(None, &CodebookFile::of(&book)).unwrap();
    assert_eq!(content(&again), content(&book));
    assert_eq!(Codebook::load(Some(&book), &CodebookFile::of(&book)).unwrap().1, None);
}

#[test]
fn what_made_the_codebook_stays_and_only_the_last_can_be_undone() {
    let (book, first) = Codebook::load(None, &file(vec![entry("a", "A")])).unwrap();
    let undo = |events: Vec<CodebookEvent>| Decision::Undo { events, etag: String::new() };
    assert_eq!(refusal(&book, undo(vec![first.unwrap()])), Rejection::NothingToUndo(0));
    assert_eq!(refusal(&book, undo(vec![])), Rejection::NothingToUndo(0));
    let rename = |title: &str| on("a", "", ThemeDecision::Rename(title.into()));
    let (b, to_b) = Codebook::decide(Some(&book), &rename("B")).unwrap().unwrap();
    let c = decide(&b, rename("C"));
    assert_eq!(refusal(&c, undo(vec![to_b])), Rejection::NotTheLast);
}

/// All that people see of a codebook: without numbers, which only ever grow.
fn content(book: &Codebook) -> Codebook {
    let mut content = Codebook { version: 0, removed: Default::default(), ..book.clone() };
    content.themes.iter_mut().for_each(|theme| theme.revision = 0);
    content
}

fn id() -> impl Strategy<Value = String> {
    (0_u8..6).prop_map(|n| format!("t{n}"))
}

fn words() -> impl Strategy<Value = String> {
    (0_u8..4).prop_map(|n| format!("Words {n}"))
}

fn change() -> impl Strategy<Value = ThemeDecision> {
    prop_oneof![
        words().prop_map(ThemeDecision::Rename),
        words().prop_map(ThemeDecision::Describe),
        prop::collection::vec(words(), 0..3).prop_map(ThemeDecision::SetExemplars),
        prop::option::of(id()).prop_map(ThemeDecision::SetParent),
        (any::<bool>(), words())
            .prop_map(|(within, reason)| ThemeDecision::SetScope(Scope { within, reason })),
        words().prop_map(|evidence| { ThemeDecision::SetNeed(Need { status: NeedStatus::Met, evidence }) }),
        Just(ThemeDecision::Propose),
        Just(ThemeDecision::Approve),
        Just(ThemeDecision::Retire),
    ]
}

fn new_entry() -> impl Strategy<Value = ThemeEntry> {
    let kind = prop_oneof![4 => Just(None), 1 => Just(Some(ThemeKind::Other))];
    (id(), words(), kind, prop::option::of(id())).prop_map(|(id, title, kind, parent)| ThemeEntry {
        kind,
        parent,
        ..entry(&id, &title)
    })
}

/// A decision, or (None) the undoing of that many.
fn command() -> impl Strategy<Value = Result<Decision, usize>> {
    let etag = String::new;
    prop_oneof![
        5 => (id(), change()).prop_map(move |(theme, change)| Ok(on(&theme, "", change))),
        3 => new_entry().prop_map(|entry| Ok(Decision::CreateTheme(entry))),
        2 => (prop::collection::vec(id(), 1..3), id())
            .prop_map(move |(themes, into)| Ok(Decision::Merge { themes, into, etag: etag() })),
        1 => (id(), new_entry()).prop_map(move |(from, into)| {
            let statements = vec![StatementKey {
                response: "r".into(),
                question: "q".into(),
                digest: crate::statement_digest("s"),
            }];
            Ok(Decision::Split { from, etag: etag(), into, statements })
        }),
        1 => prop::collection::vec(words(), 1..2).prop_map(move |_| Ok(Decision::SetFeeds {
            surveys: vec!["s2".into()],
            questions: vec!["q".into()],
            etag: etag(),
        })),
        1 => words().prop_map(|title| Ok(Decision::Load(file(vec![entry("t1", &title), entry("t2", "Two")])))),
        2 => Just(Ok(Decision::Confirm { etag: String::new(), learned: 0 })),
        2 => (1_usize..4).prop_map(Err),
    ]
}

/// The last decisions that stand, as the undoing of them.
fn undoing(log: &[CodebookEvent], count: usize) -> Decision {
    let events = standing(log.iter().rev(), count).into_iter().cloned().collect();
    Decision::Undo { events, etag: String::new() }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn replaying_the_events_gives_the_codebook_and_undoing_gives_the_one_before(
        commands in prop::collection::vec(command(), 1..40)
    ) {
        let (mut book, first) = Codebook::load(None, &file(vec![entry("t0", "Zero")])).unwrap();
        let mut log = vec![first.unwrap()];
        let mut revisions: std::collections::BTreeMap<String, i64> = Default::default();
        for command in commands {
            let decision = match &command {
                Ok(decision) => decision.clone(),
                Err(count) => undoing(&log, *count),
            };
            let Ok(Some((after, event))) = Codebook::decide(Some(&book), &decision) else { continue };
            prop_assert_eq!(event.version, book.version + 1);
            prop_assert_eq!(event.apply(Some(book.clone())), Ok(after.clone()));
            for change in &event.themes {
                // What is told of a theme is numbered without a gap, whatever was undone between.
                let told = change.after.as_ref().map_or_else(|| after.removed[change.id()], |t| t.revision);
                let last = revisions.entry(change.id().to_owned()).or_insert(
                    change.before.as_ref().map_or(0, |t| t.revision),
                );
                prop_assert_eq!(told, *last + 1);
                *last = told;
            }
            log.push(event);
            if command.is_ok() {
                let (undone, _) = Codebook::decide(Some(&after), &undoing(&log, 1)).unwrap().unwrap();
                prop_assert_eq!(content(&undone), content(&book));
            }
            for theme in after.themes.iter().filter(|theme| theme.stands()) {
                let parent = theme.parent.as_deref().map(|id| after.theme(id).unwrap());
                prop_assert!(parent.is_none_or(|p| p.stands() && p.parent.is_none() && !p.kind.is_generic()));
            }
            prop_assert!(book.is_signed_off() || !after.is_pending() || command.is_err());
            book = after;
        }
        prop_assert_eq!(Codebook::replay(&log), Ok(Some(book)));
    }

    #[test]
    fn undoing_everything_in_any_steps_leads_back_to_the_first_codebook(
        commands in prop::collection::vec(command(), 1..25), step in 1_usize..5
    ) {
        let (first, event) = Codebook::load(None, &file(vec![entry("t0", "Zero")])).unwrap();
        let (mut book, mut log) = (first.clone(), vec![event.unwrap()]);
        for decision in commands.into_iter().flatten() {
            if let Ok(Some((after, event))) = Codebook::decide(Some(&book), &decision) {
                log.push(event);
                book = after;
            }
        }
        loop {
            let left = standing(log.iter().rev(), usize::MAX).len() - 1;
            if left == 0 {
                break;
            }
            let (after, event) =
                Codebook::decide(Some(&book), &undoing(&log, step.min(left))).unwrap().unwrap();
            log.push(event);
            book = after;
        }
        prop_assert_eq!(content(&book), content(&first));
        prop_assert_eq!(Codebook::replay(&log), Ok(Some(book)));
    }
}

#[test]
fn an_emerging_theme_draws_at_once_from_the_pool_and_fully_once_it_is_confirmed() {
    let (book, _) = Codebook::load(None, &file(vec![entry("a", "A")])).unwrap();
    assert!(book.is_signed_off());
    let anchors = vec![StatementKey { response: "r".into(), question: "q".into(), digest: "d".into() }];
    let emerge = Decision::Emerge { theme: entry("e", "E"), anchors: anchors.clone() };
    let (with, event) = Codebook::decide(Some(&book), &emerge).unwrap().unwrap();
    assert_eq!((event.action, &event.anchors), (Action::Emerge, &anchors));
    assert!(!with.is_pending(), "it waits for nobody");
    let drawing = |book: &Codebook| book.as_confirmed().theme("e").map(|theme| theme.state);
    assert_eq!(drawing(&with), Some(ThemeState::Emerging));
    assert_eq!(with.theme("a"), book.theme("a"), "nothing else changed");
    let renamed = decide(&with, on("e", "", ThemeDecision::Rename("F".into())));
    assert!(!renamed.is_pending());
    let approved = decide(&renamed, on("e", "", ThemeDecision::Approve));
    assert!(approved.is_theme_pending(approved.theme("e").unwrap()));
    assert_eq!(drawing(&approved), Some(ThemeState::Emerging), "until it is confirmed");
    let confirmed = decide(&approved, Decision::Confirm { etag: String::new(), learned: 0 });
    assert_eq!((drawing(&confirmed), confirmed.is_pending()), (Some(ThemeState::Approved), false));
    let retired = decide(&with, on("e", "", ThemeDecision::Retire));
    assert_eq!((drawing(&retired), retired.is_pending()), (None, false));
    assert_eq!(refusal(&with, emerge), Rejection::ThemeThere("e".into()));
    let undone = Codebook::decide(Some(&with), &Decision::Undo { events: vec![event], etag: String::new() });
    assert_eq!(undone.unwrap().unwrap().0.themes, book.themes);
}
