//! Which themes the same responses raise.

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::Seen;
use crate::store::sql::{self, column};

/// Two themes, and the responses that raise both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// A theme's id.
    pub first: String,
    /// Another's.
    pub second: String,
    /// Responses.
    pub responses: i64,
}

/// A page of at most `limit` pairs after this one, most responses first.
pub async fn pairs<C: ConnectionTrait>(
    conn: &C,
    seen: &Seen,
    after: Option<&Pair>,
    limit: i64,
) -> Result<Vec<Pair>, Error> {
    let (condition, mut values) = seen.condition();
    let mut of_theme = String::new();
    if let Some(theme) = &seen.theme {
        values.push(theme.as_str().into());
        of_theme = format!("WHERE a.theme = ${0} OR b.theme = ${0}", values.len());
    }
    let mut rest = String::new();
    if let Some(Pair { first, second, responses }) = after {
        let next = values.len() + 1;
        values.extend([(*responses).into(), first.as_str().into(), second.as_str().into()]);
        rest = format!(
            "HAVING COUNT(*) < ${next} OR (COUNT(*) = ${next} AND (a.theme, b.theme) > (${}, ${}))",
            next + 1,
            next + 2
        );
    }
    values.push(limit.into());
    let select = format!(
        "WITH raised AS (SELECT DISTINCT response, theme FROM mentions WHERE {condition} AND theme <> '') \
         SELECT a.theme AS first, b.theme AS second, COUNT(*) AS together FROM raised a JOIN raised b \
         ON a.response = b.response AND a.theme < b.theme {of_theme} GROUP BY a.theme, b.theme {rest} \
         ORDER BY COUNT(*) DESC, a.theme, b.theme LIMIT ${}",
        values.len()
    );
    let rows = sql::query(conn, &select, values).await?;
    rows.iter()
        .map(|row| {
            Ok(Pair {
                first: column(row, "first")?,
                second: column(row, "second")?,
                responses: column(row, "together")?,
            })
        })
        .collect()
}
