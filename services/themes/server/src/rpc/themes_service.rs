//! The gRPC service.

use std::collections::{BTreeSet, HashMap};

use prost::Message;
use sha2::{Digest, Sha256};
use soundings_access::{Principal, caller};
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_mailbox::requests::Key;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::themes_service_server::ThemesService;
use soundings_themes_domain::Codebook;
use soundings_themes_engine::statement;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{codebook_yaml, names, status_mapping, theme_messages};
use crate::application::Runtime;
use crate::application::change_codebook::{self, Command, ThemeDecision, change_codebook};
use crate::store::mentions::{MentionQuery, StoredMention};
use crate::store::{codebooks, mentions, signals};

const LONGEST_REASON: usize = 500;

/// Serves codebooks, themes, mentions and signals.
#[derive(Clone)]
pub struct ThemesRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

type Reply<T> = Result<Response<T>, Status>;

impl ThemesRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        Self { runtime, tokens }
    }

    async fn codebook(&self, field: &str, name: &str) -> Result<Codebook, Problem> {
        let id =
            names::id_in(name, "codebooks").ok_or_else(|| name_problem(field, "codebooks/{codebook}"))?;
        let found = codebooks::find(self.runtime.db.read(), id, false).await?;
        found.ok_or_else(|| Problem::not_found("codebook", name))
    }

    async fn theme_message(&self, codebook: &Codebook, theme: &str) -> Result<proto::Theme, Problem> {
        let name = names::theme(&codebook.id, theme);
        let theme = codebook.theme(theme).ok_or_else(|| Problem::not_found("theme", &name))?;
        let conn = self.runtime.db.read();
        let totals = signals::totals(conn, &codebook.id).await?;
        let counts = mentions::counts(conn, &codebook.id).await?;
        Ok(theme_messages::theme(&codebook.id, theme, &totals, &counts))
    }

    /// Takes a decision once; its reply is a codebook or a theme, as the command is for one or the other.
    async fn change<R: Message + Default>(
        &self,
        command: Command,
        method: &str,
        name: &str,
        request_id: &str,
        actor: String,
    ) -> Result<R, Problem> {
        let key = match Uuid::parse_str(request_id) {
            // One id may be written in several ways.
            Ok(id) => Some(Key {
                principal: actor.clone(),
                method: format!("/soundings.themes.v1.ThemesService/{method}"),
                request_id: id.to_string(),
            }),
            Err(_) if request_id.is_empty() => None,
            Err(_) => return Err(Problem::invalid_field("request_id", "must be a UUID")),
        };
        let body_hash = Sha256::digest(format!("{command:?}").as_bytes()).into();
        let request = change_codebook::Request { actor, key, body_hash };
        let changed = change_codebook(&self.runtime, &command, &request).await;
        changed.map_err(|refusal| status_mapping::refusal(refusal, name, request_id))
    }

    async fn decide(
        &self,
        name: String,
        etag: String,
        reason: String,
        request_id: String,
        actor: String,
        approve: bool,
    ) -> Result<proto::Theme, Problem> {
        let mut wrong = Vec::new();
        let ids = names::ids_in(&name, "codebooks", "themes");
        if ids.is_none() {
            wrong.push(("name", "must be codebooks/{codebook}/themes/{theme}".to_owned()));
        }
        let reason = reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > LONGEST_REASON {
            wrong.push(("reason", format!("must have 1 to {LONGEST_REASON} characters")));
        } else if reason.contains('\0') {
            wrong.push(("reason", "holds a NUL character; leave it out".to_owned()));
        }
        let Some((codebook, theme)) = ids.filter(|_| wrong.is_empty()) else {
            return Err(Problem::invalid(wrong));
        };
        let (codebook, theme) = (codebook.to_owned(), theme.to_owned());
        let decision = ThemeDecision { codebook, theme, etag, reason };
        let (command, method) = match approve {
            true => (Command::Approve(decision), "ApproveTheme"),
            false => (Command::Retire(decision), "RetireTheme"),
        };
        self.change(command, method, &name, &request_id, actor).await
    }

    async fn mention_query(
        &self,
        principal: &Principal,
        request: &proto::ListMentionsRequest,
    ) -> Result<MentionQuery, Problem> {
        let codebook = self.codebook("parent", &request.parent).await?;
        let theme = if request.theme.is_empty() {
            request.unassigned.then(String::new)
        } else if request.unassigned {
            return Err(Problem::invalid_field("unassigned", "is not to be given together with theme"));
        } else {
            let (of, theme) = names::ids_in(&request.theme, "codebooks", "themes")
                .ok_or_else(|| name_problem("theme", "codebooks/{codebook}/themes/{theme}"))?;
            if of != codebook.id || codebook.theme(theme).is_none() {
                return Err(Problem::not_found("theme", &request.theme));
            }
            Some(theme.to_owned())
        };
        let organisation = match request.organisation.as_str() {
            "" => principal.organisation.clone(),
            name => {
                let id = names::id_in(name, "organisations")
                    .ok_or_else(|| name_problem("organisation", "organisations/{organisation}"))?;
                if !principal.may_act_for(id) {
                    return Err(Problem::not_found("organisation", name));
                }
                Some(id.to_owned())
            }
        };
        Ok(MentionQuery {
            codebook: codebook.id,
            theme,
            organisation,
            best_first: request.best_first,
            after: None,
        })
    }

    /// The words of each mention, as its answer stands now; none where the response has moved on.
    async fn quotes(&self, page: &[StoredMention]) -> Result<Vec<Option<String>>, Problem> {
        let wanted: BTreeSet<String> = page.iter().map(|m| names::response(&m.survey, &m.response)).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<String> = wanted.into_iter().collect();
        let read = self.runtime.source.batch_get(&wanted).await.map_err(status_mapping::source)?;
        let responses: HashMap<&str, _> = read.responses.iter().map(|r| (r.response.as_str(), r)).collect();
        let quote = |mention: &StoredMention| {
            let response =
                responses.get(mention.response.as_str()).filter(|r| r.revision == mention.revision)?;
            let answer = response.answers.iter().find(|answer| answer.question == mention.question)?;
            let (start, end) = (usize::try_from(mention.start).ok()?, usize::try_from(mention.end).ok()?);
            statement::slice(&answer.text, start, end).map(str::to_owned)
        };
        Ok(page.iter().map(quote).collect())
    }
}

