//! How good and how fast the analysis of themes is on labelled sets in a folder (`DATA`), a JSON object a line and a
//! table at the end. `BENCH=<prefix>` selects by name. See docs/themes-accuracy.md for what the figures mean.
#![expect(clippy::print_stdout, reason = "figures go to stdout, a JSON object a line")]

mod discovery;
mod identity;
mod report;
mod sets;

use report::Report;
use sets::Sets;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut report = Report::open()?;
    let sets = Sets::open()?;
    discovery::quality(&sets, &mut report)?;
    identity::identity(&sets, &mut report)?;
    discovery::speed(&sets, &mut report)?;
    report.table();
    Ok(())
}
