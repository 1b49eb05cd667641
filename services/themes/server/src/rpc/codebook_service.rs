//! The gRPC service of decisions on codebooks.

use std::pin::Pin;

use prost::Message;
use soundings_access::caller;
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::codebook_service_server::CodebookService;
use soundings_themes_domain::{
    Codebook, CodebookFile, Decision, Need, Scope, StatementKey, ThemeDecision, ThemeEntry, codebook_file,
};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::asking::{self, Method, Reply};
use super::quotes::quotes;
use super::{
    codebook_messages, names, preview_messages, status_mapping, theme_messages, themefinder, watch_themes,
};
use crate::application::Runtime;
use crate::application::change_codebook::{Command, Refusal, Shows, change_codebook};
use crate::application::preview_reassignment::{PreviewError, preview_reassignment};
use crate::store::{codebook_events, codebooks, learning, mentions};

const UNDONE_AT_ONCE: i32 = 100;
const PREVIEWED: u32 = 2_000;
const PREVIEWED_AT_MOST: u32 = 200_000;

/// Serves decisions on codebooks.
#[derive(Clone)]
pub struct CodebookRpc {
    runtime: Runtime,
    tokens: PageTokens,
    stop: CancellationToken,
}

/// What a change is asked with.
struct Asked {
    method: &'static str,
    actor: String,
    /// The codebook or theme that it is about.
    name: String,
    reason: String,
    request_id: String,
}

type Watched = Pin<Box<dyn tokio_stream::Stream<Item = Result<proto::WatchThemesResponse, Status>> + Send>>;

impl CodebookRpc {
    /// With what it works with; streams end when `stop` is cancelled.
    #[must_use]
    pub fn new(runtime: Runtime, tokens: PageTokens, stop: CancellationToken) -> Self {
        Self { runtime, tokens, stop }
    }

    async fn codebook(&self, field: &str, name: &str) -> Result<Codebook, Problem> {
        let id = asking::codebook_id(field, name)?;
        let found = codebooks::find(self.runtime.db.read(), &id, false).await?;
        found.ok_or_else(|| Problem::not_found("codebook", name))
    }

    async fn change<R: Message + Default>(
        &self,
        codebook: &str,
        command: Command,
        shows: Shows<'_>,
        asked: Asked,
    ) -> Result<R, Problem> {
        let Asked { method, actor, name, reason, request_id } = asked;
        let method = Method { service: "CodebookService", method };
        // The words of a split's statements are no part of what was asked.
        let mut body = format!("{codebook} {command:?}");
        if let Command::Decide(decision) = &command
            && let Decision::Split { from, etag, into, statements } = decision.as_ref()
        {
            let (id, title, description) = (&into.id, &into.title, &into.description);
            body = format!("{codebook} {from:?} {etag:?} {id:?} {title:?} {description:?} {statements:?}");
        }
        let request = asking::request(method, actor, asking::reason(&reason)?, &request_id, &body)?;
        let changed = change_codebook(&self.runtime, codebook, &command, shows, &request).await;
        changed.map_err(|refusal: Refusal| status_mapping::refusal(refusal, &name, &request_id))
    }

    /// A change of the theme that is named.
    async fn on_theme(
        &self,
        etag: String,
        change: ThemeDecision,
        asked: Asked,
    ) -> Result<Response<proto::Theme>, Status> {
        let (codebook, theme) = asking::theme_ids("name", &asked.name)?;
        let decision = Decision::OnTheme { theme: theme.clone(), etag, change };
        let command = decision.into();
        Ok(Response::new(self.change(&codebook, command, Shows::Theme(&theme), asked).await?))
    }

    /// Whether there is a learned assigner of that number.
    async fn has_learned(&self, codebook: &str, number: i64) -> Result<bool, Problem> {
        let last = learning::last(self.runtime.db.read(), codebook).await?;
        Ok(last.is_some_and(|last| (1..=last.number).contains(&number)))
    }

