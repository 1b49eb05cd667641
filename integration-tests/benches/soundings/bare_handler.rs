//! The ceiling of the wire: the handler that takes responses in, with everything about it but storage.
use std::{pin::Pin, sync::Arc, time::Duration};

use soundings_access::{Settings, caller};
use soundings_chassis::{
    Clock, Ids, Lifecycle, Metrics, Problem, SystemClock, SystemIds,
    grpc::{self, Limits, MAX_MESSAGE, Serving},
    telemetry,
};
use soundings_consultation::{application::speaks_for, rpc::messages};
use soundings_consultation_domain::{Response, Survey};
use soundings_proto::consultation::v1::{
    self as proto,
    consultation_service_server::{ConsultationService, ConsultationServiceServer},
};
use tonic::{Request, Response as Reply, Status, Streaming, service::Routes};

use crate::{intake::Intake, reference_case::SURVEY};

/// A server of it that runs.
pub struct BareHandler {
    /// Where it is reached.
    pub url: String,
    lifecycle: Lifecycle,
}

impl BareHandler {
    /// Starts it behind the same gate as an intake, for the same survey.
    pub async fn beside(intake: &Intake) -> anyhow::Result<BareHandler> {
        let survey = intake.running.runtime.survey(SURVEY).await?;
        let survey = survey.ok_or_else(|| anyhow::anyhow!("the survey is not there"))?;
        let access = Settings { signing_key_file: Some(intake.key_file()), ..Settings::default() };
        let server = ConsultationServiceServer::new(Unstored { survey });
        let serving = Serving {
            service: "soundings.consultation.v1.ConsultationService",
            routes: Routes::new(server.max_decoding_message_size(MAX_MESSAGE)),
            descriptors: soundings_proto::DESCRIPTORS,
            unhurried: &[],
            gate: Arc::new(access.gate(Arc::new(SystemClock))?),
            limits: Limits::default(),
            metrics: Metrics::new(&telemetry::Config::default(), "consultation")?,
        };
        let lifecycle = Lifecycle::new();
        let address = grpc::serve(serving, grpc::bind("127.0.0.1:0").await?, &lifecycle).await?;
        Ok(BareHandler { url: format!("http://{address}"), lifecycle })
    }

    /// Stops it.
    pub async fn stop(self) -> anyhow::Result<()> {
        Ok(self.lifecycle.shutdown(Duration::from_secs(15)).await?)
    }
}

/// Reads, checks and answers; keeps nothing.
struct Unstored {
    survey: Arc<Survey>,
}

impl Unstored {
    fn submit(
        &self,
        request: Request<proto::SubmitResponseRequest>,
    ) -> Result<Reply<proto::Response>, Status> {
        let principal = caller(&request)?;
        let response = request.into_inner().response.unwrap_or_default();
        let organisation = response.organisation.trim_start_matches("organisations/");
        if !speaks_for(&principal, organisation) {
            return Err(Problem::not_found("organisation", &response.organisation).into());
        }
        let answers = messages::read_answers("response.answers", response.answers.clone())?;
        let (id, now) = (SystemIds.next(), SystemClock.now());
        let response = Response::submit(id, &self.survey, organisation, answers, now)
            .map_err(|rejection| Status::invalid_argument(rejection.to_string()))?;
        Ok(Reply::new(messages::response(&response)))
    }
}

type Replying<'a, T> = Pin<Box<dyn Future<Output = Result<Reply<T>, Status>> + Send + 'a>>;

/// Methods that nobody calls here. They are written as `async_trait` would: it does not see into a macro.
macro_rules! unserved {
    ($($method:ident($request:ty) -> $reply:ty;)+) => {
        $(fn $method<'a, 'b>(&'a self, _: Request<$request>) -> Replying<'b, $reply>
        where
            'a: 'b,
            Self: 'b,
        {
            Box::pin(async { Err(Status::unimplemented(stringify!($method))) })
        })+
    };
}

impl ConsultationService for Unstored {
    fn submit_response<'a, 'b>(
        &'a self,
        request: Request<proto::SubmitResponseRequest>,
    ) -> Replying<'b, proto::Response>
    where
        'a: 'b,
        Self: 'b,
    {
        Box::pin(async { self.submit(request) })
    }

    unserved! {
        create_organisation(proto::CreateOrganisationRequest) -> proto::Organisation;
        update_organisation(proto::UpdateOrganisationRequest) -> proto::Organisation;
        get_organisation(proto::GetOrganisationRequest) -> proto::Organisation;
        list_organisations(proto::ListOrganisationsRequest) -> proto::ListOrganisationsResponse;
        create_survey(proto::CreateSurveyRequest) -> proto::Survey;
        update_survey(proto::UpdateSurveyRequest) -> proto::Survey;
        get_survey(proto::GetSurveyRequest) -> proto::Survey;
        list_surveys(proto::ListSurveysRequest) -> proto::ListSurveysResponse;
        open_survey(proto::OpenSurveyRequest) -> proto::Survey;
        close_survey(proto::CloseSurveyRequest) -> proto::Survey;
        revise_response(proto::ReviseResponseRequest) -> proto::Response;
        withdraw_response(proto::WithdrawResponseRequest) -> proto::Response;
        get_response(proto::GetResponseRequest) -> proto::Response;
        list_responses(proto::ListResponsesRequest) -> proto::ListResponsesResponse;
        batch_get_responses(proto::BatchGetResponsesRequest) -> proto::BatchGetResponsesResponse;
        import_responses(Streaming<proto::ImportResponsesRequest>) -> proto::ImportResponsesResponse;
    }
}
