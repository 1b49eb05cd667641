//! Where a service's keys are.
use std::{path::PathBuf, sync::Arc};

use chrono::Duration;
use serde::{Deserialize, Serialize};
use soundings_chassis::Clock;

use crate::{Credentials, Grant, LOCAL_ISSUER, Role, SigningKey, TokenGate, Verifier};

/// Keys and tokens, by the files that hold them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// A local key that signs tokens (made when missing). For a laptop; production names a key set instead.
    pub signing_key_file: Option<PathBuf>,
    /// The issuer's JSON Web Key Set.
    pub jwks_file: Option<PathBuf>,
    /// The issuer (`iss`) of tokens that are trusted.
    pub issuer: String,
    /// This service's own token for calls to the others; signed locally when there is a signing key.
    pub service_token_file: Option<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            signing_key_file: None,
            jwks_file: None,
            issuer: LOCAL_ISSUER.to_owned(),
            service_token_file: None,
        }
    }
}

impl Settings {
    /// The gate in front of a service's methods.
    pub fn gate(&self, clock: Arc<dyn Clock>) -> anyhow::Result<TokenGate> {
        let verifier = match (&self.jwks_file, &self.signing_key_file) {
            (Some(file), _) => Verifier::from_file(file.clone(), &self.issuer)
                .map_err(|error| anyhow::anyhow!("access.jwks_file {}: {error}", file.display()))?,
            (None, Some(file)) => {
                Verifier::from_jwks(&SigningKey::open_or_create(file)?.jwks().to_string(), &self.issuer)?
            }
            (None, None) => anyhow::bail!("set access.jwks_file, or access.signing_key_file on a laptop"),
        };
        Ok(TokenGate::new(verifier, clock))
    }

    /// The token that this service calls the others with; a local one holds for an hour and is renewed as it ages.
    pub fn credentials(&self, service: &'static str, clock: Arc<dyn Clock>) -> anyhow::Result<Credentials> {
        match (&self.service_token_file, &self.signing_key_file) {
            (Some(file), _) => Credentials::from_file(file.clone(), clock)
                .map_err(|error| anyhow::anyhow!("access.service_token_file {}: {error}", file.display())),
            (None, Some(file)) => {
                let key = SigningKey::open_or_create(file)?;
                let grant = Grant {
                    subject: format!("service:{service}"),
                    roles: vec![Role::Service],
                    organisation: None,
                    ttl: Duration::hours(1),
                };
                Credentials::signed(key, grant, clock)
            }
            (None, None) => {
                anyhow::bail!("set access.service_token_file, or access.signing_key_file on a laptop")
            }
        }
    }
}
