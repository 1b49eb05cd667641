//! How sure each place is, as a map of shades.
use clap::Args;
use soundings_proto::portfolio::v1 as proto;

use super::{
    super::{full_name, last_part},
    Which,
};
use crate::{
    connection::Connection,
    failure::Outcome,
    output::{self, Format},
};

/// Places shown in a map; the chances of all later ones are summed up.
const PLACES: usize = 24;

/// What is drawn.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    which: Which,
    /// Seed of the random numbers: the same seed, the same outcome.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many draws; without it, 9,604, which give ±0.01.
    #[arg(long, default_value_t = 0)]
    draws: i32,
    /// How closely the weights are known, 0.1 to 1,000,000: the larger, the closer to those of the model; 0: not at all.
    #[arg(long, default_value_t = 100.0)]
    concentration: f64,
    /// Only this portfolio's items, among themselves.
    #[arg(long, default_value = "")]
    portfolio: String,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let portfolio = &options.portfolio;
    let request = proto::GetRobustnessRequest {
        kind: options.which.kind.into(),
        revision: options.which.revision,
        seed: options.seed,
        draws: options.draws,
        concentration: options.concentration,
        portfolio: if portfolio.is_empty() { String::new() } else { full_name("portfolios", portfolio) },
    };
    let found = to.analysis()?.get_robustness(request).await?.into_inner();
    output::one(format, &found, &[], show)
}

/// A line for each item: its mean place, the odds that it stands above the next, and a shade for each place.
fn show(found: &proto::GetRobustnessResponse) -> String {
    let places = found.items.len().min(PLACES);
    let mut text = format!(
        "{}: {} draws (seed {}), every share ±{:.3}\n\nRANK  MEAN   ABOVE NEXT  CHANCE OF EACH PLACE, 1 TO {places}{}  ITEM\n",
        found.name,
        found.draws,
        found.seed,
        found.margin,
        " ".repeat((places + 2).saturating_sub(format!("CHANCE OF EACH PLACE, 1 TO {places}").len()))
    );
    let width = (places + 2).max(format!("CHANCE OF EACH PLACE, 1 TO {places}").len());
    for item in &found.items {
        let shades: String = item.acceptabilities.iter().take(places).map(|share| shade(*share)).collect();
        let next = item.above_next.map_or(String::new(), |odds| format!("{odds:.3}"));
        text.push_str(&format!(
            "{:>4}  {:>5.1}  {next:>8}    {:<width$}  {:<7} {}\n",
            item.rank,
            item.expected_rank,
            format!("│{shades}│"),
            last_part(&item.work_item),
            item.title
        ));
    }
    text.push_str("\n· below 1 %   ░ 1 % or more   ▒ 10 %   ▓ 25 %   █ 50 %\n");
    text
}

fn shade(share: f64) -> char {
    match share {
        share if share >= 0.5 => '█',
        share if share >= 0.25 => '▓',
        share if share >= 0.1 => '▒',
        share if share >= 0.01 => '░',
        _ => '·',
    }
}