fn name_problem(field: &str, form: &str) -> Problem {
    Problem::invalid_field(field, format!("must be {form}"))
}

#[tonic::async_trait]
impl ThemesService for ThemesRpc {
    async fn load_codebook(&self, request: Request<proto::LoadCodebookRequest>) -> Reply<proto::Codebook> {
        let actor = caller(&request)?.subject;
        let message = request.into_inner();
        let file =
            codebook_yaml::read(&message.yaml).map_err(|v| Problem::invalid_field(v.field, v.description))?;
        if message.validate_only {
            let existing = codebooks::find(self.runtime.db.read(), &file.id, false).await;
            let existing = existing?;
            let checked = Codebook::load(existing.as_ref(), &file).map_err(change_codebook::Refusal::from);
            let checked = checked.map_err(|refusal| status_mapping::refusal(refusal, "", ""))?;
            return Ok(Response::new(theme_messages::codebook(&checked.0)));
        }
        let name = names::codebook(&file.id);
        let loaded = self.change(Command::Load(file), "LoadCodebook", &name, &message.request_id, actor);
        Ok(Response::new(loaded.await?))
    }

    async fn get_codebook(&self, request: Request<proto::GetCodebookRequest>) -> Reply<proto::Codebook> {
        let codebook = self.codebook("name", &request.get_ref().name).await?;
        Ok(Response::new(theme_messages::codebook(&codebook)))
    }

