//! Statements behind a theme, fetched as they stand now.
use std::time::Duration;

use soundings_access::Credentials;
use soundings_proto::{
    portfolio::v1 as proto,
    themes::v1::{ListMentionsRequest, Mention, themes_service_client::ThemesServiceClient},
};
use tokio::time::Instant;
use tonic::{service::interceptor::InterceptedService, transport::Channel};

/// Quotes of one theme.
const QUOTES: usize = 3;
/// Statements that are looked at for one quote.
const CANDIDATES: i32 = 5;
/// Shorter statements say little by themselves.
const WORDS: usize = 5;
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
                page_size: CANDIDATES,
                best_first: true,
                ..Default::default()
            };
            let mut themes = self.themes.clone();
            match tokio::time::timeout_at(self.until, themes.list_mentions(request)).await {
                Ok(Ok(reply)) => {
                    quotes.extend(telling(reply.into_inner().mentions).map(|m| proto::Quote {
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

    /// Up to three statements of a theme by one organisation's people, best first; none when they cannot be had.
    pub async fn words(&self, theme: &str, organisation: &str) -> Vec<String> {
        let request = ListMentionsRequest {
            parent: theme.split("/themes/").next().unwrap_or_default().to_owned(),
            theme: theme.to_owned(),
            organisation: format!("organisations/{organisation}"),
            page_size: CANDIDATES,
            best_first: true,
            ..Default::default()
        };
        let mut themes = self.themes.clone();
        let mentions = match tokio::time::timeout_at(self.until, themes.list_mentions(request)).await {
            Ok(Ok(reply)) => reply.into_inner().mentions,
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "quotes cannot be fetched");
                Vec::new()
            }
            Err(_) => {
                tracing::warn!("quotes took too long");
                Vec::new()
            }
        };
        let mut texts: Vec<String> = mentions.into_iter().map(|mention| mention.text).collect();
        texts.retain(|text| !text.is_empty());
        // What says something by itself comes first; the sort is stable, so that the best stay first.
        texts.sort_by_key(|text| text.split_whitespace().count() < WORDS);
        texts.truncate(QUOTES);
        texts
    }
}

/// The best statement that says something by itself, else the best one that still has its words.
fn telling(best_first: Vec<Mention>) -> Option<Mention> {
    let mut with_words: Vec<_> = best_first.into_iter().filter(|m| !m.text.is_empty()).collect();
    let long = with_words.iter().position(|m| m.text.split_whitespace().count() >= WORDS);
    (!with_words.is_empty()).then(|| with_words.swap_remove(long.unwrap_or(0)))
}
