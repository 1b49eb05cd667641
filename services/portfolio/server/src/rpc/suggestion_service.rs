//! The methods of `LinkSuggestionService`.
use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
};
use soundings_proto::portfolio::v1::{self as proto, link_suggestion_service_server::LinkSuggestionService};
use tonic::{Request, Response as Reply, Status};

use super::{mutation, names, theme_matches::ThemeMatches};
use crate::{
    application::{
        Runtime,
        suggest_links::{self, Asked, FLOOR_PPM},
    },
    store::suggestion_log,
};

/// Suggestions of one reply, where nothing is said, and the most that may be asked for.
const MOST: (i32, i32) = (200, 1_000);
/// A similarity of 1.
const MILLION: i32 = 1_000_000;
/// Characters of a reason.
const REASON: usize = 500;

/// The service's methods.
pub struct SuggestionRpc {
    runtime: Runtime,
    tokens: PageTokens,
    themes: ThemeMatches,
}

impl SuggestionRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, tokens: PageTokens, themes: ThemeMatches) -> Self {
        SuggestionRpc { runtime, tokens, themes }
    }
}

fn read_item(name: &str) -> Result<Option<String>, Problem> {
    if name.is_empty() { Ok(None) } else { names::read("work_item", "workItems", name).map(Some) }
}

#[tonic::async_trait]
impl LinkSuggestionService for SuggestionRpc {
    async fn suggest_links(
        &self,
        request: Request<proto::SuggestLinksRequest>,
    ) -> Result<Reply<proto::SuggestLinksResponse>, Status> {
        let message = request.into_inner();
        let item = read_item(&message.work_item)?;
        let codebook = match message.codebook.as_str() {
            "" => None,
            name => Some(format!("codebooks/{}", names::read("codebook", "codebooks", name)?)),
        };
        let floor_ppm = match message.floor_ppm {
            0 => FLOOR_PPM,
            floor @ 1..=MILLION => floor,
            floor => {
                let text = format!("is {floor}; give 1 to {MILLION}");
                return Err(Problem::invalid_field("floor_ppm", text).into());
            }
        };
        let most = match message.most {
            0 => MOST.0,
            most if (1..=MOST.1).contains(&most) => most,
            most => {
                let text = format!("is {most}; give 1 to {}", MOST.1);
                return Err(Problem::invalid_field("most", text).into());
            }
        };
        let asked = Asked { item, codebook, floor_ppm, most: usize::try_from(most).unwrap_or_default() };
        Ok(Reply::new(suggest_links::suggest(&self.runtime, &self.themes, asked).await?))
    }

    async fn dismiss_suggestion(
        &self,
        request: Request<proto::DismissSuggestionRequest>,
    ) -> Result<Reply<proto::DismissedSuggestion>, Status> {
        let (mutation, message) =
            mutation::read("DismissSuggestion", request, |m| std::mem::take(&mut m.request_id))?;
        let item = names::read("work_item", "workItems", &message.work_item)?;
        let theme = names::read_theme("theme", &message.theme)?;
        let reason = message.reason.trim().to_owned();
        if reason.chars().count() > REASON || reason.contains('\0') {
            let text = format!("must have at most {REASON} characters, none of them NUL");
            return Err(Problem::invalid_field("reason", text).into());
        }
        let of = (item, theme, reason);
        Ok(Reply::new(suggest_links::dismiss(&self.runtime, &mutation, of).await?))
    }

    async fn restore_suggestion(
        &self,
        request: Request<proto::RestoreSuggestionRequest>,
    ) -> Result<Reply<proto::RestoreSuggestionResponse>, Status> {
        let (mutation, message) =
            mutation::read("RestoreSuggestion", request, |m| std::mem::take(&mut m.request_id))?;
        let item = names::read("work_item", "workItems", &message.work_item)?;
        let theme = names::read_theme("theme", &message.theme)?;
        Ok(Reply::new(suggest_links::restore(&self.runtime, &mutation, (item, theme)).await?))
    }

    async fn list_dismissed_suggestions(
        &self,
        request: Request<proto::ListDismissedSuggestionsRequest>,
    ) -> Result<Reply<proto::ListDismissedSuggestionsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)? as usize;
        let item = read_item(&message.work_item)?;
        let query = format!("dismissed suggestions|{item:?}");
        let after = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let (after_item, after_theme) = after.split_once('|').unwrap_or_default();
        let all = suggestion_log::dismissed(self.runtime.db.read(), item.as_deref()).await?;
        let mut rest =
            all.iter().filter(|of| (of.item.as_str(), of.theme.as_str()) > (after_item, after_theme));
        let page: Vec<_> = rest.by_ref().take(size).collect();
        let next_page_token = match (rest.next(), page.last()) {
            (Some(_), Some(last)) => self.tokens.issue(&query, &format!("{}|{}", last.item, last.theme)),
            _ => String::new(),
        };
        let suggestions = page.into_iter().map(suggest_links::message).collect();
        Ok(Reply::new(proto::ListDismissedSuggestionsResponse { suggestions, next_page_token }))
    }
}
