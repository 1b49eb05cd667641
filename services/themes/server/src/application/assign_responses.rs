//! From what a response says to what the model makes of it under a codebook.

use soundings_themes_domain::{AnsweredText, Codebook, statement_digest, voice_key};
use soundings_themes_engine::{Assigner, Encoder, statement};

use super::ReadResponse;
use crate::store::AssignedResponse;
use crate::store::assignments::AssignedStatement;

/// Assigns a response's answers to the themes of a codebook. A withdrawn response has none.
#[must_use]
pub fn assign_response(
    codebook: &Codebook,
    assigner: &Assigner,
    encoder: &dyn Encoder,
    response: &ReadResponse,
) -> AssignedResponse {
    let answers: Vec<_> =
        response.answers.iter().filter(|a| codebook.takes(&response.survey, &a.question)).collect();
    let answered: Vec<_> = answers
        .iter()
        .map(|a| AnsweredText { question: a.question.clone(), digest: a.digest.clone(), words: a.words })
        .collect();
    let mut statements: Vec<AssignedStatement> = Vec::new();
    for answer in &answers {
        for mention in assigner.assign(&answer.text, encoder) {
            let (start, end) = (mention.start as i64, mention.end as i64);
            let model = mention.theme.map(|theme| (theme, mention.score_ppm));
            // A statement of several themes comes as several mentions, one after another.
            if let Some(last) = statements
                .last_mut()
                .filter(|last| (last.start, last.end) == (start, end) && last.question == answer.question)
            {
                last.model.extend(model);
                continue;
            }
            let words = statement::slice(&answer.text, mention.start, mention.end).unwrap_or_default();
            statements.push(AssignedStatement {
                question: answer.question.clone(),
                start,
                end,
                digest: statement_digest(words),
                nearest: if model.is_none() { mention.score_ppm } else { 0 },
                model: model.into_iter().collect(),
                runner_up: mention.runner_up,
            });
        }
    }
    AssignedResponse {
        response: response.response.clone(),
        survey: response.survey.clone(),
        organisation: response.organisation.clone(),
        revision: response.revision,
        time: response.time,
        voice: voice_key(&response.response, &answered),
        gone: response.answers.is_empty(),
        statements,
    }
}
