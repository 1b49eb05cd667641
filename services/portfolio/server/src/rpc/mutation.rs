//! A mutation's request, read: who calls, its id in one spelling, and the hash by which a repeat is known.
use prost::Message;
use sha2::{Digest, Sha256};
use soundings_access::caller;
use soundings_chassis::Problem;
use tonic::Request;
use uuid::Uuid;

use crate::application::once::Mutation;

/// Reads a mutation; `take_id` takes the request's id out of the message.
pub fn read<M: Message>(
    method: &'static str,
    request: Request<M>,
    take_id: impl FnOnce(&mut M) -> String,
) -> Result<(Mutation, M), Problem> {
    let principal = caller(&request)?;
    let mut message = request.into_inner();
    let request_id = take_id(&mut message);
    let request_id = canonical(request_id)?;
    let body_hash = Sha256::digest(message.encode_to_vec()).into();
    let mutation = Mutation {
        principal: principal.subject,
        method,
        request_id,
        body_hash,
        validate_only: false,
        read: None,
    };
    Ok((mutation, message))
}

/// A request's id in the one spelling that it is kept in; the same UUID may be written in several.
fn canonical(request_id: String) -> Result<String, Problem> {
    if request_id.is_empty() {
        return Ok(request_id);
    }
    match Uuid::parse_str(&request_id) {
        Ok(id) => Ok(id.to_string()),
        Err(_) => Err(Problem::invalid_field("request_id", "must be a UUID, the same on every retry")),
    }
}
