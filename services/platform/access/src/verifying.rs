//! Checks tokens against the keys of a JSON Web Key Set.
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind, jwk::JwkSet};
use sha2::{Digest, Sha256};

use crate::{AUDIENCE, Principal, signing::Claims};

/// Tokens that are remembered as good, so that a busy caller's signature is checked once.
const REMEMBERED: usize = 10_000;

/// Seconds by which clocks may differ.
const LEEWAY: i64 = 30;

struct Known {
    principal: Principal,
    not_before: i64,
    expires: i64,
}

/// Checks tokens: EdDSA only, by key id, issuer, audience and time.
pub struct Verifier {
    keys: HashMap<String, DecodingKey>,
    issuer: String,
    known: Mutex<HashMap<[u8; 32], Known>>,
}

impl Verifier {
    /// A verifier for one issuer's key set, as JSON.
    pub fn from_jwks(jwks: &str, issuer: &str) -> anyhow::Result<Self> {
        let set: JwkSet = serde_json::from_str(jwks)?;
        let mut keys = HashMap::new();
        for jwk in &set.keys {
            if let Some(id) = &jwk.common.key_id {
                keys.insert(id.clone(), DecodingKey::from_jwk(jwk)?);
            }
        }
        anyhow::ensure!(!keys.is_empty(), "the key set holds no key with an id");
        Ok(Verifier { keys, issuer: issuer.to_owned(), known: Mutex::default() })
    }

    /// The caller that a token names. The error is a sentence for the caller; it holds nothing of the token.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, &'static str> {
        let fingerprint: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now = now.timestamp();
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if !known.contains_key(&fingerprint) {
            if known.len() >= REMEMBERED {
                known.clear();
            }
            let claims = self.check(token)?;
            let principal =
                Principal { subject: claims.sub, roles: claims.roles, organisation: claims.organisation };
            known.insert(fingerprint, Known { principal, not_before: claims.nbf, expires: claims.exp });
        }
        let found = &known[&fingerprint];
        if found.expires + LEEWAY <= now {
            Err("the token has expired: get a new one")
        } else if now + LEEWAY < found.not_before {
            Err("the token is not valid yet: check the clocks")
        } else {
            Ok(found.principal.clone())
        }
    }

    fn check(&self, token: &str) -> Result<Claims, &'static str> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "the token is no JSON Web Token")?;
        if header.alg != Algorithm::EdDSA {
            return Err("the token must be signed with EdDSA");
        }
        let key = header.kid.and_then(|id| self.keys.get(&id));
        let key = key.ok_or("the token is signed by a key that is not known here")?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are checked above, on every call and by the caller's clock.
        validation.validate_exp = false;
        jsonwebtoken::decode(token, key, &validation).map(|data| data.claims).map_err(|error| {
            match error.kind() {
                ErrorKind::InvalidSignature => "the token's signature does not hold",
                ErrorKind::InvalidAudience => "the token is meant for another service",
                ErrorKind::InvalidIssuer => "the token comes from an issuer that is not trusted here",
                _ => "the token cannot be read",
            }
        })
    }
}