    async fn list_codebooks(
        &self,
        request: Request<proto::ListCodebooksRequest>,
    ) -> Reply<proto::ListCodebooksResponse> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1_000)?;
        let after = self.tokens.read("codebooks", &message.page_token)?.unwrap_or_default();
        let mut page = codebooks::page(self.runtime.db.read(), &after, i64::from(size) + 1).await?;
        let more = page.len() > size as usize;
        page.truncate(size as usize);
        let last = page.last().filter(|_| more);
        let next_page_token = last.map(|c| self.tokens.issue("codebooks", &c.id)).unwrap_or_default();
        let codebooks = page.iter().map(theme_messages::codebook).collect();
        Ok(Response::new(proto::ListCodebooksResponse { codebooks, next_page_token }))
    }

    async fn list_themes(
        &self,
        request: Request<proto::ListThemesRequest>,
    ) -> Reply<proto::ListThemesResponse> {
        let message = request.into_inner();
        let codebook = self.codebook("parent", &message.parent).await?;
        let snapshot = self.runtime.db.snapshot().await?;
        let totals = signals::totals(&snapshot, &codebook.id).await?;
        let counts = mentions::counts(&snapshot, &codebook.id).await?;
        drop(snapshot);
        let shown = codebook.themes.iter().filter(|theme| {
            message.show_retired || theme.state != soundings_themes_domain::ThemeState::Retired
        });
        let mut themes: Vec<proto::Theme> =
            shown.map(|theme| theme_messages::theme(&codebook.id, theme, &totals, &counts)).collect();
        themes.sort_by(|a, b| b.respondents.cmp(&a.respondents).then_with(|| a.name.cmp(&b.name)));
        let answered = totals.get("").copied().unwrap_or_default();
        Ok(Response::new(proto::ListThemesResponse {
            themes,
            respondents: answered.respondents,
            responses: answered.responses,
            unassigned_statements: counts.get("").copied().unwrap_or_default(),
            organisations: answered.organisations,
        }))
    }

    async fn get_theme(&self, request: Request<proto::GetThemeRequest>) -> Reply<proto::Theme> {
        let name = request.into_inner().name;
        let (codebook, theme) = names::ids_in(&name, "codebooks", "themes")
            .ok_or_else(|| name_problem("name", "codebooks/{codebook}/themes/{theme}"))?;
        let codebook = self.codebook("name", &names::codebook(codebook)).await?;
        Ok(Response::new(self.theme_message(&codebook, theme).await?))
    }

    async fn approve_theme(&self, request: Request<proto::ApproveThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        Ok(Response::new(self.decide(m.name, m.etag, m.reason, m.request_id, actor, true).await?))
    }

    async fn retire_theme(&self, request: Request<proto::RetireThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        Ok(Response::new(self.decide(m.name, m.etag, m.reason, m.request_id, actor, false).await?))
    }

    async fn list_mentions(
        &self,
        request: Request<proto::ListMentionsRequest>,
    ) -> Reply<proto::ListMentionsResponse> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let size = page_size(message.page_size, 50, 200)?;
        let mut query = self.mention_query(&principal, &message).await?;
        let bound = format!("{query:?}");
        if let Some(position) = self.tokens.read(&bound, &message.page_token)? {
            let parts = position.split_once(' ').and_then(|(s, p)| Some((s.parse().ok()?, p.parse().ok()?)));
            query.after = parts;
        }
        let conn = self.runtime.db.read();
        let total_size = mentions::count(conn, &query).await?;
        let page = mentions::page(conn, &query, i64::from(size) + 1).await;
        let mut page = page?;
        let more = page.len() > size as usize;
        page.truncate(size as usize);
        let last = page.last().filter(|_| more);
        let next_page_token = last
            .map(|m| self.tokens.issue(&bound, &format!("{} {}", m.score, m.position)))
            .unwrap_or_default();
        let quotes = self.quotes(&page).await?;
        let mentions = page
            .into_iter()
            .zip(quotes)
            .map(|(mention, text)| theme_messages::mention(&query.codebook, mention, text))
            .collect();
        Ok(Response::new(proto::ListMentionsResponse { mentions, next_page_token, total_size }))
    }

    async fn list_signals(
        &self,
        request: Request<proto::ListSignalsRequest>,
    ) -> Reply<proto::ListSignalsResponse> {
        let principal = caller(&request)?;
        let codebook = self.codebook("parent", &request.get_ref().parent).await?;
        let current = signals::current(self.runtime.db.read(), &codebook.id).await;
        let current = current?;
        let seen = current.iter().filter(|changed| principal.may_act_for(&changed.organisation));
        let signals = seen.map(|changed| theme_messages::signal(&codebook.id, changed)).collect();
        Ok(Response::new(proto::ListSignalsResponse { signals }))
    }
}
