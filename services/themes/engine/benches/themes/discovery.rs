//! Groups found against those people made, and the time it takes.
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::Instant;

use soundings_themes_engine::agreement::{adjusted_mutual_information, adjusted_rand};
use soundings_themes_engine::{Discovery, Options, Watch, discover};

use crate::report::Report;
use crate::sets::{Row, Sets};

/// What people made of each row, as a number, and what was found.
fn groupings(rows: &[&Row], discovery: &Discovery) -> (Vec<usize>, Vec<usize>) {
    let names: BTreeSet<_> = rows.iter().map(|row| &row.first).collect();
    let numbers: BTreeMap<_, _> = names.into_iter().enumerate().map(|(i, name)| (name, i)).collect();
    let truth = rows.iter().map(|row| numbers[&row.first]).collect();
    let none = discovery.groups.len();
    (truth, discovery.group_of.iter().map(|group| group.unwrap_or(none)).collect())
}

pub fn found(sets: &Sets, rows: &[&Row], options: &Options) -> Discovery {
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    match discover(&texts, sets, options, Watch::SILENT) {
        Ok(discovery) => discovery,
        Err(stopped) => unreachable!("nobody stops it: {stopped}"),
    }
}

pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// themes.ami.*
pub fn quality(sets: &Sets, report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !report.wants("themes.ami") {
        return Ok(());
    }
    let options = Options { threads: threads(), ..Options::default() };
    for (name, file) in [("nhs", "nhs_feedback_neas"), ("banking77", "banking77_test")] {
        let rows = sets.rows(file)?;
        let rows: Vec<&Row> = rows.iter().filter(|row| row.first.is_some()).collect();
        let discovery = found(sets, &rows, &options);
        let (truth, groups) = groupings(&rows, &discovery);
        let ari = adjusted_rand(&truth, &groups);
        let note = format!("{} rows, {} groups, ARI {ari:.3}", rows.len(), discovery.groups.len());
        let ami = adjusted_mutual_information(&truth, &groups);
        report.write(&format!("themes.ami.{name}"), "AMI", &[ami], &note)?;
    }
    let rows = sets.rows("argkp_train")?;
    let mut topics: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.iter().filter(|row| row.first.is_some()).for_each(|r| topics.entry(&r.group).or_default().push(r));
    let amis: Vec<f64> = topics
        .iter()
        .map(|(topic, rows)| {
            let options = Options { question: (*topic).to_owned(), ..options.clone() };
            let (truth, groups) = groupings(rows, &found(sets, rows, &options));
            adjusted_mutual_information(&truth, &groups)
        })
        .collect();
    let mean = amis.iter().sum::<f64>() / amis.len() as f64;
    report.write("themes.ami.argkp", "AMI", &[mean], &format!("mean of {} topics", amis.len()))?;
    Ok(())
}

/// themes.discover.*
pub fn speed(sets: &Sets, report: &mut Report) -> Result<(), Box<dyn Error>> {
    if !report.wants("themes.discover") {
        return Ok(());
    }
    let base: Vec<Row> = ["banking77_train", "banking77_test", "nhs_feedback_neas", "argkp_train"]
        .into_iter()
        .map(|name| sets.rows(name))
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    // Rows that are all distinct: each further pass over the sets ends in a word of its own.
    let words = ["today", "again", "locally"];
    let all: Vec<String> = (0..45_000)
        .map(|i| {
            let row = &base[i % base.len()];
            let pass = i / base.len();
            if pass == 0 { row.text.clone() } else { format!("{} {}", row.text, words[pass % 3]) }
        })
        .collect();
    for (count, runs) in [(10_000, 5), (45_000, 1)] {
        let texts: Vec<&str> = all.iter().take(count).map(String::as_str).collect();
        let mut times = Vec::new();
        for _ in 0..runs {
            let began = Instant::now();
            let options = Options { threads: threads(), ..Options::default() };
            let discovery = discover(&texts, sets, &options, Watch::SILENT)?;
            times.push(began.elapsed().as_secs_f64());
            assert!(!discovery.groups.is_empty());
        }
        report.write(
            &format!("themes.discover.{count}_s"),
            "s",
            &times,
            &format!("{} threads", threads()),
        )?;
    }
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes: f64 =
        peak.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(f64::NAN);
    report.write("themes.discover.45000_rss_mb", "MB", &[kilobytes / 1024.0], "peak of the whole bench")?;
    Ok(())
}
