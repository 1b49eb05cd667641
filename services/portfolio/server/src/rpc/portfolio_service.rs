//! The methods of `PortfolioService`.
use prost::Message;
use soundings_access::{caller, permissions};
use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
};
use soundings_portfolio_domain::{Bundle, Inputs, Kind, rank, scoring_model};
use soundings_proto::portfolio::v1::{
    self as proto, portfolio_service_server::PortfolioService, watch_ranking_response::Update,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response as Reply, Status};

use super::{
    direct_messages, item_changes,
    known_themes::KnownThemes,
    messages, model_messages, mutation, names,
    quotes::Quotes,
    watching::{self, News, Watched},
};
use crate::{
    application::{
        Runtime, apply_portfolio,
        change_model::{self, Applied},
        compare_voices, explain_move,
        once::Mutation,
    },
    store::{
        input_log::{self, Entry},
        revisions::{self, Revision},
    },
};

/// Revisions that are sent one by one; beyond, a snapshot takes their place.
const CATCH_UP: u32 = 100;

/// The service's methods.
pub struct PortfolioRpc {
    runtime: Runtime,
    tokens: PageTokens,
    quotes: Quotes,
    themes: KnownThemes,
    stop: CancellationToken,
}

impl PortfolioRpc {
    /// With what they work with.
    pub fn new(
        runtime: Runtime,
        tokens: PageTokens,
        (quotes, themes): (Quotes, KnownThemes),
        stop: CancellationToken,
    ) -> Self {
        PortfolioRpc { runtime, tokens, quotes, themes, stop }
    }

    /// Refuses links to themes that are not there.
    async fn check_themes(&self, entries: &[Entry]) -> Result<(), Problem> {
        if !entries.iter().any(|entry| matches!(entry, Entry::Item(_, Some(item)) if !item.links.is_empty()))
        {
            return Ok(());
        }
        let unknown = self.themes.unknown(&self.inputs().await?, entries).await;
        if unknown.is_empty() { Ok(()) } else { Err(Problem::invalid(unknown)) }
    }

    async fn inputs(&self) -> Result<Inputs, Problem> {
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        Ok(inputs)
    }

    /// Changes one work item from what it is.
    async fn change_item(
        &self,
        mut mutation: Mutation,
        id: String,
        etag: &str,
        edit: impl FnOnce(&mut soundings_portfolio_domain::Item),
    ) -> Result<Reply<proto::WorkItem>, Status> {
        mutation.read = Some((id.clone(), etag.to_owned()));
        let item = id.clone();
        let decide = move |inputs: &Inputs| {
            let mut changed = change_model::item(inputs, &item)?.clone();
            edit(&mut changed);
            Ok(vec![Entry::Item(item, Some(changed))])
        };
        let reply = |inputs: &Inputs, applied: Applied| {
            model_messages::work_item(&id, &inputs.items[&id], applied.item)
        };
        Ok(Reply::new(change_model::change(&self.runtime, mutation, decide, reply).await?))
    }

    async fn revision(&self, kind: Kind, revision: i64) -> Result<Revision, Problem> {
        let conn = self.runtime.db.read();
        let found = match revision {
            0 => revisions::newest(conn, kind).await,
            number => revisions::find(conn, kind, number).await,
        };
        let name = messages::revision_name(kind, revision);
        found?.ok_or_else(|| Problem::not_found("revision", &name))
    }
}

fn decode<M: Message + Default>(bytes: &[u8]) -> Result<M, Problem> {
    M::decode(bytes).map_err(Problem::internal)
}

#[tonic::async_trait]
impl PortfolioService for PortfolioRpc {
    async fn apply_portfolio(
        &self,
        request: Request<proto::ApplyPortfolioRequest>,
    ) -> Result<Reply<proto::ApplyPortfolioResponse>, Status> {
        let (mut mutation, message) =
            mutation::read("ApplyPortfolio", request, |m| std::mem::take(&mut m.request_id))?;
        mutation.validate_only = message.validate_only;
        let prune = message.prune;
        let named = model_messages::read_model(message)?;
        self.check_themes(&named).await?;
        let decide = |inputs: &Inputs| Ok(apply_portfolio::entries(inputs, named, prune));
        let reply = |_: &Inputs, applied: Applied| proto::ApplyPortfolioResponse {
            created: applied.created,
            changed: applied.changed,
            unchanged: applied.unchanged,
            model_version: applied.model,
            removed: applied.removed,
        };
        Ok(Reply::new(change_model::change(&self.runtime, mutation, decide, reply).await?))
    }

    async fn list_portfolios(
        &self,
        request: Request<proto::ListPortfoliosRequest>,
    ) -> Result<Reply<proto::ListPortfoliosResponse>, Status> {
        let kind = messages::read_kind(request.into_inner().kind());
        let inputs = self.inputs().await?;
        let portfolios = messages::portfolios(&inputs, &rank(&inputs, kind));
        Ok(Reply::new(proto::ListPortfoliosResponse { portfolios }))
    }

