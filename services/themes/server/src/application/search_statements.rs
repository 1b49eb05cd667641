//! Searching statements. No words are kept here, so those of the newest responses are read from consultation, a batch at
//! a time, and compared as they come; what is held at once is a batch and what was found so far.

use soundings_chassis::Problem;
use soundings_themes_domain::word_search;
use soundings_themes_engine::Encoder;
use soundings_themes_engine::vector::dot;

use super::{Runtime, off_the_runtime};
use crate::rpc::quotes::quotes;
use crate::store::mentions::{Qualities, StoredMention};
use crate::store::views::{Seen, newest};

/// Responses that are searched at most.
pub const SEARCHED: usize = 5_000;
/// Responses whose words are read at once.
const BATCH: usize = 200;

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Needle {
    /// Statements that hold all these words, as [`word_search::words`] gives them.
    Words(Vec<String>),
    /// Statements near this vector of unit length.
    Meaning(Vec<f32>),
}

/// A statement that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Its mention with the highest score.
    pub mention: StoredMention,
    /// Its words.
    pub text: String,
    /// The ids of all its themes.
    pub themes: Vec<String>,
    /// Whether one of its mentions has the qualities that are looked for.
    pub fits: bool,
    /// Cosine similarity to what was looked for; 0 by words.
    pub similarity: f32,
}

/// What a search gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Searched {
    /// By words newest first, by meaning nearest first.
    pub found: Vec<Found>,
    /// How many were found in all.
    pub total: usize,
    /// Responses whose words were compared.
    pub responses: usize,
    /// Whether there are older responses.
    pub has_older: bool,
}

/// Searches the newest responses for at most `limit` statements.
///
/// # Errors
/// When the database or consultation does not answer.
pub async fn search_statements(
    runtime: &Runtime,
    seen: &Seen,
    needle: &Needle,
    qualities: &Qualities,
    limit: usize,
) -> Result<Searched, Problem> {
    let mut newest = newest::responses(runtime.db.read(), seen, SEARCHED as i64 + 1).await?;
    let mut searched = Searched { has_older: newest.len() > SEARCHED, ..Searched::default() };
    newest.truncate(SEARCHED);
    for batch in newest.chunks(BATCH) {
        let mentions = newest::mentions(runtime.db.read(), &seen.codebook, batch).await?;
        let texts = quotes(runtime, &mentions).await?;
        let mut last = None;
        let mut statements: Vec<Found> = Vec::new();
        for (mention, text) in mentions.into_iter().zip(texts) {
            let Some(text) = text else { continue };
            if last.as_ref() != Some(&mention.response) {
                last = Some(mention.response.clone());
                searched.responses += 1;
            }
            let asked = seen.theme.as_ref().is_none_or(|theme| mention.theme == *theme);
            let fits = asked && qualities.are_of(&mention);
            gather(&mut statements, mention, fits, text);
        }
        statements.retain(|statement| statement.fits);
        let found = compare(runtime, needle, statements).await;
        searched.total += found.len();
        searched.found.extend(found);
        if matches!(needle, Needle::Meaning(_)) {
            // A stable sort: of statements equally near, the newest comes first.
            searched.found.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
        }
        searched.found.truncate(limit);
    }
    Ok(searched)
}

/// Adds a mention to the statement before it, if it is of the same one.
fn gather(statements: &mut Vec<Found>, mention: StoredMention, fits: bool, text: String) {
    let place = |m: &StoredMention| (m.response.clone(), m.question.clone(), m.start, m.end);
    let theme = Some(mention.theme.clone()).filter(|theme| !theme.is_empty());
    match statements.last_mut().filter(|last| place(&last.mention) == place(&mention)) {
        Some(same) => {
            same.themes.extend(theme);
            same.fits |= fits;
            if mention.score > same.mention.score {
                same.mention = mention;
            }
        }
        None => {
            let themes = theme.into_iter().collect();
            statements.push(Found { mention, text, themes, fits, similarity: 0.0 });
        }
    }
}

/// Those of the statements that are what is looked for.
async fn compare(runtime: &Runtime, needle: &Needle, mut statements: Vec<Found>) -> Vec<Found> {
    let (codebooks, needle) = (runtime.codebooks.clone(), needle.clone());
    off_the_runtime(move || {
        match needle {
            Needle::Words(words) => statements.retain(|found| word_search::holds_all(&found.text, &words)),
            Needle::Meaning(wanted) => {
                let texts: Vec<&str> = statements.iter().map(|found| found.text.as_str()).collect();
                let vectors = codebooks.encoder().encode(&texts);
                for (found, vector) in statements.iter_mut().zip(&vectors) {
                    found.similarity = dot(&wanted, vector);
                }
                statements.retain(|found| found.similarity > 0.0);
            }
        }
        statements
    })
    .await
}