    /// The words of the first statements, as the exemplars of the theme that they make.
    async fn exemplars(&self, codebook: &str, statements: &[StatementKey]) -> Result<Vec<String>, Problem> {
        let mut found = Vec::new();
        for statement in statements.iter().take(codebook_file::EXEMPLARS) {
            found.extend(
                mentions::of_statement(self.runtime.db.read(), codebook, statement).await?.into_iter().next(),
            );
        }
        let mut exemplars: Vec<String> = Vec::new();
        for words in quotes(&self.runtime, &found).await?.into_iter().flatten() {
            let fits = words.chars().count() <= codebook_file::EXEMPLAR_CHARACTERS;
            if fits && !words.contains('\0') && !exemplars.contains(&words) {
                exemplars.push(words);
            }
        }
        Ok(exemplars)
    }
}

/// The theme's id in the name of a parent; none: no name.
fn parent(codebook: &str, name: &str) -> Result<Option<String>, Problem> {
    (!name.is_empty()).then(|| asking::theme_of("parent_theme", name, codebook)).transpose()
}

#[tonic::async_trait]
impl CodebookService for CodebookRpc {
    async fn create_codebook(
        &self,
        request: Request<proto::CreateCodebookRequest>,
    ) -> Reply<proto::Codebook> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let name = names::codebook(&m.codebook_id);
        let (reason, request_id) = (m.reason, m.request_id);
        let asked = Asked { method: "CreateCodebook", actor, name, reason, request_id };
        let id = m.codebook_id.clone();
        let decision = Decision::Create {
            id: m.codebook_id,
            title: m.title,
            surveys: m.surveys,
            questions: m.questions,
        };
        Ok(Response::new(self.change(&id, decision.into(), Shows::Codebook, asked).await?))
    }

    async fn set_codebook_feeds(
        &self,
        request: Request<proto::SetCodebookFeedsRequest>,
    ) -> Reply<proto::Codebook> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = asking::codebook_id("name", &m.name)?;
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "SetCodebookFeeds", actor, name, reason, request_id };
        let decision = Decision::SetFeeds { surveys: m.surveys, questions: m.questions, etag: m.etag };
        let command = decision.into();
        Ok(Response::new(self.change(&codebook, command, Shows::Codebook, asked).await?))
    }

    async fn create_theme(&self, request: Request<proto::CreateThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = asking::codebook_id("parent", &m.parent)?;
        let entry = ThemeEntry {
            kind: codebook_messages::read_kind(m.kind()),
            state: codebook_messages::read_state(m.state()),
            parent: parent(&codebook, &m.parent_theme)?,
            id: m.theme_id.clone(),
            title: m.title,
            description: m.description,
            exemplars: m.exemplars,
            ..ThemeEntry::default()
        };
        let (name, reason, request_id) = (m.parent, m.reason, m.request_id);
        let asked = Asked { method: "CreateTheme", actor, name, reason, request_id };
        let command = Decision::CreateTheme(entry).into();
        Ok(Response::new(self.change(&codebook, command, Shows::Theme(&m.theme_id), asked).await?))
    }

    async fn rename_theme(&self, request: Request<proto::RenameThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "RenameTheme", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::Rename(m.title), asked).await
    }

    async fn describe_theme(&self, request: Request<proto::DescribeThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "DescribeTheme", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::Describe(m.description), asked).await
    }

    async fn set_theme_exemplars(
        &self,
        request: Request<proto::SetThemeExemplarsRequest>,
    ) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "SetThemeExemplars", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::SetExemplars(m.exemplars), asked).await
    }

    async fn set_theme_parent(&self, request: Request<proto::SetThemeParentRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (codebook, _) = asking::theme_ids("name", &m.name)?;
        let parent = parent(&codebook, &m.parent_theme)?;
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "SetThemeParent", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::SetParent(parent), asked).await
    }

    async fn set_theme_scope(&self, request: Request<proto::SetThemeScopeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let within = match m.scope() {
            proto::Scope::In => true,
            proto::Scope::Out => false,
            proto::Scope::Unspecified => {
                return Err(Problem::invalid_field("scope", "must be in or out").into());
            }
        };
        let reason = asking::reason(&m.reason)?;
        let scope = Scope { within, reason: reason.clone() };
        let (name, request_id) = (m.name, m.request_id);
        let asked = Asked { method: "SetThemeScope", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::SetScope(scope), asked).await
    }

    async fn set_theme_need(&self, request: Request<proto::SetThemeNeedRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let status = codebook_messages::read_need(m.need());
        let status =
            status.ok_or_else(|| Problem::invalid_field("need", "must be unmet, partly met or met"))?;
        let need = Need { status, evidence: m.evidence };
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "SetThemeNeed", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::SetNeed(need), asked).await
    }

    async fn propose_theme(&self, request: Request<proto::ProposeThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "ProposeTheme", actor, name, reason, request_id };
        self.on_theme(m.etag, ThemeDecision::Propose, asked).await
    }

    async fn merge_themes(&self, request: Request<proto::MergeThemesRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (codebook, into) = asking::theme_ids("name", &m.name)?;
        let named = |(i, name): (usize, &String)| asking::theme_of(&format!("themes[{i}]"), name, &codebook);
        let themes = m.themes.iter().enumerate().map(named).collect::<Result<_, _>>()?;
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "MergeThemes", actor, name, reason, request_id };
        let command = Decision::Merge { themes, into: into.clone(), etag: m.etag }.into();
        Ok(Response::new(self.change(&codebook, command, Shows::Theme(&into), asked).await?))
    }

    async fn split_theme(&self, request: Request<proto::SplitThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let (codebook, from) = asking::theme_ids("name", &m.name)?;
        let statement = |(i, name): (usize, &String)| {
            let found = names::statement_in(name).filter(|(of, _)| *of == codebook);
            let form = format!("must be codebooks/{codebook}/statements/{{statement}}");
            found.map(|(_, key)| key).ok_or_else(|| Problem::invalid_field(format!("statements[{i}]"), form))
        };
        let statements: Vec<StatementKey> =
            m.statements.iter().enumerate().map(statement).collect::<Result<_, _>>()?;
        let into = ThemeEntry {
            id: m.theme_id.clone(),
            title: m.title,
            description: m.description,
            exemplars: self.exemplars(&codebook, &statements).await?,
            ..ThemeEntry::default()
        };
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "SplitTheme", actor, name, reason, request_id };
        let command = Decision::Split { from, etag: m.etag, into, statements }.into();
        Ok(Response::new(self.change(&codebook, command, Shows::Theme(&m.theme_id), asked).await?))
    }

    async fn undo_decisions(
        &self,
        request: Request<proto::UndoDecisionsRequest>,
    ) -> Reply<proto::UndoDecisionsResponse> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = asking::codebook_id("name", &m.name)?;
        let count = if m.count == 0 { 1 } else { m.count };
        if !(1..=UNDONE_AT_ONCE).contains(&count) {
            return Err(Problem::invalid_field("count", format!("must be 0 to {UNDONE_AT_ONCE}")).into());
        }
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "UndoDecisions", actor, name, reason, request_id };
        let command = Command::Undo { count: count as usize, etag: m.etag };
        Ok(Response::new(self.change(&codebook, command, Shows::Undone, asked).await?))
    }

    async fn list_codebook_events(
        &self,
        request: Request<proto::ListCodebookEventsRequest>,
    ) -> Reply<proto::ListCodebookEventsResponse> {
        let message = request.into_inner();
        let codebook = self.codebook("parent", &message.parent).await?;
        let size = page_size(message.page_size, 50, 200)?;
        let query = format!("events|{}", codebook.id);
        let position = self.tokens.read(&query, &message.page_token)?;
        let from = position.and_then(|position| position.parse().ok()).unwrap_or(i64::MAX);
        let conn = self.runtime.db.read();
        let mut page = codebook_events::before(conn, &codebook.id, from, i64::from(size) + 1).await?;
        let more = page.len() > size as usize;
        page.truncate(size as usize);
        let last = page.last().filter(|_| more);
        let next_page_token =
            last.map(|kept| self.tokens.issue(&query, &kept.event.version.to_string())).unwrap_or_default();
        let events = page.iter().map(codebook_messages::event).collect();
        Ok(Response::new(proto::ListCodebookEventsResponse { events, next_page_token }))
    }

    async fn preview_reassignment(
        &self,
        request: Request<proto::PreviewReassignmentRequest>,
    ) -> Reply<proto::PreviewReassignmentResponse> {
        let bound = caller(&request)?.organisation.is_some();
        let message = request.into_inner();
        let codebook = self.codebook("name", &message.name).await?;
        let limit = page_size(message.limit, PREVIEWED, PREVIEWED_AT_MOST)?;
        let training = learning::last(self.runtime.db.read(), &codebook.id).await?;
        let learned = training.as_ref().map_or(0, |training| training.number);
        let preview = preview_reassignment(&self.runtime, &codebook, learned, i64::from(limit)).await;
        let mut preview = preview.map_err(|error| match error {
            PreviewError::Database(error) => Problem::from(error),
            PreviewError::Source(error) => status_mapping::source(error),
        })?;
        // Who speaks for one organisation is not told what the others said.
        preview.signals = preview.signals.filter(|_| !bound);
        Ok(Response::new(preview_messages::preview(&codebook, training.as_ref(), preview)))
    }

    async fn confirm_reassignment(
        &self,
        request: Request<proto::ConfirmReassignmentRequest>,
    ) -> Reply<proto::Codebook> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = asking::codebook_id("name", &m.name)?;
        let (name, reason, request_id) = (m.name, m.reason, m.request_id);
        let asked = Asked { method: "ConfirmReassignment", actor, name, reason, request_id };
        // What was learned is taken in only as it was previewed: the preview's etag names it.
        let (etag, learned) = preview_messages::read_etag(&m.etag);
        let there = learned == 0 || self.has_learned(&codebook, learned).await?;
        let etag = if there { etag.to_owned() } else { m.etag };
        let command = Decision::Confirm { etag, learned }.into();
        Ok(Response::new(self.change(&codebook, command, Shows::Codebook, asked).await?))
    }

    async fn export_codebook(
        &self,
        request: Request<proto::ExportCodebookRequest>,
    ) -> Reply<proto::ExportCodebookResponse> {
        let codebook = self.codebook("name", &request.into_inner().name).await?;
        let yaml = serde_norway::to_string(&CodebookFile::of(&codebook)).map_err(Problem::internal)?;
        Ok(Response::new(proto::ExportCodebookResponse { yaml }))
    }

    async fn import_themes(&self, request: Request<proto::ImportThemesRequest>) -> Reply<proto::Codebook> {
        let actor = caller(&request)?.subject;
        let format = asking::format(request.get_ref().format())?;
        let m = request.into_inner();
        let codebook = asking::codebook_id("parent", &m.parent)?;
        let entries = themefinder::read(format, &m.content)
            .map_err(|violation| Problem::invalid_field(violation.field, violation.description))?;
        let decision = Decision::Import(entries);
        if m.validate_only {
            let there = self.codebook("parent", &m.parent).await?;
            let decided = Codebook::decide(Some(&there), &decision).map_err(Refusal::from);
            let decided = decided.map_err(|refusal| status_mapping::refusal(refusal, &m.parent, ""))?;
            let after = decided.map_or(there, |(after, _)| after);
            return Ok(Response::new(theme_messages::codebook(&after)));
        }
        let (name, reason, request_id) = (m.parent, m.reason, m.request_id);
        let asked = Asked { method: "ImportThemes", actor, name, reason, request_id };
        Ok(Response::new(self.change(&codebook, decision.into(), Shows::Codebook, asked).await?))
    }

    async fn export_themes(
        &self,
        request: Request<proto::ExportThemesRequest>,
    ) -> Reply<proto::ExportThemesResponse> {
        let message = request.into_inner();
        let format = asking::format(message.format())?;
        let codebook = self.codebook("parent", &message.parent).await?;
        let content = themefinder::write(format, &codebook).map_err(Problem::internal)?;
        Ok(Response::new(proto::ExportThemesResponse { content }))
    }

    type WatchThemesStream = Watched;

    async fn watch_themes(&self, request: Request<proto::WatchThemesRequest>) -> Reply<Watched> {
        let message = request.into_inner();
        let codebook = self.codebook("parent", &message.parent).await?.id;
        let stream = watch_themes::watch_themes(
            self.runtime.clone(),
            self.stop.clone(),
            codebook,
            message.show_retired,
        );
        Ok(Response::new(Box::pin(stream)))
    }
}