    async fn list_programmes(
        &self,
        _: Request<proto::ListProgrammesRequest>,
    ) -> Result<Reply<proto::ListProgrammesResponse>, Status> {
        let inputs = self.inputs().await?;
        let programmes = inputs.programmes.iter().map(|(id, p)| model_messages::programme(id, p)).collect();
        Ok(Reply::new(proto::ListProgrammesResponse { programmes }))
    }

    async fn list_resources(
        &self,
        _: Request<proto::ListResourcesRequest>,
    ) -> Result<Reply<proto::ListResourcesResponse>, Status> {
        let inputs = self.inputs().await?;
        let resources = inputs.resources.iter().map(|(id, r)| model_messages::resource(id, r)).collect();
        Ok(Reply::new(proto::ListResourcesResponse { resources }))
    }

    async fn list_criteria(
        &self,
        _: Request<proto::ListCriteriaRequest>,
    ) -> Result<Reply<proto::ListCriteriaResponse>, Status> {
        let inputs = self.inputs().await?;
        let criteria = inputs.criteria.iter().map(|(id, c)| model_messages::criterion(id, c)).collect();
        let scoring_model = scoring_model::digest(&inputs);
        Ok(Reply::new(proto::ListCriteriaResponse { criteria, scoring_model }))
    }

    async fn get_work_item(
        &self,
        request: Request<proto::GetWorkItemRequest>,
    ) -> Result<Reply<proto::WorkItem>, Status> {
        let id = names::read("name", "workItems", &request.into_inner().name)?;
        let found = input_log::item(self.runtime.db.read(), &id).await?;
        let (item, position) = found.ok_or_else(|| change_model::no_item(&id))?;
        let mut message = model_messages::work_item(&id, &item, position);
        let voices = input_log::voices(self.runtime.db.read()).await?;
        message.direct = direct_messages::voice(&voices, &id, &item);
        Ok(Reply::new(message))
    }

