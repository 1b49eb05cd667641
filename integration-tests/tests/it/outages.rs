//! What is away is waited for; what was accepted meanwhile is kept.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_integration_tests::{
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK, COST},
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn while_nats_is_away_responses_are_accepted_and_counted_afterwards(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    let before = model::load(&clients).await;
    partnership.nats.kill();
    for (n, council) in model::COUNCILS.iter().cycle().take(30).enumerate() {
        let request = model::response(
            council,
            &format!("{COST} Number {n}."),
            &format!("01890000-0000-7000-8000-{n:012}"),
        );
        clients.consultation().submit_response(request).await.unwrap();
    }
    assert_eq!(clients.ranking().await.unwrap().digest, before.digest);
    partnership.nats.restart().await;
    let after = clients.settled(CODEBOOK, 30).await;
    assert_eq!(model::order(&after), ["B", "A", "C"]);
    partnership.stop().await;
}
