//! The methods of `ConsultationService`.
use std::collections::HashMap;

use prost::Message;
use sha2::{Digest, Sha256};
use soundings_access::{Principal, Role, caller};
use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
    trace,
};
use soundings_consultation_domain::{QuestionKind, Response, Survey, SurveyState, import::Layout};
use soundings_proto::consultation::v1::{self as proto, consultation_service_server::ConsultationService};
use tonic::{Request, Response as Reply, Status, Streaming};
use uuid::Uuid;

use super::{messages, names};
use crate::{
    application::mutation::Mutation,
    application::{
        Runtime, change_organisation, change_response, change_survey, import_responses, speaks_for,
        submit_responses::{Submission, Submissions},
    },
    store::{organisations, responses, survey_counts, surveys},
};

/// Most bytes of a batch; clients take 4 MiB.
const BATCH_BYTES: usize = 3 * 1024 * 1024;
/// Responses read in one step: what lies beyond a full reply is hardly read.
const STEP: u32 = 32;
/// Most names of a batch.
const BATCH_NAMES: usize = 500;
/// Most bytes of an imported file.
const FILE_BYTES: usize = 64 * 1024 * 1024;

/// The service's methods.
pub struct ConsultationRpc {
    runtime: Runtime,
    submissions: Submissions,
    tokens: PageTokens,
}

impl ConsultationRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, submissions: Submissions, tokens: PageTokens) -> Self {
        ConsultationRpc { runtime, submissions, tokens }
    }

    async fn survey(&self, field: &str, name: &str) -> Result<std::sync::Arc<Survey>, Problem> {
        let id = names::read(field, "surveys", name)?;
        self.runtime.survey(&id).await?.ok_or_else(|| Problem::not_found("survey", name))
    }

    async fn change_survey(
        &self,
        mutation: Mutation,
        name: &str,
        etag: String,
        change: change_survey::Change,
    ) -> Result<Reply<proto::Survey>, Status> {
        let id = names::read("name", "surveys", name)?;
        Ok(Reply::new(change_survey::change(&self.runtime, mutation, id, etag, change).await?))
    }
}

fn required<T>(field: &str, message: Option<T>) -> Result<T, Problem> {
    message.ok_or_else(|| Problem::invalid_field(field, "is missing"))
}

/// The caller, and the request with its id taken out and its body hashed.
fn mutation<M: Message>(
    method: &'static str,
    request: Request<M>,
    take_id: impl FnOnce(&mut M) -> String,
    needs_id: bool,
) -> Result<(Principal, Mutation, M), Problem> {
    let principal = caller(&request)?;
    let mut message = request.into_inner();
    let request_id = take_id(&mut message);
    // One id may be written in several ways.
    let request_id = match Uuid::parse_str(&request_id) {
        Ok(id) => id.to_string(),
        Err(_) if request_id.is_empty() && !needs_id => request_id,
        Err(_) => {
            return Err(Problem::invalid_field("request_id", "must be a UUID, the same on every retry"));
        }
    };
    let body_hash = Sha256::digest(message.encode_to_vec()).into();
    let mutation = Mutation { principal: principal.subject.clone(), method, request_id, body_hash };
    Ok((principal, mutation, message))
}

#[tonic::async_trait]
impl ConsultationService for ConsultationRpc {
    async fn create_organisation(
        &self,
        request: Request<proto::CreateOrganisationRequest>,
    ) -> Result<Reply<proto::Organisation>, Status> {
        let (_, mutation, message) =
            mutation("CreateOrganisation", request, |m| std::mem::take(&mut m.request_id), false)?;
        let organisation = required("organisation", message.organisation)?;
        let organisation = messages::read_organisation(message.organisation_id, organisation)?;
        Ok(Reply::new(change_organisation::create(&self.runtime, mutation, organisation).await?))
    }

    async fn update_organisation(
        &self,
        request: Request<proto::UpdateOrganisationRequest>,
    ) -> Result<Reply<proto::Organisation>, Status> {
        let (_, mutation, message) =
            mutation("UpdateOrganisation", request, |m| std::mem::take(&mut m.request_id), false)?;
        let organisation = required("organisation", message.organisation)?;
        let etag = organisation.etag.clone();
        let id = names::read("organisation.name", "organisations", &organisation.name)?;
        let organisation = messages::read_organisation(id, organisation)?;
        Ok(Reply::new(change_organisation::update(&self.runtime, mutation, organisation, etag).await?))
    }

