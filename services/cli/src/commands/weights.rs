//! Weights of criteria from judgements. They are shown; nothing is changed.
use std::path::{Path, PathBuf};

use clap::Subcommand;
use soundings_proto::portfolio::v1 as proto;

use crate::{
    connection::Connection,
    failure::{Failure, Outcome},
    files,
    output::{self, Column, Format, column, number},
};

/// Where weights come from.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// From pairwise comparisons (AHP)
    Ahp {
        /// A CSV: a line of criteria after an empty cell, then each criterion with how many times as important it is as
        /// each, such as 3 or 1/3. What is left empty is 1 over its opposite.
        file: PathBuf,
    },
    /// From swings: the most important going from worst to best is 100
    Swings {
        /// What each is worth beside it.
        #[arg(required = true, value_name = "CRITERION=N")]
        swings: Vec<String>,
    },
}

fn columns() -> Vec<Column<proto::ElicitedWeight>> {
    vec![
        column("criterion", |w| w.criterion.clone()),
        number("weight", |w| format!("{:.4}", w.weight)),
        number("swing", |w| format!("{}", w.swing as f64 / 1000.0)),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let request = match command {
        Command::Ahp { file } => comparisons(&file)?,
        Command::Swings { swings } => from_swings(&swings)?,
    };
    let compared = !request.comparisons.is_empty();
    let found = to.analysis()?.elicit_weights(request).await?.into_inner();
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(&found)?);
    }
    output::list(format, &found.weights, &columns())?;
    if compared {
        output::note(format!(
            "λmax {:.4}, consistency ratio {:.3} (at most 0.1 is consistent)",
            found.lambda_max, found.consistency_ratio
        ));
    }
    if !found.warning.is_empty() {
        output::note(format!("warning: {}", found.warning));
    }
    Ok(())
}

fn from_swings(given: &[String]) -> Outcome<proto::ElicitWeightsRequest> {
    let mut request = proto::ElicitWeightsRequest::default();
    for text in given {
        let read = text.split_once('=').and_then(|(name, swing)| Some((name, swing.parse().ok()?)));
        let usage = || Failure::usage(format!("{text}: give CRITERION=N, such as fit=70"));
        let (name, swing): (&str, f64) = read.ok_or_else(usage)?;
        request.criteria.push(name.to_owned());
        request.swings.push(swing);
    }
    Ok(request)
}

fn comparisons(file: &Path) -> Outcome<proto::ElicitWeightsRequest> {
    let from = file.display();
    let text = files::text(file)?;
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let unreadable = |error: csv::Error| Failure::usage(format!("{from}: {error}"));
    let criteria: Vec<String> =
        reader.headers().map_err(unreadable)?.iter().skip(1).map(str::to_owned).collect();
    let mut rows = Vec::new();
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(unreadable)?;
        let expected = criteria.get(at).map_or("", String::as_str);
        if record.get(0) != Some(expected) {
            let text = format!(
                "{from}:{}: is of {:?}; the rows stand in the order of the first line: {expected:?}",
                at + 2,
                record.get(0).unwrap_or("")
            );
            return Err(Failure::usage(text));
        }
        let cell = |column: usize| -> Outcome<Option<f64>> {
            let text = record.get(column + 1).unwrap_or("");
            let wrong = || {
                Failure::usage(format!("{from}:{}: {text:?} is no number above 0 such as 3 or 1/3", at + 2))
            };
            if text.is_empty() { Ok(None) } else { times(text).map(Some).ok_or_else(wrong) }
        };
        rows.push((0..criteria.len()).map(cell).collect::<Outcome<Vec<_>>>()?);
    }
    if rows.len() != criteria.len() {
        let text = format!("{from}: {} rows for {} criteria; give one each", rows.len(), criteria.len());
        return Err(Failure::usage(text));
    }
    let times = |row: usize, column: usize| match (rows[row][column], rows[column][row]) {
        (Some(times), _) => Ok(times),
        (None, _) if row == column => Ok(1.0),
        (None, Some(opposite)) => Ok(1.0 / opposite),
        (None, None) => {
            let text = format!("{from}: {} is not compared with {}", criteria[row], criteria[column]);
            Err(Failure::usage(text))
        }
    };
    let row = |row: usize| -> Outcome<proto::ComparisonRow> {
        Ok(proto::ComparisonRow {
            times: (0..criteria.len()).map(|c| times(row, c)).collect::<Outcome<_>>()?,
        })
    };
    let comparisons = (0..criteria.len()).map(row).collect::<Outcome<_>>()?;
    Ok(proto::ElicitWeightsRequest { criteria, comparisons, ..Default::default() })
}

/// `3`, `0.5` or `1/3`.
fn times(text: &str) -> Option<f64> {
    let times: f64 = match text.split_once('/') {
        Some((over, under)) => over.trim().parse::<f64>().ok()? / under.trim().parse::<f64>().ok()?,
        None => text.parse().ok()?,
    };
    Some(times).filter(|times| times.is_finite() && *times > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Outcome<proto::ElicitWeightsRequest> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.csv");
        std::fs::write(&file, text).unwrap();
        comparisons(&file)
    }

    #[test]
    fn half_a_matrix_is_completed_by_its_opposites() {
        let request = read(",cost,fit,risk\ncost,,3,1/2\nfit,,1,\nrisk,,4,1\n").ok().unwrap();
        let rows: Vec<_> = request.comparisons.into_iter().map(|row| row.times).collect();
        assert_eq!(rows, [[1.0, 3.0, 0.5], [1.0 / 3.0, 1.0, 0.25], [2.0, 4.0, 1.0]]);
        assert_eq!(request.criteria, ["cost", "fit", "risk"]);
    }

    #[test]
    fn what_is_no_matrix_is_refused() {
        for text in [
            ",a,b\na,1,2\n",
            ",a,b\nb,1,2\na,1,1\n",
            ",a,b\na,1,\nb,,1\n",
            ",a,b\na,1,x\nb,,1\n",
            ",a,b\na,,0\nb,,\n",
            ",a,b\na,,nan\nb,,\n",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
