//! A codebook carried over to a further survey: its questions matched with those that feed the codebook, by what they ask.
use std::collections::BTreeSet;

use serde_json::{Value, json};
use soundings_proto::consultation::v1::{GetSurveyRequest, Question, Survey, question::Kind};
use soundings_proto::themes::v1 as proto;
use tonic::Code;

use crate::{
    commands::{full_name, last_part},
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column},
};

/// Two questions ask much the same if they share this of all their words.
const MUCH: f64 = 0.6;

/// What to carry over.
#[derive(Debug, clap::Args)]
pub struct CarryOver {
    /// The codebook's id.
    codebook: String,
    /// The survey that is to feed it too.
    #[arg(long)]
    to: String,
    /// Shows which questions would feed it and writes nothing.
    #[arg(long)]
    dry_run: bool,
    /// Why; kept with the decision.
    #[arg(long, required_unless_present = "dry_run")]
    reason: Option<String>,
}

/// A free-text question of the new survey.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Matched {
    question: String,
    asks: String,
    /// The question that feeds the codebook already and is most like it.
    like: Option<String>,
    how: How,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum How {
    /// The codebook takes every free-text question.
    All,
    Same,
    Much,
    /// Another question, whose id feeds the codebook all the same.
    Id,
    No,
}

fn columns() -> Vec<Column<Matched>> {
    vec![
        column("question", |m| m.question.clone()),
        column("feeds", |m| if m.how == How::No { "no" } else { "yes" }.to_owned()),
        column("like", |m| m.like.clone().unwrap_or_default()),
        column("since", |m| {
            match m.how {
                How::All => "every free-text question feeds it",
                How::Same => "it asks the same",
                How::Much => "it asks much the same",
                How::Id => "its id feeds it already; it asks something else",
                How::No => "nothing that feeds it asks so",
            }
            .to_owned()
        }),
        column("asks", |m| m.asks.clone()),
    ]
}

fn as_value(found: &[Matched]) -> Value {
    let one = |m: &Matched| json!({ "question": m.question, "feeds": m.how != How::No, "like": m.like, "asks": m.asks });
    found.iter().map(one).collect()
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// The share of the words of either that both have, 0 to 1; 0 where neither has one.
fn alike(one: &str, other: &str) -> f64 {
    let (one, other) = (words(one), words(other));
    let (both, all) = (one.intersection(&other).count(), one.union(&other).count());
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

fn free_text(survey: &Survey) -> impl Iterator<Item = &Question> {
    survey.questions.iter().filter(|question| matches!(question.kind, Some(Kind::FreeText(_))))
}

/// Each free-text question of `new`, beside those of `old` surveys that feed the codebook; `fed`, their ids, empty: all.
fn matched(new: &Survey, old: &[Survey], fed: &[String]) -> Vec<Matched> {
    let feeding: Vec<&Question> = old
        .iter()
        .flat_map(free_text)
        .filter(|question| fed.is_empty() || fed.contains(&question.id))
        .collect();
    let of = |question: &Question| {
        let near = feeding.iter().map(|other| (alike(&question.prompt, &other.prompt), *other));
        let best = near.max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.id.cmp(&a.1.id)));
        let best = best.filter(|(alike, _)| *alike >= MUCH);
        let how = match &best {
            Some((alike, _)) if *alike >= 1.0 => How::Same,
            Some(_) => How::Much,
            None if fed.is_empty() => How::All,
            None if fed.contains(&question.id) => How::Id,
            None => How::No,
        };
        let (question_id, asks) = (question.id.clone(), question.prompt.clone());
        Matched { question: question_id, asks, like: best.map(|(_, other)| other.id.clone()), how }
    };
    free_text(new).map(of).collect()
}

