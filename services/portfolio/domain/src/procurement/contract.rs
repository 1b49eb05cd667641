//! A contract of the register.
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of a contract's id, before it is written in hex.
const ID_BYTES: usize = 12;

/// A council's contract with one supplier. A contract with several suppliers stands in the register once for each.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// What it is known by at its source.
    pub key: Key,
    /// The id of the organisation that buys.
    pub organisation: String,
    /// What the contract is called; may be empty.
    pub title: String,
    /// The supplier's name.
    pub supplier_name: String,
    /// The supplier's id in an outside register, such as `GB-COH-01234567`; may be empty.
    pub supplier_id: String,
    /// What kind of thing is bought, where it is told.
    pub cpv: Option<Cpv>,
    /// What is bought; may be empty.
    pub product: String,
    /// What it costs a year, in pence; None: not known, which is not 0.
    pub annual_value_pence: Option<i64>,
    /// Its first day.
    pub start: Option<NaiveDate>,
    /// Its last day, if nothing is extended.
    pub end: Option<NaiveDate>,
    /// Its last day, if every option to extend is taken.
    pub max_extent: Option<NaiveDate>,
    /// Whether the dates are the tender's, from before there was a contract.
    pub estimated: bool,
    /// Where it stands.
    pub status: Status,
    /// When its source said this; the latest wins.
    pub released: DateTime<Utc>,
}

/// What a contract is known by at its source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Key {
    /// The contracting process.
    pub ocid: String,
    /// The award within it; may be empty.
    pub award: String,
    /// The contract within it; empty where the source tells awards alone.
    pub contract: String,
    /// The supplier: its id, else its name.
    pub supplier: String,
}

/// A class of the Common Procurement Vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cpv {
    /// Eight digits, without the check digit.
    pub code: String,
    /// What the class is called; may be empty.
    pub title: String,
}

/// Where a contract stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not in force yet.
    Pending,
    /// In force.
    Active,
    /// Given up before it was in force.
    Cancelled,
    /// Over.
    Terminated,
}

impl Key {
    /// The contract's id: the first 24 hex digits of the SHA-256 of the key's parts, each with its length.
    pub fn id(&self) -> String {
        digest(&[&self.ocid, &self.award, &self.contract, &self.supplier])
    }

    /// The key without the supplier: what a value belongs to.
    pub fn shared(&self) -> (&str, &str, &str) {
        (&self.ocid, &self.award, &self.contract)
    }
}

impl Contract {
    /// Whether it counts when councils look for what to buy together.
    pub fn is_live(&self) -> bool {
        matches!(self.status, Status::Pending | Status::Active)
    }

    /// The words of its supplier's name.
    pub fn supplier_words(&self) -> String {
        plain(&self.supplier_name)
    }

    /// Its last day if every option is taken.
    pub fn last_day(&self) -> Option<NaiveDate> {
        self.max_extent.max(self.end)
    }

    /// Whether it takes the place of what the register holds: the latest release wins, and of two as late the one that
    /// came later.
    pub fn replaces(&self, held: &Contract) -> bool {
        self.released >= held.released
    }

    /// Whether both say the same, whenever they said it.
    pub fn says_the_same(&self, other: &Contract) -> bool {
        *self == Contract { released: self.released, ..other.clone() }
    }
}

impl Cpv {
    /// Reads a code such as `72000000` or `72000000-5`; the check digit is ignored. None: it is none.
    pub fn read_code(text: &str) -> Option<String> {
        let (code, check) = text.trim().split_once('-').unwrap_or((text.trim(), "0"));
        let digits = |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
        (digits(code, 8) && digits(check, 1)).then(|| code.to_owned())
    }
}

impl Status {
    /// Its name in OCDS and in files.
    pub fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Active => "active",
            Status::Cancelled => "cancelled",
            Status::Terminated => "terminated",
        }
    }

    /// From its name.
    pub fn read(name: &str) -> Option<Status> {
        let all = [Status::Pending, Status::Active, Status::Cancelled, Status::Terminated];
        all.into_iter().find(|status| status.name() == name)
    }
}

/// The first 24 hex digits of the SHA-256 of texts, each after its length as 8 bytes.
pub(super) fn digest(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hex::encode(&hash.finalize()[..ID_BYTES])
}

/// Words in lower case with one space between them, without punctuation: what is compared of names.
pub fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join(" ")
}

/// A day as `2025-03-31`, or the date in front of a time such as `2025-03-31T23:59:59Z`.
pub(super) fn read_day(text: &str) -> Option<NaiveDate> {
    let text = text.trim();
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let valid = time.is_none_or(|time| time.len() >= 5 && time.as_bytes()[0].is_ascii_digit());
    NaiveDate::parse_from_str(day, "%Y-%m-%d").ok().filter(|_| valid && day.len() == 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_eight_digits_whatever_its_check_digit() {
        assert_eq!(Cpv::read_code("72000000-5").as_deref(), Some("72000000"));
        assert_eq!(Cpv::read_code(" 72000000 ").as_deref(), Some("72000000"));
        for text in ["", "7200000", "720000000", "72000000-", "72000000-55", "7200000X"] {
            assert_eq!(Cpv::read_code(text), None, "{text}");
        }
    }

    #[test]
    fn keys_that_differ_have_ids_that_differ() {
        let key = |award: &str, contract: &str| Key {
            ocid: "o".into(),
            award: award.into(),
            contract: contract.into(),
            supplier: "s".into(),
        };
        assert_ne!(key("ab", "c").id(), key("a", "bc").id());
        assert_eq!(key("a", "b").id().len(), 24);
    }

    #[test]
    fn a_day_is_what_the_source_wrote() {
        assert_eq!(read_day("2025-03-31T23:59:59+01:00"), NaiveDate::from_ymd_opt(2025, 3, 31));
        for text in ["2025-02-30", "31/03/2025", "2025-3-31", "2025-03-31T", ""] {
            assert_eq!(read_day(text), None, "{text}");
        }
    }
}
