//! How long it takes, once NATS is back, until the ranking counts everything that was accepted meanwhile.
use std::time::{Duration, Instant};

use soundings_integration_tests::{Clients, Engine};

use crate::{
    load::{self, Until},
    reference_case::{self, Requests, SURVEY},
    report::{Figure, Report},
};

const RUNS: usize = 5;

/// Measures it.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (engine, name) in [(Engine::Sqlite, "drain.10000_s"), (Engine::Postgres, "drain.postgres.10000_s")] {
        if !report.wants(name) || (report.quick && engine == Engine::Postgres) {
            continue;
        }
        let count = if report.quick { 2_000 } else { 10_000 };
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let Some(took) = drain(engine, count).await? else { return Ok(()) };
            runs.push(took.as_secs_f64());
        }
        report.write(Figure::of(name, "s", &runs).noting(format!("{count} responses queued")))?;
    }
    Ok(())
}

async fn drain(engine: Engine, count: usize) -> anyhow::Result<Option<Duration>> {
    let Some(mut partnership) = reference_case::partnership(engine).await? else { return Ok(None) };
    let clients = partnership.clients().clone();
    partnership.nats.kill();
    let (address, token) = (&clients.addresses().consultation, clients.office_token());
    load::submit(address, &token, &Requests::new()?, Until::Accepted(count)).await?;
    let began = Instant::now();
    partnership.nats.restart().await;
    while !counted(&clients, i64::try_from(count)?).await {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    partnership.stop().await;
    Ok(Some(took))
}

/// Whether the ranking counts every respondent of so many responses.
async fn counted(clients: &Clients, responses: i64) -> bool {
    let Some(ranking) = clients.ranking().await else { return false };
    if ranking.respondents < responses {
        return false;
    }
    clients
        .counts(SURVEY)
        .await
        .is_some_and(|counts| counts.responses == responses && ranking.respondents == counts.respondents)
}
