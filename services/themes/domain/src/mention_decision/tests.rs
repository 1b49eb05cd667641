use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::codebook_file::{CodebookFile, ThemeEntry};
use crate::decision::{Decision, ThemeDecision};

fn book() -> Codebook {
    let entry = |id: &str| ThemeEntry { id: id.into(), title: id.to_uppercase(), ..ThemeEntry::default() };
    let file = CodebookFile {
        id: "cb".into(),
        title: "A codebook".into(),
        surveys: vec!["s".into()],
        questions: vec![],
        themes: ["a", "b", "c", "d"].into_iter().map(entry).collect(),
    };
    Codebook::load(None, &file).unwrap().0
}

fn after(book: &Codebook, decision: Decision) -> Codebook {
    Codebook::decide(Some(book), &decision).unwrap().unwrap().0
}

fn merged(themes: &str, into: &str) -> Decision {
    Decision::Merge { themes: vec![themes.into()], into: into.into(), etag: String::new() }
}

fn by_ana(act: MentionAct) -> MentionDecision {
    MentionDecision { act, actor: "ana".into(), time: 1 }
}

fn moved(from: &str, to: &str) -> MentionAct {
    MentionAct::Move { from: from.into(), to: to.into() }
}

fn themes(placed: &Placed) -> Vec<&str> {
    placed.themes.iter().map(|(theme, _, _)| theme.as_str()).collect()
}

fn model(themes: &[(&str, i32)]) -> Vec<(String, i32)> {
    themes.iter().map(|(theme, score)| ((*theme).to_owned(), *score)).collect()
}

#[test]
fn what_a_person_decided_holds_whatever_the_model_says_next() {
    let book = book();
    let decisions = [by_ana(moved("a", "b"))];
    let placed = place(&model(&[("a", 500), ("c", 400)]), &decisions, &book);
    assert_eq!(
        placed.themes,
        [("b".to_owned(), CERTAIN, Some(0)), ("c".to_owned(), 400, None)],
        "the model's other theme stays"
    );
    assert_eq!(placed.decided, Some(0));
    // The model changes its mind: to the same theme, to nothing, to the rejected one again.
    for next in [model(&[("b", 600)]), model(&[]), model(&[("a", 900), ("b", 100)])] {
        assert_eq!(themes(&place(&next, &decisions, &book)), ["b"]);
    }
    assert_eq!(place(&model(&[("b", 600)]), &decisions, &book).themes[0].1, 600);
}

#[test]
fn later_decisions_build_on_earlier_ones() {
    let book = book();
    let mut decisions = vec![by_ana(moved("a", "b"))];
    decisions.push(by_ana(MentionAct::Reject { theme: "b".into() }));
    assert!(place(&model(&[("a", 1)]), &decisions, &book).themes.is_empty(), "a does not come back");
    decisions.push(by_ana(MentionAct::Add { theme: "c".into() }));
    decisions.push(by_ana(MentionAct::Add { theme: "d".into() }));
    assert_eq!(themes(&place(&model(&[("a", 1)]), &decisions, &book)), ["c", "d"]);
    decisions.push(by_ana(MentionAct::Review { themes: BTreeSet::from(["a".into()]) }));
    assert_eq!(themes(&place(&model(&[]), &decisions, &book)), ["a"]);
    decisions.push(by_ana(MentionAct::RejectAll));
    assert_eq!(place(&model(&[("d", 9)]), &decisions, &book).decided, Some(5));
    assert!(place(&model(&[("d", 9)]), &decisions, &book).themes.is_empty());
}

#[test]
fn decisions_follow_merges_and_fall_away_with_a_theme_that_was_undone() {
    let book = book();
    let into = after(&book, merged("b", "c"));
    let decisions = [by_ana(moved("a", "b"))];
    assert_eq!(themes(&place(&model(&[("a", 5)]), &decisions, &into)), ["c"]);
    assert_eq!(themes(&place(&model(&[("b", 5), ("c", 7)]), &[], &into)), ["c"], "once");
    assert_eq!(place(&model(&[("b", 9), ("c", 7)]), &[], &into).themes[0].1, 9);

    let retire = |theme: &str| Decision::OnTheme {
        theme: theme.into(),
        etag: String::new(),
        change: ThemeDecision::Retire,
    };
    let retired = after(&book, retire("b"));
    let placed = place(&model(&[("a", 5)]), &decisions, &retired);
    assert!(placed.themes.is_empty(), "it left a all the same");
    let gone = [by_ana(moved("a", "undone"))];
    let placed = place(&model(&[("a", 5)]), &gone, &book);
    assert_eq!((themes(&placed), placed.decided), (vec!["a"], None), "as if it had never been");
}

