//! Organised campaigns, read from the themes service as they stand now.
use std::{collections::BTreeSet, time::Duration};

use soundings_access::Credentials;
use soundings_chassis::Problem;
use soundings_portfolio_domain::campaign::{Campaign, CampaignVoice};
use soundings_proto::themes::v1::{
    self as themes, ListCampaignsRequest, theme_campaigns_service_client::ThemeCampaignsServiceClient,
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

/// Campaigns of a codebook that are read.
const MOST: i32 = 200;
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// When to try again.
const LATER: Duration = Duration::from_secs(1);

/// Asks the themes service.
#[derive(Clone)]
pub struct Campaigns(ThemeCampaignsServiceClient<InterceptedService<Channel, Credentials>>);

impl Campaigns {
    /// Over this channel, with this service's token.
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        Campaigns(ThemeCampaignsServiceClient::with_interceptor(channel, credentials))
    }

    /// Those of the codebooks of these themes, at most `most`, most responses first.
    ///
    /// # Errors
    /// When the themes service does not answer in time.
    pub async fn of(
        &self,
        themes: impl Iterator<Item = &String>,
        most: usize,
    ) -> Result<Vec<Campaign>, Problem> {
        let codebooks: BTreeSet<&str> = themes.filter_map(|theme| theme.split('/').nth(1)).collect();
        let mut all = Vec::new();
        for codebook in codebooks {
            all.extend(self.of_one(codebook).await?);
        }
        all.sort_by(|a, b| (b.responses, &a.name).cmp(&(a.responses, &b.name)));
        all.truncate(most);
        Ok(all)
    }

    /// Those of these names.
    ///
    /// # Errors
    /// When the themes service does not answer in time, and naming the first that it does not know of.
    pub async fn named(&self, names: &[String]) -> Result<Vec<Campaign>, Problem> {
        let mut known: Vec<Campaign> = Vec::new();
        let codebooks: BTreeSet<&str> = names.iter().filter_map(|name| name.split('/').nth(1)).collect();
        for codebook in codebooks {
            known.extend(self.of_one(codebook).await?);
        }
        let mut found = Vec::with_capacity(names.len());
        for (at, name) in names.iter().enumerate() {
            let campaign = known.iter().find(|campaign| campaign.name == *name).cloned();
            let field = format!("change.without_campaigns[{at}]");
            found.push(campaign.ok_or_else(|| {
                Problem::invalid_field(field, "is no campaign that themes lists; see ListCampaigns")
            })?);
        }
        Ok(found)
    }

    async fn of_one(&self, codebook: &str) -> Result<Vec<Campaign>, Problem> {
        let request = ListCampaignsRequest {
            parent: format!("codebooks/{codebook}"),
            page_size: MOST,
            ..Default::default()
        };
        let unavailable = |text: &str| Problem::unavailable(text, LATER);
        match tokio::time::timeout(PATIENCE, self.0.clone().list_campaigns(request)).await {
            Ok(Ok(reply)) => {
                Ok(reply.into_inner().campaigns.into_iter().map(|c| read(codebook, c)).collect())
            }
            Ok(Err(status)) if status.code() == Code::NotFound => Ok(Vec::new()),
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "campaigns cannot be read");
                Err(unavailable("the themes service cannot tell of campaigns now; try again"))
            }
            Err(_) => {
                tracing::warn!("campaigns took too long");
                Err(unavailable("the themes service took too long; try again"))
            }
        }
    }
}

fn read(codebook: &str, campaign: themes::Campaign) -> Campaign {
    let voice = |voice: themes::CampaignVoice| CampaignVoice {
        organisation: voice.organisation.trim_start_matches("organisations/").to_owned(),
        themes: voice.themes.into_iter().collect(),
        against: voice.against_themes.into_iter().collect(),
    };
    Campaign {
        name: campaign.name,
        codebook: codebook.to_owned(),
        responses: campaign.responses,
        voices: campaign.voices.into_iter().map(voice).collect(),
    }
}
