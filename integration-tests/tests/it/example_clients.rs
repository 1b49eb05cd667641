//! The examples of the README, run as a stranger would: Python through gRPC reflection and nats-py, and Rust.
use std::{
    path::{Path, PathBuf},
    process::Stdio,
};

use soundings_integration_tests::{
    Engine, Partnership,
    model::{self, CODEBOOK, COST, SURVEY},
    until,
};
use soundings_jetstream::lookup;
use soundings_proto::{portfolio::v1::Ranking, subjects};
use tokio::process::Command;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The interpreter of an environment that holds the examples' packages; made once.
async fn python() -> String {
    let script = repository().join("scripts/python-env");
    let made = Command::new(script).stderr(Stdio::inherit()).output().await.unwrap();
    assert!(made.status.success(), "scripts/python-env failed");
    String::from_utf8(made.stdout).unwrap().trim().to_owned()
}

/// What a command writes, once it has ended well.
async fn output(command: &mut Command) -> String {
    let done = command.stderr(Stdio::inherit()).kill_on_drop(true).output().await.unwrap();
    assert!(done.status.success(), "{command:?}");
    String::from_utf8(done.stdout).unwrap()
}

fn host(url: &str) -> &str {
    url.trim_start_matches("http://")
}

/// Waits until the streams hold a ranking as it stands: it is told of just after it is kept.
async fn told(partnership: &Partnership, ranking: &Ranking) {
    let settings = soundings_jetstream::Settings::new("test", partnership.nats.url());
    let connection = soundings_jetstream::Connection::connect(settings).await.unwrap();
    until("standing ranking", async || {
        let subject = subjects::ranking_current("official");
        let event =
            lookup::last_for_subject(&connection, subjects::PORTFOLIO_CURRENT, &subject).await.ok()??;
        (event.sequence >= ranking.revision).then_some(())
    })
    .await;
}

#[tokio::test]
async fn python_submits_through_reflection_watches_and_subscribes() {
    let mut partnership = Partnership::start(Engine::Sqlite).await.unwrap();
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    let python = python().await;
    let examples = repository().join("examples/python");
    let addresses = clients.addresses();

    let mut submit = Command::new(&python);
    submit.arg(examples.join("submit.py")).args(["--token", &clients.office_token()]);
    submit.args(["--consultation", host(&addresses.consultation), "--portfolio", host(&addresses.portfolio)]);
    submit.args(["--survey", SURVEY, "--question", "words", "--organisation", "ORK", COST]);
    let said = output(&mut submit).await;
    assert!(said.contains(&format!("accepted surveys/{SURVEY}/responses/")), "{said}");
    assert!(said.contains("Item B"), "it waits until the ranking has moved: {said}");
    let ranking = clients.settled(CODEBOOK, 1).await;
    told(&partnership, &ranking).await;

    let mut subscribe = Command::new(&python);
    subscribe.arg(examples.join("subscribe.py")).args(["--nats", &partnership.nats.url()]);
    subscribe.args(["--portfolio", host(&addresses.portfolio), "--durable", "python-test"]);
    subscribe.args(["--count", &ranking.revision.to_string()]);
    let heard = output(&mut subscribe).await;
    assert!(heard.starts_with(&format!("standing revision {}: Item B", ranking.revision)), "{heard}");
    assert!(heard.contains(&format!("revision {}: ", ranking.revision)), "{heard}");
    partnership.stop().await;
}

#[tokio::test]
async fn rust_submits_and_subscribes() {
    let mut partnership = Partnership::start(Engine::Sqlite).await.unwrap();
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    let example = |name: &str| {
        // target/<profile>/deps/<test>
        let built = std::env::current_exe().unwrap().ancestors().nth(2).unwrap().join("examples").join(name);
        assert!(built.exists(), "{} is built with the tests", built.display());
        Command::new(built)
    };
    let mut submit = example("submit");
    submit.args([&clients.office_token(), COST, &clients.addresses().consultation, SURVEY, "words"]);
    let said = output(&mut submit).await;
    assert!(said.starts_with(&format!("surveys/{SURVEY}/responses/")), "{said}");
    let ranking = clients.settled(CODEBOOK, 1).await;
    told(&partnership, &ranking).await;

    let mut subscribe = example("subscribe");
    subscribe.args([&partnership.nats.url(), &ranking.revision.to_string()]);
    let heard = output(&mut subscribe).await;
    assert!(heard.starts_with(&format!("standing revision {}: 3 items", ranking.revision)), "{heard}");
    assert!(heard.contains(&format!("revision {}: ", ranking.revision)), "{heard}");
    assert!(heard.contains("Item B"), "{heard}");
    partnership.stop().await;
}
