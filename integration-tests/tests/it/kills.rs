//! Every service killed (SIGKILL) between accepting a response and ranking it, and started again: nothing is lost and
//! nothing counted twice.
use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_integration_tests::{
    Engine::{self, Postgres, Sqlite},
    Processes, Service,
    model::{self, CODEBOOK, COST, REMOTE, SURVEY},
};
use soundings_portfolio_domain::verify;
use soundings_proto::portfolio::v1 as portfolio;

const RESPONSES: usize = 120;

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_killed_at_any_moment_loses_and_doubles_nothing(#[case] engine: Engine) {
    let Some(mut processes) = Processes::start(engine).await else { return };
    let clients = processes.clients();
    model::load(&clients).await;

    let submitting = clients.clone();
    #[expect(clippy::disallowed_methods, reason = "it is awaited below")]
    let submitted = tokio::task::spawn(async move {
        let mut acknowledged = BTreeSet::new();
        for n in 0..RESPONSES {
            let words = format!("{} This is number {n}.", if n % 3 == 0 { REMOTE } else { COST });
            let council = model::COUNCILS[n % 3];
            let request = model::response(council, &words, &format!("01890000-0000-7000-8000-{n:012}"));
            // A front-end tries again under the same id until it is told that the response is kept.
            let name = loop {
                match submitting.consultation().submit_response(request.clone()).await {
                    Ok(reply) => break reply.into_inner().name,
                    Err(_) => tokio::task::yield_now().await,
                }
            };
            assert!(acknowledged.insert(name), "an acknowledged response was answered for another");
        }
        acknowledged
    });
    for service in [Service::ALL, Service::ALL].concat() {
        let before = clients.ranking().await.map_or(0, |ranking| ranking.revision);
        processes.kill(service);
        processes.restart(service).await;
        soundings_integration_tests::until("revision after the kill", async || {
            let newer = clients.ranking().await.is_some_and(|ranking| ranking.revision > before);
            (newer || submitted.is_finished()).then_some(())
        })
        .await;
    }
    let acknowledged = submitted.await.unwrap();

    // The ledger of acknowledged responses = the source's rows = what themes counts = what the ranking counts.
    let ranking = clients.settled(CODEBOOK, RESPONSES as i64).await;
    let kept: BTreeSet<_> = clients.responses(SURVEY).await.into_iter().map(|r| r.name).collect();
    assert_eq!(kept, acknowledged);
    assert_eq!(ranking.respondents, RESPONSES as i64);
    // The ranking is what its inputs make it, from nothing.
    let export = portfolio::ExportRevisionRequest { revision: ranking.revision, ..Default::default() };
    let bundle = clients.portfolio().export_revision(export).await.unwrap().into_inner();
    assert_eq!(verify(&bundle.inputs_json).unwrap(), ranking.digest);
}
