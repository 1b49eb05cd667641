//! What the work is for, and what was measured of it.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_chassis::{Clock, SystemClock};
use soundings_proto::portfolio::v1 as proto;

use super::{full_name, last_part};
use crate::{
    amounts, ask,
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    files,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with benefits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create or replace what a YAML file holds and record its measurements, all or nothing; what it does not name stays
    Apply {
        /// The file.
        file: PathBuf,
        /// Checks everything and writes nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List all
    List {
        /// Only those that this work item brings.
        #[arg(long)]
        item: Option<String>,
    },
    /// Record a measurement, in the place of one of the same day
    Record {
        /// The benefit's id.
        benefit: String,
        /// The day, such as 2025-03-31.
        day: String,
        /// The amount, in the benefit's unit.
        #[arg(allow_hyphen_values = true)]
        amount: String,
        /// What shows it: a report, a ledger, a survey.
        #[arg(long)]
        evidence: String,
        /// The etag it was read with; without one, whatever it is.
        #[arg(long, default_value = "")]
        etag: String,
    },
    /// Review the register at a day: what is realised, overdue, never measured
    Report {
        /// The day; without it, today.
        #[arg(long, value_name = "DAY")]
        date: Option<String>,
        /// A version of the register; 0 is the newest.
        #[arg(long, default_value_t = 0)]
        version: i64,
    },
    /// Remove a benefit; what was published of it stays
    Delete {
        /// The benefit's id.
        benefit: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn columns() -> Vec<Column<proto::Benefit>> {
    vec![
        column("benefit", |b| last_part(&b.name)),
        column("type", |b| b.r#type().as_str_name().trim_start_matches("BENEFIT_TYPE_").to_lowercase()),
        column("status", |b| b.status().as_str_name().trim_start_matches("BENEFIT_STATUS_").to_lowercase()),
        number("baseline", |b| amounts::show(b.baseline)),
        number("target", |b| amounts::show(b.target)),
        column("unit", |b| b.unit.clone()),
        column("by", |b| b.profile.last().map(|planned| planned.date.clone()).unwrap_or_default()),
        number("measured", |b| b.actuals.len().to_string()),
        column("title", |b| b.title.clone()),
        wide(column("items", |b| {
            b.sources
                .iter()
                .map(|s| format!("{} {}", last_part(&s.work_item), s.share))
                .collect::<Vec<_>>()
                .join(", ")
        })),
        wide(column("owner", |b| b.owner.clone())),
        wide(column("etag", |b| b.etag.clone())),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.benefits()?;
    match command {
        Command::Apply { file, dry_run } => {
            let (from, text) = (file.display().to_string(), files::text(&file)?);
            let benefits = files::benefits::read(&from, &text)?;
            let named = |failure| files::benefits::with_lines(failure, &from, &text, &benefits);
            let applied = apply(to, benefits.clone(), dry_run).await.map_err(named)?;
            if !format.is_table() {
                return output::value(format, &output::json(&applied)?);
            }
            let would = if dry_run { "would be " } else { "" };
            output::note(format!(
                "{would}{} created, {} changed, {} unchanged; register version {}",
                applied.created, applied.changed, applied.unchanged, applied.register_version
            ));
            Ok(())
        }
        Command::List { item } => {
            let work_item = item.map(|item| full_name("workItems", &item)).unwrap_or_default();
            let (mut all, mut page_token) = (Vec::new(), String::new());
            loop {
                let work_item = work_item.clone();
                let request = proto::ListBenefitsRequest { page_size: 1000, page_token, work_item };
                let page = client.list_benefits(request).await?.into_inner();
                all.extend(page.benefits);
                page_token = page.next_page_token;
                if page_token.is_empty() {
                    return output::list(format, &all, &columns());
                }
            }
        }
        Command::Record { benefit, day, amount, evidence, etag } => {
            let wrong = || {
                Failure::usage(format!(
                    "{amount:?} is no amount; give a number with at most 6 decimal places"
                ))
            };
            let actual = proto::ActualAmount {
                date: day,
                amount: amounts::read(&amount).ok_or_else(wrong)?,
                evidence,
                ..Default::default()
            };
            let benefit = full_name("benefits", &benefit);
            let request = proto::RecordActualRequest {
                benefit,
                actual: Some(actual),
                etag,
                request_id: new_request_id(),
            };
            output::single(format, &client.record_actual(request).await?.into_inner(), &columns())
        }
        Command::Report { date, version } => {
            let date = date.unwrap_or_else(|| SystemClock.now().date_naive().to_string());
            let request = proto::ReviewStatusRequest { date, register_version: version };
            report(format, &client.review_status(request).await?.into_inner())
        }
        Command::Delete { benefit, yes } => {
            let name = full_name("benefits", &benefit);
            ask::confirm(yes, &format!("{name} leaves the register"))?;
            let request =
                proto::DeleteBenefitRequest { name, etag: String::new(), request_id: new_request_id() };
            client.delete_benefit(request).await?;
            Ok(())
        }
    }
}

/// Applies a register with its measurements.
pub async fn apply(
    to: &Connection<'_>,
    benefits: Vec<proto::Benefit>,
    validate_only: bool,
) -> Outcome<proto::ApplyBenefitsResponse> {
    let request = proto::ApplyBenefitsRequest { benefits, validate_only, request_id: new_request_id() };
    Ok(to.benefits()?.apply_benefits(request).await?.into_inner())
}

fn report(format: Format, review: &proto::BenefitsReview) -> Outcome {
    if !format.is_table() && format != Format::Csv {
        return output::value(format, &output::json(review)?);
    }
    let columns = [
        column("benefit", |r: &proto::BenefitReview| {
            r.benefit.as_ref().map(|b| last_part(&b.name)).unwrap_or_default()
        }),
        number("planned", |r| amounts::show(r.planned)),
        number("measured", |r| r.measured.as_ref().map(|m| amounts::show(m.amount)).unwrap_or_default()),
        column("on", |r| r.measured.as_ref().map(|m| m.date.clone()).unwrap_or_default()),
        number("realised", |r| r.realised.map(percent).unwrap_or_else(|| "-".to_owned())),
        number("of planned", |r| percent(r.planned_share)),
        column("overdue since", |r| r.overdue_since.clone()),
        column("title", |r| r.benefit.as_ref().map(|b| b.title.clone()).unwrap_or_default()),
        wide(column("rests on", |r| {
            r.chain
                .iter()
                .map(|c| format!("{} ← {}", last_part(&c.work_item), c.theme_titles.join(", ")))
                .collect::<Vec<_>>()
                .join("; ")
        })),
    ];
    output::list(format, &review.benefits, &columns)?;
    if !review.disbenefits.is_empty() {
        if format.is_table() {
            output::text("\nDisbenefits, counted apart\n")?;
        }
        output::list(format, &review.disbenefits, &columns)?;
    }
    if format.is_table() {
        let cashable = review.cashable.unwrap_or_default();
        output::note(format!(
            "as of {}, register version {}: £{} realised of £{} planned and £{} aimed at ({} of {} cashable measured); {} \
             overdue, {} never measured",
            review.date,
            review.register_version,
            amounts::show(cashable.realised),
            amounts::show(cashable.planned),
            amounts::show(cashable.target),
            cashable.measured,
            cashable.benefits,
            review.overdue,
            review.unmeasured
        ));
    }
    Ok(())
}

/// A share in 10⁻⁶ as a percentage with one place, cut off.
fn percent(millionths: i64) -> String {
    format!("{}%", amounts::show(millionths / 1_000 * 100_000))
}
