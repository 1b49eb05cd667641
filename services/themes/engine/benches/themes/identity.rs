//! How far statements keep their theme when the same data comes in another order, and when a tenth is added.
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use soundings_themes_domain::statement_digest;
use soundings_themes_engine::chance::Chance;
use soundings_themes_engine::discover::{Discovery, Options};
use soundings_themes_engine::identity::stayed;

use crate::discovery::{found, threads};
use crate::report::Report;
use crate::sets::{Row, Sets};

/// What two groups must agree to be the same.
const LEAST: f64 = 0.3;
/// Draws of order and of what is added.
const DRAWS: u64 = 3;

/// themes.identity.*
pub fn identity(sets: &Sets, report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !report.wants("themes.identity") {
        return Ok(());
    }
    let options = Options { threads: threads(), ..Options::default() };
    let (mut shuffled, mut grown, mut scratch) = (Vec::new(), Vec::new(), Vec::new());
    for file in ["nhs_feedback_neas", "banking77_test", "argkp_train"] {
        let rows = sets.rows(file)?;
        for draw in 1..=DRAWS {
            let mut order: Vec<&Row> = rows.iter().collect();
            Chance::new(draw).shuffle(&mut order);
            let whole = found(sets, &order, &options);
            let part = &order[..order.len() * 10 / 11];
            let before = found(sets, part, &options);
            let centre = Some(before.centre.clone());
            let after = Options { before: digests(part, &before), centre, ..options.clone() };
            let warm = found(sets, &order, &after);
            let in_file: Vec<&Row> = rows.iter().collect();
            let unshuffled = found(sets, &in_file, &options);
            shuffled.push(stayed(&members(&in_file, &unshuffled), &members(&order, &whole), LEAST));
            grown.push(stayed(&members(part, &before), &members(&order, &warm), LEAST));
            scratch.push(stayed(&members(part, &before), &members(&order, &whole), LEAST));
        }
    }
    let lowest = |of: &[f64]| of.iter().copied().fold(1.0, f64::min);
    let note = |of: &[f64]| format!("lowest {:.3} of {} draws on 3 sets", lowest(of), of.len());
    report.write("themes.identity.shuffle", "share", &[mean(&shuffled)], &note(&shuffled))?;
    report.write("themes.identity.grown", "share", &[mean(&grown)], &note(&grown))?;
    report.write("themes.identity.grown_from_scratch", "share", &[mean(&scratch)], &note(&scratch))?;
    Ok(())
}

fn mean(of: &[f64]) -> f64 {
    of.iter().sum::<f64>() / of.len().max(1) as f64
}

fn members(rows: &[&Row], found: &Discovery) -> Vec<BTreeSet<String>> {
    let digest = |place: &usize| statement_digest(&rows[*place].text);
    found.groups.iter().map(|group| group.members.iter().map(digest).collect()).collect()
}

fn digests(rows: &[&Row], found: &Discovery) -> BTreeMap<String, usize> {
    let members = members(rows, found);
    members.into_iter().enumerate().flat_map(|(g, of)| of.into_iter().map(move |d| (d, g))).collect()
}
