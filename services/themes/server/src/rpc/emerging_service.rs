//! The gRPC service of emerging themes and of discovery.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use soundings_access::caller;
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::emerging_themes_service_server::EmergingThemesService;
use soundings_themes_domain::{Codebook, Theme, ThemeKind, ThemeState};
use soundings_themes_engine::emerging::{Standing, themes_near};
use tonic::{Request, Response};

use super::asking::{self, Method, Reply};
use super::quotes::quotes;
use super::{emerging_messages, names, theme_messages};
use crate::application::discover_groups::Groups;
use crate::application::discoveries::{Among, Discoveries, Scope};
use crate::application::settle_discovery::Settled;
use crate::application::theme_figures::ThemeFigures;
use crate::application::{Runtime, off_the_runtime};
use crate::store::mentions::StoredMention;
use crate::store::views::trend::Interval;
use crate::store::views::{Seen, heatmap, trend, typical};
use crate::store::{codebooks, emerging};

/// Statements that show an emerging theme.
const SHOWN: i64 = 5;

/// Serves emerging themes and discovery.
#[derive(Clone)]
pub struct EmergingRpc {
    discoveries: Discoveries,
    runtime: Runtime,
    tokens: PageTokens,
}

impl EmergingRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(discoveries: Discoveries, runtime: Runtime, tokens: PageTokens) -> Self {
        Self { discoveries, runtime, tokens }
    }

    async fn codebook(&self, field: &str, name: &str) -> Result<Codebook, Problem> {
        let id = asking::codebook_id(field, name)?;
        let found = codebooks::find(self.runtime.db.read(), &id, false).await?;
        found.ok_or_else(|| Problem::not_found("codebook", name))
    }

    async fn discovery(&self, codebook: &Codebook) -> Result<proto::Discovery, Problem> {
        let kept = emerging::find(self.runtime.db.read(), &codebook.id).await?;
        let pool = self.discoveries.pool(codebook, &kept).await?;
        let (settings, now) = (self.discoveries.settings(), (self.runtime.now)().timestamp_micros());
        Ok(emerging_messages::discovery(&codebook.id, &kept, pool, settings, now))
    }

    /// The nearest other themes of each of these.
    async fn nearest(
        &self,
        codebook: &Codebook,
        of: &[&Theme],
    ) -> BTreeMap<String, Vec<proto::NeighbouringTheme>> {
        let (book, codebooks) = (codebook.clone(), self.runtime.codebooks.clone());
        let of: Vec<Theme> = of.iter().map(|theme| (*theme).clone()).collect();
        off_the_runtime(move || {
            let in_use = book.themes.iter().filter(|t| t.stands() && t.kind == ThemeKind::Subject);
            let in_use: Vec<&Theme> = in_use.collect();
            let near = |theme: &Theme| {
                let near = themes_near(theme, &in_use, codebooks.encoder());
                (theme.id.clone(), emerging_messages::nearest(&book, &near, Some(&theme.id)))
            };
            of.iter().map(near).collect()
        })
        .await
    }
}

/// How finely to look: what was asked, none for 0.
///
/// # Errors
/// When it is neither 0 nor 0.05 to 20.
pub(super) fn resolution(asked: f64) -> Result<Option<f64>, Problem> {
    if asked == 0.0 {
        return Ok(None);
    }
    let refused = || Problem::invalid_field("resolution", "must be 0, or 0.05 to 20");
    if (0.05..=20.0).contains(&asked) { Ok(Some(asked)) } else { Err(refused()) }
}

