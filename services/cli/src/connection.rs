//! Clients of the three services, at the addresses and with the token that the command line, the environment, a context
//! or a running `soundings up` gives.
use std::{fs, sync::Arc, time::Duration};

use soundings_access::{Credentials, Grant, Role, SigningKey};
use soundings_chassis::SystemClock;
use soundings_proto::{
    consultation::v1::consultation_service_client::ConsultationServiceClient,
    mailbox::v1::dead_letter_service_client::DeadLetterServiceClient,
    portfolio::v1::{
        analysis_service_client::AnalysisServiceClient, benefits_service_client::BenefitsServiceClient,
        documents_service_client::DocumentsServiceClient, gap_service_client::GapServiceClient,
        link_suggestion_service_client::LinkSuggestionServiceClient, plan_service_client::PlanServiceClient,
        portfolio_check_service_client::PortfolioCheckServiceClient,
        portfolio_service_client::PortfolioServiceClient,
        procurement_service_client::ProcurementServiceClient,
        robustness_service_client::RobustnessServiceClient, scoring_service_client::ScoringServiceClient,
    },
    themes::v1::{
        codebook_service_client::CodebookServiceClient,
        emerging_themes_service_client::EmergingThemesServiceClient,
        review_service_client::ReviewServiceClient,
        theme_campaigns_service_client::ThemeCampaignsServiceClient,
        theme_evaluation_service_client::ThemeEvaluationServiceClient,
        theme_evidence_service_client::ThemeEvidenceServiceClient,
        theme_learning_service_client::ThemeLearningServiceClient,
        theme_splits_service_client::ThemeSplitsServiceClient,
        theme_stances_service_client::ThemeStancesServiceClient,
        theme_views_service_client::ThemeViewsServiceClient, themes_service_client::ThemesServiceClient,
    },
};
use tonic::{
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

use crate::{
    arguments::Global,
    contexts::{Context, Contexts},
    failure::{Failure, Kind, Outcome},
    up::Addresses,
};

/// Largest reply that is taken: a page of long responses, a ranking of thousands of items.
const LARGEST_REPLY: usize = 64 * 1024 * 1024;

/// A channel with a token.
pub type Authorised = InterceptedService<Channel, Credentials>;

/// One of the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Service {
    /// Organisations, surveys, responses.
    Consultation,
    /// Codebooks, mentions, signals.
    Themes,
    /// Work items, rankings.
    Portfolio,
}

impl Service {
    /// All three.
    pub const ALL: [Service; 3] = [Service::Consultation, Service::Themes, Service::Portfolio];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Service::Consultation => "consultation",
            Service::Themes => "themes",
            Service::Portfolio => "portfolio",
        }
    }

    /// Its gRPC service's full name.
    pub fn full_name(self) -> &'static str {
        match self {
            Service::Consultation => "soundings.consultation.v1.ConsultationService",
            Service::Themes => "soundings.themes.v1.ThemesService",
            Service::Portfolio => "soundings.portfolio.v1.PortfolioService",
        }
    }
}

/// How to reach the services.
pub struct Connection<'a> {
    global: &'a Global,
    context: Context,
    running: Option<Addresses>,
}

impl<'a> Connection<'a> {
    /// Reads the context and what a running `soundings up` wrote down.
    pub fn new(global: &'a Global) -> Outcome<Self> {
        let context = Contexts::read()?.pick(global.context.as_deref())?;
        Ok(Connection { global, context, running: Addresses::read(&global.data_dir) })
    }

    /// Where a service is reached.
    pub fn url(&self, service: Service) -> String {
        let (given, kept) = match service {
            Service::Consultation => (&self.global.consultation_url, &self.context.consultation),
            Service::Themes => (&self.global.themes_url, &self.context.themes),
            Service::Portfolio => (&self.global.portfolio_url, &self.context.portfolio),
        };
        let running = self.running.clone().unwrap_or_default();
        given.as_ref().or(kept.as_ref()).cloned().unwrap_or_else(|| running.url(service))
    }

    /// A channel that connects when it is first used.
    pub fn channel(&self, service: Service) -> Outcome<Channel> {
        let url = self.url(service);
        let endpoint = Endpoint::from_shared(url.clone())
            .map_err(|_| Failure::usage(format!("{url:?} is no address; give http://host:port")))?;
        Ok(endpoint.connect_timeout(Duration::from_secs(5)).connect_lazy())
    }

    fn credentials(&self) -> Outcome<Credentials> {
        if let Some(file) = self.global.token_file.as_ref().or(self.context.token_file.as_ref()) {
            let token = fs::read_to_string(file)
                .map_err(|error| Failure::new(Kind::Auth, format!("{}: {error}", file.display())))?;
            return Ok(Credentials::fixed(token.trim())?);
        }
        let key = crate::up::key_file(&self.global.data_dir);
        if !key.exists() {
            let text = format!(
                "there is no token to call with: give --token-file, or start `soundings up` (there is no key {})",
                key.display()
            );
            return Err(Failure::new(Kind::Auth, text));
        }
        let grant = Grant {
            subject: "local-operator".to_owned(),
            roles: vec![Role::Operator, Role::Analyst, Role::PortfolioManager],
            organisation: None,
            ttl: chrono::Duration::hours(1),
        };
        Ok(Credentials::signed(SigningKey::open_or_create(&key)?, grant, Arc::new(SystemClock))?)
    }