/// Carries it out, or shows what it would do.
pub async fn carry_over(to: &Connection<'_>, format: Format, asked: CarryOver) -> Outcome {
    let name = full_name("codebooks", &asked.codebook);
    let book =
        to.themes()?.get_codebook(proto::GetCodebookRequest { name: name.clone() }).await?.into_inner();
    let survey = full_name("surveys", &asked.to);
    let mut client = to.consultation()?;
    let new = client.get_survey(GetSurveyRequest { name: survey.clone() }).await?.into_inner();
    let mut old = Vec::new();
    for name in book.surveys.iter().filter(|name| **name != survey) {
        match client.get_survey(GetSurveyRequest { name: name.clone() }).await {
            Ok(reply) => old.push(reply.into_inner()),
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status.into()),
        }
    }
    let found = matched(&new, &old, &book.questions);
    match format {
        Format::Table | Format::Wide | Format::Csv => output::rows(format, &found, &columns())?,
        Format::Json | Format::Ndjson | Format::Yaml => output::value(format, &as_value(&found))?,
    }
    let Some(reason) = asked.reason.filter(|_| !asked.dry_run) else { return Ok(()) };
    let mut questions = book.questions.clone();
    if !questions.is_empty() {
        let more: Vec<String> = found
            .iter()
            .filter(|m| m.how != How::No && !book.questions.contains(&m.question))
            .map(|m| m.question.clone())
            .collect();
        questions.extend(more);
    }
    if found.iter().all(|m| m.how == How::No) {
        let text = format!("no question of {} feeds {}: nothing was changed", asked.to, asked.codebook);
        return Err(Failure::usage(text));
    }
    let mut surveys = book.surveys.clone();
    if !surveys.contains(&survey) {
        surveys.push(survey);
    }
    let request_id = new_request_id();
    let request =
        proto::SetCodebookFeedsRequest { name, surveys, questions, etag: book.etag, reason, request_id };
    let changed = to.codebooks()?.set_codebook_feeds(request).await?.into_inner();
    let fed = changed.surveys.iter().map(|survey| last_part(survey)).collect::<Vec<_>>().join(", ");
    output::note(format!("{} is now fed by {fed}", asked.codebook));
    Ok(())
}

#[cfg(test)]
mod tests {
    use soundings_proto::consultation::v1::{FreeTextQuestion, RatingQuestion};

    use super::*;

    fn survey(questions: &[(&str, &str)]) -> Survey {
        let question = |(id, prompt): &(&str, &str)| Question {
            id: (*id).into(),
            prompt: (*prompt).into(),
            kind: Some(match *id {
                "rate" => Kind::Rating(RatingQuestion::default()),
                _ => Kind::FreeText(FreeTextQuestion::default()),
            }),
            ..Default::default()
        };
        Survey { questions: questions.iter().map(question).collect(), ..Default::default() }
    }

    #[test]
    fn questions_are_matched_by_what_they_ask_whatever_their_ids() {
        let old = survey(&[
            ("help", "What would help your council most over the next year?"),
            ("barriers", "What stands in your way?"),
        ]);
        let new = survey(&[
            ("q1", "What would help your council MOST over the next year"),
            ("q2", "What still stands in your way?"),
            ("barriers", "Who are you?"),
            ("other", "Anything else?"),
            ("rate", "What stands in your way?"),
        ]);
        let of = |fed: &[String]| -> Vec<(String, Option<String>, How)> {
            let all = matched(&new, std::slice::from_ref(&old), fed);
            all.into_iter().map(|m| (m.question, m.like, m.how)).collect()
        };
        let like = |id: &str| Some(id.to_owned());
        assert_eq!(
            of(&["help".into(), "barriers".into()]),
            [
                ("q1".to_owned(), like("help"), How::Same),
                ("q2".to_owned(), like("barriers"), How::Much),
                ("barriers".to_owned(), None, How::Id),
                ("other".to_owned(), None, How::No),
            ]
        );
        assert_eq!(of(&[])[3].2, How::All);
        assert_eq!(of(&["help".into()])[1].2, How::No, "what feeds nothing is matched with nothing");
    }
}
