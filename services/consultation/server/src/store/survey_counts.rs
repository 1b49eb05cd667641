//! How many responses to each survey stand, moved in the transaction that writes them: counting the rows anew would read
//! them all each time.
use std::collections::{BTreeMap, HashMap};

use sea_orm::ConnectionTrait;
use soundings_consultation_domain::Response;
use soundings_mailbox::{
    Error,
    sql::{CHUNK, column, execute, list, places, query},
};

/// Rows that a survey's count is spread over, so that transactions that commit together seldom wait for each other.
const PARTS: u128 = 8;

/// Moves the counts of these responses' surveys by one for each. It locks their rows until the transaction ends, so it
/// comes last in it.
pub async fn add<C: ConnectionTrait>(tx: &C, responses: &[&Response], each: i64) -> Result<(), Error> {
    let Some(first) = responses.first() else { return Ok(()) };
    // Ids end in random bits. A transaction keeps to one part and to the surveys' order: none waits in a circle.
    let part = i64::try_from(first.id.as_u128() % PARTS).unwrap_or(0);
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for response in responses {
        *counts.entry(&response.survey).or_default() += each;
    }
    let counts: Vec<_> = counts.into_iter().collect();
    for chunk in counts.chunks(CHUNK) {
        let sql = format!(
            "INSERT INTO survey_counts (survey, part, responses) VALUES {} ON CONFLICT (survey, part) \
             DO UPDATE SET responses = survey_counts.responses + excluded.responses",
            places(chunk.len(), 3)
        );
        let values = chunk.iter().flat_map(|(survey, n)| [(*survey).into(), part.into(), (*n).into()]);
        execute(tx, &sql, values.collect()).await?;
    }
    Ok(())
}

/// How many responses to a survey stand.
pub async fn of<C: ConnectionTrait>(conn: &C, survey: &str) -> Result<i64, Error> {
    Ok(of_many(conn, &[survey]).await?.remove(survey).unwrap_or(0))
}

/// How many responses to surveys stand; those that never had one are left out.
pub async fn of_many<C: ConnectionTrait>(conn: &C, surveys: &[&str]) -> Result<HashMap<String, i64>, Error> {
    let mut counts = HashMap::with_capacity(surveys.len());
    for chunk in surveys.chunks(CHUNK) {
        let sql = format!(
            "SELECT survey, CAST(SUM(responses) AS BIGINT) AS responses FROM survey_counts \
             WHERE survey IN ({}) GROUP BY survey",
            list(1, chunk.len())
        );
        for row in query(conn, &sql, chunk.iter().map(|survey| (*survey).into()).collect()).await? {
            counts.insert(column(&row, "survey")?, column(&row, "responses")?);
        }
    }
    Ok(counts)
}
