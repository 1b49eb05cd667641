//! A mutation's request, as it is kept to be carried out once.
use soundings_mailbox::requests::Key;

/// A mutation's request id and body, as the idempotency record keeps them.
pub struct Mutation {
    /// Who calls.
    pub principal: String,
    /// The method's name.
    pub method: &'static str,
    /// The client's id; empty when it gave none.
    pub request_id: String,
    /// Hash of the body without the id.
    pub body_hash: [u8; 32],
}

impl Mutation {
    /// The key of its record.
    pub fn key(&self) -> Key {
        let (principal, method) = (self.principal.clone(), self.method.to_owned());
        Key { principal, method, request_id: self.request_id.clone() }
    }
}
