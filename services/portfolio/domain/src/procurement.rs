//! The register of councils' contracts, and what they could buy together (STAMP).
//!
//! Contracts come from OCDS 1.1 JSON or a CSV file ([`ocds`], [`sheet`]); [`opportunities`] finds those of several
//! organisations that end within one window; [`evidence`] says what an opportunity is worth as a work item's score. Money
//! is in whole pence, dates are days; what is not known is absent, which is not zero.
pub mod buyers;
pub mod contract;
pub mod evidence;
pub mod money;
pub mod ocds;
pub mod opportunities;
pub mod policy;
pub mod report;
pub mod sheet;

pub use buyers::Buyers;
pub use contract::{Contract, Cpv, Key, Status};
pub use opportunities::{Basis, Ending, Opportunity, Search, opportunities};
pub use policy::Policy;
pub use report::{Left, Read, UnreadableFile, Why};
