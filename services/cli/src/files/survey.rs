//! A survey as YAML.
use serde::Deserialize;
use soundings_proto::consultation::v1::{self as proto, question};

use crate::failure::{Failure, Outcome};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Survey {
    id: String,
    title: String,
    questions: Vec<Question>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: String,
    prompt: String,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    bound_to: String,
    free_text: Option<FreeText>,
    single_choice: Option<Choices>,
    multiple_choice: Option<Choices>,
    rating: Option<Rating>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FreeText {
    #[serde(default)]
    max_characters: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choices {
    choices: Vec<Choice>,
    #[serde(default)]
    max_choices: i32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Choice {
    id: String,
    label: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rating {
    lowest: i32,
    highest: i32,
}

/// Reads a survey; `from` names where the text comes from.
pub fn read(from: &str, text: &str) -> Outcome<(String, proto::Survey)> {
    let survey: Survey = super::yaml(from, text)?;
    let questions = survey.questions.into_iter().map(|q| read_question(from, q)).collect::<Outcome<_>>()?;
    Ok((survey.id, proto::Survey { title: survey.title, questions, ..Default::default() }))
}

fn read_question(from: &str, q: Question) -> Outcome<proto::Question> {
    let choices = |all: Vec<Choice>| -> Vec<_> {
        all.into_iter().map(|c| proto::Choice { id: c.id, label: c.label }).collect()
    };
    let kind = match (q.free_text, q.single_choice, q.multiple_choice, q.rating) {
        (Some(text), None, None, None) => {
            question::Kind::FreeText(proto::FreeTextQuestion { max_characters: text.max_characters })
        }
        (None, Some(one), None, None) => {
            question::Kind::SingleChoice(proto::SingleChoiceQuestion { choices: choices(one.choices) })
        }
        (None, None, Some(some), None) => question::Kind::MultipleChoice(proto::MultipleChoiceQuestion {
            choices: choices(some.choices),
            max_choices: some.max_choices,
        }),
        (None, None, None, Some(rating)) => {
            let (lowest, highest) = (rating.lowest, rating.highest);
            question::Kind::Rating(proto::RatingQuestion { lowest, highest })
        }
        _ => {
            let text = "give exactly one of free_text, single_choice, multiple_choice, rating";
            return Err(Failure::usage(format!("{from}: question {:?}: {text}", q.id)));
        }
    };
    let (id, prompt, required, bound_to) = (q.id, q.prompt, q.required, q.bound_to);
    Ok(proto::Question { id, prompt, required, kind: Some(kind), bound_to })
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn the_seeds_surveys_can_be_read() {
        let (id, survey) = read("seed", include_str!("../../seed/survey.yaml")).ok().unwrap();
        assert_eq!((id.as_str(), survey.questions.len()), ("refresh-2020", 5));
        assert!(read("housing", include_str!("../../seed/housing/survey.yaml")).is_ok());
    }

    #[test]
    fn a_rating_may_say_what_it_speaks_for() {
        let text = "{id: s, title: S, questions: [{id: q, prompt: P, bound_to: workItems/laptops, \
                    rating: {lowest: 1, highest: 5}}, {id: r, prompt: P, free_text: {}}]}";
        let (_, survey) = read("x.yaml", text).ok().unwrap();
        let bound: Vec<_> = survey.questions.iter().map(|q| q.bound_to.as_str()).collect();
        assert_eq!(bound, ["workItems/laptops", ""]);
    }

    #[test]
    fn a_question_of_no_kind_or_of_two_is_refused_by_its_name() {
        for kinds in ["", "free_text: {}, rating: {lowest: 1, highest: 5}"] {
            let text = format!("{{id: s, title: S, questions: [{{id: q7, prompt: P, {kinds}}}]}}");
            let failure = format!("{:?}", read("x.yaml", &text).unwrap_err());
            assert!(failure.contains("q7") && failure.contains("x.yaml"), "{failure}");
        }
    }
}
