//! The gRPC service of organised campaigns.

use soundings_access::caller;
use soundings_chassis::Problem;
use soundings_chassis::page_token::page_size;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_campaigns_service_server::ThemeCampaignsService;
use tonic::{Request, Response};

use super::asking::Reply;
use super::names;
use super::views_service::seen;
use crate::application::Runtime;
use crate::store::views::campaigns::{self, Campaign};

/// Serves campaigns.
#[derive(Clone)]
pub struct CampaignsRpc {
    runtime: Runtime,
}

impl CampaignsRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }
}

#[tonic::async_trait]
impl ThemeCampaignsService for CampaignsRpc {
    async fn list_campaigns(
        &self,
        request: Request<proto::ListCampaignsRequest>,
    ) -> Reply<proto::ListCampaignsResponse> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let limit = page_size(m.page_size, 50, 200)?;
        let least = match m.least_responses {
            0 => 3,
            2..=1_000_000 => i64::from(m.least_responses),
            other => {
                let text = format!("is {other}; give 2 to 1,000,000");
                return Err(Problem::invalid_field("least_responses", text).into());
            }
        };
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, "", "").await?;
        let mut found = campaigns::campaigns(&snapshot, &codebook.id, least, i64::from(limit)).await?;
        if let Some(own) = &seen.organisation {
            // What others sent is not told, how often neither.
            for campaign in &mut found {
                campaign.voices.retain(|organisation, _| organisation == own);
                campaign.responses = campaign.voices.values().map(|voice| voice.responses).sum();
            }
            found.retain(|campaign| campaign.responses >= least);
        }
        let campaigns = found.into_iter().map(|campaign| message(&codebook.id, campaign)).collect();
        Ok(Response::new(proto::ListCampaignsResponse { campaigns }))
    }
}

fn message(codebook: &str, campaign: Campaign) -> proto::Campaign {
    let themes = |ids: &[String]| ids.iter().map(|id| names::theme(codebook, id)).collect();
    let voices = campaign.voices.iter().map(|(organisation, voice)| proto::CampaignVoice {
        organisation: names::organisation(organisation),
        responses: voice.responses,
        themes: themes(&voice.themes),
        against_themes: themes(&voice.against),
        response: match &voice.response {
            (_, response) if response.is_empty() => String::new(),
            (survey, response) => names::response(survey, response),
        },
    });
    proto::Campaign {
        name: format!("{}/campaigns/{}", names::codebook(codebook), campaign.voice),
        responses: campaign.responses,
        voices: voices.collect(),
    }
}
