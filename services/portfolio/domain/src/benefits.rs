//! The register of benefits: what work is to change, how that is measured, and what was measured.
//!
//! Amounts are whole numbers in 10⁻⁶ of the benefit's unit; those of a cashable benefit are in 10⁻⁶ pounds. Only what was
//! measured counts as realised: what cannot be measured cannot be claimed (IPA, Guide for effective benefits management
//! in major projects, 2017).
pub mod benefit;
pub mod review;

pub use benefit::{Actual, Benefit, Status, Type, check};
pub use review::{CashableTotals, Review, Reviewed, review};

/// 1 in 10⁻⁶.
pub const MILLION: i64 = 1_000_000;
