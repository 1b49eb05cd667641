//! The ranking as it would be under other tallies is the ranking once they arrive.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_portfolio_domain::{Kind, replay};
use soundings_proto::portfolio::v1 as proto;
use tonic::Code;

use crate::{
    nats::{signal, stances},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, code, fields,
    },
};

/// What an organisation says of themes of the codebook `c`: the theme, who raises it, who of them is against it.
type Said<'a> = (&'a str, i64, &'a [(&'a str, i64, i64)]);

fn instead(organisations: &[Said<'_>]) -> proto::ReplacedSignals {
    let theme = |(id, respondents, against_respondents): &(&str, i64, i64)| proto::ReplacedThemeTally {
        theme: format!("codebooks/c/themes/{id}"),
        respondents: *respondents,
        against_respondents: *against_respondents,
    };
    let tallies = |(id, respondents, themes): &Said<'_>| proto::ReplacedTallies {
        organisation: format!("organisations/{id}"),
        respondents: *respondents,
        themes: themes.iter().map(theme).collect(),
    };
    proto::ReplacedSignals {
        codebook: "codebooks/c".into(),
        organisations: organisations.iter().map(tallies).collect(),
    }
}

fn ask(kind: Kind, replaced_signals: Vec<proto::ReplacedSignals>) -> proto::WhatIfRequest {
    let change = proto::HypotheticalChange { replaced_signals, ..Default::default() };
    proto::WhatIfRequest {
        kind: as_proto(kind),
        change: Some(change),
        with_bundle: true,
        ..Default::default()
    }
}

/// Items in order, each with its place and value before and after.
type Places = Vec<(String, [i32; 2], [i64; 2])>;

fn places(found: &proto::WhatIfResponse) -> Places {
    let place = |item: &proto::HypotheticalPlace| {
        let (ranks, values) = ([item.rank_before, item.rank_after], [item.value_before, item.value_after]);
        (item.work_item.clone(), ranks, values)
    };
    found.items.iter().map(place).collect()
}

/// The ranking as it stands, in the same form.
async fn stands(world: &World, kind: Kind) -> Vec<(String, i32, i64)> {
    let items = world.ranking(kind, 0).await.unwrap().items;
    items.into_iter().map(|item| (item.work_item, item.rank, item.value)).collect()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn other_tallies_rank_as_they_do_once_they_arrive_and_their_own_change_nothing(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let said = [stances("GLG", 1, 10, &[("T1", 10, 2)]), signal("EDH", 1, 10, &[])];
    ground.nats.publish(&said).await;
    world.settled(&said).await;
    let mut client = world.analysis(Role::Analyst, None);

    let same = instead(&[("GLG", 10, &[("T1", 10, 2)]), ("EDH", 10, &[])]);
    let other = instead(&[("GLG", 9, &[("T2", 7, 1)]), ("EDH", 10, &[("T1", 1, 1), ("T2", 4, 0)])]);
    let mut told = Vec::new();
    for kind in Kind::ALL {
        let found = client.what_if(ask(kind, vec![same.clone()])).await.unwrap().into_inner();
        assert!(
            places(&found).iter().all(|(_, ranks, values)| ranks[0] == ranks[1] && values[0] == values[1])
        );
        let size = found.size.unwrap();
        assert_eq!((size.moved, size.kendall_tau_b), (0, 1.0));

        let found = client.what_if(ask(kind, vec![other.clone()])).await.unwrap().into_inner();
        let before: Vec<_> = places(&found).into_iter().map(|(item, r, v)| (item, r[0], v[0])).collect();
        let mut stood = stands(&world, kind).await;
        stood.sort();
        assert_eq!(
            {
                let mut sorted = before;
                sorted.sort();
                sorted
            },
            stood
        );
        assert!(found.size.unwrap().moved > 0, "{found:?}");
        let portfolio = |id: &str| found.items.iter().find(|item| item.work_item.ends_with(id)).unwrap();
        assert_eq!(
            (&*portfolio("B").portfolio, &*portfolio("C").portfolio),
            ("portfolios/P", "portfolios/Q")
        );
        let (of, digest) = replay::verify(&found.bundle_json).unwrap();
        assert_eq!((of.revision, digest), (found.of_revision.clone(), found.digest.clone()));
        told.push(places(&found));
    }

    let arrived =
        [stances("GLG", 2, 9, &[("T2", 7, 1)]), stances("EDH", 2, 10, &[("T1", 1, 1), ("T2", 4, 0)])];
    ground.nats.publish(&arrived).await;
    world.settled(&arrived).await;
    for (kind, told) in Kind::ALL.into_iter().zip(told) {
        let after: Vec<_> = told.into_iter().map(|(item, r, v)| (item, r[1], v[1])).collect();
        assert_eq!(stands(&world, kind).await, after, "to the last digit: {kind:?}");
    }
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn tallies_that_cannot_be_are_refused_by_name_and_others_are_told_to_the_office_alone(
    #[case] engine: Engine,
) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut client = world.analysis(Role::Analyst, None);
    let glasgow = |themes: &'static [(&'static str, i64, i64)]| instead(&[("GLG", 3, themes)]);
    let none = |codebook: &str| proto::ReplacedSignals { codebook: codebook.into(), ..Default::default() };
    let of = "change.replaced_signals[0].organisations[0]";
    let cases: [(Vec<proto::ReplacedSignals>, String); 12] = [
        (vec![none("")], "change.replaced_signals[0].codebook".into()),
        (vec![none("codebooks/none")], "change.replaced_signals".into()),
        (vec![none("codebooks/c"), none("codebooks/c")], "change.replaced_signals[1].codebook".into()),
        (vec![none("codebooks/c"); 21], "change.replaced_signals".into()),
        (vec![instead(&[("NOBODY", 3, &[])])], "change.replaced_signals".into()),
        (
            vec![instead(&[("GLG", 3, &[]), ("GLG", 3, &[])])],
            "change.replaced_signals[0].organisations[1].organisation".into(),
        ),
        (vec![instead(&[("GLG", -1, &[])])], format!("{of}.respondents")),
        (vec![glasgow(&[("T1", 4, 0)])], format!("{of}.themes[0].respondents")),
        (vec![glasgow(&[("T1", -1, 0)])], format!("{of}.themes[0].respondents")),
        (vec![glasgow(&[("T1", 1, 0), ("T2", 1, 2)])], format!("{of}.themes[1].against_respondents")),
        (vec![glasgow(&[("T1", 1, 0), ("T1", 1, 0)])], format!("{of}.themes[1].theme")),
        (vec![glasgow(&[("T9", 1, 0)])], "change.replaced_signals".into()),
    ];
    for (replaced, field) in cases {
        assert_eq!(fields(client.what_if(ask(Kind::Official, replaced)).await), [field]);
    }
    let text = client.what_if(ask(Kind::Official, vec![glasgow(&[("T1", 4, 0)])])).await.unwrap_err();
    assert!(format!("{text:?}").contains("is 4; give 0 to 3, the respondents who answered"), "{text:?}");

    let fair = ask(Kind::Official, vec![glasgow(&[("T1", 3, 1)])]);
    client.what_if(fair.clone()).await.unwrap();
    for (role, organisation) in
        [(Role::Respondent, Some("GLG")), (Role::Analyst, Some("GLG")), (Role::Service, None)]
    {
        let refused = world.analysis(role, organisation).what_if(fair.clone()).await;
        assert_eq!(code(refused), Code::PermissionDenied, "{role:?}");
    }
    world.stop().await;
}