#[test]
fn a_decision_on_what_is_not_there_is_refused() {
    let book = book();
    let placed = place(&model(&[("a", 5)]), &[], &book);
    let no_theme = |id: &str| Err(MentionRejection::NoSuchTheme(id.into()));
    assert_eq!(check(&moved("a", "b"), &placed, &book), Ok(()));
    assert_eq!(check(&moved("a", "x"), &placed, &book), no_theme("x"));
    assert_eq!(check(&moved("b", "a"), &placed, &book), Err(MentionRejection::NotThere("b".into())));
    assert_eq!(check(&MentionAct::Add { theme: "x".into() }, &placed, &book), no_theme("x"));
    assert_eq!(
        check(&MentionAct::Add { theme: "b".into() }, &placed, &after(&book, merged("b", "c"))),
        no_theme("b")
    );
    assert_eq!(check(&MentionAct::RejectAll, &placed, &book), Ok(()));
}

fn act() -> impl Strategy<Value = MentionAct> {
    let theme = || prop::sample::select(vec!["a", "b", "c", "d"]).prop_map(str::to_owned);
    prop_oneof![
        (theme(), theme()).prop_map(|(from, to)| MentionAct::Move { from, to }),
        theme().prop_map(|theme| MentionAct::Reject { theme }),
        theme().prop_map(|theme| MentionAct::Add { theme }),
        theme().prop_map(|theme| MentionAct::Accept { theme }),
        prop::collection::btree_set(theme(), 0..3).prop_map(|themes| MentionAct::Review { themes }),
        Just(MentionAct::RejectAll),
        Just(MentionAct::Undo),
    ]
}

proptest! {
    #[test]
    fn of_a_theme_that_a_person_decided_last_the_model_changes_nothing(
        acts in prop::collection::vec(act(), 1..8),
        one in prop::collection::vec(0_usize..4, 0..3),
        other in prop::collection::vec(0_usize..4, 0..3),
    ) {
        let (book, names) = (book(), ["a", "b", "c", "d"]);
        let decisions: Vec<_> = acts.iter().cloned().map(by_ana).collect();
        let of = |themes: &[usize]| themes.iter().map(|t| (names[*t].to_owned(), 5)).collect::<Vec<_>>();
        let (first, second) = (place(&of(&one), &decisions, &book), place(&of(&other), &decisions, &book));
        let stands: Vec<_> = standing(&decisions, &book).into_iter().map(|at| &decisions[at].act).collect();
        for theme in names {
            let decided = stands.iter().any(|act| match act {
                MentionAct::Move { from, to } => from == theme || to == theme,
                MentionAct::Reject { theme: t } | MentionAct::Add { theme: t } | MentionAct::Accept { theme: t } => {
                    t == theme
                }
                MentionAct::RejectAll | MentionAct::Review { .. } => true,
                MentionAct::Undo => false,
            });
            if decided {
                prop_assert_eq!(themes(&first).contains(&theme), themes(&second).contains(&theme));
            }
        }
    }
}

#[test]
fn taking_back_brings_what_stood_before_and_passes_over_what_is_gone() {
    let book = book();
    let acts =
        [moved("a", "b"), moved("b", "gone"), MentionAct::RejectAll, MentionAct::Undo, MentionAct::Undo];
    let decisions: Vec<MentionDecision> = acts.into_iter().map(by_ana).collect();
    let model = model(&[("a", 500)]);
    let after = |count: usize| place(&model, &decisions[..count], &book);
    assert_eq!(themes(&after(2)), ["b"]);
    assert_eq!((themes(&after(3)), after(3).decided), (vec![], Some(2)));
    assert_eq!((themes(&after(4)), after(4).decided), (vec!["b"], Some(0)));
    assert_eq!((themes(&after(5)), after(5).decided), (vec!["a"], None));
    assert_eq!(check(&MentionAct::Undo, &after(4), &book), Ok(()));
    assert_eq!(check(&MentionAct::Undo, &after(5), &book), Err(MentionRejection::NothingToUndo));
}

proptest! {
    #[test]
    fn a_decision_that_is_taken_back_at_once_changes_nothing(picks in prop::collection::vec(0_usize..6, 0..8), at in 0_usize..8) {
        let book = book();
        let act = |pick: usize| match pick {
            0 => moved("a", "b"),
            1 => MentionAct::Reject { theme: "b".into() },
            2 => MentionAct::RejectAll,
            3 => MentionAct::Add { theme: "c".into() },
            4 => MentionAct::Review { themes: ["d".to_owned()].into() },
            _ => MentionAct::Undo,
        };
        let plain: Vec<MentionDecision> = picks.iter().map(|pick| by_ana(act(*pick))).collect();
        let mut with = plain.clone();
        let at = at.min(with.len());
        with.insert(at, by_ana(MentionAct::Undo));
        with.insert(at, by_ana(moved("a", "d")));
        let model = model(&[("a", 500), ("c", 100)]);
        let (placed, again) = (place(&model, &plain, &book), place(&model, &with, &book));
        prop_assert_eq!(themes(&placed), themes(&again));
    }
}
