//! A what-if as it is handed out, so that anyone can compute it again: a closed consultation under another voice policy,
//! say. Its form, its digest's tag and what `verify` calls it differ from a revision's: it cannot be taken for one.
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{
    Inputs, Kind,
    bundle::{RULES, Unverifiable},
    check::check,
    voice::{Voice, rank_under},
};

/// All that a what-if was computed from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replay {
    /// The revision that it departs from. Its presence marks the bundle.
    pub what_if_of: Departure,
    /// The [`RULES`] it was computed by.
    pub rules: u32,
    /// Which ranking.
    pub kind: Kind,
    /// Whose voice counts how much.
    pub voice: Voice,
    /// What was ranked: the revision's inputs as they were changed.
    pub inputs: Inputs,
}

/// The revision that a what-if departs from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Departure {
    /// `rankings/{official|provisional}/revisions/{revision}`.
    pub revision: String,
    /// The digest it was published with, SHA-256 in hex.
    pub digest: String,
}

impl Replay {
    /// SHA-256 (hex) of the tag `soundings-what-if-1`, the revision's digest, the voice's number (1 byte, in the order of
    /// [`Voice::ALL`]) and the digest of the what-if's own ordering; digests as hex.
    pub fn digest(&self) -> String {
        let voice = Voice::ALL.iter().position(|voice| *voice == self.voice).unwrap_or(usize::MAX);
        let mut hash = Sha256::new();
        hash.update(b"soundings-what-if-1");
        hash.update(self.what_if_of.digest.as_bytes());
        hash.update([u8::try_from(voice).unwrap_or(u8::MAX)]);
        hash.update(rank_under(&self.inputs, self.kind, self.voice).digest().as_bytes());
        hex::encode(hash.finalize())
    }
}

/// Whether these bytes claim to be a what-if rather than a revision.
pub fn is_what_if(json: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(json).is_ok_and(|value| value.get("what_if_of").is_some())
}

/// Ranks a what-if's inputs (JSON) from nothing and returns what it departs from, with the digest that it must have.
///
/// # Errors
/// When it is no what-if, was computed by other rules, or holds inputs that cannot be ranked.
pub fn verify(json: &[u8]) -> Result<(Departure, String), Unverifiable> {
    let replay: Replay = serde_json::from_slice(json)?;
    if replay.rules != RULES {
        return Err(Unverifiable::Rules(replay.rules));
    }
    let wrong = check(&replay.inputs);
    if !wrong.is_empty() {
        return Err(Unverifiable::Inputs(wrong));
    }
    let digest = replay.digest();
    Ok((replay.what_if_of, digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Bundle, bundle, rank::tests::inputs};

    fn replay(voice: Voice) -> Replay {
        let what_if_of = Departure { revision: "rankings/official/revisions/3".into(), digest: "ab".into() };
        Replay { what_if_of, rules: RULES, kind: Kind::Official, voice, inputs: inputs() }
    }

    #[test]
    fn a_what_if_verifies_and_is_never_taken_for_a_revision() {
        for voice in Voice::ALL {
            let json = serde_json::to_vec(&replay(voice)).unwrap();
            assert!(is_what_if(&json));
            let (of, digest) = verify(&json).unwrap();
            assert_eq!(
                (of.revision.as_str(), digest),
                ("rankings/official/revisions/3", replay(voice).digest())
            );
            assert!(bundle::verify(&json).is_err(), "no revision");
            assert_ne!(replay(voice).digest(), crate::rank(&inputs(), Kind::Official).digest());
        }
        let revision = serde_json::to_vec(&Bundle::new(Kind::Official, inputs())).unwrap();
        assert!(!is_what_if(&revision) && verify(&revision).is_err());
        assert_ne!(replay(Voice::Organisation).digest(), replay(Voice::Respondent).digest());
    }

    #[test]
    fn other_rules_and_impossible_inputs_are_refused() {
        let mut other = replay(Voice::Organisation);
        other.rules = 1;
        assert!(matches!(verify(&serde_json::to_vec(&other).unwrap()), Err(Unverifiable::Rules(1))));
        let mut wrong = replay(Voice::Organisation);
        wrong.inputs.criteria.values_mut().for_each(|criterion| criterion.swing = 0);
        assert!(matches!(verify(&serde_json::to_vec(&wrong).unwrap()), Err(Unverifiable::Inputs(_))));
    }
}