    fn authorised(&self, service: Service) -> Outcome<Authorised> {
        Ok(InterceptedService::new(self.channel(service)?, self.credentials()?))
    }

    /// A client of consultation.
    pub fn consultation(&self) -> Outcome<ConsultationServiceClient<Authorised>> {
        let client = ConsultationServiceClient::new(self.authorised(Service::Consultation)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes.
    pub fn themes(&self) -> Outcome<ThemesServiceClient<Authorised>> {
        let client = ThemesServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for decisions on codebooks.
    pub fn codebooks(&self) -> Outcome<CodebookServiceClient<Authorised>> {
        let client = CodebookServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for decisions on statements.
    pub fn reviews(&self) -> Outcome<ReviewServiceClient<Authorised>> {
        Ok(ReviewServiceClient::new(self.authorised(Service::Themes)?))
    }

    /// A client of themes, for evidence.
    pub fn evidence(&self) -> Outcome<ThemeEvidenceServiceClient<Authorised>> {
        Ok(ThemeEvidenceServiceClient::new(self.authorised(Service::Themes)?))
    }

    /// A client of themes, for views of them.
    pub fn views(&self) -> Outcome<ThemeViewsServiceClient<Authorised>> {
        let client = ThemeViewsServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for those that emerge.
    pub fn emerging(&self) -> Outcome<EmergingThemesServiceClient<Authorised>> {
        let client = EmergingThemesServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for organised campaigns.
    pub fn campaigns(&self) -> Outcome<ThemeCampaignsServiceClient<Authorised>> {
        let client = ThemeCampaignsServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for who is for them and who against.
    pub fn stances(&self) -> Outcome<ThemeStancesServiceClient<Authorised>> {
        let client = ThemeStancesServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for how well labelled answers are given theirs.
    pub fn evaluation(&self) -> Outcome<ThemeEvaluationServiceClient<Authorised>> {
        Ok(ThemeEvaluationServiceClient::new(self.authorised(Service::Themes)?))
    }

    /// A client of themes, for how one may be split.
    pub fn splits(&self) -> Outcome<ThemeSplitsServiceClient<Authorised>> {
        let client = ThemeSplitsServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of themes, for what is learned from people's decisions.
    pub fn learning(&self) -> Outcome<ThemeLearningServiceClient<Authorised>> {
        let client = ThemeLearningServiceClient::new(self.authorised(Service::Themes)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio.
    pub fn portfolio(&self) -> Outcome<PortfolioServiceClient<Authorised>> {
        let client = PortfolioServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio that tells what is wrong with a model.
    pub fn portfolio_check(&self) -> Outcome<PortfolioCheckServiceClient<Authorised>> {
        let client = PortfolioCheckServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio's register of contracts.
    pub fn procurement(&self) -> Outcome<ProcurementServiceClient<Authorised>> {
        let client = ProcurementServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio's register of benefits.
    pub fn benefits(&self) -> Outcome<BenefitsServiceClient<Authorised>> {
        let client = BenefitsServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio's documents.
    pub fn documents(&self) -> Outcome<DocumentsServiceClient<Authorised>> {
        Ok(DocumentsServiceClient::new(self.authorised(Service::Portfolio)?))
    }

    /// A client of portfolio's plans and pins.
    pub fn plans(&self) -> Outcome<PlanServiceClient<Authorised>> {
        let client = PlanServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio's gaps.
    pub fn gaps(&self) -> Outcome<GapServiceClient<Authorised>> {
        Ok(GapServiceClient::new(self.authorised(Service::Portfolio)?))
    }

    /// A client of portfolio's suggested links.
    pub fn suggestions(&self) -> Outcome<LinkSuggestionServiceClient<Authorised>> {
        let client = LinkSuggestionServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of portfolio's scoring rounds.
    pub fn scoring(&self) -> Outcome<ScoringServiceClient<Authorised>> {
        let client = ScoringServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of how sure the standing rankings are.
    pub fn robustness(&self) -> Outcome<RobustnessServiceClient<Authorised>> {
        Ok(RobustnessServiceClient::new(self.authorised(Service::Portfolio)?))
    }

    /// A client that asks revisions of the ranking.
    pub fn analysis(&self) -> Outcome<AnalysisServiceClient<Authorised>> {
        let client = AnalysisServiceClient::new(self.authorised(Service::Portfolio)?);
        Ok(client.max_decoding_message_size(LARGEST_REPLY))
    }

    /// A client of a service's dead letters.
    pub fn dead_letters(&self, service: Service) -> Outcome<DeadLetterServiceClient<Authorised>> {
        Ok(DeadLetterServiceClient::new(self.authorised(service)?))
    }
}

/// A request id that nobody has used.
#[expect(clippy::disallowed_methods, reason = "a client makes its own request ids")]
pub fn new_request_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
