//! The gRPC service of evidence on themes.

use soundings_access::caller;
use soundings_chassis::Problem;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_evidence_service_server::ThemeEvidenceService;
use soundings_themes_domain::{Evidence, Place, evidence};
use tonic::{Request, Response};

use super::asking::{self, Method, Reply};
use super::{evidence_messages, names};
use crate::application::Runtime;
use crate::application::keep_evidence::{Command, Refusal, keep_evidence};
use crate::store::codebooks;
use crate::store::evidence::{self as pieces, KeptEvidence};

/// Serves evidence on themes.
#[derive(Clone)]
pub struct EvidenceRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl EvidenceRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        Self { runtime, tokens }
    }
}

fn refused(refusal: Refusal, name: &str, request_id: &str) -> Problem {
    match refusal {
        Refusal::NoSuchCodebook => Problem::not_found("codebook", name),
        Refusal::NoSuchEvidence => Problem::not_found("evidence", name),
        Refusal::Invalid(violations) => {
            Problem::invalid(violations.into_iter().map(|v| (v.field, v.description)))
        }
        Refusal::RequestReused => Problem::request_id_reused(request_id),
        Refusal::Database(error) => Problem::from(error),
    }
}

fn read(codebook: &str, message: proto::Evidence) -> Result<Evidence, Problem> {
    let theme =
        |(i, name): (usize, &String)| asking::theme_of(&format!("evidence.themes[{i}]"), name, codebook);
    Ok(Evidence {
        themes: message.themes.iter().enumerate().map(theme).collect::<Result<_, _>>()?,
        source: message.source.trim().to_owned(),
        citation: message.citation.trim().to_owned(),
        date: message.date,
        quote: message.quote.trim().to_owned(),
        strength: u8::try_from(message.strength).unwrap_or_default(),
    })
}

#[tonic::async_trait]
impl ThemeEvidenceService for EvidenceRpc {
    async fn add_evidence(&self, request: Request<proto::AddEvidenceRequest>) -> Reply<proto::Evidence> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let codebook = asking::codebook_id("parent", &m.parent)?;
        let piece = m.evidence.ok_or_else(|| Problem::invalid_field("evidence", "is missing"))?;
        let command = Command::Add(read(&codebook, piece)?);
        let method = Method { service: "ThemeEvidenceService", method: "AddEvidence" };
        let body = format!("{codebook} {command:?}");
        let request = asking::request(method, actor, String::new(), &m.request_id, &body)?;
        let added = keep_evidence(&self.runtime, &codebook, &command, &request).await;
        Ok(Response::new(added.map_err(|refusal| refused(refusal, &m.parent, &m.request_id))?))
    }

    async fn list_evidence(
        &self,
        request: Request<proto::ListEvidenceRequest>,
    ) -> Reply<proto::ListEvidenceResponse> {
        let m = request.into_inner();
        let codebook = asking::codebook_id("parent", &m.parent)?;
        let size = page_size(m.page_size, 100, 500)? as usize;
        let snapshot = self.runtime.db.snapshot().await?;
        let book = codebooks::find(&snapshot, &codebook, false).await?;
        let book = book.ok_or_else(|| Problem::not_found("codebook", &m.parent))?;
        let all = pieces::all(&snapshot, &codebook).await?;
        drop(snapshot);
        let place = |theme: &str| match book.place(theme) {
            Place::Stands(id) => Some(id.to_owned()),
            Place::Retired | Place::Gone => None,
        };
        let theme = match m.theme.as_str() {
            "" => None,
            name => {
                let theme = asking::theme_of("theme", name, &codebook)?;
                book.theme(&theme).ok_or_else(|| Problem::not_found("theme", name))?;
                Some(theme)
            }
        };
        let query = format!("evidence|{codebook}|{theme:?}|{}", m.show_removed);
        let position = self.tokens.read(&query, &m.page_token)?;
        let before: i64 = position.and_then(|position| position.parse().ok()).unwrap_or(i64::MAX);
        let of_theme = |kept: &&KeptEvidence| {
            theme.as_ref().is_none_or(|theme| {
                kept.evidence.themes.iter().any(|t| t == theme || place(t).as_ref() == Some(theme))
            })
        };
        let mut rest = all
            .iter()
            .filter(|kept| kept.position < before && (m.show_removed || kept.removed.is_none()))
            .filter(of_theme);
        let page: Vec<&KeptEvidence> = rest.by_ref().take(size).collect();
        let last = page.last().filter(|_| rest.next().is_some());
        let next_page_token =
            last.map(|kept| self.tokens.issue(&query, &kept.position.to_string())).unwrap_or_default();
        let standing = all.iter().filter(|kept| kept.removed.is_none()).map(|kept| &kept.evidence);
        let figures = evidence::figures(standing, place);
        Ok(Response::new(proto::ListEvidenceResponse {
            evidence: page.into_iter().map(|kept| evidence_messages::evidence(&codebook, kept)).collect(),
            figures: figures
                .into_iter()
                .filter(|(id, _)| theme.as_ref().is_none_or(|theme| theme == id))
                .map(|(theme, figure)| evidence_messages::figure(&codebook, &theme, figure))
                .collect(),
            next_page_token,
        }))
    }

    async fn remove_evidence(
        &self,
        request: Request<proto::RemoveEvidenceRequest>,
    ) -> Reply<proto::Evidence> {
        let actor = caller(&request)?.subject;
        let m = request.into_inner();
        let Some((codebook, id)) = names::ids_in(&m.name, "codebooks", "evidence") else {
            return Err(
                Problem::invalid_field("name", "must be codebooks/{codebook}/evidence/{evidence}").into()
            );
        };
        let command = Command::Remove(id.to_owned());
        let method = Method { service: "ThemeEvidenceService", method: "RemoveEvidence" };
        let (reason, body) = (asking::reason(&m.reason)?, format!("{codebook} {command:?}"));
        let request = asking::request(method, actor, reason, &m.request_id, &body)?;
        let removed = keep_evidence(&self.runtime, codebook, &command, &request).await;
        Ok(Response::new(removed.map_err(|refusal| refused(refusal, &m.name, &m.request_id))?))
    }
}
