//! Who is calling, and may they: tokens, one permission table, and the gate in front of every method.
//!
//! To open a new method, give it a row in [`permissions::TABLE`]; until then it is denied to everyone.

pub mod client;
pub mod gate;
pub mod permissions;
pub mod principal;
pub mod settings;
pub mod signing;
pub mod verifying;

pub use client::Credentials;
pub use gate::{TokenGate, caller};
pub use principal::{Principal, Role};
pub use settings::Settings;
pub use signing::{Grant, SigningKey};
pub use verifying::Verifier;

/// Whom tokens must be meant for (`aud`).
pub const AUDIENCE: &str = "soundings";
/// Who signs tokens in embedded mode (`iss`).
pub const LOCAL_ISSUER: &str = "soundings-local";
