//! What every request that changes something has in common: a caller, a reason, a request id.

use sha2::{Digest, Sha256};
use soundings_access::Principal;
use soundings_chassis::Problem;
use soundings_mailbox::requests::Key;
use soundings_proto::themes::v1 as proto;
use tonic::Status;
use uuid::Uuid;

use super::names;
use crate::application::request::Request;

const LONGEST_REASON: usize = 500;

/// The gRPC method that is called.
#[derive(Debug, Clone, Copy)]
pub struct Method {
    /// Its service, such as `ThemesService`.
    pub service: &'static str,
    /// Its name.
    pub method: &'static str,
}

/// What is wrong with a reason; none: nothing.
#[must_use]
pub fn reason_violation(reason: &str) -> Option<String> {
    let characters = reason.trim().chars().count();
    if characters == 0 || characters > LONGEST_REASON {
        return Some(format!("must have 1 to {LONGEST_REASON} characters"));
    }
    reason.contains('\0').then(|| "holds a NUL character; leave it out".to_owned())
}

/// The reason of a request that must give one.
///
/// # Errors
/// When it is missing or too long.
pub fn reason(reason: &str) -> Result<String, Problem> {
    match reason_violation(reason) {
        None => Ok(reason.trim().to_owned()),
        Some(text) => Err(Problem::invalid_field("reason", text)),
    }
}

/// The request as its record keeps it. `body` tells all that it asks for, however its id is spelt.
///
/// # Errors
/// When the request id is no UUID.
pub fn request(
    method: Method,
    actor: String,
    reason: String,
    request_id: &str,
    body: &str,
) -> Result<Request, Problem> {
    let key = match Uuid::parse_str(request_id) {
        // One id may be written in several ways.
        Ok(id) => Some(Key {
            principal: actor.clone(),
            method: format!("/soundings.themes.v1.{}/{}", method.service, method.method),
            request_id: id.to_string(),
        }),
        Err(_) if request_id.is_empty() => None,
        Err(_) => return Err(Problem::invalid_field("request_id", "must be a UUID")),
    };
    let body_hash = Sha256::digest(format!("{body}\n{reason}").as_bytes()).into();
    Ok(Request { actor, reason, key, body_hash })
}

/// The codebook's id in a name.
///
/// # Errors
/// When it is no codebook's name.
pub fn codebook_id(field: &str, name: &str) -> Result<String, Problem> {
    let id = names::id_in(name, "codebooks").map(str::to_owned);
    id.ok_or_else(|| Problem::invalid_field(field, "must be codebooks/{codebook}"))
}

/// The codebook's and the theme's id in a name.
///
/// # Errors
/// When it is no theme's name.
pub fn theme_ids(field: &str, name: &str) -> Result<(String, String), Problem> {
    let ids = names::ids_in(name, "codebooks", "themes");
    let (codebook, theme) =
        ids.ok_or_else(|| Problem::invalid_field(field, "must be codebooks/{codebook}/themes/{theme}"))?;
    Ok((codebook.to_owned(), theme.to_owned()))
}

/// The theme's id in a name, which must be of that codebook.
///
/// # Errors
/// When it is no theme's name, or of another codebook.
pub fn theme_of(field: &str, name: &str, codebook: &str) -> Result<String, Problem> {
    let (of, theme) = theme_ids(field, name)?;
    if of == codebook {
        return Ok(theme);
    }
    Err(Problem::invalid_field(field, format!("must be a theme of codebooks/{codebook}")))
}

/// The organisation that a caller asks for and may see: the one named, else its own; none: all.
///
/// # Errors
/// When it is no organisation's name, or of one that the caller may not see.
pub fn organisation_of(field: &str, name: &str, principal: &Principal) -> Result<Option<String>, Problem> {
    if name.is_empty() {
        return Ok(principal.organisation.clone());
    }
    let own = names::id_in(name, "organisations")
        .ok_or_else(|| Problem::invalid_field(field, "must be organisations/{organisation}"))?;
    if principal.may_act_for(own) {
        return Ok(Some(own.to_owned()));
    }
    Err(Problem::not_found("organisation", name))
}

/// What a reply of this service is made of.
pub type Reply<T> = Result<tonic::Response<T>, Status>;

/// A codebook's format that must be given.
///
/// # Errors
/// When it is not.
pub fn format(format: proto::ThemesFormat) -> Result<proto::ThemesFormat, Problem> {
    match format {
        proto::ThemesFormat::Unspecified => Err(Problem::invalid_field("format", "must be given")),
        given => Ok(given),
    }
}
