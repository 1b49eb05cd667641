use std::{sync::Arc, time::Duration};

use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::{Clock, Lifecycle};
use soundings_jetstream::{Stats, consumer};
use soundings_mailbox::{Database, Lease, database};
use soundings_portfolio::store::assurances;
use soundings_portfolio_domain::{
    Kind::{Official, Provisional},
    ONE,
};
use soundings_proto::{
    portfolio::v1::{self as proto, robustness_service_client::RobustnessServiceClient},
    subjects::{Durable, PORTFOLIO, RANKING_ASSURED},
};
use tonic::Code;

use crate::{
    restarts::Heard,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, code, item, order, until,
    },
};

/// What a team downstream reads.
static SUBSCRIBER: Durable = Durable { name: "the-news", stream: PORTFOLIO, events: &[RANKING_ASSURED] };

async fn score(world: &World, item: &str, fit: i64) -> proto::StandingRobustness {
    let request = proto::SetScoreRequest {
        work_item: format!("workItems/{item}"),
        criterion: "criteria/fit".into(),
        score: Some(proto::Score { likely: fit * ONE, ..Default::default() }),
        ..Default::default()
    };
    world.manager().set_score(request).await.unwrap();
    world.ranked().await;
    world.assured().await
}

/// Items by their announced places.
fn announced(found: &proto::StandingRobustness) -> Vec<&str> {
    let mut items: Vec<_> = found.items.iter().map(|item| (item.announced_rank, &*item.work_item)).collect();
    items.sort_unstable();
    items.into_iter().map(|(_, name)| name.trim_start_matches("workItems/")).collect()
}

