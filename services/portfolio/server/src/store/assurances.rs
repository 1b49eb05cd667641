//! How sure the newest revisions are, and the order that was announced last.
use prost::Message;
use sea_orm::ConnectionTrait;
use soundings_mailbox::{
    Error,
    sql::{column, execute, query_one},
};
use soundings_portfolio_domain::Kind;
use soundings_proto::portfolio::v1 as proto;

/// Revisions of a ranking for which it is kept, the newest.
const KEPT: i64 = 50;

/// Keeps how sure a revision is, and of older ones no more than the newest 49. [`Error::UniqueViolation`] when it is known.
pub async fn insert<C: ConnectionTrait>(
    tx: &C,
    kind: Kind,
    assurance: &proto::StandingRobustness,
) -> Result<(), Error> {
    let sql = "INSERT INTO assurances (ranking, revision, content) VALUES ($1, $2, $3)";
    let content = assurance.encode_to_vec();
    execute(tx, sql, vec![kind.name().into(), assurance.revision.into(), content.into()]).await?;
    let sql = "DELETE FROM assurances WHERE ranking = $1 AND revision <= \
               (SELECT revision FROM assurances WHERE ranking = $2 ORDER BY revision DESC LIMIT 1 OFFSET $3)";
    execute(tx, sql, vec![kind.name().into(), kind.name().into(), KEPT.into()]).await.map(drop)
}

/// How sure a revision is; 0: the newest that it is known of.
pub async fn find<C: ConnectionTrait>(
    conn: &C,
    kind: Kind,
    revision: i64,
) -> Result<Option<proto::StandingRobustness>, Error> {
    let sql = "SELECT content FROM assurances WHERE ranking = $1 AND ($2 = 0 OR revision = $3) \
               ORDER BY revision DESC LIMIT 1";
    let row = query_one(conn, sql, vec![kind.name().into(), revision.into(), revision.into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let content: Vec<u8> = column(&row, "content")?;
    let read = proto::StandingRobustness::decode(content.as_slice());
    read.map(Some).map_err(|error| Error::Corrupt(format!("how sure a revision is: {error}")))
}

/// The newest revision of which it is known; 0: of none.
pub async fn newest_number<C: ConnectionTrait>(conn: &C, kind: Kind) -> Result<i64, Error> {
    let sql = "SELECT revision FROM assurances WHERE ranking = $1 ORDER BY revision DESC LIMIT 1";
    let row = query_one(conn, sql, vec![kind.name().into()]).await?;
    row.map_or(Ok(0), |row| column(&row, "revision"))
}

/// Ids in the order that was announced last; None: none was.
pub async fn announced<C: ConnectionTrait>(conn: &C, kind: Kind) -> Result<Option<Vec<String>>, Error> {
    let sql = "SELECT items FROM announced_orders WHERE ranking = $1";
    let row = query_one(conn, sql, vec![kind.name().into()]).await?;
    let Some(row) = row else { return Ok(None) };
    let items: String = column(&row, "items")?;
    let read = serde_json::from_str(&items);
    read.map(Some).map_err(|error| Error::Corrupt(format!("an announced order: {error}")))
}

/// Keeps the order that is announced with a revision.
pub async fn announce<C: ConnectionTrait>(
    tx: &C,
    kind: Kind,
    revision: i64,
    order: &[String],
) -> Result<(), Error> {
    let sql = "INSERT INTO announced_orders (ranking, revision, items) VALUES ($1, $2, $3) \
               ON CONFLICT (ranking) DO UPDATE SET revision = excluded.revision, items = excluded.items";
    let items = serde_json::to_string(order).map_err(|error| Error::Corrupt(error.to_string()))?;
    execute(tx, sql, vec![kind.name().into(), revision.into(), items.into()]).await.map(drop)
}
