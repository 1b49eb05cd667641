use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::portfolio::v1::{self as proto, watch_ranking_response::Update};
use tonic::Streaming;

use crate::{
    nats::signal,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto,
    },
};

async fn watch(world: &World, resume_from_revision: i64) -> Streaming<proto::WatchRankingResponse> {
    let request = proto::WatchRankingRequest { kind: as_proto(Official), resume_from_revision };
    world.respondent().watch_ranking(request).await.unwrap().into_inner()
}

async fn next(stream: &mut Streaming<proto::WatchRankingResponse>) -> Update {
    let message = tokio::time::timeout(Duration::from_secs(30), stream.message()).await.expect("an update");
    message.unwrap().unwrap().update.unwrap()
}

fn change(update: Update) -> proto::RankingChange {
    match update {
        Update::Change(change) => change,
        Update::Snapshot(ranking) => panic!("a snapshot: {}", ranking.name),
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_watcher_gets_the_ranking_then_each_change_and_resumes_where_it_was(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut stream = watch(&world, 0).await;
    let Update::Snapshot(snapshot) = next(&mut stream).await else { panic!("no snapshot") };
    assert_eq!(snapshot, world.ranking(Official, 0).await.unwrap());

    let mut seen = Vec::new();
    for (n, id) in ["EDH", "GLG", "ORK"].into_iter().enumerate() {
        ground.nats.publish(&[signal(id, 1, 2, &[("T1", 2)])]).await;
        let change = change(next(&mut stream).await);
        assert_eq!(change.revision, snapshot.revision + 1 + n as i64);
        assert_eq!(change.digest, world.ranking(Official, change.revision).await.unwrap().digest);
        seen.push(change);
    }
    drop(stream);

    let mut resumed = watch(&world, snapshot.revision + 1).await;
    for missed in &seen[1..] {
        assert_eq!(&change(next(&mut resumed).await), missed);
    }
    ground.nats.publish(&[signal("ORK", 2, 2, &[])]).await;
    assert_eq!(change(next(&mut resumed).await).revision, seen[2].revision + 1);
    // The open stream does not keep the service from stopping.
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_watcher_who_saw_more_than_there_is_starts_again(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let newest = world.ranking(Official, 0).await.unwrap();
    let mut stream = watch(&world, newest.revision + 1).await;
    let Update::Snapshot(snapshot) = next(&mut stream).await else { panic!("no snapshot") };
    assert_eq!(snapshot, newest);
    ground.nats.publish(&[signal("ORK", 1, 2, &[("T1", 2)])]).await;
    assert_eq!(change(next(&mut stream).await).revision, newest.revision + 1);
    world.stop().await;
}
