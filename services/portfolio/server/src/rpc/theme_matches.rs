//! Themes that texts are near, asked of the themes service.
use std::time::Duration;

use soundings_access::Credentials;
use soundings_chassis::Problem;
use soundings_proto::themes::v1::{
    MatchThemesRequest, TextMatches, theme_matching_service_client::ThemeMatchingServiceClient,
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

/// Texts that are asked for at once.
pub const TEXTS: usize = 100;
/// Themes of one text.
const THEMES: i32 = 3;
/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// When to try again.
const LATER: Duration = Duration::from_secs(1);
/// Replies of so many long sentences.
const LARGEST: usize = 16 * 1024 * 1024;

/// Asks the themes service.
#[derive(Clone)]
pub struct ThemeMatches(ThemeMatchingServiceClient<InterceptedService<Channel, Credentials>>);

impl ThemeMatches {
    /// Over this channel, with this service's token.
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        let client = ThemeMatchingServiceClient::with_interceptor(channel, credentials);
        ThemeMatches(client.max_decoding_message_size(LARGEST))
    }

    /// The nearest themes of a codebook (by its full name) of each text, at least as near as the floor. None: there is no
    /// such codebook.
    ///
    /// # Errors
    /// When the themes service does not answer.
    pub async fn of(
        &self,
        codebook: &str,
        texts: Vec<String>,
        floor_ppm: i32,
    ) -> Result<Option<Vec<TextMatches>>, Problem> {
        let asked = texts.len();
        let request = MatchThemesRequest { parent: codebook.to_owned(), texts, most: THEMES, floor_ppm };
        let mut themes = self.0.clone();
        match tokio::time::timeout(PATIENCE, themes.match_themes(request)).await {
            Ok(Ok(reply)) => {
                let found = reply.into_inner().texts;
                if found.len() != asked {
                    return Err(Problem::internal(format!("{} replies to {asked} texts", found.len())));
                }
                Ok(Some(found))
            }
            Ok(Err(status)) if status.code() == Code::NotFound => Ok(None),
            Ok(Err(status)) => {
                tracing::warn!(code = ?status.code(), "themes cannot be matched");
                Err(Problem::unavailable("the themes service cannot match texts now; try again", LATER))
            }
            Err(_) => {
                tracing::warn!("matching themes took too long");
                Err(Problem::unavailable("the themes service took too long; try again", LATER))
            }
        }
    }
}
