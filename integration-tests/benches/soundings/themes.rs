//! Themes: encoding, assignment, and the whole way from an event to the signal that follows from it.
use std::{
    hint::black_box,
    sync::Arc,
    time::{Duration, Instant},
};

use soundings_access::Settings;
use soundings_chassis::{Lifecycle, SystemClock, SystemIds, grpc};
use soundings_integration_tests::{Addresses, Clients, Engine, until};
use soundings_themes::application::ready_codebooks::ModelEncoder;
use soundings_themes_domain::{Codebook, Theme, ThemeState};
use soundings_themes_engine::{Assigner, Encoder, Thresholds, statement::statements};
use soundings_themes_model::Model;

use crate::{
    intake::Intake,
    load::{self, Until},
    reference_case::{self, Requests, SURVEY},
    report::{Figure, Report, percentile, sorted},
};

const RUNS: usize = 5;
const THEMES: usize = 200;
/// Five sentences.
const ANSWER: &str = "Our staff still share one laptop between four and cannot log on from the house. The finance team \
    pays three suppliers for the same licence. Nobody can say how many households we serve, because the systems do not \
    talk to each other. We would welcome a shared set of guidance for managers. Thank you for asking.";

/// Measures it all.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    if report.wants("themes.encode") {
        encode(report)?;
    }
    if report.wants("themes.assign") {
        assign(report)?;
    }
    if report.wants("themes.pipeline") {
        pipeline(report).await?;
    }
    Ok(())
}

fn encode(report: &mut Report) -> anyhow::Result<()> {
    let (model, requests) = (Model::embedded()?, Requests::new()?);
    let texts: Vec<&str> = requests.texts().flat_map(statements).map(|statement| statement.text).collect();
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        let (began, mut count) = (Instant::now(), 0);
        while began.elapsed() < Duration::from_millis(500) {
            black_box(model.encode(&texts));
            count += texts.len();
        }
        runs.push(count as f64 / began.elapsed().as_secs_f64());
    }
    report.write(
        Figure::of("themes.encode.rate", "texts/s", &runs).noting("statements of the demo, on one core"),
    )
}

fn assign(report: &mut Report) -> anyhow::Result<()> {
    let encoder = ModelEncoder(Model::embedded()?);
    let assigner = Assigner::new(&codebook(), &encoder as &dyn Encoder, Thresholds::default());
    let (mut p50, mut p99) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let mut times = Vec::new();
        for _ in 0..2_000 {
            let began = Instant::now();
            black_box(assigner.assign(ANSWER, &encoder));
            times.push(began.elapsed().as_secs_f64() * 1e6);
        }
        let times = sorted(&times);
        p50.push(percentile(&times, 0.5));
        p99.push(percentile(&times, 0.99));
    }
    let note = format!("an answer of five sentences under {THEMES} themes");
    report.write(Figure::of("themes.assign.p50_us", "µs", &p50).noting(&note))?;
    report.write(Figure::of("themes.assign.p99_us", "µs", &p99).noting(&note))
}

fn codebook() -> Codebook {
    let theme = |i: usize| Theme {
        id: format!("t{i:03}"),
        title: format!("Theme number {i} about work and places"),
        description: format!(
            "Whatever belongs to the {i}th subject of this codebook, such as tools and skills."
        ),
        exemplars: (0..4)
            .map(|j| format!("Exemplar {j} of theme {i}: staff, data, cost and homes."))
            .collect(),
        state: ThemeState::Approved,
        revision: 1,
        ..Theme::default()
    };
    Codebook {
        id: "c".into(),
        title: "c".into(),
        surveys: vec![],
        questions: vec![],
        themes: (0..THEMES).map(theme).collect(),
        version: 1,
        ..Codebook::default()
    }
}

/// Every event waits in the stream when the service starts; consultation, which it reads the words from, runs beside.
async fn pipeline(report: &mut Report) -> anyhow::Result<()> {
    let count = if report.quick { 2_000 } else { 10_000 };
    for (engine, name) in
        [(Engine::Sqlite, "themes.pipeline.rate"), (Engine::Postgres, "themes.pipeline.postgres.rate")]
    {
        if !report.wants(name) || (report.quick && engine == Engine::Postgres) {
            continue;
        }
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            let Some(intake) = Intake::open(engine).await? else { return Ok(()) };
            let folder = tempfile::tempdir()?;
            let Some(database) = engine.database(folder.path(), "themes").await else { return Ok(()) };
            let (lifecycle, clients) = themes(&intake, &database).await?;
            reference_case::load_codebook(&clients).await?;
            lifecycle.shutdown(Duration::from_secs(15)).await?;

            let (token, until_accepted) = (intake.clients.office_token(), Until::Accepted(count));
            load::submit(intake.url(), &token, &Requests::new()?, until_accepted).await?;
            intake.told().await?;
            let began = Instant::now();
            let (lifecycle, clients) = themes(&intake, &database).await?;
            until("counts of all responses", async || {
                let counts = clients.counts(SURVEY).await?;
                (usize::try_from(counts.responses) == Ok(count)).then_some(())
            })
            .await;
            runs.push(count as f64 / began.elapsed().as_secs_f64());
            lifecycle.shutdown(Duration::from_secs(15)).await?;
            intake.stop().await?;
        }
        report
            .write(Figure::of(name, "responses/s", &runs).noting(format!(
                "{count} events waiting; text, mentions, tallies and signals; one replica"
            )))?;
    }
    Ok(())
}

/// Starts the themes service beside an intake.
async fn themes(intake: &Intake, database: &str) -> anyhow::Result<(Lifecycle, Clients)> {
    let config = soundings_themes::Config {
        database: database.to_owned(),
        nats: soundings_jetstream::Config::at(intake.nats.url()),
        consultation: intake.url().to_owned(),
        access: Settings { signing_key_file: Some(intake.key_file()), ..Settings::default() },
        ..Default::default()
    };
    let (lifecycle, listener) = (Lifecycle::new(), grpc::bind("127.0.0.1:0").await?);
    let (clock, ids) = (Arc::new(SystemClock), Arc::new(SystemIds));
    let running = soundings_themes::build(config, listener, &lifecycle, clock, ids).await?;
    let themes = format!("http://{}", running.address);
    let addresses = Addresses { themes, ..intake.clients.addresses().clone() };
    Ok((lifecycle, Clients::new(addresses, &intake.key_file())))
}
