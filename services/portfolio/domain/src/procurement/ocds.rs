//! Contracts out of OCDS 1.1 JSON: a release package, a record package, or one release.
//!
//! Where a contract lacks a field, its award is asked, then the tender: supplier `contracts[].awardID` →
//! `awards[].suppliers[]` → `parties[].identifier`; CPV of the contract's items, the award's, the tender's; value of the
//! contract, else of the award; period of the contract, else the award's `contractPeriod`, else the tender's, marked
//! estimated. Without `contracts[]`, each award stands for one. Lot, unit and milestone are not looked at.
use serde_json::Value;

use super::{
    Buyers, Contract, Cpv, Key, Left, Read, Status, UnreadableFile, money,
    sheet::{check_days, read_time, supplier},
};
use period::Period;

mod period;

/// Reads a package. Rows are numbered from 1: releases, or records of a record package. A buyer that is no organisation
/// here, and a release that awards nothing, are skipped.
///
/// # Errors
/// When the file is no JSON, or holds neither releases nor records.
pub fn read(file: &[u8], buyers: &Buyers) -> Result<Read, UnreadableFile> {
    let package: Value = serde_json::from_slice(file).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        UnreadableFile(format!("{place}: this is no JSON"))
    })?;
    let mut read = Read::default();
    if let Some(releases) = package.get("releases").and_then(Value::as_array) {
        for (row, release) in (1..).zip(releases) {
            read_release(
                &Release { row, path: format!("releases[{}]", row - 1), json: release },
                buyers,
                &mut read,
            );
        }
    } else if let Some(records) = package.get("records").and_then(Value::as_array) {
        for (row, record) in (1..).zip(records) {
            read_record(row, record, buyers, &mut read);
        }
    } else if package.get("ocid").is_some() {
        read_release(&Release { row: 1, path: String::new(), json: &package }, buyers, &mut read);
    } else {
        return Err(UnreadableFile("there are neither releases nor records in this file".into()));
    }
    Ok(read)
}

fn read_record(row: u64, record: &Value, buyers: &Buyers, read: &mut Read) {
    let path = format!("records[{}]", row - 1);
    if let Some(compiled) = record.get("compiledRelease").filter(|compiled| compiled.is_object()) {
        read_release(&Release { row, path: format!("{path}.compiledRelease"), json: compiled }, buyers, read);
        return;
    }
    let embedded =
        list(record, "releases").iter().enumerate().filter(|(_, release)| release.get("ocid").is_some());
    let mut any = false;
    for (at, release) in embedded {
        any = true;
        read_release(&Release { row, path: format!("{path}.releases[{at}]"), json: release }, buyers, read);
    }
    if !any {
        let text = "holds no compiledRelease and no release, at most links: fetch those";
        read.left.push(Left::rejected(row, path, text));
    }
}

/// A release in its place.
struct Release<'a> {
    row: u64,
    path: String,
    json: &'a Value,
}

impl Release<'_> {
    fn field(&self, path: &str) -> String {
        if self.path.is_empty() { path.to_owned() } else { format!("{}.{path}", self.path) }
    }

    fn rejected(&self, path: &str, text: &str) -> Left {
        Left::rejected(self.row, self.field(path), text)
    }

    /// The award of this id, and its path.
    fn award(&self, id: &str) -> Option<(&Value, String)> {
        let (at, award) =
            list(self.json, "awards").iter().enumerate().find(|(_, award)| text(award, "id") == id)?;
        Some((award, format!("awards[{at}]")))
    }

    /// The party that an organisation reference names.
    fn party(&self, id: &str) -> Option<&Value> {
        list(self.json, "parties").iter().find(|party| !id.is_empty() && text(party, "id") == id)
    }

    /// An organisation reference's id in an outside register, else its own, and its name.
    fn named(&self, reference: &Value) -> (String, String) {
        let id = text(reference, "id");
        let party = self.party(&id);
        let identifier = party.and_then(|party| party.get("identifier")).unwrap_or(&Value::Null);
        let (scheme, outside) = (text(identifier, "scheme"), text(identifier, "id"));
        let name = match text(reference, "name") {
            name if name.is_empty() => party.map(|party| text(party, "name")).unwrap_or_default(),
            name => name,
        };
        match (scheme.is_empty(), outside.is_empty()) {
            (_, true) => (id, name),
            (true, false) => (outside, name),
            (false, false) => (format!("{scheme}-{outside}"), name),
        }
    }
}

fn read_release(release: &Release<'_>, buyers: &Buyers, read: &mut Read) {
    match contracts(release, buyers, read) {
        Ok(()) => {}
        Err(left) => read.left.push(left),
    }
}