#[tonic::async_trait]
impl EmergingThemesService for EmergingRpc {
    async fn list_emerging_themes(
        &self,
        request: Request<proto::ListEmergingThemesRequest>,
    ) -> Reply<proto::ListEmergingThemesResponse> {
        let principal = caller(&request)?;
        let m = request.into_inner();
        let (size, days) =
            (page_size(m.page_size, 20, 50)?, i64::from(page_size_of("days", m.days, 30, 100)?));
        let id = asking::codebook_id("parent", &m.parent)?;
        let organisation = asking::organisation_of("organisation", &m.organisation, &principal)?;
        let seen = Seen { codebook: id.clone(), organisation, theme: None };
        let query = format!("emerging|{days}|{seen:?}");
        let from: usize =
            self.tokens.read(&query, &m.page_token)?.and_then(|at| at.parse().ok()).unwrap_or_default();
        let snapshot = self.runtime.db.snapshot().await?;
        let book = codebooks::find(&snapshot, &id, false).await?;
        let book = book.ok_or_else(|| Problem::not_found("codebook", &m.parent))?;
        let figures = ThemeFigures::read(&snapshot, &book).await?;
        let mut all: Vec<(proto::Theme, &Theme, Vec<heatmap::Tally>)> = Vec::new();
        for theme in book.themes.iter().filter(|theme| theme.state == ThemeState::Emerging) {
            let of = Seen { theme: Some(theme.id.clone()), ..seen.clone() };
            let cells = heatmap::of_theme(&snapshot, &of).await?;
            let mut told = figures.theme(theme);
            if seen.organisation.is_some() {
                told.respondents = cells.iter().map(|cell| cell.respondents).sum();
                told.responses = cells.iter().map(|cell| cell.responses).sum();
                told.organisations = cells.len() as i64;
                told.mentions = heatmap::mentions_of_theme(&snapshot, &of).await?;
            }
            all.push((told, theme, cells));
        }
        all.sort_by(|(a, ..), (b, ..)| {
            (Reverse(a.respondents), &a.name).cmp(&(Reverse(b.respondents), &b.name))
        });
        let more = all.len() > from.saturating_add(size as usize);
        let page: Vec<_> = all.into_iter().skip(from).take(size as usize).collect();
        let periods = trend::periods(&snapshot, &seen, Interval::Day, None, days).await?;
        let span = periods.last().zip(periods.first()).map(|(oldest, newest)| (oldest.0, newest.0));
        let (mut shown, mut counts): (Vec<StoredMention>, Vec<usize>) = (Vec::new(), Vec::new());
        let mut grown: Vec<Vec<proto::EmergingDay>> = Vec::new();
        for (_, theme, _) in &page {
            let of = Seen { theme: Some(theme.id.clone()), ..seen.clone() };
            let typical = typical::typical(&snapshot, &of, SHOWN).await?;
            counts.push(typical.len());
            shown.extend(typical);
            let raised = match span {
                Some(span) => trend::raised(&snapshot, &of, Interval::Day, span).await?,
                None => Vec::new(),
            };
            let day = |(period, _, responses): (i64, String, i64)| proto::EmergingDay {
                start_time: Some(theme_messages::timestamp(Interval::Day.start(period))),
                responses,
            };
            grown.push(raised.into_iter().rev().map(day).collect());
        }
        let candidates = emerging::candidates(&snapshot, &id).await?;
        drop(snapshot);
        let missed: BTreeMap<&str, u32> = candidates
            .iter()
            .filter_map(|candidate| match &candidate.standing {
                Standing::Proposed(theme, missed) => Some((theme.as_str(), *missed)),
                Standing::Forming(_) | Standing::Dismissed => None,
            })
            .collect();
        let texts = quotes(&self.runtime, &shown).await?;
        let mut mentions =
            shown.into_iter().zip(texts).map(|(m, text)| theme_messages::mention(&book, m, text));
        let of: Vec<&Theme> = page.iter().map(|(_, theme, _)| *theme).collect();
        let mut nearest = self.nearest(&book, &of).await;
        let mut themes = Vec::with_capacity(page.len());
        for (((told, theme, cells), count), days) in page.into_iter().zip(counts).zip(grown) {
            themes.push(proto::EmergingTheme {
                theme: Some(told),
                exemplars: mentions.by_ref().take(count).collect(),
                organisations: emerging_messages::organisations(cells),
                days,
                nearest: nearest.remove(&theme.id).unwrap_or_default(),
                discovered: missed.contains_key(theme.id.as_str()),
                missed_runs: missed
                    .get(theme.id.as_str())
                    .map_or(0, |m| i32::try_from(*m).unwrap_or(i32::MAX)),
            });
        }
        let next = from.saturating_add(size as usize).to_string();
        let next_page_token = if more { self.tokens.issue(&query, &next) } else { String::new() };
        Ok(Response::new(proto::ListEmergingThemesResponse { themes, next_page_token }))
    }

