//! The gRPC service that proposes how a theme may be split.

use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_splits_service_server::ThemeSplitsService;
use soundings_themes_domain::{Codebook, Theme, decision};
use soundings_themes_engine::Group;
use tonic::{Request, Response};

use super::asking::{self, Reply};
use super::emerging_messages::exemplars;
use super::emerging_service::resolution;
use super::names;
use crate::application::Runtime;
use crate::application::discover_groups::Groups;
use crate::application::discoveries::{Among, Discoveries, Scope};
use crate::store::codebooks;

/// Serves proposals of splits.
#[derive(Clone)]
pub struct SplitsRpc {
    discoveries: Discoveries,
    runtime: Runtime,
}

impl SplitsRpc {
    /// With what it works with; looking takes turns with discovery.
    #[must_use]
    pub fn new(discoveries: Discoveries, runtime: Runtime) -> Self {
        Self { discoveries, runtime }
    }
}

fn part(codebook: &Codebook, groups: &Groups, (group, respondents): (&Group, usize)) -> proto::ProposedPart {
    // The pool is in the order of arrival.
    let newest = group.members.iter().rev().take(decision::SPLIT_AT_MOST);
    let name =
        |place: &usize| names::statement(&codebook.id, &groups.pool[*place].statement.mention.statement());
    proto::ProposedPart {
        title: group.naming.name.clone(),
        keywords: group.naming.keywords.clone(),
        statements: newest.map(name).collect(),
        statement_count: group.members.len() as i64,
        respondents: respondents as i64,
        organisations: groups.organisations(group) as i64,
        exemplars: exemplars(codebook, groups, group),
    }
}

#[tonic::async_trait]
impl ThemeSplitsService for SplitsRpc {
    async fn propose_split(
        &self,
        request: Request<proto::ProposeSplitRequest>,
    ) -> Reply<proto::ProposeSplitResponse> {
        let message = request.into_inner();
        let (id, theme) = asking::theme_ids("name", &message.name)?;
        let resolution = resolution(message.resolution)?;
        let book = codebooks::find(self.runtime.db.read(), &id, false).await.map_err(Problem::from)?;
        let there = book.as_ref().and_then(|book| book.theme(&theme)).filter(|theme| theme.stands());
        if there.is_none() {
            return Err(Problem::not_found("theme in use", &message.name).into());
        }
        let scope = Scope { among: Among::Theme(theme.clone()), resolution };
        let (book, groups) = self.discoveries.groups(&id, scope).await?;
        let found = groups.discovery.groups.iter().zip(groups.sightings.iter().map(|seen| seen.voices));
        Ok(Response::new(proto::ProposeSplitResponse {
            parts: found.map(|found| part(&book, &groups, found)).collect(),
            statements: groups.pool.len() as i64,
            rest: groups.discovery.group_of.iter().filter(|group| group.is_none()).count() as i64,
            etag: book.theme(&theme).map(Theme::etag).unwrap_or_default(),
        }))
    }
}