    async fn list_work_items(
        &self,
        request: Request<proto::ListWorkItemsRequest>,
    ) -> Result<Reply<proto::ListWorkItemsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)? as usize;
        let portfolio = match message.portfolio.as_str() {
            "" => None,
            name => Some(names::read("portfolio", "portfolios", name)?),
        };
        let query = format!("items|{portfolio:?}");
        let after = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let items = input_log::items(self.runtime.db.read()).await?;
        let mut rest = items
            .range::<String, _>((std::ops::Bound::Excluded(after), std::ops::Bound::Unbounded))
            .filter(|(_, (item, _))| portfolio.as_ref().is_none_or(|own| item.portfolio == *own));
        let voices = input_log::voices(self.runtime.db.read()).await?;
        let mut work_items = Vec::new();
        for (id, (item, position)) in rest.by_ref().take(size) {
            let direct = direct_messages::voice(&voices, id, item);
            let message = proto::WorkItem { direct, ..model_messages::work_item(id, item, *position) };
            work_items.push((id, message));
        }
        let next_page_token = match (rest.next(), work_items.last()) {
            (Some(_), Some((last, _))) => self.tokens.issue(&query, last),
            _ => String::new(),
        };
        let work_items = work_items.into_iter().map(|(_, item)| item).collect();
        Ok(Reply::new(proto::ListWorkItemsResponse { work_items, next_page_token }))
    }

    async fn list_work_item_changes(
        &self,
        request: Request<proto::ListWorkItemChangesRequest>,
    ) -> Result<Reply<proto::ListWorkItemChangesResponse>, Status> {
        let message = request.into_inner();
        let id = names::read("work_item", "workItems", &message.work_item)?;
        let size = page_size(message.page_size, 100, 1000)?;
        let query = format!("item changes|{id}");
        let position = self.tokens.read(&query, &message.page_token)?;
        let before = position.and_then(|p| p.parse().ok()).unwrap_or(i64::MAX);
        // One more tells what the oldest of the page changed.
        let past = input_log::history(self.runtime.db.read(), &id, before, size + 1).await?;
        if past.is_empty() && before == i64::MAX {
            return Err(change_model::no_item(&id).into());
        }
        let shown = past.iter().enumerate().take(size as usize);
        let changes = shown.map(|(at, now)| item_changes::change(past.get(at + 1), now)).collect();
        let next_page_token = match past.get(size as usize - 1) {
            Some(last) if past.len() > size as usize => self.tokens.issue(&query, &last.position.to_string()),
            _ => String::new(),
        };
        Ok(Reply::new(proto::ListWorkItemChangesResponse { changes, next_page_token }))
    }

    async fn update_work_item(
        &self,
        request: Request<proto::UpdateWorkItemRequest>,
    ) -> Result<Reply<proto::WorkItem>, Status> {
        let (mutation, message) =
            mutation::read("UpdateWorkItem", request, |m| std::mem::take(&mut m.request_id))?;
        let item = message.work_item.ok_or_else(|| Problem::invalid_field("work_item", "is missing"))?;
        let etag = item.etag.clone();
        let (id, item) = model_messages::read_work_item("work_item", item)?;
        self.check_themes(&[Entry::Item(id.clone(), Some(item.clone()))]).await?;
        self.change_item(mutation, id, &etag, move |there| *there = item).await
    }

    async fn set_score(
        &self,
        request: Request<proto::SetScoreRequest>,
    ) -> Result<Reply<proto::WorkItem>, Status> {
        let (mutation, message) = mutation::read("SetScore", request, |m| std::mem::take(&mut m.request_id))?;
        let id = names::read("work_item", "workItems", &message.work_item)?;
        let criterion = names::read("criterion", "criteria", &message.criterion)?;
        let score = match message.score {
            Some(score) => {
                let score = proto::Score { criterion: message.criterion.clone(), ..score };
                Some(model_messages::read_score("score", &score)?.1)
            }
            None => None,
        };
        self.change_item(mutation, id, &message.etag, move |item| match score {
            Some(score) => drop(item.scores.insert(criterion, score)),
            None => drop(item.scores.remove(&criterion)),
        })
        .await
    }

    async fn set_theme_link(
        &self,
        request: Request<proto::SetThemeLinkRequest>,
    ) -> Result<Reply<proto::WorkItem>, Status> {
        let (mutation, message) =
            mutation::read("SetThemeLink", request, |m| std::mem::take(&mut m.request_id))?;
        let id = names::read("work_item", "workItems", &message.work_item)?;
        let theme = names::read_theme("theme", &message.theme)?;
        let (strength, confidence, reading) = (message.strength, message.confidence, message.reading);
        let asked = proto::ThemeLink { theme: String::new(), strength, confidence, reading };
        if strength != 0 {
            let links = [(theme.clone(), i64::from(strength).into())].into();
            let linked = soundings_portfolio_domain::Item { links, ..Default::default() };
            self.check_themes(&[Entry::Item(id.clone(), Some(linked))]).await?;
        }
        self.change_item(mutation, id, &message.etag, move |item| match strength {
            0 => drop(item.links.remove(&theme)),
            strength => {
                let otherwise = item.links.get(&theme).copied().unwrap_or(i64::from(strength).into());
                item.links.insert(theme, model_messages::read_link(&asked, otherwise));
            }
        })
        .await
    }

    async fn delete_work_item(
        &self,
        request: Request<proto::DeleteWorkItemRequest>,
    ) -> Result<Reply<proto::DeleteWorkItemResponse>, Status> {
        let (mut mutation, message) =
            mutation::read("DeleteWorkItem", request, |m| std::mem::take(&mut m.request_id))?;
        let id = names::read("name", "workItems", &message.name)?;
        mutation.read = Some((id.clone(), message.etag));
        let decide = |inputs: &Inputs| {
            change_model::item(inputs, &id)?;
            change_model::check_needless(inputs, &id)?;
            Ok(change_model::without_item(inputs, &id))
        };
        let reply = |_: &Inputs, _: Applied| proto::DeleteWorkItemResponse {};
        Ok(Reply::new(change_model::change(&self.runtime, mutation, decide, reply).await?))
    }

    async fn get_ranking(
        &self,
        request: Request<proto::GetRankingRequest>,
    ) -> Result<Reply<proto::Ranking>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let conn = self.runtime.db.read();
        let mut heard = None;
        let revision = match (&message.at_time, message.revision) {
            (Some(_), 1..) => {
                return Err(Problem::invalid_field("at_time", "give a revision or a time, not both").into());
            }
            (Some(time), _) => {
                let nanos = u32::try_from(time.nanos).unwrap_or(0);
                let time = chrono::DateTime::from_timestamp(time.seconds, nanos)
                    .ok_or_else(|| Problem::invalid_field("at_time", "is no time that can be shown"))?;
                let found = revisions::at_time(conn, kind, time).await?;
                found.ok_or_else(|| Problem::not_found("revision", "before that time"))?
            }
            (None, 0) => {
                let found = revisions::newest_heard(conn, kind).await?;
                let name = messages::revision_name(kind, 0);
                let (revision, counts) = found.ok_or_else(|| Problem::not_found("revision", &name))?;
                heard = counts;
                revision
            }
            (None, revision) => self.revision(kind, revision).await?,
        };
        let mut ranking: proto::Ranking = decode(&revision.result)?;
        messages::count_heard(&mut ranking, heard);
        if !message.portfolio.is_empty() {
            names::read("portfolio", "portfolios", &message.portfolio)?;
            ranking.items.retain(|item| item.portfolio == message.portfolio);
        }
        Ok(Reply::new(ranking))
    }

    type WatchRankingStream = Watched<proto::WatchRankingResponse>;

    async fn watch_ranking(
        &self,
        request: Request<proto::WatchRankingRequest>,
    ) -> Result<Reply<Self::WatchRankingStream>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let (runtime, first) = (self.runtime.clone(), true);
        let told = runtime.revised.subscribe();
        let news = NewRevisions { runtime, kind, seen: message.resume_from_revision, first };
        Ok(Reply::new(watching::stream(news, told, self.stop.clone())))
    }

    async fn list_revisions(
        &self,
        request: Request<proto::ListRevisionsRequest>,
    ) -> Result<Reply<proto::ListRevisionsResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let size = page_size(message.page_size, 100, 1000)?;
        let query = format!("revisions|{}", kind.name());
        let position = self.tokens.read(&query, &message.page_token)?;
        let before = position.and_then(|p| p.parse().ok()).unwrap_or(i64::MAX);
        let conn = self.runtime.db.read();
        let mut found = revisions::headers_before(conn, kind, before, size + 1).await?;
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        let next_page_token = match found.last() {
            Some((last, _)) if more => self.tokens.issue(&query, &last.to_string()),
            _ => String::new(),
        };
        let revisions = found.iter().map(|(_, header)| decode(header)).collect::<Result<_, _>>()?;
        Ok(Reply::new(proto::ListRevisionsResponse { revisions, next_page_token }))
    }

    async fn explain_move(
        &self,
        request: Request<proto::ExplainMoveRequest>,
    ) -> Result<Reply<proto::MoveExplanation>, Status> {
        let caller = caller(&request)?;
        // Who speaks for one organisation is not told what the others said, whatever else they may do.
        let organisations = caller.has_any(permissions::SEE_ORGANISATIONS) && caller.organisation.is_none();
        let message = request.into_inner();
        let question = explain_move::Question {
            item: names::read("work_item", "workItems", &message.work_item)?,
            kind: messages::read_kind(message.kind()),
            from: message.from_revision,
            to: message.to_revision,
            organisations,
        };
        Ok(Reply::new(explain_move::explain_move(&self.runtime, &self.quotes, question).await?))
    }

    async fn compare_voices(
        &self,
        request: Request<proto::CompareVoicesRequest>,
    ) -> Result<Reply<proto::CompareVoicesResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        Ok(Reply::new(compare_voices::compare_voices(&self.runtime, kind, message.revision).await?))
    }

    async fn export_revision(
        &self,
        request: Request<proto::ExportRevisionRequest>,
    ) -> Result<Reply<proto::RevisionBundle>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let revision = self.revision(kind, message.revision).await?;
        let computed = explain_move::compute_again(&self.runtime, kind, &revision).await?;
        let bundle = Bundle::new(kind, computed.inputs);
        let inputs_json = serde_json::to_vec(&bundle).map_err(Problem::internal)?;
        let name = messages::revision_name(kind, revision.revision);
        Ok(Reply::new(proto::RevisionBundle { name, digest: revision.digest, inputs_json }))
    }
}

