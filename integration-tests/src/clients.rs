//! Clients with tokens, and what the services say together.
use std::{path::Path, time::Duration};

use soundings_access::{Credentials, Grant, Role, SigningKey};
use soundings_chassis::{Clock, SystemClock};
use soundings_harness::until;
use soundings_proto::{
    consultation::v1::{self as consultation, consultation_service_client::ConsultationServiceClient},
    portfolio::v1::{
        self as portfolio, analysis_service_client::AnalysisServiceClient,
        gap_service_client::GapServiceClient, portfolio_service_client::PortfolioServiceClient,
    },
    themes::v1::{
        self as themes, codebook_service_client::CodebookServiceClient,
        emerging_themes_service_client::EmergingThemesServiceClient,
        theme_campaigns_service_client::ThemeCampaignsServiceClient,
        themes_service_client::ThemesServiceClient,
    },
};
use tonic::{
    service::interceptor::InterceptedService,
    transport::{Channel, Endpoint},
};

type Authorised = InterceptedService<Channel, Credentials>;

/// Where the services are reached, as `http://host:port`.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Consultation.
    pub consultation: String,
    /// Themes.
    pub themes: String,
    /// Portfolio.
    pub portfolio: String,
}

/// Makes clients.
#[derive(Clone)]
pub struct Clients {
    addresses: Addresses,
    key: SigningKey,
}

impl Clients {
    /// At these addresses, with tokens that this key signs.
    pub fn new(addresses: Addresses, key_file: &Path) -> Self {
        Clients { addresses, key: SigningKey::open_or_create(key_file).unwrap() }
    }

    /// Where they go.
    pub fn addresses(&self) -> &Addresses {
        &self.addresses
    }

    /// A token for an hour.
    pub fn token(&self, subject: &str, roles: &[Role], organisation: Option<&str>) -> String {
        let grant = Grant {
            subject: subject.to_owned(),
            roles: roles.to_vec(),
            organisation: organisation.map(str::to_owned),
            ttl: chrono::Duration::hours(1),
        };
        self.key.issue(&grant, SystemClock.now()).unwrap()
    }

    /// The token of somebody who may do everything that people may.
    pub fn office_token(&self) -> String {
        self.token("office", &[Role::Operator, Role::Analyst, Role::PortfolioManager], None)
    }

    fn at(&self, address: &str) -> Authorised {
        let endpoint = Endpoint::from_shared(address.to_owned()).unwrap();
        let channel = endpoint.connect_timeout(Duration::from_secs(5)).connect_lazy();
        InterceptedService::new(channel, Credentials::fixed(&self.office_token()).unwrap())
    }

    /// Consultation, for the office.
    pub fn consultation(&self) -> ConsultationServiceClient<Authorised> {
        ConsultationServiceClient::new(self.at(&self.addresses.consultation))
    }

    /// Themes, for the office.
    pub fn themes(&self) -> ThemesServiceClient<Authorised> {
        ThemesServiceClient::new(self.at(&self.addresses.themes))
    }

    /// Themes, for decisions on codebooks.
    pub fn codebooks(&self) -> CodebookServiceClient<Authorised> {
        CodebookServiceClient::new(self.at(&self.addresses.themes))
    }

    /// Themes, for those that emerge.
    pub fn emerging(&self) -> EmergingThemesServiceClient<Authorised> {
        EmergingThemesServiceClient::new(self.at(&self.addresses.themes))
    }

    /// Portfolio, for gaps between demand and work.
    pub fn gaps(&self) -> GapServiceClient<Authorised> {
        GapServiceClient::new(self.at(&self.addresses.portfolio))
    }

    /// Portfolio, for the office.
    pub fn portfolio(&self) -> PortfolioServiceClient<Authorised> {
        PortfolioServiceClient::new(self.at(&self.addresses.portfolio))
    }

    /// Of themes, for campaigns, as the office.
    pub fn campaigns(&self) -> ThemeCampaignsServiceClient<Authorised> {
        ThemeCampaignsServiceClient::new(self.at(&self.addresses.themes))
    }

    /// Of portfolio, for questions to a ranking, as the office.
    pub fn analysis(&self) -> AnalysisServiceClient<Authorised> {
        AnalysisServiceClient::new(self.at(&self.addresses.portfolio))
    }

    /// The official ranking as it stands; None before the first revision, or when the service is away.
    pub async fn ranking(&self) -> Option<portfolio::Ranking> {
        let newest = portfolio::GetRankingRequest::default();
        self.portfolio().get_ranking(newest).await.ok().map(tonic::Response::into_inner)
    }

    /// A codebook's counts; None when the service is away.
    pub async fn counts(&self, codebook: &str) -> Option<themes::ListThemesResponse> {
        let parent = format!("codebooks/{codebook}");
        let request = themes::ListThemesRequest { parent, show_retired: false };
        self.themes().list_themes(request).await.ok().map(tonic::Response::into_inner)
    }

    /// Every response to a survey that stands.
    pub async fn responses(&self, survey: &str) -> Vec<consultation::Response> {
        let mut request = consultation::ListResponsesRequest {
            parent: format!("surveys/{survey}"),
            page_size: 1000,
            ..Default::default()
        };
        let mut all = Vec::new();
        loop {
            let page = self.consultation().list_responses(request.clone()).await.unwrap().into_inner();
            all.extend(page.responses);
            if page.next_page_token.is_empty() {
                return all;
            }
            request.page_token = page.next_page_token;
        }
    }

    /// Waits until the themes service counts so many responses under a codebook, and the ranking every respondent of
    /// them; returns that ranking.
    pub async fn settled(&self, codebook: &str, responses: i64) -> portfolio::Ranking {
        until(&format!("ranking of {responses} responses"), async || {
            let counts = self.counts(codebook).await?;
            let ranking = self.ranking().await?;
            let settled = counts.responses == responses
                && ranking.respondents == counts.respondents
                && ranking.organisations_answered == i32::try_from(counts.organisations).ok()?;
            settled.then_some(ranking)
        })
        .await
    }
}
