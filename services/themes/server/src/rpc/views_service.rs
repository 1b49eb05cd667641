//! The gRPC service of views of themes.

use std::sync::Arc;

use sea_orm::ConnectionTrait;
use soundings_access::{Principal, caller};
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_views_service_server::ThemeViewsService;
use soundings_themes_domain::{Codebook, Theme, word_search};
use soundings_themes_engine::Encoder;
use tokio::sync::Semaphore;
use tonic::{Request, Response};

use super::asking::{self, Reply};
use super::quotes::quotes;
use super::{names, stance_messages, theme_messages, view_messages};
use crate::application::Runtime;
use crate::application::search_statements::{Needle, search_statements};
use crate::store::codebooks;
use crate::store::mentions::{Qualities, StoredMention};
use crate::store::views::cooccurrence::Pair;
use crate::store::views::trend::Interval;
use crate::store::views::{Seen, by_question, cooccurrence, heatmap, trend, typical};

/// Characters of a query.
const LONGEST_QUERY: usize = 500;
/// Searches that run at once: each keeps a processor and consultation busy; others wait their turn.
const SEARCHES: usize = 2;

/// Serves views of themes.
#[derive(Clone)]
pub struct ViewsRpc {
    runtime: Runtime,
    tokens: PageTokens,
    searches: Arc<Semaphore>,
}

impl ViewsRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        Self { runtime, tokens, searches: Arc::new(Semaphore::new(SEARCHES)) }
    }
}

/// The codebook, and what of it the caller asks for and may see; a field left empty narrows nothing.
pub(super) async fn seen<C: ConnectionTrait>(
    conn: &C,
    principal: &Principal,
    parent: &str,
    organisation: &str,
    theme: &str,
) -> Result<(Codebook, Seen), Problem> {
    let id = asking::codebook_id("parent", parent)?;
    let codebook = codebooks::find(conn, &id, false).await?;
    let codebook = codebook.ok_or_else(|| Problem::not_found("codebook", parent))?;
    let organisation = asking::organisation_of("organisation", organisation, principal)?;
    let theme = match theme {
        "" => None,
        name => {
            let id = asking::theme_of("theme", name, &id)?;
            codebook.theme(&id).ok_or_else(|| Problem::not_found("theme", name))?;
            Some(id)
        }
    };
    Ok((codebook, Seen { codebook: id, organisation, theme }))
}

/// How many quotes of each theme are asked for.
///
/// # Errors
/// When they are too many.
pub(super) fn quotes_of_each(asked: i32) -> Result<i64, Problem> {
    match asked {
        0 => Ok(3),
        1..=10 => Ok(i64::from(asked)),
        other => Err(Problem::invalid_field("quotes", format!("is {other}; give 0 to 10"))),
    }
}

/// A page of the themes that stand after this one, or the one asked for, in order of id; and whether there are more.
pub(super) fn themes_after<'a>(
    codebook: &'a Codebook,
    seen: &Seen,
    after: &str,
    size: u32,
) -> (Vec<&'a Theme>, bool) {
    let asked = |theme: &&Theme| match &seen.theme {
        Some(id) => theme.id == *id,
        None => theme.stands() && *theme.id > *after,
    };
    let mut page: Vec<&Theme> = codebook.themes.iter().filter(asked).collect();
    page.sort_by(|a, b| a.id.cmp(&b.id));
    let more = cut(&mut page, size);
    (page, more)
}

/// Cuts a page of one more than asked for; whether there was one more.
pub(super) fn cut<T>(page: &mut Vec<T>, size: u32) -> bool {
    let more = page.len() > size as usize;
    page.truncate(size as usize);
    more
}

/// Two ids in a token; an id holds no space.
pub(super) fn two(position: &str) -> (&str, &str) {
    position.split_once(' ').unwrap_or_default()
}