    async fn get_discovery(&self, request: Request<proto::GetDiscoveryRequest>) -> Reply<proto::Discovery> {
        let codebook = self.codebook("name", &request.into_inner().name).await?;
        Ok(Response::new(self.discovery(&codebook).await?))
    }

    async fn run_discovery(
        &self,
        request: Request<proto::RunDiscoveryRequest>,
    ) -> Reply<proto::RunDiscoveryResponse> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = self.codebook("name", &m.name).await?.id;
        let everything = m.scope() == proto::DiscoveryScope::Everything;
        let among = if everything { Among::Everything } else { Among::Pool };
        let scope = Scope { among, resolution: resolution(m.resolution)? };
        let rules = self.discoveries.rules();
        if m.validate_only {
            let (book, groups, settled) = self.discoveries.preview(&codebook, scope).await?;
            return Ok(Response::new(proto::RunDiscoveryResponse {
                discovery: Some(self.discovery(&book).await?),
                groups: emerging_messages::groups(&book, &groups, &settled, &rules),
                statements: groups.pool.len() as i64,
                ..proto::RunDiscoveryResponse::default()
            }));
        }
        if everything {
            let text = "everything is only looked through with validate_only; give the pool";
            return Err(Problem::invalid_field("scope", text).into());
        }
        let method = Method { service: "EmergingThemesService", method: "RunDiscovery" };
        let body = format!("{codebook} {}", m.resolution);
        let request = asking::request(method, actor, String::new(), &m.request_id, &body)?;
        let mut found = Vec::new();
        let reply = |book: &Codebook, groups: &Groups, settled: &Settled| {
            let named = |ids: &[String]| ids.iter().map(|id| names::theme(&book.id, id)).collect();
            found = emerging_messages::groups(book, groups, settled, &rules);
            // The words are not kept with the answer.
            let without = |group: &proto::DiscoveredGroup| proto::DiscoveredGroup {
                exemplars: Vec::new(),
                ..group.clone()
            };
            proto::RunDiscoveryResponse {
                groups: found.iter().map(without).collect(),
                statements: groups.pool.len() as i64,
                made: named(&settled.made),
                faded: named(&settled.faded),
                ..proto::RunDiscoveryResponse::default()
            }
        };
        let mut reply = self.discoveries.run_on(&codebook, scope, Some(&request), reply).await?;
        if !found.is_empty() {
            reply.groups = found;
        }
        reply.discovery = Some(self.discovery(&self.codebook("name", &m.name).await?).await?);
        Ok(Response::new(reply))
    }

    async fn cancel_discovery(
        &self,
        request: Request<proto::CancelDiscoveryRequest>,
    ) -> Reply<proto::Discovery> {
        let codebook = self.codebook("name", &request.into_inner().name).await?;
        self.discoveries.cancel(&codebook.id).await?;
        Ok(Response::new(self.discovery(&codebook).await?))
    }
}

/// A number of things asked for, by the field's name.
fn page_size_of(field: &str, asked: i32, unasked: u32, most: u32) -> Result<u32, Problem> {
    match u32::try_from(asked) {
        Ok(0) => Ok(unasked),
        Ok(asked) if asked <= most => Ok(asked),
        _ => Err(Problem::invalid_field(field, format!("is {asked}; give 0 to {most}"))),
    }
}
