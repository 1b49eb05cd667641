//! The gRPC service of who speaks for a theme and who against it.

use soundings_access::caller;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_stances_service_server::ThemeStancesService;
use soundings_themes_engine::stance::Position;
use tonic::{Request, Response};

use super::asking::Reply;
use super::quotes::quotes;
use super::views_service::{cut, quotes_of_each, seen, themes_after, two};
use super::{names, stance_messages, theme_messages};
use crate::application::Runtime;
use crate::store::mentions::StoredMention;
use crate::store::views::{Seen, stances};

/// Serves stances.
#[derive(Clone)]
pub struct StancesRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl StancesRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        Self { runtime, tokens }
    }
}

#[tonic::async_trait]
impl ThemeStancesService for StancesRpc {
    async fn get_stances(&self, request: Request<proto::GetStancesRequest>) -> Reply<proto::Stances> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 10, 20)?;
        let each = quotes_of_each(m.quotes)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let query = format!("stances|{each}|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.unwrap_or_default();
        let (page, more) = themes_after(&codebook, &seen, &after, size);
        let mut counted = Vec::with_capacity(page.len());
        let mut all: Vec<StoredMention> = Vec::new();
        for theme in &page {
            let seen = Seen { theme: Some(theme.id.clone()), ..seen.clone() };
            let counts = stances::by_organisation(&snapshot, &seen).await?;
            let speak_for = stances::quotes(&snapshot, &seen, Position::For, each).await?;
            let against = stances::quotes(&snapshot, &seen, Position::Against, each).await?;
            counted.push((theme, counts, speak_for.len(), against.len()));
            all.extend(speak_for.into_iter().chain(against));
        }
        drop(snapshot);
        let texts = quotes(&self.runtime, &all).await?;
        let mut mentions =
            all.into_iter().zip(texts).map(|(m, text)| theme_messages::mention(&codebook, m, text));
        let mut themes = Vec::with_capacity(counted.len());
        for (theme, counts, speak_for, against) in counted {
            themes.push(proto::ThemeStances {
                for_quotes: mentions.by_ref().take(speak_for).collect(),
                against_quotes: mentions.by_ref().take(against).collect(),
                ..stance_messages::theme(&codebook.id, theme, &counts)
            });
        }
        let last = page.last().filter(|_| more);
        let next_page_token = last.map(|theme| self.tokens.issue(&query, &theme.id)).unwrap_or_default();
        Ok(Response::new(proto::Stances { themes, next_page_token }))
    }

    async fn get_stances_by_answer(
        &self,
        request: Request<proto::GetStancesByAnswerRequest>,
    ) -> Reply<proto::StancesByAnswer> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 10, 50)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let query = format!("stances by answer|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.unwrap_or_default();
        let mut page = stances::questions(&snapshot, &seen, two(&after), i64::from(size) + 1).await?;
        let more = cut(&mut page, size);
        let mut questions = Vec::with_capacity(page.len());
        for (survey, question) in &page {
            let answers = stances::answers(&snapshot, &seen, (survey, question)).await?;
            questions.push(proto::ClosedQuestionStances {
                survey: names::survey(survey),
                question: question.clone(),
                answers: answers.iter().map(|answer| stance_messages::answer(&codebook.id, answer)).collect(),
            });
        }
        drop(snapshot);
        let last = page.last().filter(|_| more);
        let next_page_token = last
            .map(|(survey, question)| self.tokens.issue(&query, &format!("{survey} {question}")))
            .unwrap_or_default();
        Ok(Response::new(proto::StancesByAnswer { questions, next_page_token }))
    }
}
