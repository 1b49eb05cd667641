//! How fast a file of responses goes in.
use std::time::Instant;

use soundings_integration_tests::Engine;
use soundings_proto::consultation::v1::{
    ImportHeader, ImportLayout, ImportResponsesRequest, import_responses_request::Part,
};

use crate::{
    intake::Intake,
    reference_case::{Requests, SURVEY, text_of},
    report::{Figure, Report},
};

const RUNS: usize = 5;
const CHUNK: usize = 256 * 1024;

/// Measures it.
pub async fn measure(report: &mut Report) -> anyhow::Result<()> {
    for (engine, name) in
        [(Engine::Sqlite, "import.csv.rate"), (Engine::Postgres, "import.csv.postgres.rate")]
    {
        if !report.wants(name) || (report.quick && engine == Engine::Postgres) {
            continue;
        }
        let rows = if report.quick { 4_000 } else { 20_000 };
        let Some(intake) = Intake::open(engine).await? else { continue };
        let (mut requests, mut runs) = (Requests::new()?, Vec::new());
        for _ in 0..RUNS {
            let file = file(&mut requests, rows)?;
            let began = Instant::now();
            import(&intake, &file, rows).await?;
            runs.push(rows as f64 / began.elapsed().as_secs_f64());
        }
        intake.stop().await?;
        report.write(Figure::of(name, "rows/s", &runs).noting(format!("files of {rows} rows")))?;
    }
    Ok(())
}

/// Rows of an organisation and two texts, with keys of their own.
fn file(requests: &mut Requests, rows: usize) -> anyhow::Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.write_record(["row_key", "organisation", "help"])?;
    for _ in 0..rows {
        let request = requests.next();
        let response = request.response.unwrap_or_default();
        let organisation = response.organisation.trim_start_matches("organisations/");
        let text = response.answers.iter().find_map(text_of).unwrap_or_default();
        file.write_record([&request.request_id, organisation, text])?;
    }
    Ok(file.into_inner()?)
}

async fn import(intake: &Intake, file: &[u8], rows: usize) -> anyhow::Result<()> {
    let header = ImportHeader {
        parent: format!("surveys/{SURVEY}"),
        layout: ImportLayout::Csv.into(),
        ..Default::default()
    };
    let chunks = file.chunks(CHUNK).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<_> = std::iter::once(Part::Header(header))
        .chain(chunks)
        .map(|part| ImportResponsesRequest { part: Some(part) })
        .collect();
    let reply = intake.clients.consultation().import_responses(futures::stream::iter(parts)).await?;
    let reply = reply.into_inner();
    anyhow::ensure!(reply.imported == i64::try_from(rows)?, "every row goes in: {reply:?}");
    Ok(())
}
