//! The register of contracts: of each, what its latest release said.
use std::collections::HashMap;

use sea_orm::{ConnectionTrait, QueryResult, Value};
use soundings_mailbox::{
    Error,
    sql::{CHUNK, column, execute, list, places, query},
};
use soundings_portfolio_domain::procurement::{Contract, Status, contract::plain};

/// Names the register's lock: who writes it decides on what it holds.
pub const LOCK: &str = "//soundings/portfolio/contracts";

/// Which contracts; what is empty or None selects all.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this organisation.
    pub organisation: String,
    /// Of this supplier: its key, or the words of its name.
    pub supplier: String,
    /// Whose CPV code begins so.
    pub cpv_prefix: String,
    /// That stand so.
    pub status: Option<Status>,
    /// That end on this day or later, as text.
    pub ends_from: String,
    /// That end on this day or before, as text.
    pub ends_to: String,
}

fn read(row: &QueryResult) -> Result<(String, Contract), Error> {
    let content: String = column(row, "content")?;
    let contract = serde_json::from_str(&content).map_err(|e| Error::Corrupt(format!("a contract: {e}")))?;
    Ok((column(row, "id")?, contract))
}

/// Contracts by id; unknown ids are left out.
pub async fn find<C: ConnectionTrait>(conn: &C, ids: &[&str]) -> Result<HashMap<String, Contract>, Error> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(CHUNK) {
        let sql = format!("SELECT id, content FROM contracts WHERE id IN ({})", list(1, chunk.len()));
        let values = chunk.iter().map(|id| (*id).into()).collect();
        for row in query(conn, &sql, values).await? {
            let (id, contract) = read(&row)?;
            found.insert(id, contract);
        }
    }
    Ok(found)
}

/// Contracts after an id, in order of id.
pub async fn list_after<C: ConnectionTrait>(
    conn: &C,
    filter: &Filter,
    after: &str,
    limit: u32,
) -> Result<Vec<(String, Contract)>, Error> {
    let mut sql = "SELECT id, content FROM contracts WHERE id > $1".to_owned();
    let mut values: Vec<Value> = vec![after.into()];
    let prefix = format!("{}%", filter.cpv_prefix);
    let words = plain(&filter.supplier);
    let status = filter.status.map(Status::name).unwrap_or_default();
    // A condition holds where its first text is not empty; each `?` stands for one text.
    let conditions: [(&str, &str, &[&str]); 6] = [
        (&filter.organisation, "organisation = ?", &[&filter.organisation]),
        (&filter.supplier, "(supplier = ? OR supplier_words = ?)", &[&filter.supplier, &words]),
        (&filter.cpv_prefix, "cpv LIKE ?", &[&prefix]),
        (status, "status = ?", &[status]),
        (&filter.ends_from, "end_date >= ?", &[&filter.ends_from]),
        (&filter.ends_to, "end_date <> '' AND end_date <= ?", &[&filter.ends_to]),
    ];
    for (_, condition, texts) in conditions.into_iter().filter(|(given, ..)| !given.is_empty()) {
        let mut condition = condition.to_owned();
        for text in texts {
            values.push((*text).into());
            condition = condition.replacen('?', &format!("${}", values.len()), 1);
        }
        sql.push_str(" AND ");
        sql.push_str(&condition);
    }
    values.push(i64::from(limit).into());
    sql.push_str(&format!(" ORDER BY id LIMIT ${}", values.len()));
    query(conn, &sql, values).await?.iter().map(read).collect()
}

/// Every contract that may be part of an opportunity.
pub async fn live<C: ConnectionTrait>(conn: &C) -> Result<Vec<Contract>, Error> {
    let sql = "SELECT id, content FROM contracts WHERE status IN ('pending', 'active') AND end_date <> ''";
    query(conn, sql, Vec::new()).await?.iter().map(|row| Ok(read(row)?.1)).collect()
}

/// Writes contracts under their ids, in the place of those that are there. No id may come twice.
pub async fn put<C: ConnectionTrait>(tx: &C, contracts: &[(String, &Contract)]) -> Result<(), Error> {
    for chunk in contracts.chunks(CHUNK) {
        let sql = format!(
            "INSERT INTO contracts (id, organisation, supplier, supplier_words, cpv, status, end_date, content) \
             VALUES {} ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, \
             supplier_words = excluded.supplier_words, cpv = excluded.cpv, status = excluded.status, \
             end_date = excluded.end_date, content = excluded.content",
            places(chunk.len(), 8)
        );
        let mut values: Vec<Value> = Vec::with_capacity(chunk.len() * 8);
        for (id, contract) in chunk {
            let content = serde_json::to_string(contract).map_err(|e| Error::Corrupt(e.to_string()))?;
            // By which day it may be part of an opportunity: an extension without an end counts as one.
            let end = contract.end.or(contract.max_extent).map(|day| day.to_string()).unwrap_or_default();
            values.extend([
                id.as_str().into(),
                contract.organisation.as_str().into(),
                contract.key.supplier.as_str().into(),
                contract.supplier_words().into(),
                contract.cpv.as_ref().map(|cpv| cpv.code.as_str()).unwrap_or_default().into(),
                contract.status.name().into(),
                end.into(),
                content.into(),
            ]);
        }
        execute(tx, &sql, values).await?;
    }
    Ok(())
}
