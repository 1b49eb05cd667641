//! What is away is waited for; what was accepted meanwhile is kept.
use std::process::{Command, Stdio};

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_harness::program;
use soundings_integration_tests::{
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK, COST},
    until,
};
use soundings_proto::{consultation::v1 as consultation, portfolio::v1 as portfolio};

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

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_reference_case_waits_until_portfolio_has_heard_of_the_councils(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    let token = partnership.key_file().with_file_name("token");
    std::fs::write(&token, clients.office_token()).unwrap();
    partnership.nats.kill();
    let at = clients.addresses();
    let seed = Command::new(program("soundings"))
        .args(["seed", "--consultation-url", &at.consultation, "--themes-url", &at.themes])
        .args(["--portfolio-url", &at.portfolio, "--token-file"])
        .arg(&token)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It has come as far as it can without word of a single council.
    until("the work items", async || {
        let request = portfolio::ListWorkItemsRequest { page_size: 100, ..Default::default() };
        let items = clients.portfolio().list_work_items(request).await.unwrap().into_inner();
        (items.work_items.len() == 24).then_some(())
    })
    .await;
    partnership.nats.restart().await;
    let done = tokio::task::spawn_blocking(|| seed.wait_with_output()).await.unwrap().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let request = consultation::GetSurveyRequest { name: "surveys/refresh-2020".into() };
    let survey = clients.consultation().get_survey(request).await.unwrap().into_inner();
    assert_eq!(survey.state(), consultation::SurveyState::Open, "its last step was taken");
    partnership.stop().await;
}