fn moves(moves: &[proto::AssuredMove]) -> Vec<(&str, i32, i32)> {
    moves.iter().map(|of| (of.work_item.trim_start_matches("workItems/"), of.from, of.to)).collect()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_jitter_around_a_tie_announces_nothing_and_a_clear_move_is_announced_once(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let (heard, news) = (Arc::new(Heard::default()), Lifecycle::new());
    let (connection, handler, stop) = (ground.nats.connection.clone(), heard.clone(), news.soft());
    news.spawn("the-news", async move {
        consumer::run(connection, &SUBSCRIBER, handler, Stats::default(), stop).await;
        Ok(())
    });
    let world = ground.furnished().await;
    let first = world.assured().await;
    assert_eq!((announced(&first), first.announced.len()), (vec!["A", "B", "C"], 0));
    assert_eq!((first.seed, first.draws, first.drawn_items, first.ranked_items), (1, 9_604, 3, 3));
    assert_eq!((first.level, first.concentration), (0.75, 100.0));
    let first_item = &first.items[0];
    assert!(first_item.above_next.unwrap() > 0.5 && first_item.near > first_item.first);
    assert!((1..=3).contains(&first_item.worst_rank) && first_item.best_rank == 1);

    // B goes up and down beside A: the ranking says so each time, and nobody is told.
    score(&world, "C", 0).await;
    for (fit, ranked) in [(82, ["B", "A", "C"]), (78, ["A", "B", "C"]), (83, ["B", "A", "C"])] {
        let found = score(&world, "B", fit).await;
        assert_eq!(order(&world.ranking(Official, 0).await.unwrap()), ranked);
        assert_eq!((announced(&found), moves(&found.announced)), (vec!["A", "B", "C"], vec![]));
        let held: &[_] = if ranked[0] == "B" { &[("B", 2, 1)] } else { &[] };
        assert_eq!(moves(&found.held_back), held);
    }
    // A restart is no news.
    let stood = world.assured().await;
    world.stop().await;
    let world = ground.start().await;
    assert_eq!(world.assured().await, stood);

    score(&world, "B", 100).await;
    let clear = score(&world, "A", 20).await;
    assert_eq!(announced(&clear), ["B", "A", "C"]);
    let swap = clear.swaps.iter().find(|swap| swap.risen == "workItems/B");
    assert!(swap.is_none_or(|swap| swap.announced && swap.probability >= 0.75));
    world.stop().await;
    let world = ground.start().await;
    let after = score(&world, "A", 21).await;
    assert_eq!((announced(&after), after.announced.len()), (vec!["B", "A", "C"], 0));

    // The subscriber was told of every one, and of one move.
    let told = until("the last event", async || {
        let heard = heard.0.lock().unwrap().clone();
        let of = heard.into_iter().filter(|event| event.aggregate_id == "official");
        let bodies: Vec<_> = of
            .map(|event| (event.sequence, proto::RankingAssured::decode(event.data.as_slice()).unwrap()))
            .collect();
        bodies.last().is_some_and(|(_, last)| last.revision == after.revision).then_some(bodies)
    })
    .await;
    assert!(told.iter().zip(1..).all(|((sequence, _), expected)| *sequence == expected));
    let moved: Vec<_> = told.iter().flat_map(|(_, body)| moves(&body.announced)).collect();
    assert_eq!(moved, [("B", 2, 1), ("A", 1, 2)]);
    assert!(told.iter().all(|(_, body)| body.draws == 9_604 && body.seed == 1 && body.level == 0.75));

    // The newest are kept, under their revisions; there is none of what is to come.
    let mut client = RobustnessServiceClient::new(world.authorised("rob", &[Role::Respondent]));
    let get = |revision| proto::GetStandingRobustnessRequest { kind: as_proto(Official), revision };
    let again = client.get_standing_robustness(get(first.revision)).await.unwrap().into_inner();
    assert_eq!(again, first);
    assert_eq!(code(client.get_standing_robustness(get(after.revision + 1)).await), Code::NotFound);
    assert_eq!(code(client.get_standing_robustness(get(-1)).await), Code::InvalidArgument);
    // Who watches gets what stands, then what is newer.
    let watch = proto::WatchRobustnessRequest { resume_from_revision: first.revision, ..Default::default() };
    let mut stream = client.watch_robustness(watch).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap(), after);
    let next = score(&world, "A", 22).await;
    assert_eq!(stream.message().await.unwrap().unwrap(), next);
    // Who has seen more than there is, as before a backup was brought back, gets what stands.
    let ahead = proto::WatchRobustnessRequest { resume_from_revision: 1_000_000, ..Default::default() };
    let mut stream = client.watch_robustness(ahead).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap().unwrap(), next);
    drop(stream);
    world.stop().await;
    news.shutdown(Duration::from_secs(10)).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_wider_range_moves_no_place_and_is_drawn_anew(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let before = world.assured().await;
    let fit = world.ranking(Official, 0).await.unwrap();
    let request = proto::SetScoreRequest {
        work_item: "workItems/A".into(),
        criterion: "criteria/fit".into(),
        score: Some(proto::Score {
            low: Some(0),
            likely: 80 * ONE,
            high: Some(100 * ONE),
            ..Default::default()
        }),
        ..Default::default()
    };
    world.manager().set_score(request).await.unwrap();
    let after = until("a revision with the wider range", async || {
        let found = world.assured().await;
        (found.revision > before.revision).then_some(found)
    })
    .await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(ranking.digest, fit.digest, "no place and no value is another");
    let sure = |found: &proto::StandingRobustness| {
        found.items.iter().find(|item| item.work_item == "workItems/A").unwrap().first
    };
    assert!(sure(&after) < sure(&before), "{} after {}", sure(&after), sure(&before));
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_another_died_over_is_made_again_by_who_takes_over(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let db = Database::open(&ground.config.database).await.unwrap();
    let world = ground.furnished().await;
    let before = world.assured().await;
    world.stop().await;
    // Another replica holds the lease, and dies over the next revision.
    let ttl = chrono::Duration::seconds(10);
    let lease = Lease::acquire(&db, "assurer", "who dies", ttl, ground.clock.now()).await.unwrap();
    assert!(lease.is_some());
    let world = ground.start().await;
    let request = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    world.manager().delete_work_item(request).await.unwrap();
    world.ranked().await;
    assert_eq!(world.robustness().await.unwrap(), before, "only who holds the lease computes it");
    ground.clock.advance(chrono::Duration::seconds(11));
    let after = world.assured().await;
    assert_eq!((announced(&after), after.announced.len()), (vec!["B", "C"], 0), "who goes moves nobody");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_large_ranking_is_drawn_in_part_and_within_its_time(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    ground.config.robustness_budget_ms = 0;
    let world = ground.furnished().await;
    let many = (0..250).map(|n| item(&format!("N{n:03}"), n % 100, &[("T1", 500)])).collect();
    let request = proto::ApplyPortfolioRequest { work_items: many, ..Default::default() };
    world.manager().apply_portfolio(request).await.unwrap();
    world.ranked().await;
    let found = world.assured().await;
    assert_eq!((found.ranked_items, found.drawn_items, found.items.len()), (253, 200, 200));
    assert_eq!(found.draws, 256, "a chunk of draws, and the time is over");
    assert!((found.margin - 0.061).abs() < 0.001);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_newest_fifty_of_a_ranking_are_kept(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    ground.start().await.stop().await;
    let db = Database::open(&ground.config.database).await.unwrap();
    let tx = db.begin().await.unwrap();
    for revision in (1..=120).step_by(2) {
        let found = proto::StandingRobustness { revision, ..Default::default() };
        assurances::insert(&tx, Official, &found).await.unwrap();
    }
    let other = proto::StandingRobustness { revision: 1, ..Default::default() };
    assurances::insert(&tx, Provisional, &other).await.unwrap();
    database::commit(tx).await.unwrap();
    let kept = async |kind, revision| {
        assurances::find(db.read(), kind, revision).await.unwrap().map(|found| found.revision)
    };
    assert_eq!((kept(Official, 0).await, kept(Official, 19).await), (Some(119), None));
    assert_eq!((kept(Official, 21).await, kept(Provisional, 0).await), (Some(21), Some(1)));
    assert_eq!(assurances::newest_number(db.read(), Official).await.unwrap(), 119);
}
