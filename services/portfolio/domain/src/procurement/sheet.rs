//! Contracts as a CSV file, a row each.
use std::collections::{HashMap, HashSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    Buyers, Contract, Cpv, Key, Left, Read, Status, UnreadableFile,
    contract::{plain, read_day},
    money,
};

/// Columns that every file has.
pub const REQUIRED: [&str; 3] = ["organisation", "contract", "supplier"];

/// Columns that a file may have: the process and the award that a contract belongs to, its title, the supplier's id, the
/// CPV code and what it is called, the product, pounds a year, days as `2025-03-31`, a status of OCDS, and the day or time
/// that this was true.
pub const OPTIONAL: [&str; 13] = [
    "ocid",
    "award",
    "title",
    "supplier_id",
    "cpv",
    "cpv_title",
    "product",
    "annual_value",
    "start",
    "end",
    "max_extent",
    "status",
    "released",
];

/// Reads a file with a header row of these columns in any order. `organisation` is an organisation's id or name. An empty
/// cell is not known; an empty status is active; without `released`, the row is as of `now`.
///
/// # Errors
/// When the header row lacks a column or has an unknown one.
pub fn read(file: &[u8], buyers: &Buyers, now: DateTime<Utc>) -> Result<Read, UnreadableFile> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|h| h.trim().trim_start_matches('\u{feff}').to_owned()).collect(),
        Err(_) => return Err(UnreadableFile("line 1: the header row is not UTF-8 text".into())),
    };
    let columns: HashMap<&str, usize> = headers.iter().enumerate().map(|(at, h)| (h.as_str(), at)).collect();
    if let Some(missing) = REQUIRED.iter().find(|name| !columns.contains_key(**name)) {
        return Err(UnreadableFile(format!("line 1: there is no column {missing:?} in the header row")));
    }
    let known = |name: &str| REQUIRED.contains(&name) || OPTIONAL.contains(&name);
    if let Some(unknown) = headers.iter().find(|name| !known(name)) {
        let all: Vec<&str> = REQUIRED.iter().chain(&OPTIONAL).copied().collect();
        let text = format!("line 1: column {unknown:?} is not known; columns are {}", all.join(", "));
        return Err(UnreadableFile(text));
    }
    if columns.len() != headers.len() {
        return Err(UnreadableFile("line 1: a column stands in the header row twice".into()));
    }
    let (mut read, mut seen) = (Read::default(), HashSet::new());
    for record in reader.into_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                read.left.push(Left::rejected(line, "", "the row is not UTF-8 text: save the file as UTF-8"));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != headers.len() {
            let text = format!("has {} columns; the header row has {}", record.len(), headers.len());
            read.left.push(Left::rejected(line, "", text));
            continue;
        }
        let cell = |name: &str| columns.get(name).and_then(|at| record.get(*at)).unwrap_or_default().trim();
        match row(&cell, buyers, now) {
            Ok(contract) if !seen.insert(contract.key.clone()) => {
                let text = "stands in the file twice with this supplier: keep one of the rows";
                read.left.push(Left::rejected(line, "contract", text));
            }
            Ok(contract) => read.contracts.push((line, contract)),
            Err((field, text)) => read.left.push(Left::rejected(line, field, text)),
        }
    }
    Ok(read)
}

type Fault = (&'static str, String);

fn row<'a>(cell: &dyn Fn(&str) -> &'a str, buyers: &Buyers, now: DateTime<Utc>) -> Result<Contract, Fault> {
    if let Some(empty) = REQUIRED.into_iter().find(|name| cell(name).is_empty()) {
        return Err((empty, "is empty".into()));
    }
    for name in REQUIRED.iter().chain(&OPTIONAL) {
        if cell(name).chars().count() > 500 {
            return Err((name, "is longer than 500 characters".into()));
        }
    }
    let organisation = buyers
        .find(cell("organisation"), cell("organisation"))
        .ok_or_else(|| ("organisation", "is no organisation here: register it first".to_owned()))?;
    let text = |name: &str| cell(name).to_owned();
    let day = |name: &'static str| match cell(name) {
        "" => Ok(None),
        text => read_day(text).map(Some).ok_or((name, "is no day; give one such as 2025-03-31".to_owned())),
    };
    let (start, end, max_extent) = (day("start")?, day("end")?, day("max_extent")?);
    check_days(start, end, max_extent)?;
    let status = match cell("status") {
        "" => Status::Active,
        name => Status::read(&name.to_lowercase())
            .ok_or(("status", "must be pending, active, cancelled or terminated".to_owned()))?,
    };
    let annual_value_pence = match cell("annual_value") {
        "" => None,
        text => Some(money::read_pounds(text).ok_or_else(|| {
            ("annual_value", "must be pounds such as 120000 or 120000.50, without commas".to_owned())
        })?),
    };
    let cpv = match cell("cpv") {
        "" => None,
        code => {
            let wrong = || ("cpv", "must be 8 digits, with or without the check digit".to_owned());
            Some(Cpv { code: Cpv::read_code(code).ok_or_else(wrong)?, title: text("cpv_title") })
        }
    };
    let ocid = match cell("ocid") {
        "" => format!("register-{organisation}"),
        ocid => ocid.to_owned(),
    };
    let key = Key {
        ocid,
        award: text("award"),
        contract: text("contract"),
        supplier: supplier(cell("supplier_id"), cell("supplier")),
    };
    let released = match cell("released") {
        "" => now,
        text => read_time(text)
            .ok_or(("released", "is no day or time; give one such as 2025-03-31".to_owned()))?,
    };
    Ok(Contract {
        key,
        organisation: organisation.to_owned(),
        title: text("title"),
        supplier_name: text("supplier"),
        supplier_id: text("supplier_id"),
        cpv,
        product: text("product"),
        annual_value_pence,
        start,
        end,
        max_extent,
        estimated: false,
        status,
        released,
    })
}