    async fn get_organisation(
        &self,
        request: Request<proto::GetOrganisationRequest>,
    ) -> Result<Reply<proto::Organisation>, Status> {
        let name = request.into_inner().name;
        let id = names::read("name", "organisations", &name)?;
        let found = organisations::find(self.runtime.db.read(), &id).await?;
        let found = found.ok_or_else(|| Problem::not_found("organisation", &name))?;
        Ok(Reply::new(messages::organisation(&found)))
    }

    async fn list_organisations(
        &self,
        request: Request<proto::ListOrganisationsRequest>,
    ) -> Result<Reply<proto::ListOrganisationsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let after = self.tokens.read("organisations", &message.page_token)?.unwrap_or_default();
        let mut found = organisations::list(self.runtime.db.read(), &after, size + 1).await?;
        let next = next_page(&self.tokens, "organisations", &mut found, size, |o| o.id.clone());
        let organisations = found.iter().map(messages::organisation).collect();
        Ok(Reply::new(proto::ListOrganisationsResponse { organisations, next_page_token: next }))
    }

    async fn create_survey(
        &self,
        request: Request<proto::CreateSurveyRequest>,
    ) -> Result<Reply<proto::Survey>, Status> {
        let (_, mutation, message) =
            mutation("CreateSurvey", request, |m| std::mem::take(&mut m.request_id), false)?;
        let survey = required("survey", message.survey)?;
        let survey = Survey {
            id: message.survey_id,
            title: survey.title,
            questions: messages::read_questions(survey.questions)?,
            state: SurveyState::Draft,
            created_at: self.runtime.clock.now(),
            opened_at: None,
            closed_at: None,
            version: 1,
        };
        Ok(Reply::new(change_survey::create(&self.runtime, mutation, survey).await?))
    }

    async fn update_survey(
        &self,
        request: Request<proto::UpdateSurveyRequest>,
    ) -> Result<Reply<proto::Survey>, Status> {
        let (_, mutation, message) =
            mutation("UpdateSurvey", request, |m| std::mem::take(&mut m.request_id), false)?;
        let survey = required("survey", message.survey)?;
        let questions = messages::read_questions(survey.questions)?;
        let change = change_survey::Change::Edit { title: survey.title, questions };
        let id = names::read("survey.name", "surveys", &survey.name)?;
        Ok(Reply::new(change_survey::change(&self.runtime, mutation, id, survey.etag, change).await?))
    }

    async fn get_survey(
        &self,
        request: Request<proto::GetSurveyRequest>,
    ) -> Result<Reply<proto::Survey>, Status> {
        let drafts = sees_drafts(&caller(&request)?);
        let name = request.into_inner().name;
        let id = names::read("name", "surveys", &name)?;
        let conn = self.runtime.db.read();
        let survey = surveys::find(conn, &id).await?.filter(|s| drafts || s.state != SurveyState::Draft);
        let survey = survey.ok_or_else(|| Problem::not_found("survey", &name))?;
        let count = survey_counts::of(conn, &id).await?;
        Ok(Reply::new(messages::survey(&survey, count)))
    }

    async fn list_surveys(
        &self,
        request: Request<proto::ListSurveysRequest>,
    ) -> Result<Reply<proto::ListSurveysResponse>, Status> {
        let drafts = sees_drafts(&caller(&request)?);
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let after = self.tokens.read("surveys", &message.page_token)?.unwrap_or_default();
        let conn = self.runtime.db.read();
        let mut found = surveys::list(conn, drafts, &after, size + 1).await?;
        let next = next_page(&self.tokens, "surveys", &mut found, size, |s| s.id.clone());
        let ids: Vec<_> = found.iter().map(|survey| survey.id.as_str()).collect();
        let counts = survey_counts::of_many(conn, &ids).await?;
        let count = |survey: &Survey| counts.get(&survey.id).copied().unwrap_or(0);
        let listed = found.iter().map(|survey| messages::survey(survey, count(survey))).collect();
        Ok(Reply::new(proto::ListSurveysResponse { surveys: listed, next_page_token: next }))
    }

    async fn open_survey(
        &self,
        request: Request<proto::OpenSurveyRequest>,
    ) -> Result<Reply<proto::Survey>, Status> {
        let (_, mutation, message) =
            mutation("OpenSurvey", request, |m| std::mem::take(&mut m.request_id), false)?;
        self.change_survey(mutation, &message.name, message.etag, change_survey::Change::Open).await
    }

    async fn close_survey(
        &self,
        request: Request<proto::CloseSurveyRequest>,
    ) -> Result<Reply<proto::Survey>, Status> {
        let (_, mutation, message) =
            mutation("CloseSurvey", request, |m| std::mem::take(&mut m.request_id), false)?;
        self.change_survey(mutation, &message.name, message.etag, change_survey::Change::Close).await
    }

    async fn submit_response(
        &self,
        request: Request<proto::SubmitResponseRequest>,
    ) -> Result<Reply<proto::Response>, Status> {
        let (principal, mutation, message) =
            mutation("SubmitResponse", request, |m| std::mem::take(&mut m.request_id), true)?;
        let response = required("response", message.response)?;
        let survey = self.survey("parent", &message.parent).await?;
        let organisation = names::read("response.organisation", "organisations", &response.organisation)?;
        let known =
            speaks_for(&principal, &organisation) && self.runtime.organisation_exists(&organisation).await?;
        if !known {
            return Err(Problem::not_found("organisation", &response.organisation).into());
        }
        let answers = messages::read_answers("response.answers", response.answers)?;
        let submission =
            Submission { request: mutation, survey, organisation, answers, trace: trace::current() };
        Ok(Reply::new(self.submissions.submit(submission).await?))
    }

    async fn revise_response(
        &self,
        request: Request<proto::ReviseResponseRequest>,
    ) -> Result<Reply<proto::Response>, Status> {
        let (principal, mutation, message) =
            mutation("ReviseResponse", request, |m| std::mem::take(&mut m.request_id), true)?;
        let at = names::read_response("name", &message.name)?;
        let change = change_response::Change::Revise(messages::read_answers("answers", message.answers)?);
        let expected = message.expected_revision;
        let changed =
            change_response::change(&self.runtime, mutation, principal, at, expected, change).await?;
        Ok(Reply::new(changed))
    }

    async fn withdraw_response(
        &self,
        request: Request<proto::WithdrawResponseRequest>,
    ) -> Result<Reply<proto::Response>, Status> {
        let (principal, mutation, message) =
            mutation("WithdrawResponse", request, |m| std::mem::take(&mut m.request_id), true)?;
        let at = names::read_response("name", &message.name)?;
        let (expected, change) = (message.expected_revision, change_response::Change::Withdraw);
        let changed =
            change_response::change(&self.runtime, mutation, principal, at, expected, change).await?;
        Ok(Reply::new(changed))
    }

    async fn get_response(
        &self,
        request: Request<proto::GetResponseRequest>,
    ) -> Result<Reply<proto::Response>, Status> {
        let principal = caller(&request)?;
        let name = request.into_inner().name;
        let (survey, id) = names::read_response("name", &name)?;
        let found = responses::find_many(self.runtime.db.read(), &[id]).await?;
        let found = found.into_iter().find(|r| r.survey == survey && speaks_for(&principal, &r.organisation));
        let found = found.ok_or_else(|| Problem::not_found("response", &name))?;
        Ok(Reply::new(messages::response(&found)))
    }

    async fn list_responses(
        &self,
        request: Request<proto::ListResponsesRequest>,
    ) -> Result<Reply<proto::ListResponsesResponse>, Status> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let survey = self.survey("parent", &message.parent).await?;
        let mut organisation = match message.organisation.as_str() {
            "" => None,
            name => Some(names::read("organisation", "organisations", name)?),
        };
        if let Some(own) = &principal.organisation {
            if organisation.as_ref().is_some_and(|asked| asked != own) {
                return Err(Problem::not_found("organisation", &message.organisation).into());
            }
            organisation = Some(own.clone());
        } else if !principal.has_any(&[Role::Analyst, Role::Operator, Role::Service]) {
            return Err(Problem::permission_denied("this token is bound to no organisation").into());
        }
        let size = page_size(message.page_size, 100, 1000)?;
        let query = format!("{}|{organisation:?}|{}", message.parent, message.show_withdrawn);
        let mut last = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let selection = responses::Selection {
            survey: &survey.id,
            organisation: organisation.as_deref(),
            withdrawn: message.show_withdrawn,
        };
        // A service counts identical texts once, wherever it reads them.
        let read: fn(&Response) -> proto::Response =
            if principal.has(Role::Service) { messages::analysed } else { messages::response };
        let mut listed: Vec<proto::Response> = Vec::new();
        let mut bytes = 0;
        loop {
            // One more than fits tells whether there is a next page.
            let step = STEP.min(size + 1 - u32::try_from(listed.len()).unwrap_or(size));
            let found = responses::list(self.runtime.db.read(), &selection, &last, step).await?;
            for response in &found {
                let message = read(response);
                bytes += message.encoded_len() + 16;
                let full = listed.len() == size as usize || bytes > BATCH_BYTES;
                if full && !listed.is_empty() {
                    let next_page_token = self.tokens.issue(&query, &last);
                    return Ok(Reply::new(proto::ListResponsesResponse {
                        responses: listed,
                        next_page_token,
                    }));
                }
                last = response.id.to_string();
                listed.push(message);
            }
            if found.len() < step as usize {
                let next_page_token = String::new();
                return Ok(Reply::new(proto::ListResponsesResponse { responses: listed, next_page_token }));
            }
        }
    }

    async fn batch_get_responses(
        &self,
        request: Request<proto::BatchGetResponsesRequest>,
    ) -> Result<Reply<proto::BatchGetResponsesResponse>, Status> {
        let principal = caller(&request)?;
        let names = request.into_inner().names;
        if names.is_empty() || names.len() > BATCH_NAMES {
            let text = format!("has {}; give 1 to {BATCH_NAMES}", names.len());
            return Err(Problem::invalid_field("names", text).into());
        }
        let mut asked = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            asked.push(names::read_response(&format!("names[{at}]"), name)?);
        }
        let mut names = names.into_iter();
        let mut reply = proto::BatchGetResponsesResponse::default();
        let mut bytes = 0;
        'reply: for asked in asked.chunks(STEP as usize) {
            let ids: Vec<_> = asked.iter().map(|(_, id)| *id).collect();
            let found = responses::find_many(self.runtime.db.read(), &ids).await?;
            let found: HashMap<Uuid, Response> = found.into_iter().map(|r| (r.id, r)).collect();
            for ((survey, id), name) in asked.iter().zip(names.by_ref()) {
                let response = found.get(id);
                let Some(response) =
                    response.filter(|r| r.survey == *survey && speaks_for(&principal, &r.organisation))
                else {
                    reply.missing.push(name);
                    continue;
                };
                let message = messages::analysed(response);
                bytes += message.encoded_len() + name.len() + 16;
                if bytes > BATCH_BYTES && !reply.responses.is_empty() {
                    reply.unread.push(name);
                    break 'reply;
                }
                reply.responses.push(message);
            }
        }
        reply.unread.extend(names);
        Ok(Reply::new(reply))
    }

    async fn import_responses(
        &self,
        request: Request<Streaming<proto::ImportResponsesRequest>>,
    ) -> Result<Reply<proto::ImportResponsesResponse>, Status> {
        use proto::import_responses_request::Part;
        let principal = caller(&request)?;
        let mut parts = request.into_inner();
        let Some(Part::Header(header)) = parts.message().await?.and_then(|message| message.part) else {
            return Err(Problem::invalid_field("header", "must come first").into());
        };
        let survey = self.survey("header.parent", &header.parent).await?;
        let layout = read_layout(&header, &survey)?;
        let mut file = Vec::new();
        while let Some(message) = parts.message().await? {
            match message.part {
                Some(Part::Chunk(chunk)) => file.extend_from_slice(&chunk),
                _ => {
                    return Err(
                        Problem::invalid_field("chunk", "must follow the header, and nothing else").into()
                    );
                }
            }
            if file.len() > FILE_BYTES {
                let text = format!("the file is larger than {} MiB: split it", FILE_BYTES >> 20);
                return Err(Problem::resource_exhausted("file", text).into());
            }
        }
        let validate_only = header.validate_only;
        let import =
            import_responses::import(&self.runtime, &principal, &survey, &layout, &file, validate_only);
        Ok(Reply::new(import.await?))
    }
}

