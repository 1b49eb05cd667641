//! Work that only one process may do, claimed by a row with a fencing token.
//!
//! A holder that slept past its lease may still believe that it holds it: so whatever is written in its name is
//! written in a transaction that first calls [`Lease::guard`].

use chrono::{DateTime, Duration, Utc};
use sea_orm::{ConnectionTrait, DbBackend};

use crate::sql::{self, column, micros};
use crate::{Database, Error, Result};

/// How far two clocks may be apart. A lease that ends later than even that explains was claimed before the clock was
/// set back, and would bind everybody for as long as that.
const SKEW: Duration = Duration::minutes(1);

/// A lease that was held when it was last renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// What it is for, such as `relay`.
    pub name: String,
    /// Who holds it; unique to the process.
    pub holder: String,
    /// Grows with every change of holder.
    pub token: i64,
    /// Until when it holds, by the holder's clock.
    pub expires_at: DateTime<Utc>,
}

impl Lease {
    /// Claims a lease that is free, expired, the holder's own, or left from before the clock was set back. None: another
    /// holds it.
    pub async fn acquire(
        db: &Database,
        name: &str,
        holder: &str,
        ttl: Duration,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>> {
        let expires_at = now + ttl;
        let tx = db.begin().await?;
        let row = sql::query_one(
            &tx,
            "INSERT INTO leases (name, holder, token, expires_at) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at, \
             token = leases.token + 1 \
             WHERE leases.expires_at <= $4 OR leases.expires_at > $5 OR leases.holder = excluded.holder \
             RETURNING token",
            vec![
                name.into(),
                holder.into(),
                micros(expires_at).into(),
                micros(now).into(),
                micros(expires_at + SKEW).into(),
            ],
        )
        .await?;
        crate::database::commit(tx).await?;
        row.map(|row| {
            let token = column(&row, "token")?;
            Ok(Self { name: name.to_owned(), holder: holder.to_owned(), token, expires_at })
        })
        .transpose()
    }

    /// Holds it longer. False: it was lost.
    pub async fn renew(&mut self, db: &Database, ttl: Duration, now: DateTime<Utc>) -> Result<bool> {
        let expires_at = now + ttl;
        let tx = db.begin().await?;
        let renewed = sql::execute(
            &tx,
            "UPDATE leases SET expires_at = $1 WHERE name = $2 AND token = $3",
            vec![micros(expires_at).into(), self.name.as_str().into(), self.token.into()],
        )
        .await?;
        crate::database::commit(tx).await?;
        if renewed == 1 {
            self.expires_at = expires_at;
        }
        Ok(renewed == 1)
    }

    /// Gives it up, so that another need not wait for its end.
    pub async fn release(self, db: &Database) -> Result<()> {
        let tx = db.begin().await?;
        sql::execute(
            &tx,
            "UPDATE leases SET expires_at = 0 WHERE name = $1 AND token = $2",
            vec![self.name.as_str().into(), self.token.into()],
        )
        .await?;
        crate::database::commit(tx).await
    }

    /// Makes sure, within the transaction that writes in the lease's name, that nobody has taken it over; none can
    /// until that transaction ends.
    ///
    /// # Errors
    /// [`Error::Fenced`] when it was taken over.
    pub async fn guard<C: ConnectionTrait>(&self, tx: &C) -> Result<()> {
        // SQLite has one writer at a time: a read inside BEGIN IMMEDIATE cannot be overtaken.
        let select = match tx.get_database_backend() {
            DbBackend::Postgres => "SELECT token FROM leases WHERE name = $1 FOR SHARE",
            _ => "SELECT token FROM leases WHERE name = $1",
        };
        let row = sql::query_one(tx, select, vec![self.name.as_str().into()]).await?;
        let token: Option<i64> = row.map(|row| column(&row, "token")).transpose()?;
        if token == Some(self.token) { Ok(()) } else { Err(Error::Fenced(self.name.clone())) }
    }
}
