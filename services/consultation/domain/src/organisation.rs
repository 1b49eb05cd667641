//! Partners.
use serde::{Deserialize, Serialize};

use crate::{Rejection, Violations, id};

/// What kind of partner an organisation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum OrganisationKind {
    /// A local authority.
    Council,
    /// Any other public body.
    PublicBody,
    /// A charity or voluntary organisation.
    Voluntary,
    /// Anything else.
    Other,
}

/// A partner, such as a council.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub display_name: String,
    /// What kind it is.
    pub kind: OrganisationKind,
    /// A code of an outside register; may be empty.
    pub code: String,
    /// People it speaks for; 0 means not known.
    pub population: i64,
    /// Grows by one with each change, from 1.
    pub version: i64,
}

impl Organisation {
    /// Checks every field.
    pub fn check(&self) -> Result<(), Rejection> {
        let mut violations = Violations::default();
        if !id::is_id(&self.id) {
            violations.add("organisation_id", id::RULE);
        }
        violations.check_length("organisation.display_name", &self.display_name, 1, 200);
        violations.check_length("organisation.code", &self.code, 0, 40);
        if !(0..=10_000_000_000).contains(&self.population) {
            violations.add("organisation.population", "must be 0 to 10,000,000,000");
        }
        violations.into_result()
    }
}
