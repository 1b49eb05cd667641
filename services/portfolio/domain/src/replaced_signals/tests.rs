use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;
use crate::{
    Kind, rank,
    rank::tests::{ELSEWHERE, T1, T2, inputs, signal},
    what_if::{Change, what_if},
};

/// Tallies of some of the four organisations under codebook `c`.
fn tallies() -> impl Strategy<Value = BTreeMap<String, Signal>> {
    let one = (0_i64..9, 0_i64..9, 0_i64..9, 0_i64..9).prop_map(|(all, a, b, against)| {
        let against = [(T1.to_owned(), against.min(a.min(all)))].into();
        Signal { against, ..signal(all, &[(T1, a.min(all)), (T2, b.min(all))]) }
    });
    prop::collection::btree_map((1_u8..=4).prop_map(|n| format!("O{n}")), one, 0..4)
}

fn replaced(codebook: &str, signals: &BTreeMap<String, Signal>) -> Change {
    let replaced_signals = [(codebook.to_owned(), signals.clone())].into();
    Change { replaced_signals, ..Change::default() }
}

/// The fields that are refused, each with why.
fn refused(inputs: &Inputs, change: &Change) -> Vec<(String, String)> {
    what_if(inputs, Kind::Official, &rank(inputs, Kind::Official), change).unwrap_err()
}

proptest! {
    #[test]
    fn tallies_in_place_of_themselves_change_nothing(stand in tallies()) {
        let mut inputs = inputs();
        inputs.signals.insert("c".into(), stand.clone());
        for kind in Kind::ALL {
            let present = rank(&inputs, kind);
            let same = what_if(&inputs, kind, &present, &replaced("c", &stand)).unwrap();
            prop_assert_eq!(&same.ranking, &present);
            prop_assert_eq!((same.size.moved, same.size.kendall_tau_b), (0, 1.0));
        }
    }

    #[test]
    fn other_tallies_rank_as_they_do_once_they_have_arrived(stand in tallies(), come in tallies()) {
        let mut inputs = inputs();
        inputs.signals.insert("c".into(), stand);
        inputs.signals.insert("d".into(), [("O1".to_owned(), signal(3, &[(ELSEWHERE, 2)]))].into());
        for kind in Kind::ALL {
            let told = what_if(&inputs, kind, &rank(&inputs, kind), &replaced("c", &come)).unwrap();
            let mut arrived = inputs.clone();
            let signals = arrived.signals.get_mut("c").unwrap();
            // Of an organisation that nobody answers for any more, a tally of nothing arrives.
            signals.values_mut().for_each(|signal| *signal = Signal::default());
            come.iter().for_each(|(id, signal)| drop(signals.insert(id.clone(), signal.clone())));
            let ranking = rank(&arrived, kind);
            prop_assert_eq!(told.ranking.digest(), ranking.digest());
            prop_assert_eq!(told.ranking, ranking);
        }
    }
}

#[test]
fn who_is_taken_not_to_have_answered_is_left_out_of_the_other_tallies_too() {
    let inputs = inputs();
    let signals = [("O1".to_owned(), signal(3, &[(T1, 3)])), ("O2".to_owned(), signal(3, &[(T2, 3)]))].into();
    let change = Change { without_organisations: ["O2".to_owned()].into(), ..replaced("c", &signals) };
    let changed = change.applied(&inputs).unwrap();
    assert_eq!(changed.signals["c"].keys().collect::<Vec<_>>(), ["O1"]);
    let change = Change { without_codebooks: ["c".to_owned()].into(), ..replaced("c", &signals) };
    assert!(change.applied(&inputs).unwrap().signals.is_empty());
}

#[test]
fn what_is_not_known_or_cannot_be_counted_is_refused() {
    let mut inputs = inputs();
    inputs.signals.insert("c".into(), [("O1".to_owned(), signal(3, &[(T1, 3)]))].into());
    let of = |organisation: &str, signal: Signal| [(organisation.to_owned(), signal)].into();
    let named = |change: &Change| -> Vec<String> {
        refused(&inputs, change).into_iter().map(|(field, text)| format!("{field}: {text}")).collect()
    };
    assert_eq!(
        named(&replaced("x", &of("O1", signal(1, &[])))),
        ["replaced_signals: there is no codebook \"x\"; give one whose themes are known here"]
    );
    let nobody = of("O9", signal(1, &[("codebooks/c/themes/T9", 1), (ELSEWHERE, 1)]));
    assert_eq!(
        named(&replaced("c", &nobody)),
        [
            "replaced_signals: codebooks/d/themes/T1 is of another codebook; give themes of \"c\" alone",
            "replaced_signals: there is no codebooks/c/themes/T9; give a theme that is known here",
            "replaced_signals: there is no organisation \"O9\"; give one of the partnership",
        ]
    );
    let against = Signal { against: [(T1.to_owned(), 2)].into(), ..signal(3, &[(T1, 1)]) };
    for impossible in [signal(-1, &[]), signal(1, &[(T1, 2)]), signal(1, &[(T1, -1)]), against] {
        let fields = refused(&inputs, &replaced("c", &of("O1", impossible)));
        assert_eq!(fields[0].0, "codebooks/c.organisations/O1");
    }
}

#[test]
fn a_campaign_cannot_be_left_out_of_other_tallies() {
    let campaign = crate::campaign::Campaign {
        name: "codebooks/c/campaigns/x".into(),
        codebook: "c".into(),
        ..Default::default()
    };
    let without_campaigns = vec![campaign];
    let change = Change { without_campaigns, ..replaced("c", &BTreeMap::new()) };
    assert_eq!(refused(&inputs(), &change)[0].0, "without_campaigns");
    let change = Change { replaced_signals: BTreeMap::new(), ..change };
    assert!(change.applied(&inputs()).is_ok());
}
