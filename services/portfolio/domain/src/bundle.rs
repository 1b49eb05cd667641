//! A revision's inputs as they are handed out, so that anyone can compute it again.
use serde::{Deserialize, Serialize};

use crate::{Inputs, Kind, check::check, rank};

/// The version of everything that is fixed here: k, m and n of demand, how mentions are read and what a met need counts, the
/// value function, the order of ties, the digest's encoding. A change to any of them is another version.
pub const RULES: u32 = 3;

/// All that one revision was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// The [`RULES`] it was computed by.
    pub rules: u32,
    /// Which ranking.
    pub kind: Kind,
    /// What was ranked.
    pub inputs: Inputs,
}

/// Why a bundle cannot be verified.
#[derive(Debug, thiserror::Error)]
pub enum Unverifiable {
    /// It is no bundle.
    #[error("this is no bundle of a revision's inputs: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// It was computed by other rules than this program knows.
    #[error("the bundle was computed by version {0} of the rules; this program knows version {RULES}")]
    Rules(u32),
    /// Its inputs could never have been ranked.
    #[error("the bundle's inputs cannot be ranked: {}", named(.0))]
    Inputs(Vec<(String, String)>),
}

fn named(wrong: &[(String, String)]) -> String {
    wrong.iter().map(|(field, text)| format!("{field}: {text}")).collect::<Vec<_>>().join("; ")
}

impl Bundle {
    /// A bundle by the present rules.
    pub fn new(kind: Kind, inputs: Inputs) -> Self {
        Bundle { rules: RULES, kind, inputs }
    }
}

/// Ranks a bundle's inputs (JSON) from nothing and returns the digest (SHA-256, hex) that its revision must have.
///
/// # Errors
/// When it is no bundle, was computed by other rules, or holds inputs that cannot be ranked.
pub fn verify(json: &[u8]) -> Result<String, Unverifiable> {
    let bundle: Bundle = serde_json::from_slice(json)?;
    if bundle.rules != RULES {
        return Err(Unverifiable::Rules(bundle.rules));
    }
    let wrong = check(&bundle.inputs);
    if !wrong.is_empty() {
        return Err(Unverifiable::Inputs(wrong));
    }
    Ok(rank(&bundle.inputs, bundle.kind).digest())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rank::tests::inputs;

    fn json(bundle: &Bundle) -> Vec<u8> {
        serde_json::to_vec(bundle).unwrap()
    }

    #[test]
    fn a_bundle_verifies_to_its_rankings_digest() {
        for kind in Kind::ALL {
            let digest = verify(&json(&Bundle::new(kind, inputs()))).unwrap();
            assert_eq!(digest, rank(&inputs(), kind).digest());
        }
    }

    #[test]
    fn what_cannot_be_verified_is_refused_and_named() {
        assert!(matches!(verify(b"{}"), Err(Unverifiable::Unreadable(_))));
        let other = Bundle { rules: 1, ..Bundle::new(Kind::Official, inputs()) };
        assert!(matches!(verify(&json(&other)), Err(Unverifiable::Rules(1))));
        let mut spoilt = inputs();
        spoilt.criteria.get_mut("fit").unwrap().swing = -1;
        let refused = verify(&json(&Bundle::new(Kind::Official, spoilt))).unwrap_err().to_string();
        assert!(refused.contains("criteria/fit.swing"), "{refused}");
    }
}
