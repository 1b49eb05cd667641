//! What others than respondents say of themes, read from the themes service as it stands now.
use std::{collections::BTreeSet, time::Duration};

use soundings_access::Credentials;
use soundings_portfolio_domain::documents::Evidence;
use soundings_proto::themes::v1::{
    Evidence as Piece, ListEvidenceRequest, theme_evidence_service_client::ThemeEvidenceServiceClient,
};
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};

const PAGE: i32 = 500;
/// A document that says it lacks its evidence beats none.
const PATIENCE: Duration = Duration::from_secs(2);

/// Asks the themes service.
#[derive(Clone)]
pub struct ExternalEvidence(ThemeEvidenceServiceClient<InterceptedService<Channel, Credentials>>);

impl ExternalEvidence {
    /// Over this channel, with this service's token.
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        Self(ThemeEvidenceServiceClient::with_interceptor(channel, credentials))
    }

    /// All that these codebooks hold; none if it cannot be had in time.
    pub async fn of(&self, codebooks: BTreeSet<&str>) -> Option<Vec<Evidence>> {
        let all = async {
            let mut evidence = Vec::new();
            for codebook in codebooks {
                evidence.extend(self.of_one(codebook).await?);
            }
            Ok::<_, Status>(evidence)
        };
        match tokio::time::timeout(PATIENCE, all).await {
            Ok(Ok(evidence)) => Some(evidence),
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "external evidence cannot be fetched");
                None
            }
            Err(_) => {
                tracing::warn!("external evidence took too long");
                None
            }
        }
    }

    async fn of_one(&self, codebook: &str) -> Result<Vec<Evidence>, Status> {
        let mut request = ListEvidenceRequest {
            parent: format!("codebooks/{codebook}"),
            page_size: PAGE,
            ..Default::default()
        };
        let mut evidence = Vec::new();
        loop {
            let page = match self.0.clone().list_evidence(request.clone()).await {
                Ok(page) => page.into_inner(),
                Err(status) if status.code() == Code::NotFound => return Ok(evidence),
                Err(status) => return Err(status),
            };
            evidence.extend(page.evidence.into_iter().map(read));
            if page.next_page_token.is_empty() {
                return Ok(evidence);
            }
            request.page_token = page.next_page_token;
        }
    }
}

fn read(piece: Piece) -> Evidence {
    let Piece { themes, source, citation, date, quote, strength, .. } = piece;
    Evidence { themes, source, citation, date, quote, strength }
}
