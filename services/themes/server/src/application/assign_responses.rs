//! From what a response says to what the model makes of it under a codebook.

use std::collections::BTreeSet;

use soundings_themes_domain::{AnsweredText, Codebook, statement_digest, voice_key};
use soundings_themes_engine::Encoder;
use soundings_themes_engine::evidence::is_evidence_rich;
use soundings_themes_engine::language::{Plain, Readable, is_the_question, plain, readable};
use soundings_themes_engine::stance::Stance;
use soundings_themes_engine::statement::{Statement, statements};

use super::ready_codebooks::{Learned, ReadyCodebook};
use super::{ReadAnswer, ReadResponse};
use crate::store::AssignedResponse;
use crate::store::assignments::{AssignedStatement, Said};

/// Assigns a new response's answers to the themes of a codebook, by what was learned last. A withdrawn response has none.
#[must_use]
pub fn assign_response(
    ready: &ReadyCodebook,
    encoder: &dyn Encoder,
    response: &ReadResponse,
) -> AssignedResponse {
    assign_response_by(ready, ready.learned.as_deref(), encoder, response)
}

/// The same, by what was learned once.
#[must_use]
pub fn assign_response_by(
    ready: &ReadyCodebook,
    learned: Option<&Learned>,
    encoder: &dyn Encoder,
    response: &ReadResponse,
) -> AssignedResponse {
    let takes = |a: &&ReadAnswer| ready.codebook.takes(&response.survey, &a.question);
    let answers: Vec<_> = response.answers.iter().filter(takes).collect();
    let answered: Vec<_> = answers
        .iter()
        .map(|a| AnsweredText { question: a.question.clone(), digest: a.digest.clone(), words: a.words })
        .collect();
    AssignedResponse {
        response: response.response.clone(),
        survey: response.survey.clone(),
        organisation: response.organisation.clone(),
        revision: response.revision,
        time: response.time,
        voice: voice_key(&response.response, &answered),
        gone: response.answers.is_empty(),
        statements: answers
            .iter()
            .flat_map(|answer| assign_answer(ready, learned, encoder, answer))
            .collect(),
        learned: learned.map_or(0, |learned| learned.number),
        learned_version: learned.map(|learned| learned.version.clone()).unwrap_or_default(),
        closed: if answers.is_empty() { Vec::new() } else { chosen(response) },
    }
}

/// The themes that a text would be given as an answer of a new response, before any merge.
#[must_use]
pub fn assign_text(ready: &ReadyCodebook, encoder: &dyn Encoder, text: &str) -> BTreeSet<String> {
    let answer = ReadAnswer {
        question: String::new(),
        prompt: "".into(),
        text: text.to_owned(),
        digest: String::new(),
        words: 0,
    };
    let statements = assign_answer(ready, ready.learned.as_deref(), encoder, &answer);
    statements.into_iter().flat_map(|statement| statement.model).map(|(theme, _)| theme).collect()
}

fn chosen(response: &ReadResponse) -> Vec<(String, String)> {
    response.closed.iter().map(|chosen| (chosen.question.clone(), chosen.value.clone())).collect()
}

/// Takes emerging themes out where another theme takes the statement: they draw only what no other does, whoever gave it.
fn leave_to_others(codebook: &Codebook, model: &mut Vec<(String, i32)>) {
    let emerging = |theme: &str| {
        let words = codebook.theme(theme).and_then(|theme| theme.assigned.as_ref());
        words.is_some_and(|words| words.from_pool)
    };
    if model.iter().any(|(theme, _)| !emerging(theme)) {
        model.retain(|(theme, _)| !emerging(theme));
    }
}

/// What the statement at this place of an answer scores under each theme, before any merge: best first, emerging themes
/// after the others. One in another language is scored as if it stood alone.
#[must_use]
pub fn scores_of(
    ready: &ReadyCodebook,
    encoder: &dyn Encoder,
    answer: &ReadAnswer,
    at: (i64, i64),
) -> Vec<(String, i32)> {
    let plain = plain(&answer.text);
    let mut said = statements(&plain.text);
    said.retain(|statement| !is_the_question(statement.text, &answer.prompt));
    let read = readable(&plain.text, &said);
    let is_foreign = |read: &Readable| matches!(read, Readable::OtherLanguage(_));
    let readable = said.iter().zip(&read).filter(|(_, read)| !is_foreign(read));
    let own: Vec<Statement<'_>> = readable.map(|(statement, _)| *statement).collect();
    if let Some(index) = own.iter().position(|statement| place(&plain, statement) == at) {
        return ready.assigner.scores(&own, encoder).swap_remove(index);
    }
    let alone: Vec<Statement<'_>> =
        said.iter().filter(|statement| place(&plain, statement) == at).copied().collect();
    ready.assigner.scores(&alone, encoder).pop().unwrap_or_default()
}

