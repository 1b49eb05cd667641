//! Whether there is a theme that somebody links and that no event has told of yet: asked of the themes service.
//!
//! Events come a moment later than what they tell of, so a theme that is not known here may be there all the same. Where
//! the themes service cannot be asked, the link is taken: it counts once its theme is heard of.
use std::{collections::BTreeSet, time::Duration};

use soundings_access::Credentials;
use soundings_portfolio_domain::Inputs;
use soundings_proto::themes::v1::{GetThemeRequest, themes_service_client::ThemesServiceClient};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

use crate::store::input_log::Entry;

/// How long all questions of one request may take.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the themes service.
#[derive(Clone)]
pub struct KnownThemes(ThemesServiceClient<InterceptedService<Channel, Credentials>>);

impl KnownThemes {
    /// Over this channel, with this service's token.
    pub fn new(channel: Channel, credentials: Credentials) -> Self {
        KnownThemes(ThemesServiceClient::with_interceptor(channel, credentials))
    }

    /// Links of work items that go to no theme, each field with what is wrong. A link that stands already is no matter of
    /// this request.
    pub async fn unknown(&self, inputs: &Inputs, entries: &[Entry]) -> Vec<(String, String)> {
        let links = entries.iter().filter_map(|entry| match entry {
            Entry::Item(id, Some(item)) => Some((id, item)),
            _ => None,
        });
        let links = links.flat_map(|(id, item)| {
            let before = inputs.items.get(id);
            let new = item.links.keys().filter(move |theme| {
                !inputs.themes.contains_key(*theme)
                    && before.is_none_or(|item| !item.links.contains_key(*theme))
            });
            new.map(move |theme| (id, theme))
        });
        let links: Vec<(&String, &String)> = links.collect();
        let themes: BTreeSet<&String> = links.iter().map(|(_, theme)| *theme).collect();
        let mut missing = BTreeSet::new();
        let ask = async {
            for theme in themes {
                if self.is_missing(theme).await {
                    missing.insert(theme);
                }
            }
        };
        if tokio::time::timeout(PATIENCE, ask).await.is_err() {
            tracing::warn!("asking for themes took too long");
        }
        let wrong = links.into_iter().filter(|(_, theme)| missing.contains(theme));
        wrong
            .map(|(id, theme)| (format!("workItems/{id}.links"), format!("there is no theme {theme:?}")))
            .collect()
    }

    async fn is_missing(&self, theme: &str) -> bool {
        match self.0.clone().get_theme(GetThemeRequest { name: theme.to_owned() }).await {
            Ok(_) => false,
            Err(status) => status.code() == Code::NotFound,
        }
    }
}
