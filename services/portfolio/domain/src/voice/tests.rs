use proptest::prelude::*;

use super::*;
use crate::{
    ONE, Organisation, OrganisationKind, Signal, Theme, ThemeState,
    rank::{
        rank,
        tests::{ELSEWHERE, T1, T2, inputs, item},
    },
};

/// A large council with many respondents who raise T1, a small one and a charity with few who raise T2.
fn divided() -> Inputs {
    let mut inputs = inputs();
    inputs.items.insert("A".into(), item(&[("fit", 50)], &[(T1, 1000)]));
    inputs.items.insert("B".into(), item(&[("fit", 50)], &[(T2, 1000)]));
    inputs.items.retain(|id, _| ["A", "B"].contains(&id.as_str()));
    let organisation = |population, kind| Organisation { display_name: "O".into(), population, kind };
    inputs.organisations = BTreeMap::from([
        ("LARGE".into(), organisation(600_000, OrganisationKind::Council)),
        ("SMALL".into(), organisation(20_000, OrganisationKind::Council)),
        ("TRUST".into(), organisation(0, OrganisationKind::Voluntary)),
    ]);
    let signal = |respondents, theme: &str| Signal {
        sequence: 1,
        respondents,
        themes: BTreeMap::from([(theme.to_owned(), respondents)]),
        ..Signal::default()
    };
    let signals = BTreeMap::from([
        ("LARGE".into(), signal(90, T1)),
        ("SMALL".into(), signal(3, T2)),
        ("TRUST".into(), signal(2, T2)),
    ]);
    inputs.signals = BTreeMap::from([("c".into(), signals)]);
    inputs
}

fn demand_of(ranking: &Ranking, id: &str) -> f64 {
    ranking.item(id).unwrap().demand as f64 / ONE as f64
}

#[test]
fn who_is_heard_decides_who_leads() {
    let inputs = divided();
    let under = |voice| rank_under(&inputs, Kind::Provisional, voice);
    let leader = |voice| under(voice).items[0].id.to_string();
    // Two of three organisations ask for T2; nearly all respondents and people for T1.
    assert_eq!(leader(Voice::Organisation), "B");
    assert_eq!(leader(Voice::Respondent), "A");
    assert_eq!(leader(Voice::Population), "A");
    // Councils are of two minds and charities ask for T2: a quarter to three.
    assert_eq!(leader(Voice::OrganisationKind), "B");
    // (3 · 90/95 + 2) / (3 + 4)
    assert!((demand_of(&under(Voice::Respondent), "A") - (3.0 * 90.0 / 95.0 + 2.0) / 7.0).abs() < 1e-11);
    // (3 · 600/620 + 2) / 7: the charity's population is not known.
    assert!((demand_of(&under(Voice::Population), "A") - (3.0 * 600.0 / 620.0 + 2.0) / 7.0).abs() < 1e-11);
    assert!((demand_of(&under(Voice::OrganisationKind), "A") - (3.0 * 0.25 + 2.0) / 7.0).abs() < 1e-11);
}

#[test]
fn who_answered_under_another_codebook_is_heard_alike() {
    let mut inputs = divided();
    let mut elsewhere = inputs.signals["c"].clone();
    let large = BTreeMap::from([("LARGE".to_owned(), elsewhere.remove("LARGE").unwrap())]);
    for signal in elsewhere.values_mut() {
        signal.themes = BTreeMap::from([(ELSEWHERE.to_owned(), signal.respondents)]);
    }
    inputs.signals = BTreeMap::from([("c".into(), large), ("d".into(), elsewhere)]);
    let approved = Theme { title: "t".into(), state: ThemeState::Approved, ..Default::default() };
    inputs.themes.insert(ELSEWHERE.into(), approved);
    inputs.items.insert("B".into(), item(&[("fit", 50)], &[(ELSEWHERE, 1000)]));
    let whole = divided();
    for voice in Voice::ALL {
        let (apart, together) =
            (rank_under(&inputs, Kind::Provisional, voice), rank_under(&whole, Kind::Provisional, voice));
        assert_eq!(apart.digest(), together.digest(), "{voice:?}");
    }
}

#[test]
fn opinions_stand_beside_the_ranking_with_how_far_they_agree() {
    let inputs = divided();
    let opinions = opinions(&inputs, Kind::Provisional);
    let told: Vec<_> = opinions.iter().map(|opinion| (opinion.voice, opinion.kendall_tau_b)).collect();
    assert_eq!(
        told,
        [
            (Voice::Organisation, 1.0),
            (Voice::Respondent, -1.0),
            (Voice::Population, -1.0),
            (Voice::OrganisationKind, 1.0),
        ]
    );
    let mut unknown = inputs;
    unknown.organisations.values_mut().for_each(|organisation| organisation.population = 0);
    let voices: Vec<_> = super::opinions(&unknown, Kind::Provisional).into_iter().map(|o| o.voice).collect();
    assert!(!voices.contains(&Voice::Population));
}

proptest! {
    #[test]
    fn one_organisation_one_voice_is_the_ranking_itself_and_equals_are_heard_alike(
        raised in prop::collection::vec((0_i64..=9, 0_i64..=9), 1..12),
    ) {
        let mut inputs = divided();
        let (mut organisations, mut signals) = (BTreeMap::new(), BTreeMap::new());
        for (n, (one, two)) in raised.iter().enumerate() {
            let themes = BTreeMap::from([(T1.to_owned(), *one), (T2.to_owned(), *two)]);
            signals.insert(format!("O{n:02}"), Signal { sequence: 1, respondents: 9, themes, ..Signal::default() });
            let kind = OrganisationKind::Council;
            let organisation = Organisation { display_name: "O".into(), population: 1_000, kind };
            organisations.insert(format!("O{n:02}"), organisation);
        }
        inputs.organisations = organisations;
        inputs.signals.insert("c".into(), signals);
        for kind in Kind::ALL {
            let own = rank(&inputs, kind);
            for voice in Voice::ALL {
                prop_assert_eq!(rank_under(&inputs, kind, voice).digest(), own.digest());
            }
        }
    }
}