/// A watcher of a ranking.
struct NewRevisions {
    runtime: Runtime,
    kind: Kind,
    /// The newest revision that it was told of; 0: none.
    seen: i64,
    /// Whether nothing was read yet.
    first: bool,
}

impl News for NewRevisions {
    type Update = proto::WatchRankingResponse;

    /// Changes one by one, or a snapshot when they are too many, and at first when it has seen nothing, or more than there
    /// is.
    async fn newer(&mut self) -> Result<Vec<Self::Update>, Problem> {
        let (conn, kind) = (self.runtime.db.read(), self.kind);
        let send = |update| proto::WatchRankingResponse { update: Some(update) };
        if std::mem::take(&mut self.first) && self.seen > revisions::newest_number(conn, kind).await? {
            self.seen = 0;
        }
        if self.seen > 0 {
            let newer = revisions::changes_after(conn, kind, self.seen, CATCH_UP + 1).await?;
            if newer.len() <= CATCH_UP as usize {
                let mut updates = Vec::with_capacity(newer.len());
                for (revision, change) in newer {
                    self.seen = revision;
                    updates.push(send(Update::Change(decode(&change)?)));
                }
                return Ok(updates);
            }
        }
        let Some((newest, heard)) = revisions::newest_heard(conn, kind).await? else {
            return Ok(Vec::new());
        };
        self.seen = newest.revision;
        let mut ranking: proto::Ranking = decode(&newest.result)?;
        messages::count_heard(&mut ranking, heard);
        Ok(vec![send(Update::Snapshot(ranking))])
    }
}
