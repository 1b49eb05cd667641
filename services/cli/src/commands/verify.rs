//! Computing a revision again, here, from nothing but its inputs.
use std::path::PathBuf;

use clap::Args;
use serde::Deserialize;
use soundings_portfolio_domain::{Bundle, replay, scoring_model};
use soundings_proto::portfolio::v1 as proto;

use super::ranking::RankingKind;
use crate::{
    connection::Connection,
    failure::{Failure, Kind, Outcome},
    files,
    output::{self, Format},
};

/// Which revision.
#[derive(Debug, Args)]
pub struct Options {
    /// The revision; without it, the newest.
    #[arg(default_value_t = 0)]
    revision: i64,
    /// Of which ranking.
    #[arg(long, value_enum, default_value_t)]
    kind: RankingKind,
    /// A file that `soundings ranking export` or `ranking what-if --bundle` wrote, instead of asking the service.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["revision", "kind"])]
    bundle: Option<PathBuf>,
}

/// What `soundings ranking export` writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exported {
    name: String,
    digest: String,
    inputs: serde_json::Value,
}

/// Carries it out; a digest that differs is a conflict.
pub async fn run(to: &Connection<'_>, format: Format, options: Options) -> Outcome {
    let is_file = options.bundle.is_some();
    let (name, published, inputs) = match options.bundle {
        Some(file) => {
            let unreadable = |error| Failure::usage(format!("{}: {error}", file.display()));
            let bundle: Exported = serde_json::from_str(&files::text(&file)?).map_err(unreadable)?;
            (bundle.name, bundle.digest, bundle.inputs.to_string().into_bytes())
        }
        None => {
            let request =
                proto::ExportRevisionRequest { kind: options.kind.into(), revision: options.revision };
            let bundle = to.portfolio()?.export_revision(request).await?.into_inner();
            (bundle.name, bundle.digest, bundle.inputs_json)
        }
    };
    let what_if = replay::is_what_if(&inputs);
    let of_file = || serde_json::from_slice::<Bundle>(&inputs).ok().filter(|_| is_file && !what_if);
    let scoring_model = of_file().map(|bundle| scoring_model::digest(&bundle.inputs));
    let computed = if what_if {
        replay::verify(&inputs).map(|(_, digest)| digest)
    } else {
        soundings_portfolio_domain::verify(&inputs)
    };
    let computed = computed.map_err(|error| Failure::new(Kind::Other, format!("{name}: {error}")))?;
    let holds = computed == published;
    if format.is_table() {
        let verdict = if holds { "verified" } else { "NOT verified" };
        let caution = if what_if { " (a what-if, and no revision of any ranking)" } else { "" };
        output::text(&format!("{name}: {verdict}{caution}\npublished {published}\ncomputed  {computed}\n"))?;
    } else {
        let document = serde_json::json!({
            "name": name, "published": published, "computed": computed, "verified": holds, "what_if": what_if,
        });
        output::value(format, &document)?;
    }
    if let Some(model) = scoring_model.filter(|_| holds && format.is_table()) {
        output::note(format!(
            "scoring model {model}\nOrder, values and places follow from the inputs; titles, costs and the revision's number are no \
             part of the digest. Compare both digests with those in the revision's ranking.changed event."
        ));
    }
    if holds {
        return Ok(());
    }
    Err(Failure::new(Kind::Conflict, format!("{name} does not follow from its inputs")))
}
