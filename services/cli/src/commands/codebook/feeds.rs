//! Whether the surveys and questions that feed a codebook are there.
use std::collections::BTreeSet;

use soundings_proto::consultation::v1::{GetSurveyRequest, Survey, question::Kind};
use soundings_proto::themes::v1 as proto;
use tonic::Code;

use crate::{commands::last_part, connection::Connection};

/// What nothing comes from, as a sentence each: they may be made later, or be misspelt. Nothing where consultation does
/// not answer.
pub async fn missing(to: &Connection<'_>, codebook: &proto::Codebook) -> Vec<String> {
    let Ok(mut client) = to.consultation() else { return Vec::new() };
    let (mut surveys, mut told) = (Vec::new(), Vec::new());
    for name in &codebook.surveys {
        match client.get_survey(GetSurveyRequest { name: name.clone() }).await {
            Ok(reply) => surveys.push(reply.into_inner()),
            Err(status) if status.code() == Code::NotFound => {
                told.push(format!("there is no survey {} yet: nothing comes from it", last_part(name)));
            }
            Err(_) => return Vec::new(),
        }
    }
    if told.is_empty() {
        told.extend(questions(&surveys, &codebook.questions));
    }
    told
}

fn questions(surveys: &[Survey], fed: &[String]) -> Vec<String> {
    let free = |survey: &Survey| -> Vec<String> {
        let texts =
            survey.questions.iter().filter(|question| matches!(question.kind, Some(Kind::FreeText(_))));
        texts.map(|question| question.id.clone()).collect()
    };
    let there: BTreeSet<String> = surveys.iter().flat_map(free).collect();
    let absent = fed.iter().filter(|question| !there.contains(*question));
    let all = there.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    absent
        .map(|question| {
            format!("none of its surveys has a free-text question {question}: nothing comes from it; there is {all}")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use soundings_proto::consultation::v1::{FreeTextQuestion, Question, RatingQuestion};

    use super::*;

    #[test]
    fn questions_that_no_survey_asks_in_free_text_are_named() {
        let question = |id: &str, kind| Question { id: id.into(), kind: Some(kind), ..Default::default() };
        let survey = Survey {
            questions: vec![
                question("help", Kind::FreeText(FreeTextQuestion::default())),
                question("confidence", Kind::Rating(RatingQuestion::default())),
            ],
            ..Default::default()
        };
        let told = questions(&[survey], &["help".into(), "confidence".into(), "hlep".into()]);
        assert_eq!(told.len(), 2);
        assert!(told[0].contains("question confidence") && told[0].ends_with("there is help"), "{told:?}");
        assert!(told[1].contains("question hlep"), "{told:?}");
        assert_eq!(questions(&[], &[]), Vec::<String>::new());
    }
}
