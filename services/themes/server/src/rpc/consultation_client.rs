//! Reads responses from consultation over gRPC, as a service.

use std::collections::BTreeMap;
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
use crate::application::{BatchRead, ReadAnswer, ReadResponse, ResponseSource, SourceError};

const LARGEST_REPLY: usize = 32 * 1024 * 1024;
const PAGE: i32 = 200;
const TIMEOUT: Duration = Duration::from_secs(10);

/// A client of consultation.
#[derive(Clone)]
pub struct ConsultationClient {
    client: ConsultationServiceClient<InterceptedService<Channel, Credentials>>,
}

impl ConsultationClient {
    /// On a channel, which connects when first used and again whenever it has to.
    #[must_use]
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        let client = ConsultationServiceClient::with_interceptor(channel, credentials);
        Self { client: client.max_decoding_message_size(LARGEST_REPLY) }
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
        Ok(read)
    }

    async fn questions(&self, survey: &str) -> Result<BTreeMap<String, String>, SourceError> {
        let request = timed(proto::GetSurveyRequest { name: names::survey(survey) });
        let survey = self.client.clone().get_survey(request).await.map_err(error)?.into_inner();
        Ok(survey.questions.into_iter().map(|question| (question.id, question.prompt)).collect())
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
        Ok((reply.responses.into_iter().filter_map(response).collect(), reply.next_page_token))
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
    let answers = message.answers.into_iter().filter(|_| !withdrawn).filter_map(answer).collect();
    Some(ReadResponse { survey, response, organisation, revision: message.revision, time, answers })
}

fn answer(message: proto::Answer) -> Option<ReadAnswer> {
    let Some(proto::answer::Value::Text(text)) = message.value else { return None };
    let (question, digest, words) = (message.question, message.text_digest, i64::from(message.word_count));
    Some(ReadAnswer { question, text, digest, words })
}

fn time(stamp: prost_types::Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?)
}
