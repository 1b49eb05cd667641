//! What organisations say by answering closed questions that are bound to a theme or a work item.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_mailbox::{Envelope, sql};
use soundings_portfolio_domain::{
    Kind::{self, Official, Provisional},
    ONE,
};
use soundings_proto::portfolio::v1::{self as proto, VoicePolicy};

use crate::{
    nats::{again, signal, support},
    rankings::Numbers,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, item, order, until,
    },
};

const T1: &str = "codebooks/c/themes/T1";
const FULL: i64 = 1_000_000;

async fn hear(world: &World, ground: &Ground, events: &[Envelope]) {
    ground.nats.publish(events).await;
    world.settled(events).await;
}

/// Why an item stands elsewhere than in the revision before; every level adds up to the one above it.
async fn why(world: &World, id: &str, from_revision: i64) -> proto::MoveExplanation {
    let (work_item, kind) = (format!("workItems/{id}"), as_proto(Official));
    let question = proto::ExplainMoveRequest { work_item, kind, from_revision, to_revision: 0 };
    let why = world.analyst().explain_move(question).await.unwrap().into_inner();
    let total: i64 = why.parts.iter().map(|part| part.delta).sum();
    assert_eq!(total, why.value_after - why.value_before, "{why:#?}");
    for part in why.parts.iter().filter(|part| part.criterion == "criteria/demand") {
        assert_eq!(part.themes.iter().map(|theme| theme.delta).sum::<i64>(), part.delta, "{part:#?}");
        for theme in part.themes.iter().filter(|theme| !theme.organisations.is_empty()) {
            let sum: i64 = theme.organisations.iter().map(|one| one.delta).sum();
            assert_eq!(sum, theme.delta, "{theme:#?}");
        }
    }
    why
}

/// The parts of demand in an item's value; every level adds up to the one above it.
async fn value_of(world: &World, id: &str, kind: Kind) -> Vec<proto::ThemeScore> {
    let request = proto::ExplainScoreRequest {
        work_item: format!("workItems/{id}"),
        kind: as_proto(kind),
        ..Default::default()
    };
    let told = world.analysis(Role::Analyst, None).explain_score(request).await.unwrap().into_inner();
    assert_eq!(told.parts.iter().map(|part| part.part).sum::<i64>(), told.value);
    let demand = told.parts.into_iter().find(|part| part.criterion == "criteria/demand").unwrap();
    assert_eq!(demand.themes.iter().map(|theme| theme.part).sum::<i64>(), demand.part);
    demand.themes
}