#[tonic::async_trait]
impl ThemeViewsService for ViewsRpc {
    async fn get_heatmap(&self, request: Request<proto::GetHeatmapRequest>) -> Reply<proto::Heatmap> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 50, 200)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, "").await?;
        let query = format!("heatmap|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.unwrap_or_default();
        let totals = heatmap::totals(&snapshot, &seen).await?;
        let mut page = heatmap::organisations(&snapshot, &seen, &after, i64::from(size) + 1).await?;
        let more = cut(&mut page, size);
        let ids: Vec<&str> = page.iter().map(|answered| answered.organisation.as_str()).collect();
        let cells = heatmap::cells(&snapshot, &seen.codebook, &ids).await?;
        drop(snapshot);
        let answered = |raised: &heatmap::Tally| {
            page.iter().find(|a| a.organisation == raised.organisation).map_or(0, |a| a.respondents)
        };
        let last = page.last().filter(|_| more);
        Ok(Response::new(proto::Heatmap {
            themes: view_messages::heatmap_themes(&codebook, &totals),
            organisations: page.iter().map(view_messages::heatmap_organisation).collect(),
            cells: cells
                .iter()
                .map(|cell| view_messages::heatmap_cell(&codebook.id, cell, answered(cell), &totals))
                .collect(),
            respondents: totals.get("").map_or(0, |(respondents, _)| *respondents),
            next_page_token: last.map(|a| self.tokens.issue(&query, &a.organisation)).unwrap_or_default(),
        }))
    }

    async fn get_trend(&self, request: Request<proto::GetTrendRequest>) -> Reply<proto::Trend> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 60, 400)?;
        let interval = match m.interval() {
            proto::TrendInterval::Day => Interval::Day,
            proto::TrendInterval::Week | proto::TrendInterval::Unspecified => Interval::Week,
        };
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let query = format!("trend|{interval:?}|{seen:?}");
        let before = self.tokens.read(&query, &m.page_token)?.and_then(|period| period.parse().ok());
        let mut page = trend::periods(&snapshot, &seen, interval, before, i64::from(size) + 1).await?;
        let more = cut(&mut page, size);
        let raised = match (page.last(), page.first()) {
            (Some((oldest, _)), Some((newest, _))) => {
                trend::raised(&snapshot, &seen, interval, (*oldest, *newest)).await?
            }
            _ => Vec::new(),
        };
        drop(snapshot);
        let last = page.last().filter(|_| more);
        Ok(Response::new(proto::Trend {
            periods: page
                .iter()
                .map(|period| view_messages::trend_period(&codebook.id, interval, *period, &raised))
                .collect(),
            next_page_token: last
                .map(|(period, _)| self.tokens.issue(&query, &period.to_string()))
                .unwrap_or_default(),
        }))
    }

    async fn get_by_question(
        &self,
        request: Request<proto::GetByQuestionRequest>,
    ) -> Reply<proto::ByQuestion> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 50, 200)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, "").await?;
        let query = format!("questions|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.unwrap_or_default();
        let mut page = by_question::questions(&snapshot, &seen, two(&after), i64::from(size) + 1).await?;
        let more = cut(&mut page, size);
        let raised = match (page.first(), page.last()) {
            (Some(first), Some(last)) => {
                let (first, last) = ((&*first.survey, &*first.question), (&*last.survey, &*last.question));
                by_question::raised(&snapshot, &seen, first, last).await?
            }
            _ => Vec::new(),
        };
        drop(snapshot);
        let position = |q: &by_question::Question| format!("{} {}", q.survey, q.question);
        let last = page.last().filter(|_| more);
        Ok(Response::new(proto::ByQuestion {
            questions: page.iter().map(|q| view_messages::question(&codebook.id, q, &raised)).collect(),
            next_page_token: last.map(|q| self.tokens.issue(&query, &position(q))).unwrap_or_default(),
        }))
    }

    async fn get_cooccurrence(
        &self,
        request: Request<proto::GetCooccurrenceRequest>,
    ) -> Reply<proto::Cooccurrence> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 50, 500)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let query = format!("together|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.and_then(|position| {
            let (responses, themes) = position.split_once(' ')?;
            let (first, second) = two(themes);
            Some(Pair {
                first: first.to_owned(),
                second: second.to_owned(),
                responses: responses.parse().ok()?,
            })
        });
        let totals = heatmap::totals(&snapshot, &seen).await?;
        let mut page = cooccurrence::pairs(&snapshot, &seen, after.as_ref(), i64::from(size) + 1).await?;
        drop(snapshot);
        let more = cut(&mut page, size);
        let position = |pair: &Pair| format!("{} {} {}", pair.responses, pair.first, pair.second);
        let last = page.last().filter(|_| more);
        Ok(Response::new(proto::Cooccurrence {
            pairs: page.iter().map(|pair| view_messages::pair(&codebook.id, pair, &totals)).collect(),
            responses: totals.get("").map_or(0, |(_, responses)| *responses),
            next_page_token: last.map(|pair| self.tokens.issue(&query, &position(pair))).unwrap_or_default(),
        }))
    }

    async fn list_typical_quotes(
        &self,
        request: Request<proto::ListTypicalQuotesRequest>,
    ) -> Reply<proto::ListTypicalQuotesResponse> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let size = page_size(m.page_size, 10, 20)?;
        let each = quotes_of_each(m.quotes)?;
        let snapshot = self.runtime.db.snapshot().await?;
        let (codebook, seen) = seen(&snapshot, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let query = format!("typical|{each}|{seen:?}");
        let after = self.tokens.read(&query, &m.page_token)?.unwrap_or_default();
        let (page, more) = themes_after(&codebook, &seen, &after, size);
        let mut quoted: Vec<(&Theme, usize, usize)> = Vec::new();
        let mut all: Vec<StoredMention> = Vec::new();
        for theme in &page {
            let seen = Seen { theme: Some(theme.id.clone()), ..seen.clone() };
            let typical = typical::typical(&snapshot, &seen, each).await?;
            let different = typical::different(&snapshot, &seen, &typical, each).await?;
            quoted.push((theme, typical.len(), different.len()));
            all.extend(typical.into_iter().chain(different));
        }
        drop(snapshot);
        let texts = quotes(&self.runtime, &all).await?;
        let mut mentions =
            all.into_iter().zip(texts).map(|(m, text)| theme_messages::mention(&codebook, m, text));
        let mut themes = Vec::with_capacity(quoted.len());
        for (theme, typical, different) in quoted {
            themes.push(proto::ThemeQuotes {
                theme: names::theme(&codebook.id, &theme.id),
                title: theme.title.clone(),
                typical: mentions.by_ref().take(typical).collect(),
                different: mentions.by_ref().take(different).collect(),
            });
        }
        let last = page.last().filter(|_| more);
        let next_page_token = last.map(|theme| self.tokens.issue(&query, &theme.id)).unwrap_or_default();
        Ok(Response::new(proto::ListTypicalQuotesResponse { themes, next_page_token }))
    }

    async fn search_statements(
        &self,
        request: Request<proto::SearchStatementsRequest>,
    ) -> Reply<proto::SearchStatementsResponse> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let limit = page_size(m.page_size, 20, 200)? as usize;
        let needle = self.needle(m.by(), m.query.trim())?;
        let qualities = Qualities {
            position: stance_messages::read_position(m.position()),
            act: stance_messages::read_act(m.act()),
            evidence_rich: m.evidence_rich,
            other_language: false,
        };
        let read = self.runtime.db.read();
        let (codebook, seen) = seen(read, &principal, &m.parent, &m.organisation, &m.theme).await?;
        let _turn = self.searches.acquire().await.map_err(Problem::internal)?;
        let searched = search_statements(&self.runtime, &seen, &needle, &qualities, limit).await?;
        Ok(Response::new(view_messages::searched(&codebook, searched)))
    }
}

impl ViewsRpc {
    fn needle(&self, by: proto::SearchBy, query: &str) -> Result<Needle, Problem> {
        if !(1..=LONGEST_QUERY).contains(&query.chars().count()) {
            let text = format!("must be 1 to {LONGEST_QUERY} characters");
            return Err(Problem::invalid_field("query", text));
        }
        match by {
            proto::SearchBy::Words | proto::SearchBy::Unspecified => {
                let words = word_search::words(query);
                let empty = || Problem::invalid_field("query", "has no word; give one or more");
                if words.is_empty() { Err(empty()) } else { Ok(Needle::Words(words)) }
            }
            proto::SearchBy::Meaning => {
                let vector = self.runtime.codebooks.encoder().encode(&[query]).pop().unwrap_or_default();
                let unknown =
                    || Problem::invalid_field("query", "has no word that the model knows; search by words");
                if vector.iter().all(|x| *x == 0.0) { Err(unknown()) } else { Ok(Needle::Meaning(vector)) }
            }
        }
    }
}