/// Whether the caller may see a survey that is still being written: those who only answer surveys may not.
fn sees_drafts(principal: &Principal) -> bool {
    principal.roles.iter().any(|role| *role != Role::Respondent)
}

fn read_layout(header: &proto::ImportHeader, survey: &Survey) -> Result<Layout, Problem> {
    match header.layout() {
        proto::ImportLayout::Unspecified => {
            Err(Problem::invalid_field("header.layout", "is missing; give CSV or POLIS_COMMENTS"))
        }
        proto::ImportLayout::Csv => Ok(Layout::Csv),
        proto::ImportLayout::PolisComments => {
            let mut texts =
                survey.questions.iter().filter(|q| matches!(q.kind, QuestionKind::FreeText { .. }));
            let question = match header.question.as_str() {
                "" => texts.next(),
                asked => texts.find(|q| q.id == asked),
            };
            let question = question.ok_or_else(|| {
                Problem::invalid_field("header.question", "the survey has no free-text question of this id")
            })?;
            Ok(Layout::PolisComments { question: question.id.clone() })
        }
    }
}

/// Cuts a page that was read one row too long, and makes the token of the next.
fn next_page<T>(
    tokens: &PageTokens,
    query: &str,
    rows: &mut Vec<T>,
    size: u32,
    key: impl Fn(&T) -> String,
) -> String {
    let size = size as usize;
    if rows.len() <= size {
        return String::new();
    }
    rows.truncate(size);
    rows.last().map(|last| tokens.issue(query, &key(last))).unwrap_or_default()
}
