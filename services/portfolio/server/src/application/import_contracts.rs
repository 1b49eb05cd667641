//! Imports a file of contracts; each is known by its source's keys, and the latest release wins.
use std::collections::BTreeMap;

use soundings_access::Principal;
use soundings_chassis::Problem;
use soundings_mailbox::{database, outbox};
use soundings_portfolio_domain::procurement::{Buyers, Contract, Left, Read, Why, ocds, sheet};
use soundings_proto::portfolio::v1 as proto;

use super::{Runtime, find_opportunities};
use crate::store::{contracts, input_log};

/// Contracts of one transaction: other writers come in between.
const BATCH: usize = 500;
/// Reports of one reply.
const REPORTS: usize = 1_000;

/// A file that has arrived whole.
pub struct File {
    /// How it is laid out.
    pub layout: proto::ContractLayout,
    /// Organisations' ids by what the file calls a buyer.
    pub buyers: BTreeMap<String, String>,
    /// Writes nothing when any row is rejected.
    pub all_or_nothing: bool,
    /// Checks every row and writes nothing.
    pub validate_only: bool,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Imports a file, then tells of the opportunities that are new.
pub async fn import(
    runtime: &Runtime,
    principal: &Principal,
    file: File,
) -> Result<proto::ImportContractsResponse, Problem> {
    let (inputs, ..) = input_log::inputs_at(runtime.db.read(), i64::MAX).await?;
    if let Some((buyer, id)) = file.buyers.iter().find(|(_, id)| !inputs.organisations.contains_key(*id)) {
        let text =
            format!("{buyer:?} stands for organisations/{id}, which is not known here: register it first");
        return Err(Problem::invalid_field("header.buyers", text));
    }
    let buyers = Buyers::new(&inputs.organisations, &file.buyers);
    let read = match file.layout {
        proto::ContractLayout::Ocds => ocds::read(&file.bytes, &buyers),
        _ => sheet::read(&file.bytes, &buyers, runtime.clock.now()),
    };
    let Read { contracts, mut left } = read.map_err(|e| Problem::invalid_field("chunk", e.to_string()))?;
    let mut good: Vec<Contract> = Vec::with_capacity(contracts.len());
    for (row, contract) in contracts {
        if principal.may_act_for(&contract.organisation) {
            good.push(contract);
        } else {
            left.push(Left::rejected(row, "organisation", "is no organisation here: register it first"));
        }
    }
    left.sort_by(|a, b| (a.row, &a.field).cmp(&(b.row, &b.field)));
    let rejected = || left.iter().filter(|left| left.why == Why::Rejected);
    if file.all_or_nothing && rejected().next().is_some() {
        return Err(Problem::invalid(
            rejected().map(|left| (format!("row {}: {}", left.row, left.field), left.description.clone())),
        ));
    }
    let mut reply = proto::ImportContractsResponse {
        contracts: count(good.len()),
        rejected: count(rejected().count()),
        skipped: count(left.iter().filter(|left| left.why == Why::Skipped).count()),
        ..Default::default()
    };
    // A trial writes nothing that a later batch would see.
    let whole = file.all_or_nothing || file.validate_only;
    let batch = if whole { good.len().max(1) } else { BATCH };
    for batch in good.chunks(batch) {
        let tx = runtime.db.begin().await?;
        outbox::hold(&tx, contracts::LOCK).await?;
        let changes = decide(&tx, batch, &mut reply).await?;
        if !file.validate_only {
            let changes: Vec<_> = changes.into_iter().collect();
            contracts::put(&tx, &changes).await?;
            database::commit(tx).await?;
        }
    }
    if !file.validate_only {
        reply.opportunities_found = count(find_opportunities::announce(runtime).await?);
    }
    reply.reports = left.into_iter().take(REPORTS).map(report).collect();
    Ok(reply)
}

/// What of a batch changes the register, by id. Of several releases of one contract the latest is taken.
async fn decide<'a, C: sea_orm::ConnectionTrait>(
    tx: &C,
    batch: &'a [Contract],
    reply: &mut proto::ImportContractsResponse,
) -> Result<BTreeMap<String, &'a Contract>, Problem> {
    let ids: Vec<String> = batch.iter().map(|contract| contract.key.id()).collect();
    let held = contracts::find(tx, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await?;
    let mut changes: BTreeMap<String, &Contract> = BTreeMap::new();
    for (id, contract) in ids.into_iter().zip(batch) {
        match changes.get(&id).copied().or_else(|| held.get(&id)) {
            None => reply.created += 1,
            Some(there) if contract.says_the_same(there) => {
                reply.unchanged += 1;
                continue;
            }
            Some(there) if !contract.replaces(there) => {
                reply.outdated += 1;
                continue;
            }
            Some(_) => reply.changed += 1,
        }
        changes.insert(id, contract);
    }
    Ok(changes)
}

fn report(left: Left) -> proto::ContractRowReport {
    let outcome = match left.why {
        Why::Rejected => proto::ContractRowOutcome::Rejected,
        Why::Skipped => proto::ContractRowOutcome::Skipped,
        Why::Noted => proto::ContractRowOutcome::Noted,
    };
    proto::ContractRowReport {
        row: i64::try_from(left.row).unwrap_or(i64::MAX),
        field: left.field,
        description: left.description,
        outcome: outcome.into(),
    }
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