async fn direct(world: &World, id: &str) -> Option<proto::DirectVoice> {
    let get = proto::GetWorkItemRequest { name: format!("workItems/{id}") };
    let got = world.analyst().get_work_item(get).await.unwrap().into_inner().direct;
    let list = world.analyst().list_work_items(proto::ListWorkItemsRequest::default()).await.unwrap();
    let mut listed = list.into_inner().work_items.into_iter().filter(|item| item.name.ends_with(id));
    assert_eq!(listed.next().unwrap().direct, got);
    got
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_rating_of_an_item_moves_it_and_is_told_as_its_own_voice(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let before = world.ranking(Official, 0).await.unwrap();
    let binding = [support("GLG", 1, 0, &[("workItems/C", 0, 0)])];
    hear(&world, &ground, &binding).await;
    assert_eq!(world.ranking(Official, 0).await.unwrap().digest, before.digest, "binding moves nothing");
    assert_eq!(direct(&world, "C").await, None);

    let rated = ["EDH", "GLG", "ORK"].map(|id| support(id, 2, 3, &[("workItems/C", 3, 2_500_000)]));
    hear(&world, &ground, &rated).await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&ranking), ["C", "A", "B"]);
    assert_eq!((ranking.organisations_answered, ranking.respondents), (3, 9));
    // (3 · 5/6 + 2)/(3 + 4), for all of C: its only link does not count here.
    let c = &ranking.items[0];
    assert_eq!((c.demand, c.organisations_behind), (ONE * 9 / 14, 3));
    assert!((c.demand_low - 5.0 / 6.0).abs() > 1e-9 && (c.demand_high - 5.0 / 6.0).abs() < 1e-9, "{c:?}");

    let why = why(&world, "C", before.revision).await;
    assert!(why.summary.contains("closed questions on the item itself"), "{}", why.summary);
    let own = why.parts.iter().flat_map(|part| &part.themes).find(|part| !part.work_item.is_empty()).unwrap();
    assert_eq!((own.work_item.as_str(), own.theme.as_str()), ("workItems/C", ""));
    assert_eq!((own.surveys.as_slice(), own.organisation_count), (["surveys/s".to_owned()].as_slice(), 3));
    let glg = own.organisations.iter().find(|one| one.organisation == "organisations/GLG").unwrap();
    assert!(glg.delta > 0);
    let told = (glg.rated_before, glg.support_before_ppm, glg.rated_after, glg.support_after_ppm);
    assert_eq!(told, (0, 0, 3, 2_500_000));

    let voice = direct(&world, "C").await.unwrap();
    assert_eq!((voice.strength, voice.organisations, voice.answers), (1000, 3, 9));
    assert_eq!((voice.surveys, voice.mean_support_ppm), (vec!["surveys/s".to_owned()], 833_333));
    let parts = value_of(&world, "C", Official).await;
    let own = parts.iter().find(|part| part.work_item == "workItems/C").unwrap();
    assert_eq!((own.strength, own.surveys.len(), own.organisations[0].rated), (1000, 1, 3));

    // Where the link counts, it takes up the whole: the answers count nothing, and that is told.
    let provisional = world.ranking(Provisional, 0).await.unwrap();
    assert_eq!((order(&provisional), provisional.items[2].organisations_behind), (vec!["A", "B", "C"], 0));
    let parts = value_of(&world, "C", Provisional).await;
    let own = parts.iter().find(|part| part.work_item == "workItems/C").unwrap();
    assert_eq!((own.strength, own.part), (0, 0));
    assert!(own.title.contains("count nothing"), "{}", own.title);
    let linked = item("C", 40, &[("T1", 1000)]);
    let apply = proto::ApplyPortfolioRequest { work_items: vec![linked], ..Default::default() };
    world.manager().apply_portfolio(apply).await.unwrap();
    assert_eq!(direct(&world, "C").await.unwrap().strength, 0);
    world.ranked().await;

    let (_, change) = until("the event", async || {
        ground.nats.changed("official").await.filter(|(_, change)| change.revision == ranking.revision + 1)
    })
    .await;
    assert_eq!(change.supports, [], "they were counted before");
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn ratings_of_a_theme_are_pooled_with_what_was_written(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let before = world.ranking(Official, 0).await.unwrap();
    // GLG: 1 of 4 raised it, and 4 rated it fully; EDH only rated.
    let said = [
        signal("GLG", 1, 4, &[("T1", 1)]),
        support("GLG", 1, 4, &[(T1, 2, 2 * FULL), (T1, 2, 2 * FULL)]),
        support("EDH", 1, 1, &[(T1, 1, FULL)]),
    ];
    hear(&world, &ground, &said).await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&ranking), ["B", "A", "C"]);
    assert_eq!((ranking.organisations_answered, ranking.respondents), (2, 5));
    let b = &ranking.items[0];
    // 0.9 · (5/8 + 1 + 2)/(2 + 4), and 0.1 that nobody asked for.
    assert_eq!((b.demand, b.organisations_behind), (577_083_333_334, 2));

    let why = why(&world, "B", before.revision).await;
    let t1 = why.parts.iter().flat_map(|part| &part.themes).find(|part| part.theme == T1).unwrap();
    assert_eq!((t1.work_item.as_str(), &t1.surveys[..]), ("", &["surveys/s".to_owned()][..]));
    let glg = t1.organisations.iter().find(|one| one.organisation == "organisations/GLG").unwrap();
    assert_eq!((glg.raised_after, glg.answered_after, glg.rated_after), (1, 4, 4));

    // A what-if without the survey, and without the organisation, hears it no more.
    let mut analysis = world.analysis(Role::Analyst, None);
    for (surveys, organisations, leader) in [
        (vec!["surveys/s".to_owned()], vec![], "workItems/A"),
        (vec![], vec!["organisations/GLG".to_owned(), "organisations/EDH".to_owned()], "workItems/A"),
        (vec![], vec!["organisations/ORK".to_owned()], "workItems/B"),
    ] {
        let change = proto::HypotheticalChange {
            without_surveys: surveys,
            without_organisations: organisations,
            ..Default::default()
        };
        let request = proto::WhatIfRequest { change: Some(change), ..Default::default() };
        let outcome = analysis.what_if(request).await.unwrap().into_inner();
        let first = outcome.items.iter().find(|item| item.rank_after == 1).unwrap();
        assert_eq!(first.work_item, leader);
    }
    let influence = analysis.get_influence(proto::GetInfluenceRequest::default()).await.unwrap().into_inner();
    let named: Vec<_> = influence.organisations.iter().map(|one| one.organisation.as_str()).collect();
    assert!(named.contains(&"organisations/EDH"), "{named:?}");

    // EDH takes it back: a snapshot replaces the one before.
    hear(&world, &ground, &[support("EDH", 2, 0, &[(T1, 0, 0)])]).await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!((ranking.organisations_answered, ranking.respondents), (1, 4));
    let why = self::why(&world, "B", 0).await;
    let t1 = why.parts.iter().flat_map(|part| &part.themes).find(|part| part.theme == T1).unwrap();
    assert_eq!(t1.surveys, ["surveys/s"], "what was taken back is told with who had asked");
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn under_each_voice_policy_who_rated_counts_as_who_wrote(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    // One council's many respondents support what B does; two councils with one each do not.
    let rated = [
        support("GLG", 1, 90, &[(T1, 90, 60 * FULL)]),
        support("EDH", 1, 1, &[(T1, 1, 0)]),
        support("ORK", 1, 1, &[(T1, 1, 0)]),
    ];
    hear(&world, &ground, &rated).await;
    let request = proto::CompareVoicesRequest::default();
    let compared = world.respondent().compare_voices(request).await.unwrap().into_inner();
    let leads = |policy: VoicePolicy| {
        let voice = compared.voices.iter().find(|voice| voice.policy() == policy).unwrap();
        voice.places[0].work_item.as_str()
    };
    assert_eq!(leads(VoicePolicy::Organisation), "workItems/A");
    assert_eq!(leads(VoicePolicy::Respondent), "workItems/B");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn snapshots_that_come_twice_late_and_in_disorder_leave_the_newest(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let snapshot = |id: &str, sequence: i64| {
        let support_ppm = sequence * sequence * FULL / 8;
        support(
            id,
            sequence,
            sequence,
            &[("workItems/C", sequence, support_ppm), (T1, sequence, support_ppm)],
        )
    };
    let mut events: Vec<Envelope> =
        ["EDH", "GLG"].iter().flat_map(|id| (1..=8).map(|sequence| snapshot(id, sequence))).collect();
    events.extend(events.clone().iter().map(again));
    let mut numbers = Numbers(11);
    for at in (1..events.len()).rev() {
        events.swap(at, numbers.below(at + 1));
    }
    hear(&world, &ground, &events).await;
    let newest = world.inputs().await.0.supports;
    let sequences: Vec<i64> = newest["s"].values().map(|support| support.sequence).collect();
    assert_eq!(sequences, [8, 8]);
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(ranking.respondents, 16);
    let late = [again(&events[0]), snapshot("EDH", 7)];
    ground.nats.publish(&late).await;
    let last = [support("ORK", 1, 1, &[("workItems/C", 1, 0)])];
    hear(&world, &ground, &last).await;
    assert_eq!(world.inputs().await.0.supports["s"]["EDH"].sequence, 8);
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn tallies_that_cannot_be_true_are_parked(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let wrong =
        [support("GLG", 1, 1, &[(T1, 1, 2 * FULL)]), support("EDH", 1, 1, &[(T1, i64::MAX, 0), (T1, 1, 0)])];
    ground.nats.publish(&wrong).await;
    until("dead letters", async || {
        let count = "SELECT COUNT(*) AS n FROM dead_letters WHERE consumer = 'portfolio-support'";
        let row = sql::query_one(world.running.runtime.db.read(), count, vec![]).await.unwrap().unwrap();
        (sql::column::<i64>(&row, "n").unwrap() == 2).then_some(())
    })
    .await;
    assert!(world.inputs().await.0.supports.is_empty());
    world.stop().await;
}