/// The statements of an answer, in order. The question, copied, is none of them; one in another language is assigned to
/// nothing and plays no part in the others.
fn assign_answer(
    ready: &ReadyCodebook,
    learned: Option<&Learned>,
    encoder: &dyn Encoder,
    answer: &ReadAnswer,
) -> Vec<AssignedStatement> {
    let plain = plain(&answer.text);
    let mut said = statements(&plain.text);
    said.retain(|statement| !is_the_question(statement.text, &answer.prompt));
    let read = readable(&plain.text, &said);
    let is_foreign = |read: &Readable| matches!(read, Readable::OtherLanguage(_));
    let own: Vec<Statement<'_>> = said
        .iter()
        .zip(&read)
        .filter(|(_, read)| !is_foreign(read))
        .map(|(statement, _)| *statement)
        .collect();
    let mut assigned = ready.assigner.assign_statements(&own, encoder).into_iter();
    let mut found = Vec::with_capacity(said.len());
    for (statement, read) in said.iter().zip(read) {
        let (language, one_word) = match read {
            Readable::Yes => (String::new(), false),
            Readable::OneWord => (String::new(), true),
            Readable::OtherLanguage(language) => (language, false),
        };
        let mentions = if language.is_empty() { assigned.next().unwrap_or_default() } else { Vec::new() };
        // The words that tell a stance and evidence are English.
        let (stance, evidence_rich) = match language.as_str() {
            "" => (Stance::of(statement.text, &ready.topics), is_evidence_rich(statement.text)),
            _ => (Stance::default(), false),
        };
        let (start, end) = place(&plain, statement);
        let nearest = mentions.first().map_or(0, |first| first.score_ppm);
        let runner_up = mentions.first().and_then(|first| first.runner_up.clone());
        let mut model: Vec<(String, i32)> =
            mentions.into_iter().filter_map(|m| Some((m.theme?, m.score_ppm))).collect();
        if let Some(learned) = learned.filter(|_| language.is_empty()) {
            model = learned.assigner.assign(statement.text, model, encoder);
            leave_to_others(&ready.codebook, &mut model);
        }
        found.push(AssignedStatement {
            question: answer.question.clone(),
            start,
            end,
            digest: statement_digest(statement.text),
            nearest: if model.is_empty() { nearest } else { 0 },
            runner_up: runner_up.filter(|(theme, _)| model.iter().all(|(given, _)| given != theme)),
            model,
            said: Said { language, one_word, stance, evidence_rich },
        });
    }
    found
}

/// Where a statement stands in the answer as it was written.
fn place(plain: &Plain, statement: &Statement<'_>) -> (i64, i64) {
    let (start, end) = plain.original((statement.start, statement.end)).unwrap_or_default();
    (start as i64, end as i64)
}

#[cfg(test)]
mod tests {
    use soundings_themes_domain::{Theme, ThemeState};

    use super::*;

    #[test]
    fn an_emerging_theme_leaves_a_statement_to_any_other() {
        let theme = |id: &str, state: ThemeState| {
            let mut theme = Theme { id: id.into(), state, ..Theme::default() };
            theme.assigned = Some(theme.words());
            theme
        };
        let themes = vec![theme("firm", ThemeState::Approved), theme("new", ThemeState::Emerging)];
        let codebook = Codebook { themes, ..Codebook::default() };
        let left = |given: &[&str]| {
            let mut model: Vec<(String, i32)> = given.iter().map(|id| ((*id).to_owned(), 1)).collect();
            leave_to_others(&codebook, &mut model);
            model.into_iter().map(|(theme, _)| theme).collect::<Vec<_>>()
        };
        assert_eq!(left(&["new", "firm"]), ["firm"]);
        assert_eq!(left(&["new"]), ["new"]);
        assert_eq!(left(&[]), [""; 0]);
    }
}
