//! What organisations answered.
use clap::Subcommand;
use soundings_proto::consultation::v1::{self as proto, answer::Value, question::Kind};

use super::{full_name, last_part};
use crate::{
    ask,
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to do with responses.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List a survey's
    List {
        /// The survey's id.
        survey: String,
        /// Only this organisation's.
        #[arg(long)]
        organisation: Option<String>,
        /// Withdrawn ones too.
        #[arg(long)]
        withdrawn: bool,
        /// At most so many.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Show one
    Get {
        /// `surveys/{survey}/responses/{response}`.
        response: String,
    },
    /// Submit one
    Submit {
        /// The survey's id.
        survey: String,
        /// Who it speaks for.
        #[arg(long)]
        organisation: String,
        /// An answer: question=value; several choices are separated by `;`.
        #[arg(long = "answer", value_name = "QUESTION=VALUE", required = true)]
        answers: Vec<String>,
        /// A UUID, the same on every retry; made here when missing.
        #[arg(long)]
        request_id: Option<String>,
    },
    /// Replace one's answers
    Revise {
        /// `surveys/{survey}/responses/{response}`.
        response: String,
        /// An answer: question=value; several choices are separated by `;`. All answers, replacing the former.
        #[arg(long = "answer", value_name = "QUESTION=VALUE", required = true)]
        answers: Vec<String>,
        /// The revision that was read; without it, whatever it is.
        #[arg(long, default_value_t = 0)]
        expected_revision: i64,
    },
    /// Withdraw one: its answers are deleted
    Withdraw {
        /// `surveys/{survey}/responses/{response}`.
        response: String,
        /// Does not ask.
        #[arg(long)]
        yes: bool,
    },
}

fn columns() -> Vec<Column<proto::Response>> {
    vec![
        column("organisation", |r| last_part(&r.organisation)),
        column("submitted", |r| output::time(r.submit_time.as_ref())),
        number("revision", |r| r.revision.to_string()),
        column("state", |r| r.state().as_str_name().trim_start_matches("RESPONSE_STATE_").to_lowercase()),
        column("answers", |r| {
            r.answers.iter().map(|a| format!("{}={}", a.question, value(a))).collect::<Vec<_>>().join(" | ")
        }),
        wide(column("name", |r| r.name.clone())),
    ]
}

fn value(answer: &proto::Answer) -> String {
    match &answer.value {
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Choice(id)) => id.clone(),
        Some(Value::Choices(set)) => set.ids.join(";"),
        Some(Value::Rating(rating)) => rating.to_string(),
        None => String::new(),
    }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    let mut client = to.consultation()?;
    let response = match command {
        Command::List { survey, organisation, withdrawn, limit } => {
            let mut request = proto::ListResponsesRequest {
                parent: full_name("surveys", &survey),
                page_size: 1000,
                organisation: organisation.map(|o| full_name("organisations", &o)).unwrap_or_default(),
                show_withdrawn: withdrawn,
                ..Default::default()
            };
            let mut listed = Vec::new();
            loop {
                let page = client.list_responses(request.clone()).await?.into_inner();
                listed.extend(page.responses);
                if page.next_page_token.is_empty() || listed.len() >= limit {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            listed.truncate(limit);
            return output::list(format, &listed, &columns());
        }
        Command::Get { response } => {
            client.get_response(proto::GetResponseRequest { name: response }).await?.into_inner()
        }
        Command::Submit { survey, organisation, answers, request_id } => {
            let parent = full_name("surveys", &survey);
            let answers = read_answers(to, &parent, &answers).await?;
            let organisation = full_name("organisations", &organisation);
            let response = Some(proto::Response { organisation, answers, ..Default::default() });
            let request_id = request_id.unwrap_or_else(new_request_id);
            let request = proto::SubmitResponseRequest { parent, response, request_id };
            client.submit_response(request).await?.into_inner()
        }
        Command::Revise { response: name, answers, expected_revision } => {
            let parent = name.split("/responses/").next().unwrap_or_default().to_owned();
            let answers = read_answers(to, &parent, &answers).await?;
            let request_id = new_request_id();
            let request = proto::ReviseResponseRequest { name, answers, expected_revision, request_id };
            client.revise_response(request).await?.into_inner()
        }
        Command::Withdraw { response: name, yes } => {
            ask::confirm(yes, &format!("the answers of {name} are deleted and count no more"))?;
            let request =
                proto::WithdrawResponseRequest { name, expected_revision: 0, request_id: new_request_id() };
            client.withdraw_response(request).await?.into_inner()
        }
    };
    output::one(format, &response, &columns(), |response| {
        let mut text = format!("{}\nrevision {}\n", response.name, response.revision);
        for answer in &response.answers {
            text.push_str(&format!("  {}: {}\n", answer.question, value(answer)));
        }
        text
    })
}

/// Reads `question=value` by the kinds of the survey's questions.
async fn read_answers(to: &Connection<'_>, survey: &str, given: &[String]) -> Outcome<Vec<proto::Answer>> {
    let request = proto::GetSurveyRequest { name: survey.to_owned() };
    let survey = to.consultation()?.get_survey(request).await?.into_inner();
    let read = given.iter().map(|given| {
        let (question, value) = given
            .split_once('=')
            .ok_or_else(|| Failure::usage(format!("--answer {given:?} has no =; give question=value")))?;
        let asked = survey.questions.iter().find(|asked| asked.id == question).ok_or_else(|| {
            let known: Vec<_> = survey.questions.iter().map(|asked| asked.id.as_str()).collect();
            Failure::usage(format!(
                "{question:?} is no question of {}; it has {}",
                survey.name,
                known.join(", ")
            ))
        })?;
        let value = match asked.kind {
            Some(Kind::SingleChoice(_)) => Value::Choice(value.to_owned()),
            Some(Kind::MultipleChoice(_)) => Value::Choices(proto::ChoiceSet {
                ids: value.split(';').map(str::trim).filter(|id| !id.is_empty()).map(str::to_owned).collect(),
            }),
            Some(Kind::Rating(_)) => Value::Rating(value.parse().map_err(|_| {
                Failure::usage(format!("--answer {question}={value}: a rating is a whole number"))
            })?),
            _ => Value::Text(value.to_owned()),
        };
        Ok(proto::Answer { question: question.to_owned(), value: Some(value), ..Default::default() })
    });
    read.collect()
}
