//! What was told last of each thing that stands, so that it is told again only when it is another.
use prost::Message;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};
use soundings_chassis::Ids;
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query_one},
};
use soundings_proto::subjects::StandingKind;

use crate::events::standing;

/// Tells what stands, unless that is what was told last of it; tells whether it did.
pub async fn tell<C: ConnectionTrait>(
    tx: &C,
    (kind, of): (StandingKind, &str),
    body: &impl Message,
    ids: &dyn Ids,
    now: chrono::DateTime<chrono::Utc>,
) -> Result<bool, Error> {
    let subject = kind.subject(of);
    let digest = hex::encode(Sha256::digest(body.encode_to_vec()));
    let sql = "SELECT digest FROM standing_messages WHERE subject = $1";
    let told = query_one(tx, sql, vec![subject.as_str().into()]).await?;
    let told: Option<String> = told.map(|row| column(&row, "digest")).transpose()?;
    if told.as_deref() == Some(&digest) {
        return Ok(false);
    }
    let sql = "INSERT INTO standing_messages (subject, digest) VALUES ($1, $2) \
               ON CONFLICT (subject) DO UPDATE SET digest = excluded.digest";
    execute(tx, sql, vec![subject.as_str().into(), digest.into()]).await?;
    let source = format!("//soundings/portfolio/standing/{}/{of}", kind.entity);
    let sequence = outbox::allocate(tx, &source).await?;
    let message = standing::message((kind, of), source, (ids.next(), sequence, now), body);
    outbox::append(tx, &[message]).await?;
    Ok(true)
}