/// What a supplier is known by: its id, else its name.
pub(super) fn supplier(id: &str, name: &str) -> String {
    if id.is_empty() { format!("name:{}", plain(name)) } else { id.to_owned() }
}

/// Days in their order, or the field at fault.
pub(super) fn check_days(
    start: Option<NaiveDate>,
    end: Option<NaiveDate>,
    max_extent: Option<NaiveDate>,
) -> Result<(), Fault> {
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(("end", "is before the start".into()));
    }
    if end.or(start).zip(max_extent).is_some_and(|(end, extent)| extent < end) {
        return Err(("max_extent", "is before the end".into()));
    }
    Ok(())
}

/// A time of RFC 3339, or the beginning of a day.
pub(super) fn read_time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text.trim()).ok().map(|time| time.to_utc());
    time.or_else(|| Some(read_day(text).filter(|_| !text.contains('T'))?.and_hms_opt(0, 0, 0)?.and_utc()))
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;
    use crate::Organisation;

    fn buyers() -> Buyers {
        let glasgow = Organisation { display_name: "Glasgow City".into(), ..Organisation::default() };
        Buyers::new(&[("GLG".to_owned(), glasgow)].into(), &Default::default())
    }

    fn read_text(text: &str) -> Result<Read, UnreadableFile> {
        read(text.as_bytes(), &buyers(), DateTime::UNIX_EPOCH)
    }

    #[test]
    fn a_row_becomes_a_contract_and_what_is_empty_is_not_known() {
        let text = "organisation,contract,supplier,cpv,annual_value,end\n\
                    Glasgow City Council,C-1,Acme Ltd,48000000-8,120000.50,2026-03-31\n\
                    GLG,C-2,\"ACME, ltd.\",,,\n";
        let read = read_text(text).unwrap();
        assert_eq!(read.left, []);
        let [(2, first), (3, second)] = &read.contracts[..] else { panic!("{:?}", read.contracts) };
        assert_eq!((first.organisation.as_str(), first.annual_value_pence), ("GLG", Some(12_000_050)));
        assert_eq!(first.cpv.as_ref().unwrap().code, "48000000");
        assert_eq!((first.end, first.status), (NaiveDate::from_ymd_opt(2026, 3, 31), Status::Active));
        assert_eq!((second.annual_value_pence, second.end, &second.cpv), (None, None, &None));
        assert_eq!(first.key.supplier, second.key.supplier, "one supplier by its name");
    }

    #[test]
    fn a_bad_row_names_its_line_and_column_and_stops_no_other() {
        let text = "organisation,contract,supplier,annual_value,start,end,max_extent,status,cpv,released\n\
                    NONE,C-1,A,,,,,,,\n\
                    GLG,,A,,,,,,,\n\
                    GLG,C-1,A,\"1,000\",,,,,,\n\
                    GLG,C-1,A,,31/03/2025,,,,,\n\
                    GLG,C-1,A,,2025-04-01,2025-03-31,,,,\n\
                    GLG,C-1,A,,,2025-03-31,2025-03-30,,,\n\
                    GLG,C-1,A,,,,,ended,,\n\
                    GLG,C-1,A,,,,,,1234,\n\
                    GLG,C-1,A,,,,,,,yesterday\n\
                    GLG,C-1\n\
                    GLG,C-1,A,,,,,,,\n\
                    GLG,C-1,A,,,,,,,\n";
        let read = read_text(text).unwrap();
        let named: Vec<_> = read.left.iter().map(|left| (left.row, left.field.as_str())).collect();
        let expected = [
            (2, "organisation"),
            (3, "contract"),
            (4, "annual_value"),
            (5, "start"),
            (6, "end"),
            (7, "max_extent"),
            (8, "status"),
            (9, "cpv"),
            (10, "released"),
            (11, ""),
            (13, "contract"),
        ];
        assert_eq!(named, expected);
        assert_eq!(read.contracts.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [12]);
    }

    #[test]
    fn a_header_that_cannot_be_read_past_is_refused_whole() {
        for (text, told) in
            [("organisation,supplier\n", "\"contract\""), ("organisation,contract,supplier,vat\n", "\"vat\"")]
        {
            let refused = read_text(text).unwrap_err().to_string();
            assert!(refused.contains(told), "{refused}");
        }
    }
}
