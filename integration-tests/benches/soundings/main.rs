//! Measures what users wait for. `BENCH=<prefix>` selects by name, `BENCH_QUICK=1` takes two minutes or less.
#![expect(clippy::print_stdout, reason = "figures go to stdout, a JSON object a line")]

mod analysis;
mod bare_client;
mod bare_handler;
mod drain;
mod freshness;
mod import;
mod intake;
mod load;
mod rank;
mod reference_case;
mod report;
mod submit;
mod subscriber;
mod themes;
mod themes_at_size;
mod up;

use report::Report;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut report = Report::open()?;
    submit::measure(&mut report).await?;
    freshness::measure(&mut report).await?;
    drain::measure(&mut report).await?;
    up::measure(&mut report).await?;
    import::measure(&mut report).await?;
    themes::measure(&mut report).await?;
    themes_at_size::measure(&mut report).await?;
    analysis::measure(&mut report)?;
    rank::measure(&mut report)
}
