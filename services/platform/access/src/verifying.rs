//! Checks tokens against the keys of a JSON Web Key Set.
use std::{
    collections::HashMap,
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use chrono::{DateTime, Utc};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, errors::ErrorKind, jwk::JwkSet};
use sha2::{Digest, Sha256};

use crate::{AUDIENCE, Principal, signing::Claims};

/// Tokens that are remembered as good, so that a busy caller's signature is checked once.
const REMEMBERED: usize = 10_000;

/// Seconds by which clocks may differ.
const LEEWAY: i64 = 30;

/// Seconds between two readings of the key set's file: anyone can send a token of an unknown key.
const READ_AGAIN: i64 = 10;

type Keys = HashMap<String, DecodingKey>;

struct Known {
    principal: Principal,
    not_before: i64,
    expires: i64,
}

/// Where the key set can be read again.
struct File {
    path: PathBuf,
    read_at: Mutex<i64>,
}

/// Checks tokens: EdDSA only, by key id, issuer, audience and time.
pub struct Verifier {
    keys: RwLock<Arc<Keys>>,
    file: Option<File>,
    issuer: String,
    known: Mutex<HashMap<[u8; 32], Known>>,
}

impl Verifier {
    /// A verifier for one issuer's key set, as JSON.
    pub fn from_jwks(jwks: &str, issuer: &str) -> anyhow::Result<Self> {
        let keys = RwLock::new(Arc::new(read(jwks)?));
        Ok(Verifier { keys, file: None, issuer: issuer.to_owned(), known: Mutex::default() })
    }

    /// A verifier for the key set in a file, which is read again when a token of an unknown key comes: keys may be
    /// rotated under a service that runs.
    pub fn from_file(path: PathBuf, issuer: &str) -> anyhow::Result<Self> {
        let verifier = Self::from_jwks(&fs::read_to_string(&path)?, issuer)?;
        Ok(Verifier { file: Some(File { path, read_at: Mutex::new(i64::MIN) }), ..verifier })
    }

    /// The caller that a token names. The error is a sentence for the caller; it holds nothing of the token.
    pub fn verify(&self, token: &str, now: DateTime<Utc>) -> Result<Principal, &'static str> {
        let fingerprint: [u8; 32] = Sha256::digest(token.as_bytes()).into();
        let now = now.timestamp();
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = lock().get(&fingerprint) {
            return found.at(now);
        }
        // Outside the lock: who sends rubbish makes nobody else wait.
        let claims = self.check(token, now)?;
        let principal =
            Principal { subject: claims.sub, roles: claims.roles, organisation: claims.organisation };
        let found = Known { principal, not_before: claims.nbf, expires: claims.exp };
        let answer = found.at(now);
        let mut known = lock();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(fingerprint, found);
        answer
    }

    fn check(&self, token: &str, now: i64) -> Result<Claims, &'static str> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| "the token is no JSON Web Token")?;
        if header.alg != Algorithm::EdDSA {
            return Err("the token must be signed with EdDSA");
        }
        let unknown = "the token is signed by a key that is not known here";
        let id = header.kid.ok_or(unknown)?;
        let mut keys = self.keys();
        if !keys.contains_key(&id) && self.read_again(now) {
            keys = self.keys();
        }
        let key = keys.get(&id).ok_or(unknown)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Times are checked on every call, and by the caller's clock.
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

    fn keys(&self) -> Arc<Keys> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads the file again, unless that was just done; true when it was read.
    fn read_again(&self, now: i64) -> bool {
        let Some(file) = &self.file else { return false };
        let mut read_at = file.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        if now.saturating_sub(*read_at) < READ_AGAIN {
            return false;
        }
        *read_at = now;
        match fs::read_to_string(&file.path).map_err(anyhow::Error::from).and_then(|jwks| read(&jwks)) {
            Ok(keys) => {
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                // A key that was taken away vouches for nobody any more.
                self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
                true
            }
            Err(error) => {
                tracing::warn!(file = %file.path.display(), %error, "the key set cannot be read; the last one holds");
                false
            }
        }
    }
}

impl Known {
    fn at(&self, now: i64) -> Result<Principal, &'static str> {
        if self.expires + LEEWAY <= now {
            Err("the token has expired: get a new one")
        } else if now + LEEWAY < self.not_before {
            Err("the token is not valid yet: check the clocks")
        } else {
            Ok(self.principal.clone())
        }
    }
}

fn read(jwks: &str) -> anyhow::Result<Keys> {
    let set: JwkSet = serde_json::from_str(jwks)?;
    let mut keys = HashMap::new();
    for jwk in &set.keys {
        if let Some(id) = &jwk.common.key_id {
            keys.insert(id.clone(), DecodingKey::from_jwk(jwk)?);
        }
    }
    anyhow::ensure!(!keys.is_empty(), "the key set holds no key with an id");
    Ok(keys)
}
