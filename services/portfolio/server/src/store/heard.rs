//! Who was heard up to the last input that was ranked: an answer that moves nothing makes no revision, and counts.
use sea_orm::{ConnectionTrait, QueryResult};
use soundings_mailbox::{
    Error,
    sql::{column, execute, query_one},
};
use soundings_portfolio_domain::Inputs;

/// Head counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Heard {
    /// Organisations in the partnership.
    pub organisations: i64,
    /// Organisations that answered.
    pub answered: i64,
    /// Distinct respondents.
    pub respondents: i64,
}

impl Heard {
    /// Of these inputs.
    pub fn of(inputs: &Inputs) -> Self {
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Heard {
            organisations: count(inputs.organisations.len()),
            answered: count(inputs.organisations_answered().len()),
            respondents: inputs.respondents(),
        }
    }
}

/// Keeps the counts, in the transaction of the revisions that count them, if any are made.
pub async fn keep<C: ConnectionTrait>(tx: &C, heard: Heard) -> Result<(), Error> {
    let sql = "INSERT INTO heard (id, organisations, answered, respondents) VALUES (1, $1, $2, $3) \
               ON CONFLICT (id) DO UPDATE SET organisations = excluded.organisations, \
               answered = excluded.answered, respondents = excluded.respondents";
    let values = vec![heard.organisations.into(), heard.answered.into(), heard.respondents.into()];
    execute(tx, sql, values).await.map(drop)
}

/// Columns of the counts.
pub(super) const COLUMNS: &str = "organisations, answered, respondents";

/// The counts in a row; None: they were never kept.
pub(super) fn read_row(row: &QueryResult) -> Result<Option<Heard>, Error> {
    let [organisations, answered, respondents]: [Option<i64>; 3] =
        [column(row, "organisations")?, column(row, "answered")?, column(row, "respondents")?];
    Ok(organisations.zip(answered).zip(respondents).map(|((organisations, answered), respondents)| Heard {
        organisations,
        answered,
        respondents,
    }))
}

/// The counts as they were last kept.
pub async fn read<C: ConnectionTrait>(conn: &C) -> Result<Option<Heard>, Error> {
    let row = query_one(conn, &format!("SELECT {COLUMNS} FROM heard"), vec![]).await?;
    row.as_ref().map_or(Ok(None), read_row)
}
