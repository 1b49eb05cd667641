//! Tallies that stand in place of a codebook's, from a message.
use std::collections::BTreeMap;

use soundings_chassis::Problem;
use soundings_portfolio_domain::{Signal, check::RESPONDENTS, replaced_signals::ReplacedSignals};
use soundings_proto::portfolio::v1 as proto;

use crate::rpc::names;

/// Most codebooks with other tallies.
const CODEBOOKS: usize = 20;
/// Most organisations of a codebook.
const ORGANISATIONS: usize = 10_000;
/// Most themes that an organisation raises.
const THEMES: usize = 1_000;

/// What the field `change.replaced_signals` holds. What it names is looked for when it is put in place.
///
/// # Errors
/// The first field that cannot be so, by its place in the request, with what to give instead.
pub fn read(given: &[proto::ReplacedSignals]) -> Result<ReplacedSignals, Problem> {
    let mut read = ReplacedSignals::new();
    at_most(CODEBOOKS, given.len(), "change.replaced_signals")?;
    for (at, replaced) in given.iter().enumerate() {
        let field = format!("change.replaced_signals[{at}]");
        let codebook = names::read(&format!("{field}.codebook"), "codebooks", &replaced.codebook)?;
        at_most(ORGANISATIONS, replaced.organisations.len(), &format!("{field}.organisations"))?;
        let mut signals = BTreeMap::new();
        for (at, tallies) in replaced.organisations.iter().enumerate() {
            let field = format!("{field}.organisations[{at}]");
            let name = format!("{field}.organisation");
            let organisation = names::read(&name, "organisations", &tallies.organisation)?;
            if signals.insert(organisation, signal(&field, tallies)?).is_some() {
                return Err(twice(name));
            }
        }
        if read.insert(codebook, signals).is_some() {
            return Err(twice(format!("{field}.codebook")));
        }
    }
    Ok(read)
}

fn signal(field: &str, tallies: &proto::ReplacedTallies) -> Result<Signal, Problem> {
    let respondents = tallies.respondents;
    within(
        format!("{field}.respondents"),
        respondents,
        RESPONDENTS,
        "the most that an organisation can have",
    )?;
    at_most(THEMES, tallies.themes.len(), &format!("{field}.themes"))?;
    let mut signal = Signal { respondents, ..Signal::default() };
    for (at, tally) in tallies.themes.iter().enumerate() {
        let field = format!("{field}.themes[{at}]");
        let theme = names::read_theme(&format!("{field}.theme"), &tally.theme)?;
        let (raised, against) = (tally.respondents, tally.against_respondents);
        within(format!("{field}.respondents"), raised, respondents, "the respondents who answered")?;
        within(
            format!("{field}.against_respondents"),
            against,
            raised,
            "the respondents who raise the theme",
        )?;
        if against > 0 {
            signal.against.insert(theme.clone(), against);
        }
        if signal.themes.insert(theme, raised).is_some() {
            return Err(twice(format!("{field}.theme")));
        }
    }
    Ok(signal)
}

fn within(field: String, count: i64, most: i64, what: &str) -> Result<(), Problem> {
    if (0..=most).contains(&count) {
        return Ok(());
    }
    let text = format!("is {count}; give 0 to {most}, {what}");
    Err(Problem::invalid_field(field, text))
}

fn at_most(most: usize, given: usize, field: &str) -> Result<(), Problem> {
    if given <= most {
        return Ok(());
    }
    Err(Problem::invalid_field(field, format!("are {given}; at most {most}")))
}

fn twice(field: String) -> Problem {
    Problem::invalid_field(field, "is given twice; leave one out")
}
