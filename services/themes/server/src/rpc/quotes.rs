//! The words of statements, fetched from consultation as they stand now.

use std::collections::{BTreeSet, HashMap};

use soundings_chassis::Problem;
use soundings_themes_engine::{language, statement};

use super::{names, status_mapping};
use crate::application::{ReadAnswer, Runtime};
use crate::store::mentions::StoredMention;

/// The answer that each mention is in; none where the response has moved on.
///
/// # Errors
/// When consultation does not answer.
pub async fn answers(runtime: &Runtime, page: &[StoredMention]) -> Result<Vec<Option<String>>, Problem> {
    let read = read_answers(runtime, page).await?.into_iter();
    Ok(read.map(|answer| answer.map(|answer| answer.text)).collect())
}

/// The same, with what was asked.
///
/// # Errors
/// When consultation does not answer.
pub async fn read_answers(
    runtime: &Runtime,
    page: &[StoredMention],
) -> Result<Vec<Option<ReadAnswer>>, Problem> {
    let wanted: BTreeSet<String> = page.iter().map(|m| names::response(&m.survey, &m.response)).collect();
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<String> = wanted.into_iter().collect();
    let read = runtime.source.batch_get(&wanted).await.map_err(status_mapping::source)?;
    let responses: HashMap<&str, _> = read.responses.iter().map(|r| (r.response.as_str(), r)).collect();
    let answer = |mention: &StoredMention| {
        let response = responses.get(mention.response.as_str()).filter(|r| r.revision == mention.revision)?;
        response.answers.iter().find(|a| a.question == mention.question).cloned()
    };
    Ok(page.iter().map(answer).collect())
}

/// The words of each mention; none where the response has moved on.
///
/// # Errors
/// When consultation does not answer.
pub async fn quotes(runtime: &Runtime, page: &[StoredMention]) -> Result<Vec<Option<String>>, Problem> {
    let answers = answers(runtime, page).await?;
    Ok(page.iter().zip(answers).map(|(mention, answer)| words(mention, &answer?)).collect())
}

/// The words of a mention in its answer, without marks of HTML.
#[must_use]
pub fn words(mention: &StoredMention, answer: &str) -> Option<String> {
    let (start, end) = (usize::try_from(mention.start).ok()?, usize::try_from(mention.end).ok()?);
    statement::slice(answer, start, end).map(|words| language::plain(words).text)
}
