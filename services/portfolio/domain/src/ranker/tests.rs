use proptest::prelude::*;

use super::*;
use crate::{
    Item, Need, Rated, Reading, Support, ThemeState,
    direct::FULL,
    evidence::Piece,
    rank,
    rank::tests::{ELSEWHERE, T1, T2, inputs, item, signal},
};

/// A theme that nobody knows of at first.
const UNSEEN: &str = "codebooks/d/themes/none";

/// Something that happens to the inputs.
#[derive(Debug, Clone)]
enum Act {
    Signal(&'static str, u8, i64, [i64; 3]),
    Support(&'static str, u8, Vec<(&'static str, Rated)>),
    Theme(&'static str, ThemeState, Need, bool),
    Merge(&'static str, &'static str),
    Evidence(&'static str, Vec<i64>),
    Item(u8, i64, [i64; 4], [Reading; 2]),
    Gone(u8),
    Swing(i64),
    Organisation(u8),
}

fn act() -> impl Strategy<Value = Act> {
    use ThemeState::{Approved, Emerging, Proposed, Retired};
    let theme = || prop::sample::select(vec![T1, T2, ELSEWHERE, UNSEEN]);
    let need = prop::sample::select(vec![Need::Unmet, Need::Unmet, Need::PartlyMet, Need::Met]);
    let reading = || prop::sample::select(&Reading::ALL[..]);
    let state = prop::sample::select(vec![Emerging, Proposed, Approved, Retired]);
    let codebook = prop::sample::select(vec!["c", "d"]);
    prop_oneof![
        6 => (codebook, 0_u8..6, 0_i64..9, [0_i64..9, 0_i64..9, 0_i64..9])
            .prop_map(|(c, o, n, said)| Act::Signal(c, o, n, said)),
        4 => (prop::sample::select(vec!["s", "t"]), 0_u8..6, prop::collection::vec(rated(), 0..3))
            .prop_map(|(survey, organisation, rated)| Act::Support(survey, organisation, rated)),
        2 => (theme(), state, need, prop::bool::weighted(0.1))
            .prop_map(|(theme, state, need, out)| Act::Theme(theme, state, need, out)),
        2 => (theme(), theme()).prop_map(|(theme, into)| Act::Merge(theme, into)),
        1 => (theme(), prop::collection::vec(1_i64..=5, 0..3))
            .prop_map(|(theme, pieces)| Act::Evidence(theme, pieces)),
        2 => (0_u8..9, 0_i64..=100, [0_i64..=300, 0_i64..=300, 0_i64..=300, 0_i64..=100], [reading(), reading()])
            .prop_map(|(id, fit, links, readings)| Act::Item(id, fit, links, readings)),
        1 => (0_u8..9).prop_map(Act::Gone),
        1 => (1_i64..=100_000).prop_map(Act::Swing),
        1 => (0_u8..9).prop_map(Act::Organisation),
    ]
}

/// Answers on a theme or an item.
fn rated() -> impl Strategy<Value = (&'static str, Rated)> {
    let target =
        prop::sample::select(vec![T1, T2, ELSEWHERE, UNSEEN, "workItems/B", "workItems/I1", "workItems/I2"]);
    (target, 0_i64..4, 0_i64..=FULL)
        .prop_map(|(target, answers, support)| (target, Rated { answers, support_ppm: answers * support }))
}

/// Does it, and tells each ranker what it touched.
fn perform(act: &Act, inputs: &mut Inputs, touch: &mut impl FnMut(&Inputs, Touched<'_>)) {
    match act {
        Act::Signal(codebook, organisation, n, [a, b, against]) => {
            let [one, two] = if *codebook == "c" { [T1, T2] } else { [ELSEWHERE, UNSEEN] };
            let signals = inputs.signals.entry((*codebook).into()).or_default();
            let mut signal = signal(*n, &[(one, *a.min(n)), (two, *b.min(n))]);
            signal.against.insert(one.into(), *against.min(a.min(n)));
            signals.insert(format!("O{organisation}"), signal);
            touch(inputs, Touched::Signals(codebook));
        }
        Act::Support(survey, organisation, rated) => {
            let targets: BTreeMap<String, Rated> =
                rated.iter().map(|(target, rated)| ((*target).to_owned(), *rated)).collect();
            let respondents = targets.values().map(|rated| rated.answers).max().unwrap_or(0);
            let supports = inputs.supports.entry((*survey).into()).or_default();
            supports.insert(format!("O{organisation}"), Support { sequence: 1, respondents, targets });
            touch(inputs, Touched::Supports);
        }
        Act::Theme(theme, state, need, out_of_scope) => {
            let (need, out_of_scope) = (*need, *out_of_scope);
            let changed =
                crate::Theme { title: "t".into(), state: *state, need, out_of_scope, merged_into: None };
            inputs.themes.insert((*theme).into(), changed);
            touch(inputs, Touched::Theme(theme));
        }
        Act::Merge(theme, into) => {
            let before = inputs.themes.get(*theme).cloned().unwrap_or_default();
            let merged_into = Some((*into).to_owned());
            let merged = crate::Theme { state: ThemeState::Retired, merged_into, ..before };
            inputs.themes.insert((*theme).into(), merged);
            touch(inputs, Touched::Theme(theme));
        }
        Act::Evidence(theme, strengths) => {
            let pieces = strengths.iter().enumerate().map(|(at, strength)| {
                (format!("{theme}/{at}"), Piece { strength: *strength, date: "2020-10-14".into() })
            });
            inputs.evidence.insert((*theme).into(), pieces.collect());
            touch(inputs, Touched::Evidence);
        }
        Act::Item(id, fit, strengths, [one, other]) => {
            let links: Vec<_> = [T1, T2, ELSEWHERE, UNSEEN].into_iter().zip(*strengths).collect();
            let links: Vec<_> = links.into_iter().filter(|(_, strength)| *strength > 0).collect();
            let scores: &[(&str, i64)] = if *fit == 0 { &[] } else { &[("fit", *fit)] };
            let mut made = Item { cost_gbp: strengths[0], ..item(scores, &links) };
            for (theme, link) in &mut made.links {
                link.reading = if theme == T1 { *one } else { *other };
                link.confidence = link.strength;
            }
            let id = format!("I{id}");
            inputs.items.insert(id.clone(), made);
            touch(inputs, Touched::Item(&id));
        }
        Act::Gone(id) => {
            let id = format!("I{id}");
            inputs.items.remove(&id);
            touch(inputs, Touched::Item(&id));
        }
        Act::Swing(swing) => {
            inputs.criteria.get_mut("fit").unwrap().swing = *swing;
            touch(inputs, Touched::Everything);
        }
        Act::Organisation(id) => {
            let new = crate::Organisation { display_name: "new".into(), ..Default::default() };
            inputs.organisations.insert(format!("N{id}"), new);
            touch(inputs, Touched::Everything);
        }
    }
}

proptest! {
    #[test]
    fn a_ranking_kept_up_to_date_is_the_one_made_from_nothing(
        acts in prop::collection::vec(act(), 1..40),
        takes_evidence in any::<bool>(),
    ) {
        let mut inputs = inputs();
        if takes_evidence {
            let criterion = crate::Criterion { takes_evidence, ..inputs.criteria["demand"].clone() };
            let criterion = crate::Criterion { is_demand: false, ..criterion };
            inputs.criteria.insert("evidence".into(), criterion);
        }
        let mut rankers = Kind::ALL.map(|kind| Ranker::new(&inputs, kind));
        for act in &acts {
            perform(act, &mut inputs, &mut |inputs, touched| {
                rankers.iter_mut().for_each(|ranker| ranker.update(inputs, &[touched]));
            });
            for ranker in &rankers {
                let whole = rank(&inputs, ranker.kind);
                prop_assert_eq!(ranker.digest(), whole.digest());
                prop_assert_eq!(ranker.ranking(), whole);
            }
        }
    }

    #[test]
    fn many_changes_at_once_come_to_the_same(acts in prop::collection::vec(act(), 1..40), one in 0_usize..40) {
        let mut inputs = inputs();
        let (early, late) = acts.split_at(one.min(acts.len()));
        early.iter().for_each(|act| perform(act, &mut inputs, &mut |_, _| {}));
        let mut ranker = Ranker::new(&inputs, Kind::Provisional);
        let mut touched: Vec<(&str, String)> = Vec::new();
        for act in late {
            perform(act, &mut inputs, &mut |_, touch| touched.push(match touch {
                Touched::Signals(id) => ("signals", id.to_owned()),
                Touched::Supports => ("supports", String::new()),
                Touched::Theme(id) => ("theme", id.to_owned()),
                Touched::Item(id) => ("item", id.to_owned()),
                Touched::Evidence => ("evidence", String::new()),
                Touched::Everything => ("everything", String::new()),
            }));
        }
        let touched: Vec<Touched<'_>> = touched.iter().map(|(what, id)| match *what {
            "signals" => Touched::Signals(id),
            "supports" => Touched::Supports,
            "theme" => Touched::Theme(id),
            "item" => Touched::Item(id),
            "evidence" => Touched::Evidence,
            _ => Touched::Everything,
        }).collect();
        ranker.update(&inputs, &touched);
        prop_assert_eq!(ranker.ranking(), rank(&inputs, Kind::Provisional));
    }

    #[test]
    fn the_order_in_which_signals_come_does_not_matter(
        tallies in prop::collection::btree_map(0_u8..20, (0_i64..9, 0_i64..9, 0_i64..9), 1..12),
        keys in prop::collection::vec(any::<u32>(), 12),
    ) {
        let signals: Vec<Act> = tallies.iter()
            .map(|(o, (n, a, b))| Act::Signal("c", *o, *n, [*a, *b, 0]))
            .collect();
        let mut shuffled: Vec<(u32, &Act)> = keys.iter().copied().zip(&signals).collect();
        shuffled.sort_by_key(|(key, _)| *key);
        let digests = [signals.iter().collect::<Vec<_>>(), shuffled.into_iter().map(|(_, act)| act).collect()]
            .map(|acts| {
                let mut inputs = inputs();
                let mut ranker = Ranker::new(&inputs, Kind::Provisional);
                for act in acts {
                    perform(act, &mut inputs, &mut |inputs, touched| ranker.update(inputs, &[touched]));
                }
                ranker.digest()
            });
        prop_assert_eq!(&digests[0], &digests[1]);
    }
}

#[test]
fn many_of_many_items_are_placed_as_from_nothing() {
    let mut inputs = inputs();
    for n in 0..400 {
        let links: &[(&str, i64)] = if n % 3 == 0 { &[(T1, 10 + n % 80), (T2, 100)] } else { &[] };
        inputs.items.insert(format!("I{n:03}"), item(&[("fit", n * 37 % 90)], links));
    }
    let mut ranker = Ranker::new(&inputs, Kind::Provisional);
    for raised in [0, 4, 1, 3, 0, 4] {
        let tallies = signal(4, &[(T1, raised), (T2, 4 - raised)]);
        inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), tallies)]));
        ranker.update(&inputs, &[Touched::Signals("c")]);
        assert_eq!(ranker.ranking(), rank(&inputs, Kind::Provisional));
    }
}

#[test]
fn a_crowd_of_items_keeps_its_order_as_one_of_them_moves() {
    let mut inputs = inputs();
    for n in 0..300 {
        let links: &[(&str, i64)] = if n == 7 { &[(T1, 1000)] } else { &[] };
        inputs.items.insert(format!("I{n:03}"), item(&[("fit", n % 90)], links));
    }
    inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[]))]));
    let mut ranker = Ranker::new(&inputs, Kind::Official);
    let before = ranker.ranking();
    inputs.signals.insert("c".into(), BTreeMap::from([("O1".into(), signal(4, &[(T1, 4)]))]));
    ranker.update(&inputs, &[Touched::Signals("c")]);
    let after = ranker.ranking();
    assert_eq!(after, rank(&inputs, Kind::Official));
    let others = |ranking: &Ranking| -> Vec<_> {
        ranking.items.iter().map(|i| i.id.clone()).filter(|id| &**id != "I007" && &**id != "B").collect()
    };
    assert_eq!(others(&before), others(&after));
    assert!(after.item("I007").unwrap().rank < before.item("I007").unwrap().rank);
}
