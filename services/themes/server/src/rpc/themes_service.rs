//! The gRPC service.

use prost::Message;
use soundings_access::{Principal, caller};
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::themes_service_server::ThemesService;
use soundings_themes_domain::{Codebook, Decision, ThemeDecision};
use tonic::{Request, Response};

use super::asking::{self, Method, Reply};
use super::quotes::quotes;
use super::{codebook_yaml, names, stance_messages, status_mapping, theme_messages};
use crate::application::Runtime;
use crate::application::change_codebook::{Command, Refusal, Shows, change_codebook};
use crate::application::theme_figures::ThemeFigures;
use crate::store::mentions::{MentionQuery, Qualities};
use crate::store::{codebooks, mentions, signals};

/// What a decision is asked with.
struct Asked {
    method: &'static str,
    actor: String,
    reason: String,
    request_id: String,
}

/// Serves codebooks, themes, mentions and signals.
#[derive(Clone)]
pub struct ThemesRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

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

    /// Takes a decision once; its reply is a codebook or a theme, as is shown.
    async fn change<R: Message + Default>(
        &self,
        decision: Decision,
        shows: Shows<'_>,
        name: &str,
        asked: Asked,
    ) -> Result<R, Problem> {
        let codebook = match &decision {
            Decision::Load(file) => file.id.clone(),
            _ => names::ids_in(name, "codebooks", "themes").map(|(id, _)| id.to_owned()).unwrap_or_default(),
        };
        let Asked { method, actor, reason, request_id } = asked;
        let method = Method { service: "ThemesService", method };
        let body = format!("{decision:?}");
        let request = asking::request(method, actor, reason, &request_id, &body)?;
        let command = Command::from(decision);
        let changed = change_codebook(&self.runtime, &codebook, &command, shows, &request).await;
        changed.map_err(|refusal| status_mapping::refusal(refusal, name, &request_id))
    }

    async fn decide(
        &self,
        name: String,
        etag: String,
        change: ThemeDecision,
        mut asked: Asked,
    ) -> Result<proto::Theme, Problem> {
        let mut wrong = Vec::new();
        let ids = names::ids_in(&name, "codebooks", "themes");
        if ids.is_none() {
            wrong.push(("name", "must be codebooks/{codebook}/themes/{theme}".to_owned()));
        }
        if let Some(text) = asking::reason_violation(&asked.reason) {
            wrong.push(("reason", text));
        }
        let Some((_, theme)) = ids.filter(|_| wrong.is_empty()) else {
            return Err(Problem::invalid(wrong));
        };
        asked.reason = asked.reason.trim().to_owned();
        let decision = Decision::OnTheme { theme: theme.to_owned(), etag, change };
        self.change(decision, Shows::Theme(theme), &name, asked).await
    }

    async fn mention_query(
        &self,
        principal: &Principal,
        request: &proto::ListMentionsRequest,
    ) -> Result<(Codebook, MentionQuery), Problem> {
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
        let qualities = Qualities {
            position: stance_messages::read_position(request.position()),
            act: stance_messages::read_act(request.act()),
            evidence_rich: request.evidence_rich,
            other_language: request.other_language,
        };
        let (id, best_first) = (codebook.id.clone(), request.best_first);
        Ok((codebook, MentionQuery { codebook: id, theme, organisation, qualities, best_first, after: None }))
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
            let checked = Codebook::load(existing.as_ref(), &file).map_err(Refusal::from);
            let checked = checked.map_err(|refusal| status_mapping::refusal(refusal, "", ""))?;
            return Ok(Response::new(theme_messages::codebook(&checked.0)));
        }
        let name = names::codebook(&file.id);
        let (method, reason, request_id) = ("LoadCodebook", String::new(), message.request_id);
        let asked = Asked { method, actor, reason, request_id };
        Ok(Response::new(self.change(Decision::Load(file), Shows::Codebook, &name, asked).await?))
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
        let figures = ThemeFigures::read(&snapshot, &codebook).await?;
        drop(snapshot);
        Ok(Response::new(figures.list(message.show_retired)))
    }

    async fn get_theme(&self, request: Request<proto::GetThemeRequest>) -> Reply<proto::Theme> {
        let name = request.into_inner().name;
        let (codebook, theme) = names::ids_in(&name, "codebooks", "themes")
            .ok_or_else(|| name_problem("name", "codebooks/{codebook}/themes/{theme}"))?;
        let codebook = self.codebook("name", &names::codebook(codebook)).await?;
        let theme = codebook.theme(theme).ok_or_else(|| Problem::not_found("theme", &name))?;
        let figures = ThemeFigures::read(self.runtime.db.read(), &codebook).await?;
        Ok(Response::new(figures.theme(theme)))
    }

    async fn approve_theme(&self, request: Request<proto::ApproveThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let asked = Asked { method: "ApproveTheme", actor, reason: m.reason, request_id: m.request_id };
        Ok(Response::new(self.decide(m.name, m.etag, ThemeDecision::Approve, asked).await?))
    }

    async fn retire_theme(&self, request: Request<proto::RetireThemeRequest>) -> Reply<proto::Theme> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let asked = Asked { method: "RetireTheme", actor, reason: m.reason, request_id: m.request_id };
        Ok(Response::new(self.decide(m.name, m.etag, ThemeDecision::Retire, asked).await?))
    }

    async fn list_mentions(
        &self,
        request: Request<proto::ListMentionsRequest>,
    ) -> Reply<proto::ListMentionsResponse> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let size = page_size(message.page_size, 50, 200)?;
        let (codebook, mut query) = self.mention_query(&principal, &message).await?;
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
        let quotes = quotes(&self.runtime, &page).await?;
        let mentions = page
            .into_iter()
            .zip(quotes)
            .map(|(mention, text)| theme_messages::mention(&codebook, mention, text))
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
