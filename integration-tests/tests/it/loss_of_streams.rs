//! The databases are the record: whatever the streams lose comes back from them.
use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_integration_tests::{
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK, COST, REMOTE},
    until,
};
use soundings_jetstream::{Connection, Settings, lookup};
use soundings_proto::{portfolio::v1 as portfolio, subjects};

fn id(n: usize) -> String {
    format!("01890000-0000-7000-8000-{n:012}")
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_streams_folder_deleted_while_all_is_stopped_leaves_the_ranking_as_it_was(
    #[case] engine: Engine,
) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    for (n, council) in model::COUNCILS.iter().cycle().take(12).enumerate() {
        let words = format!("{} It matters, says number {n}.", if n % 2 == 0 { COST } else { REMOTE });
        clients.consultation().submit_response(model::response(council, &words, &id(n))).await.unwrap();
    }
    let before = clients.settled(CODEBOOK, 12).await;

    partnership.stop().await;
    partnership.nats.kill();
    partnership.nats.lose_streams();
    partnership.nats.restart().await;
    partnership.restart().await;

    let clients = partnership.clients().clone();
    let again = clients.settled(CODEBOOK, 12).await;
    assert_eq!((again.revision, &again.digest), (before.revision, &before.digest));
    // Who joins now finds the ranking and its history in the new streams.
    let connection = Connection::connect(Settings::new("late", partnership.nats.url())).await.unwrap();
    until("the standing ranking", async || {
        let subject = subjects::ranking_current("official");
        let event =
            lookup::last_for_subject(&connection, subjects::PORTFOLIO_CURRENT, &subject).await.ok()??;
        let body = portfolio::RankingCurrent::decode(event.data.as_slice()).unwrap();
        (body.ranking.unwrap().digest == before.digest).then_some(())
    })
    .await;

    // And it goes on: the next response is counted once, and so were all before it.
    clients.consultation().submit_response(model::response("ORK", COST, &id(12))).await.unwrap();
    let after = clients.settled(CODEBOOK, 13).await;
    assert!(after.revision > before.revision);
    partnership.stop().await;
}