fn contracts(release: &Release<'_>, buyers: &Buyers, read: &mut Read) -> Result<(), Left> {
    let ocid = text(release.json, "ocid");
    if ocid.is_empty() {
        return Err(release.rejected("ocid", "is missing"));
    }
    let released = read_time(&text(release.json, "date"))
        .ok_or_else(|| release.rejected("date", "must be a time such as 2025-03-31T12:00:00Z"))?;
    let buyer = release.json.get("buyer").unwrap_or(&Value::Null);
    let (outside, name) = release.named(buyer);
    let found = buyers.find(&text(buyer, "id"), &name).or_else(|| buyers.find(&outside, &name));
    let organisation = found.ok_or_else(|| {
        Left::skipped(
            release.row,
            release.field("buyer"),
            "is no organisation here: register it, or give an alias",
        )
    })?;
    let process = Process { release, ocid, released, organisation };
    let signed = list(release.json, "contracts");
    for (at, contract) in signed.iter().enumerate() {
        let award = release.award(&text(contract, "awardID"));
        process.read(Some((contract, format!("contracts[{at}]"))), award, read);
    }
    if signed.is_empty() {
        let awards = list(release.json, "awards");
        for (at, award) in awards.iter().enumerate() {
            process.read(None, Some((award, format!("awards[{at}]"))), read);
        }
        if awards.is_empty() {
            return Err(Left::skipped(release.row, release.field("awards"), "nothing was awarded yet"));
        }
    }
    Ok(())
}

/// A contracting process at a release.
struct Process<'a> {
    release: &'a Release<'a>,
    ocid: String,
    released: chrono::DateTime<chrono::Utc>,
    organisation: &'a str,
}

/// A part of a release, with its path.
type Part<'a> = (&'a Value, String);

