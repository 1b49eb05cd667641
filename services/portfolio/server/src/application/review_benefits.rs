//! Reviews the register of benefits at a day, each with what it rests on.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use soundings_chassis::Problem;
use soundings_portfolio_domain::{
    Inputs,
    benefits::{Benefit, Reviewed, review},
};
use soundings_proto::portfolio::v1 as proto;

use super::Runtime;
use crate::{
    rpc::{benefits_messages, messages},
    store::{
        benefits::{self, Register},
        input_log,
    },
};

/// The register at a version (0: the newest), or NOT_FOUND.
pub async fn register(runtime: &Runtime, version: i64) -> Result<Register, Problem> {
    let register = benefits::at(runtime.db.read(), if version == 0 { i64::MAX } else { version }).await?;
    if version > register.version || version < 0 {
        return Err(Problem::not_found("register version", &version.to_string()));
    }
    Ok(register)
}

/// The review.
pub async fn review_status(
    runtime: &Runtime,
    version: i64,
    day: NaiveDate,
) -> Result<proto::BenefitsReview, Problem> {
    let register = register(runtime, version).await?;
    let (inputs, ..) = input_log::inputs_at(runtime.db.read(), i64::MAX).await?;
    let found = review(&register.benefits, day);
    let all = || found.benefits.iter().chain(&found.disbenefits);
    let message = |reviewed: &Reviewed<'_>| proto::BenefitReview {
        benefit: Some(benefits_messages::benefit(reviewed.id, reviewed.benefit, register.etag(reviewed.id))),
        planned: reviewed.planned,
        measured: reviewed.measured.map(|(day, actual)| benefits_messages::actual(day, actual)),
        realised: reviewed.realised,
        planned_share: reviewed.planned_share,
        overdue_since: reviewed.overdue_since.map(|day| day.to_string()).unwrap_or_default(),
        unmeasured: reviewed.unmeasured(),
        chain: chain(reviewed.benefit, &inputs),
    };
    let cashable = found.cashable;
    Ok(proto::BenefitsReview {
        date: day.to_string(),
        register_version: register.version,
        benefits: found.benefits.iter().map(message).collect(),
        disbenefits: found.disbenefits.iter().map(message).collect(),
        cashable: Some(proto::CashableTotals {
            target: cashable.target,
            planned: cashable.planned,
            realised: cashable.realised,
            benefits: count(cashable.benefits),
            measured: count(cashable.measured),
        }),
        overdue: count(all().filter(|reviewed| reviewed.overdue_since.is_some()).count()),
        unmeasured: count(all().filter(|reviewed| reviewed.unmeasured()).count()),
    })
}

/// Benefit ← item ← themes ← those who raise them.
fn chain(benefit: &Benefit, inputs: &Inputs) -> Vec<proto::BenefitChain> {
    let link = |(id, share): (&String, &i64)| {
        let item = inputs.items.get(id);
        let links = item.iter().flat_map(|item| item.links.iter()).filter(|(_, link)| link.is_answer());
        let themes: BTreeSet<&str> = links.map(|(said, _)| inputs.goes_to(said)).collect();
        let raise = themes.iter().flat_map(|theme| {
            inputs.answered(theme).filter(|(_, signal)| signal.themes.get(*theme).is_some_and(|n| *n > 0))
        });
        let organisations: BTreeSet<&String> = raise.map(|(id, _)| id).collect();
        proto::BenefitChain {
            work_item: format!("workItems/{id}"),
            title: item.map(|item| item.title.clone()).unwrap_or_default(),
            share: i32::try_from(*share).unwrap_or(i32::MAX),
            theme_titles: themes.iter().map(|theme| messages::theme_title(inputs, theme)).collect(),
            themes: themes.into_iter().map(str::to_owned).collect(),
            organisations: count(organisations.len()),
        }
    };
    benefit.shares.iter().map(link).collect()
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}
