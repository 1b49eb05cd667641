//! What each response chose in answer to closed questions; replaced with its mentions.

use sea_orm::ConnectionTrait;
use soundings_mailbox::Error;

use super::AssignedResponse;
use super::sql::{self, list, places};

/// Replaces what these responses chose.
pub(super) async fn replace<C: ConnectionTrait>(
    tx: &C,
    codebook: &str,
    responses: &[&AssignedResponse],
) -> Result<(), Error> {
    for chunk in sql::chunks(responses) {
        let delete = format!(
            "DELETE FROM closed_answers WHERE codebook = $1 AND response IN ({})",
            list(2, chunk.len())
        );
        let mut values = vec![codebook.into()];
        values.extend(chunk.iter().map(|response| response.response.as_str().into()));
        sql::execute(tx, &delete, values).await?;
    }
    let rows: Vec<_> =
        responses.iter().flat_map(|r| r.closed.iter().map(move |chosen| (*r, chosen))).collect();
    for chunk in sql::chunks(&rows) {
        let insert = format!(
            "INSERT INTO closed_answers (codebook, response, survey, organisation, question, value) VALUES {} \
             ON CONFLICT (codebook, response, question, value) DO NOTHING",
            places(chunk.len(), 6)
        );
        let row = |(response, (question, value)): &(&AssignedResponse, &(String, String))| {
            [
                codebook.into(),
                response.response.as_str().into(),
                response.survey.as_str().into(),
                response.organisation.as_str().into(),
                question.as_str().into(),
                value.as_str().into(),
            ]
        };
        sql::execute(tx, &insert, chunk.iter().flat_map(row).collect()).await?;
    }
    Ok(())
}
