//! The gate in front of every method: a good token, and a role that the table allows.
use std::sync::Arc;

use http::{Extensions, HeaderMap, header::AUTHORIZATION};
use soundings_chassis::{Clock, Problem, grpc::Gate};

use crate::{Principal, Verifier, permissions};

/// Admits calls with a token whose roles the permission table allows.
pub struct TokenGate {
    verifier: Verifier,
    clock: Arc<dyn Clock>,
}

impl TokenGate {
    /// A gate with this verifier.
    pub fn new(verifier: Verifier, clock: Arc<dyn Clock>) -> Self {
        TokenGate { verifier, clock }
    }
}

impl Gate for TokenGate {
    fn admit(&self, path: &str, headers: &HeaderMap, extensions: &mut Extensions) -> Result<(), Problem> {
        let header = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = header.and_then(|value| value.strip_prefix("Bearer ")).map(str::trim);
        let token = token.ok_or_else(|| {
            Problem::unauthenticated("send a token in the authorization header: Bearer <token>")
        })?;
        let principal = self.verifier.verify(token, self.clock.now()).map_err(Problem::unauthenticated)?;
        if !principal.has_any(permissions::allowed(path)) {
            let held: Vec<_> = principal.roles.iter().map(|role| role.name()).collect();
            let message = format!("{path} is not open to the roles of this token ({})", held.join(", "));
            return Err(Problem::permission_denied(message));
        }
        extensions.insert(principal);
        Ok(())
    }
}

/// The caller that the gate let in.
pub fn caller<T>(request: &tonic::Request<T>) -> Result<Principal, Problem> {
    let principal = request.extensions().get::<Principal>().cloned();
    principal.ok_or_else(|| Problem::unauthenticated("the call did not come through the gate"))
}

#[cfg(test)]
mod tests;