impl Process<'_> {
    /// Reads a contract of an award, once for each supplier.
    fn read(&self, contract: Option<Part<'_>>, award: Option<Part<'_>>, read: &mut Read) {
        match self.contracts(contract.as_ref(), award.as_ref(), read) {
            Ok(contracts) => read.contracts.extend(contracts.into_iter().map(|c| (self.release.row, c))),
            Err(left) => read.left.push(left),
        }
    }

    fn contracts(
        &self,
        contract: Option<&Part<'_>>,
        award: Option<&Part<'_>>,
        read: &mut Read,
    ) -> Result<Vec<Contract>, Left> {
        let null = (&Value::Null, String::new());
        let (own, path) = contract.or(award).unwrap_or(&null);
        let (awarded, award_path) = award.unwrap_or(&null);
        let Some(status) = self.status(contract, awarded, path)? else {
            let text = "was unsuccessful: nothing was bought";
            return Err(Left::skipped(self.release.row, self.release.field(&format!("{path}.status")), text));
        };
        let suppliers = list(awarded, "suppliers");
        if suppliers.is_empty() {
            let (field, text) = match award {
                Some(_) => (format!("{award_path}.suppliers"), "is missing: nobody supplies it"),
                None => {
                    (format!("{path}.awardID"), "names no award of this release, so that nobody supplies it")
                }
            };
            return Err(self.release.rejected(&field, text));
        }
        let parts: Vec<&Part<'_>> = contract.into_iter().chain(award).collect();
        let period = self.period(contract, award)?;
        let total = self.value(&parts, read)?;
        let cpv = self.cpv(&parts)?;
        let annual = match (total, period.start, period.end) {
            (Some(total), Some(start), Some(end)) => Some(money::annual(total, start, end)),
            (Some(_), ..) => {
                let text =
                    "has a value but not both its first and last day: what it costs a year is not known";
                read.left.push(Left::noted(self.release.row, self.release.field(path), text));
                None
            }
            (None, ..) => None,
        };
        let told = |key: &str| parts.iter().map(|(json, _)| text(json, key)).find(|text| !text.is_empty());
        let tender = self.release.json.get("tender").unwrap_or(&Value::Null);
        let mut contracts = Vec::with_capacity(suppliers.len());
        for (at, reference) in suppliers.iter().enumerate() {
            let (supplier_id, supplier_name) = self.release.named(reference);
            if supplier_id.is_empty() && supplier_name.is_empty() {
                let field = format!("{award_path}.suppliers[{at}]");
                return Err(self.release.rejected(&field, "has neither an id nor a name"));
            }
            contracts.push(Contract {
                key: Key {
                    ocid: self.ocid.clone(),
                    award: text(awarded, "id"),
                    contract: if contract.is_some() { text(own, "id") } else { String::new() },
                    supplier: supplier(&supplier_id, &supplier_name),
                },
                organisation: self.organisation.to_owned(),
                title: told("title").unwrap_or_else(|| text(tender, "title")),
                supplier_name,
                supplier_id,
                product: product(&parts),
                cpv: cpv.clone(),
                annual_value_pence: annual,
                start: period.start,
                end: period.end,
                max_extent: period.max_extent,
                estimated: period.estimated,
                status,
                released: self.released,
            });
        }
        Ok(contracts)
    }

    /// None: the award was unsuccessful.
    fn status(&self, contract: Option<&Part<'_>>, award: &Value, path: &str) -> Result<Option<Status>, Left> {
        let name = match contract {
            Some((contract, _)) => text(contract, "status"),
            None => text(award, "status"),
        };
        match name.as_str() {
            "" => Ok(Some(Status::Active)),
            "unsuccessful" if contract.is_none() => Ok(None),
            name => Status::read(name).map(Some).ok_or_else(|| {
                let text = "must be pending, active, cancelled or terminated";
                self.release.rejected(&format!("{path}.status"), text)
            }),
        }
    }

    fn period(&self, contract: Option<&Part<'_>>, award: Option<&Part<'_>>) -> Result<Period, Left> {
        let tender = (self.release.json.get("tender").unwrap_or(&Value::Null), "tender".to_owned());
        let places = [
            (contract, "period", false),
            (award, "contractPeriod", false),
            (Some(&tender), "contractPeriod", true),
        ];
        for (part, name, estimated) in places {
            let Some((json, path)) = part else { continue };
            let Some(json) = json.get(name) else { continue };
            let wrong = |(field, text): (&str, String)| {
                let field = format!("{path}.{name}.{field}");
                Left::rejected(self.release.row, self.release.field(&field), text)
            };
            let period = Period::read(json).map_err(wrong)?;
            if period.start.is_some() || period.end.is_some() || period.max_extent.is_some() {
                check_days(period.start, period.end, period.max_extent).map_err(|(field, text)| {
                    wrong((if field == "end" { "endDate" } else { "maxExtentDate" }, text))
                })?;
                return Ok(Period { estimated, ..period });
            }
        }
        Ok(Period::default())
    }

    /// Pence of the whole term. An amount in another currency is noted and not known.
    fn value(&self, parts: &[&Part<'_>], read: &mut Read) -> Result<Option<i64>, Left> {
        for (json, path) in parts {
            let Some(value) =
                json.get("value").filter(|value| value.get("amount").is_some_and(|a| !a.is_null()))
            else {
                continue;
            };
            let currency = text(value, "currency");
            if !currency.is_empty() && currency != "GBP" {
                let field = self.release.field(&format!("{path}.value.currency"));
                read.left.push(Left::noted(
                    self.release.row,
                    field,
                    "is not GBP: the value is taken as not known",
                ));
                return Ok(None);
            }
            let wrong = || {
                let text = "must be an amount of 0 or more, in pounds";
                self.release.rejected(&format!("{path}.value.amount"), text)
            };
            return money::read_pounds(&text(value, "amount")).map(Some).ok_or_else(wrong);
        }
        Ok(None)
    }

    fn cpv(&self, parts: &[&Part<'_>]) -> Result<Option<Cpv>, Left> {
        let tender = (self.release.json.get("tender").unwrap_or(&Value::Null), "tender".to_owned());
        for (json, path) in parts.iter().copied().chain([&tender]) {
            for (at, item) in list(json, "items").iter().enumerate() {
                let Some(class) = item.get("classification").filter(|class| is_cpv(class)) else { continue };
                let code = Cpv::read_code(&text(class, "id")).ok_or_else(|| {
                    let field = format!("{path}.items[{at}].classification.id");
                    self.release.rejected(&field, "must be 8 digits, with or without the check digit")
                })?;
                return Ok(Some(Cpv { code, title: text(class, "description") }));
            }
        }
        Ok(None)
    }
}

fn is_cpv(class: &Value) -> bool {
    text(class, "scheme").eq_ignore_ascii_case("CPV")
}

/// What the first item is called.
fn product(parts: &[&Part<'_>]) -> String {
    let items = parts.iter().flat_map(|(json, _)| list(json, "items"));
    items.map(|item| text(item, "description")).find(|text| !text.is_empty()).unwrap_or_default()
}

/// A text, or a number as it is written; empty: there is none. At most 500 characters.
fn text(json: &Value, key: &str) -> String {
    let whole = match json.get(key) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    whole.chars().take(500).collect()
}

fn list<'a>(json: &'a Value, key: &str) -> &'a [Value] {
    json.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
