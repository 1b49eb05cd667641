//! Changes the register of benefits: definitions, measurements. All or nothing.
use chrono::NaiveDate;
use soundings_chassis::Problem;
use soundings_portfolio_domain::benefits::{
    Actual, Benefit,
    benefit::{BENEFITS, check, check_actual},
};
use soundings_proto::portfolio::v1 as proto;

use super::{
    Runtime,
    change_model::check_etag,
    once::{Mutation, once},
};
use crate::{
    rpc::benefits_messages,
    store::{
        benefits::{self, Register},
        input_log,
    },
};

/// A benefit to create or replace.
pub struct Defined {
    /// Its id.
    pub id: String,
    /// Its content, without what was measured.
    pub benefit: Benefit,
    /// What is to be recorded of it: days, amounts and what shows them. Other days keep what they have.
    pub measured: Vec<(NaiveDate, i64, String)>,
    /// The etag it was read with; empty: whatever it is.
    pub etag: String,
}

/// Creates or replaces benefits.
pub async fn apply(
    runtime: &Runtime,
    mutation: Mutation,
    defined: Vec<Defined>,
) -> Result<proto::ApplyBenefitsResponse, Problem> {
    let applied = once(runtime, &mutation, benefits::COUNTER, async |tx, now| {
        let mut register = benefits::at(tx, i64::MAX).await?;
        let (inputs, ..) = input_log::inputs_at(tx, i64::MAX).await?;
        let mut applied = proto::ApplyBenefitsResponse::default();
        let (mut changes, mut wrong) = (Vec::new(), Vec::new());
        for Defined { id, mut benefit, measured, etag } in defined {
            check_etag(&etag, register.etag(&id))?;
            let held = register.benefits.get(&id);
            benefit.actuals = held.map(|held| held.actuals.clone()).unwrap_or_default();
            let name = format!("benefits/{id}");
            for (day, amount, evidence) in measured {
                let stands = |actual: &Actual| actual.amount == amount && actual.evidence == evidence;
                if benefit.actuals.get(&day).is_some_and(stands) {
                    continue;
                }
                let actual = Actual { amount, evidence, actor: mutation.principal.clone(), recorded: now };
                let bad = check_actual(day, &actual, now.date_naive()).into_iter();
                wrong.extend(bad.map(|(field, text)| {
                    (format!("{name}.{}", field.replacen("actual", "actuals", 1)), text)
                }));
                benefit.actuals.insert(day, actual);
            }
            wrong.extend(check(&name, &benefit, |item| inputs.items.contains_key(item)));
            match held {
                Some(held) if benefit == *held => {
                    applied.unchanged += 1;
                    continue;
                }
                Some(_) => applied.changed += 1,
                None => applied.created += 1,
            }
            register.benefits.insert(id.clone(), benefit.clone());
            changes.push((id, benefit));
        }
        if register.benefits.len() > BENEFITS {
            let text = format!("would be {}; at most {BENEFITS}", register.benefits.len());
            wrong.push(("benefits".to_owned(), text));
        }
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong));
        }
        applied.register_version = register.version;
        for (id, benefit) in &changes {
            applied.register_version =
                benefits::append(tx, id, Some(benefit), &mutation.principal, now).await?;
        }
        Ok(applied)
    });
    applied.await
}

/// Records a measurement, in the place of one of the same day.
pub async fn record(
    runtime: &Runtime,
    mutation: Mutation,
    (id, etag): (&str, &str),
    (day, amount, evidence): (NaiveDate, i64, String),
) -> Result<proto::Benefit, Problem> {
    let recorded = once(runtime, &mutation, benefits::COUNTER, async |tx, now| {
        let register = benefits::at(tx, i64::MAX).await?;
        let mut benefit = find(&register, id)?.clone();
        check_etag(etag, register.etag(id))?;
        let actual = Actual { amount, evidence, actor: mutation.principal.clone(), recorded: now };
        let mut wrong = check_actual(day, &actual, now.date_naive());
        benefit.actuals.insert(day, actual);
        // Its items may be gone by now; what they brought can be measured all the same.
        wrong.extend(check(&format!("benefits/{id}"), &benefit, |_| true));
        if !wrong.is_empty() {
            return Err(Problem::invalid(wrong));
        }
        let version = benefits::append(tx, id, Some(&benefit), &mutation.principal, now).await?;
        Ok(benefits_messages::benefit(id, &benefit, version))
    });
    recorded.await
}

/// Removes a benefit.
pub async fn delete(
    runtime: &Runtime,
    mutation: Mutation,
    id: &str,
    etag: &str,
) -> Result<proto::DeleteBenefitResponse, Problem> {
    let deleted = once(runtime, &mutation, benefits::COUNTER, async |tx, now| {
        let register = benefits::at(tx, i64::MAX).await?;
        find(&register, id)?;
        check_etag(etag, register.etag(id))?;
        benefits::append(tx, id, None, &mutation.principal, now).await?;
        Ok(proto::DeleteBenefitResponse {})
    });
    deleted.await
}

/// A benefit of the register, or NOT_FOUND.
pub fn find<'a>(register: &'a Register, id: &str) -> Result<&'a Benefit, Problem> {
    register.benefits.get(id).ok_or_else(|| Problem::not_found("benefit", &format!("benefits/{id}")))
}
