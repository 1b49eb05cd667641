//! The local key that signs tokens in embedded mode.
use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Duration, Utc};
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, spki::der::pem::LineEnding};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{AUDIENCE, LOCAL_ISSUER, Role};

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: String,
    pub(crate) aud: String,
    pub(crate) sub: String,
    pub(crate) iat: i64,
    pub(crate) nbf: i64,
    pub(crate) exp: i64,
    #[serde(deserialize_with = "known_roles")]
    pub(crate) roles: Vec<Role>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) organisation: Option<String>,
}

/// Roles that this release knows; an issuer may give others, for other programs.
fn known_roles<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<Role>, D::Error> {
    let names = Vec::<String>::deserialize(deserializer)?;
    Ok(Role::ALL.into_iter().filter(|role| names.iter().any(|name| name == role.name())).collect())
}

/// Whom a token is for.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Stable id of the person or program.
    pub subject: String,
    /// What they may do.
    pub roles: Vec<Role>,
    /// The organisation they speak for, if bound to one.
    pub organisation: Option<String>,
    /// How long it holds.
    pub ttl: Duration,
}

/// An Ed25519 key that signs tokens.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    encoding: EncodingKey,
}

impl SigningKey {
    /// Reads the key's file, or makes it, readable by its owner alone.
    pub fn open_or_create(path: &Path) -> anyhow::Result<Self> {
        match fs::read_to_string(path) {
            Ok(pem) => Self::from_pem(&pem).map_err(|error| {
                anyhow::anyhow!("the signing key {} cannot be read: {error}", path.display())
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(anyhow::anyhow!("the signing key {} cannot be read: {error}", path.display())),
        }
    }

    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut secret = [0; 32];
        getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("no randomness for a key: {error}"))?;
        let key = ed25519_dalek::SigningKey::from_bytes(&secret);
        let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|error| anyhow::anyhow!("{error}"))?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        // Written aside and linked into place: whoever comes first makes it, and nobody reads half a key.
        let aside = path.with_extension(format!("{}.new", std::process::id()));
        let mut file =
            fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(pem.as_bytes())?;
        file.sync_all()?;
        let linked = fs::hard_link(&aside, path);
        fs::remove_file(&aside)?;
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
            _ => Self::from_pem(&fs::read_to_string(path)?),
        }
    }

    fn from_pem(pem: &str) -> anyhow::Result<Self> {
        let key = ed25519_dalek::SigningKey::from_pkcs8_pem(pem)
            .map_err(|error| anyhow::anyhow!("not an Ed25519 key in PKCS#8 PEM: {error}"))?;
        let encoding = EncodingKey::from_ed_pem(pem.as_bytes())?;
        Ok(SigningKey { key, encoding })
    }

    /// The public half, as base64url.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.verifying_key().as_bytes())
    }

    /// The key's id: the start of the public half's digest.
    pub fn id(&self) -> String {
        URL_SAFE_NO_PAD.encode(&Sha256::digest(self.key.verifying_key().as_bytes())[..9])
    }

    /// The public half as a JSON Web Key Set.
    pub fn jwks(&self) -> serde_json::Value {
        serde_json::json!({ "keys": [{
            "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": self.id(), "x": self.public(),
        }]})
    }

    /// Signs a token.
    pub fn issue(&self, grant: &Grant, now: DateTime<Utc>) -> anyhow::Result<String> {
        let claims = Claims {
            iss: LOCAL_ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: grant.subject.clone(),
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + grant.ttl).timestamp(),
            roles: grant.roles.clone(),
            organisation: grant.organisation.clone(),
        };
        let header = Header { kid: Some(self.id()), ..Header::new(Algorithm::EdDSA) };
        Ok(jsonwebtoken::encode(&header, &claims, &self.encoding)?)
    }
}
