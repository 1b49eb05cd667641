//! Reads responses from consultation over gRPC, as a service.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use soundings_access::Credentials;
use soundings_proto::consultation::v1 as proto;
use soundings_proto::consultation::v1::consultation_service_client::ConsultationServiceClient;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Code, Request, Status};

use super::names;
use crate::application::{
    BatchRead, ClosedAnswer, Questions, ReadAnswer, ReadResponse, ResponseSource, SourceError,
};

const LARGEST_REPLY: usize = 32 * 1024 * 1024;
const PAGE: i32 = 200;
const TIMEOUT: Duration = Duration::from_secs(10);
/// Surveys whose questions are remembered.
const SURVEYS: usize = 1_000;

/// A client of consultation.
#[derive(Clone)]
pub struct ConsultationClient {
    client: ConsultationServiceClient<InterceptedService<Channel, Credentials>>,
    /// By survey. Questions are fixed once a survey takes responses.
    prompts: Arc<Mutex<HashMap<String, Arc<Questions>>>>,
}

impl ConsultationClient {
    /// On a channel, which connects when first used and again whenever it has to.
    #[must_use]
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        let client = ConsultationServiceClient::with_interceptor(channel, credentials);
        Self { client: client.max_decoding_message_size(LARGEST_REPLY), prompts: Arc::default() }
    }

    /// Fills in what was asked.
    async fn with_prompts(&self, mut responses: Vec<ReadResponse>) -> Result<Vec<ReadResponse>, SourceError> {
        let surveys: BTreeSet<String> = responses.iter().map(|response| response.survey.clone()).collect();
        for survey in surveys {
            let prompts = self.prompts_of(&survey).await?;
            for answer in responses.iter_mut().filter(|r| r.survey == survey).flat_map(|r| &mut r.answers) {
                answer.prompt = prompts.get(&answer.question).cloned().unwrap_or_default();
            }
        }
        Ok(responses)
    }

    async fn prompts_of(&self, survey: &str) -> Result<Arc<Questions>, SourceError> {
        let held = self.prompts.lock().unwrap_or_else(PoisonError::into_inner).get(survey).cloned();
        if let Some(prompts) = held {
            return Ok(prompts);
        }
        let request = timed(proto::GetSurveyRequest { name: names::survey(survey) });
        let reply = self.client.clone().get_survey(request).await.map_err(error)?.into_inner();
        let asked = reply.questions.into_iter().map(|question| (question.id, question.prompt.into()));
        let prompts = Arc::new(asked.collect::<Questions>());
        let mut held = self.prompts.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= SURVEYS {
            held.clear();
        }
        held.insert(survey.to_owned(), prompts.clone());
        Ok(prompts)
    }
}

fn timed<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.set_timeout(TIMEOUT);
    request
}

#[async_trait]
impl ResponseSource for ConsultationClient {
    async fn batch_get(&self, names: &[String]) -> Result<BatchRead, SourceError> {
        let mut read = BatchRead::default();
        let mut wanted = names.to_vec();
        while !wanted.is_empty() {
            let asked = wanted.len();
            let request = timed(proto::BatchGetResponsesRequest { names: wanted });
            let reply = self.client.clone().batch_get_responses(request).await.map_err(error)?.into_inner();
            read.responses.extend(reply.responses.into_iter().filter_map(response));
            read.missing.extend(reply.missing);
            wanted = reply.unread;
            if wanted.len() >= asked {
                return Err(SourceError::Refused("a batch read made no progress".to_owned()));
            }
        }
        read.responses = self.with_prompts(read.responses).await?;
        Ok(read)
    }

    async fn questions(&self, survey: &str) -> Result<Arc<Questions>, SourceError> {
        self.prompts_of(survey).await
    }

    async fn list(&self, survey: &str, page_token: &str) -> Result<(Vec<ReadResponse>, String), SourceError> {
        let request = timed(proto::ListResponsesRequest {
            parent: format!("surveys/{survey}"),
            page_size: PAGE,
            page_token: page_token.to_owned(),
            organisation: String::new(),
            show_withdrawn: true,
        });
        let reply = self.client.clone().list_responses(request).await.map_err(error)?.into_inner();
        let responses = reply.responses.into_iter().filter_map(response).collect();
        Ok((self.with_prompts(responses).await?, reply.next_page_token))
    }
}

fn error(status: Status) -> SourceError {
    match status.code() {
        Code::NotFound => SourceError::NotFound,
        Code::Unavailable
        | Code::DeadlineExceeded
        | Code::Cancelled
        | Code::ResourceExhausted
        | Code::Aborted => SourceError::Unavailable(status.message().to_owned()),
        code => SourceError::Refused(format!("{code:?}: {}", status.message())),
    }
}

/// None: a name that is not one, which no consultation gives.
fn response(message: proto::Response) -> Option<ReadResponse> {
    let (survey, response) = names::ids_in(&message.name, "surveys", "responses")?;
    let (survey, response) = (survey.to_owned(), response.to_owned());
    let organisation = names::id_in(&message.organisation, "organisations")?.to_owned();
    let withdrawn = message.state() == proto::ResponseState::Withdrawn;
    let time =
        message.update_time.or(message.submit_time).and_then(time).unwrap_or(DateTime::<Utc>::UNIX_EPOCH);
    let given = if withdrawn { Vec::new() } else { message.answers };
    let closed = given.iter().flat_map(chosen).collect();
    let (revision, answers) = (message.revision, given.into_iter().filter_map(answer).collect());
    Some(ReadResponse { survey, response, organisation, revision, time, answers, closed })
}

fn chosen(message: &proto::Answer) -> Vec<ClosedAnswer> {
    let values = match &message.value {
        None | Some(proto::answer::Value::Text(_)) => Vec::new(),
        Some(proto::answer::Value::Choice(id)) => vec![id.clone()],
        Some(proto::answer::Value::Choices(set)) => set.ids.clone(),
        Some(proto::answer::Value::Rating(rating)) => vec![rating.to_string()],
    };
    values.into_iter().map(|value| ClosedAnswer { question: message.question.clone(), value }).collect()
}

fn answer(message: proto::Answer) -> Option<ReadAnswer> {
    let Some(proto::answer::Value::Text(text)) = message.value else { return None };
    let (question, digest, words) = (message.question, message.text_digest, i64::from(message.word_count));
    Some(ReadAnswer { question, prompt: Arc::default(), text, digest, words })
}

fn time(stamp: prost_types::Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?)
}
