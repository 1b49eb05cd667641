//! The words of statements that fit no theme, read from consultation a batch at a time and held for one run.

use soundings_chassis::Problem;
use soundings_themes_domain::Codebook;

use super::{Runtime, SourceError};
use crate::rpc::{quotes, status_mapping};
use crate::store::emerging::{self, PoolStatement, Under};

/// Statements whose words are read at once: of so many responses at most.
const BATCH: usize = 400;

/// A statement with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolText {
    /// The statement.
    pub statement: PoolStatement,
    /// Its words.
    pub text: String,
}

/// Reads the newest `limit` statements of those; those whose
/// response has moved on, or that are in another language than the model's, are left out. `progress` is told the share that
/// is read, 0 to 1, and says whether to go on.
///
/// # Errors
/// When the database or consultation does not answer. None: it was not to go on.
pub async fn pool_texts(
    runtime: &Runtime,
    codebook: &str,
    under: Under<'_>,
    limit: i64,
    progress: impl Fn(f64) -> bool,
) -> Result<Option<Vec<PoolText>>, Problem> {
    let pool = emerging::pool(runtime.db.read(), codebook, under, limit).await?;
    let mut found = Vec::with_capacity(pool.len());
    for (batch, statements) in pool.chunks(BATCH).enumerate() {
        if !progress((batch * BATCH) as f64 / pool.len() as f64) {
            return Ok(None);
        }
        let mentions: Vec<_> = statements.iter().map(|statement| statement.mention.clone()).collect();
        let answers = quotes::answers(runtime, &mentions).await?;
        for (statement, answer) in statements.iter().zip(answers) {
            let Some(answer) = answer else { continue };
            let text = quotes::words(&statement.mention, &answer);
            found.extend(text.map(|text| PoolText { statement: statement.clone(), text }));
        }
    }
    Ok(Some(found))
}

/// The words of the questions that feed a codebook.
///
/// # Errors
/// When consultation does not answer.
pub async fn asked(runtime: &Runtime, codebook: &Codebook) -> Result<String, Problem> {
    let mut words = Vec::new();
    for survey in &codebook.surveys {
        match runtime.source.questions(survey).await {
            Ok(questions) => {
                let fed = questions.iter().filter(|(question, _)| codebook.takes(survey, question));
                words.extend(fed.map(|(_, prompt)| prompt.to_string()));
            }
            Err(SourceError::NotFound) => {}
            Err(error) => return Err(status_mapping::source(error)),
        }
    }
    Ok(words.join(" "))
}
