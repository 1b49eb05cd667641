//! The ranking as it would be.
use std::{fs, path::PathBuf};

use clap::{Args, ValueEnum};
use soundings_proto::portfolio::v1 as proto;

use super::{
    super::{full_name, last_part, theme::theme_name},
    Which, moved, place,
    question::pair,
};
use crate::{
    connection::Connection,
    decimal,
    failure::{Failure, Kind, Outcome},
    files,
    output::{self, Column, Format, column, number},
};

/// Whose voice counts how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Voice {
    /// One organisation, one voice.
    #[default]
    Organisation,
    /// Each respondent counts the same.
    Respondent,
    /// Each person that an organisation speaks for counts the same.
    Population,
    /// Each kind of organisation counts the same.
    Kind,
}

/// What is to be different; each can be given several times.
#[derive(Debug, Args)]
pub struct Options {
    #[command(flatten)]
    which: Which,
    /// Another swing, 0 to 100.
    #[arg(long, value_name = "CRITERION=N")]
    swing: Vec<String>,
    /// Other anchors, in the criterion's unit.
    #[arg(long, value_name = "CRITERION=LOW..HIGH")]
    anchors: Vec<String>,
    /// Whose voice counts how much.
    #[arg(long, value_enum, default_value_t)]
    voice: Voice,
    /// An organisation that is taken not to have answered.
    #[arg(long, value_name = "ORGANISATION")]
    without_organisation: Vec<String>,
    /// A codebook under which nobody is taken to have answered.
    #[arg(long, value_name = "CODEBOOK")]
    without_codebook: Vec<String>,
    /// A survey whose bound questions nobody is taken to have answered; what was written in it stays.
    #[arg(long, value_name = "SURVEY")]
    without_survey: Vec<String>,
    /// A campaign that nobody is taken to have sent, by its name in `theme campaigns`.
    #[arg(long, value_name = "CAMPAIGN")]
    without_campaign: Vec<String>,
    /// An item that is not there.
    #[arg(long, value_name = "ITEM")]
    without_item: Vec<String>,
    /// A file with items that are there too, or are otherwise: YAML as for `portfolio apply`, or .csv.
    #[arg(long, value_name = "FILE")]
    items: Option<PathBuf>,
    /// A theme that is approved.
    #[arg(long, value_name = "CODEBOOK/THEME")]
    approve: Vec<String>,
    /// A theme that does not count.
    #[arg(long, value_name = "CODEBOOK/THEME")]
    retire: Vec<String>,
    /// Writes everything it was computed from, for `soundings verify --bundle`.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let request = proto::WhatIfRequest {
        kind: options.which.kind.into(),
        revision: options.which.revision,
        change: Some(change(&options)?),
        with_bundle: options.bundle.is_some(),
    };
    let found = to.analysis()?.what_if(request).await?.into_inner();
    if let Some(file) = &options.bundle {
        write(file, &found)?;
    }
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(&found)?);
    }
    output::list(format, &found.items, &columns())?;
    let size = found.size.unwrap_or_default();
    output::note(format!(
        "what if, beside {}: {} of the items would change place, τ_b {:.3}; nothing was changed",
        found.of_revision, size.moved, size.kendall_tau_b
    ));
    Ok(())
}

fn change(options: &Options) -> Outcome<proto::HypotheticalChange> {
    let voice = match options.voice {
        Voice::Organisation => proto::VoicePolicy::Organisation,
        Voice::Respondent => proto::VoicePolicy::Respondent,
        Voice::Population => proto::VoicePolicy::Population,
        Voice::Kind => proto::VoicePolicy::OrganisationKind,
    };
    let all = |collection: &str, given: &[String]| given.iter().map(|id| full_name(collection, id)).collect();
    let mut change = proto::HypotheticalChange {
        voice: voice.into(),
        without_organisations: all("organisations", &options.without_organisation),
        without_codebooks: all("codebooks", &options.without_codebook),
        without_surveys: all("surveys", &options.without_survey),
        without_campaigns: options.without_campaign.clone(),
        without_work_items: all("workItems", &options.without_item),
        ..Default::default()
    };
    for given in &options.swing {
        let (criterion, swing) = pair("swing", given, "fit=70")?;
        // Swings are thousandths of what people write, decimals 10⁻¹².
        let read = decimal::read(swing).filter(|swing| swing % 1_000_000_000 == 0);
        let swing = read.ok_or_else(|| Failure::usage(format!("--swing {given}: give 0 to 100")))?;
        let criterion = full_name("criteria", criterion);
        change.swings.push(proto::SwingChange { criterion, swing: swing / 1_000_000_000 });
    }
    for given in &options.anchors {
        let (criterion, anchors) = pair("anchors", given, "fit=0..50")?;
        let read = anchors.split_once("..");
        let read = read.and_then(|(low, high)| Some((decimal::read(low)?, decimal::read(high)?)));
        let usage = || Failure::usage(format!("--anchors {given}: give LOW..HIGH, such as fit=0..50"));
        let (lowest, highest) = read.ok_or_else(usage)?;
        let criterion = full_name("criteria", criterion);
        change.anchors.push(proto::AnchorChange { criterion, lowest, highest });
    }
    for (given, approved) in [(&options.approve, true), (&options.retire, false)] {
        for theme in given {
            change.themes.push(proto::ThemeStanding { theme: theme_name(theme)?, approved });
        }
    }
    if let Some(file) = &options.items {
        change.work_items = files::portfolio::read_file(file)?.sound()?.work_items;
    }
    Ok(change)
}

/// The form that `soundings verify --bundle` reads; its name says that it is no revision.
fn write(file: &PathBuf, found: &proto::WhatIfResponse) -> Outcome {
    let other =
        |error: &dyn std::fmt::Display| Failure::new(Kind::Other, format!("{}: {error}", file.display()));
    let inputs: serde_json::Value =
        serde_json::from_slice(&found.bundle_json).map_err(|error| other(&error))?;
    let name = format!("what if of {}", found.of_revision);
    let document = serde_json::json!({ "name": name, "digest": found.digest, "inputs": inputs });
    let text = serde_json::to_string_pretty(&document).map_err(|error| other(&error))?;
    fs::write(file, text + "\n").map_err(|error| other(&error))
}

fn columns() -> Vec<Column<proto::HypotheticalPlace>> {
    vec![
        number("would be", |p| place(p.rank_after)),
        number("is", |p| place(p.rank_before)),
        column("move", |p| {
            if p.rank_after == 0 { "gone".to_owned() } else { moved(p.rank_before, p.rank_after) }
        }),
        column("item", |p| last_part(&p.work_item)),
        number("value", |p| decimal::show(p.value_after, 4)),
        number("change", |p| decimal::signed(p.value_after - p.value_before, 4)),
        column("title", |p| p.title.clone()),
    ]
}
