//! What it costs to take a response in: the rate with many in flight, beside what storage and the wire alone allow.
use std::time::Duration;

use soundings_integration_tests::Engine;

use crate::{
    bare_client,
    bare_handler::BareHandler,
    intake::Intake,
    load::{self, Until},
    reference_case::Requests,
    report::{Figure, Report, median, percentile, sorted},
};

const RUNS: usize = 5;
const ENGINES: [(Engine, &str); 2] = [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "postgres")];
/// Responses of a run that shows growth.
const WINDOW: usize = 2_000;
const FEW: usize = 1_000;

/// Measures it all.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (engine, name) in ENGINES {
        if report.wants(&format!("submit.{name}")) {
            rate(report, engine, name).await?;
        }
    }
    if report.wants("submit.growth") {
        growth(report).await?;
    }
    Ok(())
}

#[derive(Default)]
struct Runs {
    rate: Vec<f64>,
    p50: Vec<f64>,
    p99: Vec<f64>,
    own_cost: Vec<f64>,
    rows: Vec<f64>,
    handler: Vec<f64>,
}

async fn rate(report: &mut Report, engine: Engine, name: &str) -> anyhow::Result<()> {
    let until = Until::Passed(Duration::from_secs(if report.quick { 1 } else { 4 }));
    let (requests, mut runs) = (Requests::new()?, Runs::default());
    for _ in 0..RUNS {
        let Some(intake) = Intake::open(engine).await? else { return Ok(()) };
        let token = intake.clients.office_token();
        let run = load::submit(intake.url(), &token, &requests, until).await?;
        runs.rate.push(run.rate());
        runs.own_cost.push(run.own_cost);
        let latencies = sorted(&run.latencies);
        runs.p50.push(percentile(&latencies, 0.5));
        runs.p99.push(percentile(&latencies, 0.99));

        let rows = bare_client::rows(&intake).await?;
        anyhow::ensure!(rows.len() == run.accepted, "every accepted response left its rows");
        let handler = BareHandler::beside(&intake).await?;
        intake.stop().await?;
        runs.rows.push(bare_client::write(engine, rows).await?);
        runs.handler.push(load::submit(&handler.url, &token, &requests, until).await?.rate());
        handler.stop().await?;
    }
    let (rows, handler) = (median(&sorted(&runs.rows)), median(&sorted(&runs.handler)));
    let (ceiling, peer) = if rows < handler {
        (rows, "the same rows by a bare client")
    } else {
        (handler, "the same handler without storage")
    };
    let named = |figure: &str| format!("submit.{name}.{figure}");
    report.write(
        Figure::of(&named("rate"), "responses/s", &runs.rate).against_rate(ceiling, peer).noting(
            "64 in flight on 4 connections, durable, events told meanwhile; request ids in order of time",
        ),
    )?;
    report.write(Figure::of(&named("ceiling.rows"), "responses/s", &runs.rows))?;
    report.write(Figure::of(&named("ceiling.handler"), "responses/s", &runs.handler))?;
    report.write(Figure::of(&named("p50_ms"), "ms", &runs.p50))?;
    report.write(Figure::of(&named("p99_ms"), "ms", &runs.p99))?;
    report.write(
        Figure::of(&named("load_us"), "µs", &runs.own_cost)
            .noting("processor time of the load generator per response, on the same cores"),
    )
}

async fn growth(report: &mut Report) -> anyhow::Result<()> {
    let many = if report.quick { 20_000 } else { 100_000 };
    let mut few_stored = Vec::new();
    for _ in 0..RUNS {
        let intake = filled(FEW).await?;
        few_stored.push(cost(&intake).await?);
        intake.stop().await?;
    }
    let few_stored = median(&sorted(&few_stored));
    let (intake, mut ratios) = (filled(many).await?, Vec::new());
    for _ in 0..RUNS {
        ratios.push(cost(&intake).await? / few_stored);
    }
    intake.stop().await?;
    report.write(
        Figure::of("submit.growth", "ratio", &ratios)
            .noting(format!("cost per response at {many} stored against {FEW}, SQLite")),
    )
}

async fn filled(stored: usize) -> anyhow::Result<Intake> {
    let intake = Intake::open(Engine::Sqlite).await?;
    let intake = intake.ok_or_else(|| anyhow::anyhow!("SQLite is always there"))?;
    submit(&intake, stored).await?;
    Ok(intake)
}

/// Seconds per response.
async fn cost(intake: &Intake) -> anyhow::Result<f64> {
    intake.told().await?;
    Ok(1.0 / submit(intake, WINDOW).await?)
}

async fn submit(intake: &Intake, count: usize) -> anyhow::Result<f64> {
    let (token, requests) = (intake.clients.office_token(), Requests::new()?);
    Ok(load::submit(intake.url(), &token, &requests, Until::Accepted(count)).await?.rate())
}
