//! From what a response says to what it contributes under a codebook.

use std::collections::BTreeSet;

use soundings_themes_domain::{AnsweredText, Contribution, voice_key};
use soundings_themes_engine::Encoder;

use super::ReadResponse;
use super::ready_codebooks::ReadyCodebook;
use crate::store::AssignedResponse;

/// Assigns a response's answers to the themes of a codebook. A withdrawn response contributes nothing.
#[must_use]
pub fn assign_response(
    ready: &ReadyCodebook,
    encoder: &dyn Encoder,
    response: &ReadResponse,
) -> AssignedResponse {
    let answers: Vec<_> =
        response.answers.iter().filter(|a| ready.codebook.takes(&response.survey, &a.question)).collect();
    let answered: Vec<_> = answers
        .iter()
        .map(|a| AnsweredText { question: a.question.clone(), digest: a.digest.clone(), words: a.words })
        .collect();
    let mut mentions = Vec::new();
    for answer in &answers {
        let found = ready.assigner.assign(&answer.text, encoder);
        mentions.extend(found.into_iter().map(|mention| (answer.question.clone(), mention)));
    }
    let themes: BTreeSet<String> = mentions.iter().filter_map(|(_, mention)| mention.theme.clone()).collect();
    let contribution = voice_key(&response.response, &answered).map(|voice| Contribution { voice, themes });
    AssignedResponse {
        response: response.response.clone(),
        survey: response.survey.clone(),
        organisation: response.organisation.clone(),
        revision: response.revision,
        time: response.time,
        contribution,
        mentions,
    }
}
