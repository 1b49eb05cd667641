//! What was attached to work items as evidence, append-only.
use prost::Message;
use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query},
};
use soundings_proto::portfolio::v1::Attachment;

/// Numbers attachments.
pub const COUNTER: &str = "//soundings/portfolio/attachments";

fn read(row: &QueryResult) -> Result<(i64, Attachment), Error> {
    let content: Vec<u8> = column(row, "content")?;
    let attachment = Attachment::decode(content.as_slice());
    Ok((column(row, "number")?, attachment.map_err(|e| Error::Corrupt(format!("an attachment: {e}")))?))
}

/// Writes an attachment under the next number, which becomes its name.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    item: &str,
    mut attachment: Attachment,
) -> Result<Attachment, Error> {
    let number = outbox::allocate(tx, COUNTER).await?;
    attachment.name = format!("attachments/{number}");
    let sql = "INSERT INTO attachments (number, item, content) VALUES ($1, $2, $3)";
    execute(tx, sql, vec![number.into(), item.into(), attachment.encode_to_vec().into()]).await?;
    Ok(attachment)
}

/// Attachments before a number, newest first; of one item, or of all when it is empty.
pub async fn before<C: ConnectionTrait>(
    conn: &C,
    item: &str,
    number: i64,
    limit: u32,
) -> Result<Vec<(i64, Attachment)>, Error> {
    let sql = "SELECT number, content FROM attachments WHERE number < $1 AND ($2 = '' OR item = $2) \
               ORDER BY number DESC LIMIT $3";
    let values = vec![number.into(), item.into(), i64::from(limit).into()];
    query(conn, sql, values).await?.iter().map(read).collect()
}
