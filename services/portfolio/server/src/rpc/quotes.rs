//! Statements behind a theme, fetched as they stand now.
use std::time::Duration;

use soundings_access::Credentials;
use soundings_proto::{
    portfolio::v1 as proto,
    themes::v1::{ListMentionsRequest, themes_service_client::ThemesServiceClient},
};
use tokio::time::Instant;
use tonic::{service::interceptor::InterceptedService, transport::Channel};

/// Quotes of one theme.
const QUOTES: usize = 3;
/// An explanation without quotes beats none.
const PATIENCE: Duration = Duration::from_secs(2);

type Client = ThemesServiceClient<InterceptedService<Channel, Credentials>>;

/// Asks the themes service.
#[derive(Clone)]
pub struct Quotes(Client);

/// Asks for one explanation, whose themes share its patience.
pub struct Asking {
    themes: Client,
    until: Instant,
}

impl Quotes {
    /// Over this channel, with this service's token.
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        Quotes(ThemesServiceClient::with_interceptor(channel, credentials))
    }

    /// For an explanation that begins now.
    pub fn ask(&self) -> Asking {
        Asking { themes: self.0.clone(), until: Instant::now() + PATIENCE }
    }
}

impl Asking {
    /// Up to three statements of a theme, from the organisations named first; none when they cannot be had.
    pub async fn fetch(&self, theme: &str, organisations: &[&str]) -> Vec<proto::Quote> {
        let codebook = theme.split("/themes/").next().unwrap_or_default();
        let mut quotes = Vec::new();
        for organisation in organisations.iter().take(QUOTES) {
            let request = ListMentionsRequest {
                parent: codebook.to_owned(),
                theme: theme.to_owned(),
                organisation: format!("organisations/{organisation}"),
                page_size: 1,
                best_first: true,
                ..Default::default()
            };
            let mut themes = self.themes.clone();
            match tokio::time::timeout_at(self.until, themes.list_mentions(request)).await {
                Ok(Ok(reply)) => {
                    let found = reply.into_inner().mentions.into_iter().filter(|m| !m.text.is_empty());
                    quotes.extend(found.map(|m| proto::Quote {
                        organisation: m.organisation,
                        response: m.response,
                        text: m.text,
                    }));
                }
                Ok(Err(status)) => tracing::warn!(code = ?status.code(), "quotes cannot be fetched"),
                Err(_) => {
                    tracing::warn!("quotes took too long");
                    break;
                }
            }
        }
        quotes
    }
}
