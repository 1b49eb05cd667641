//! The methods of `RobustnessService`.
use soundings_chassis::Problem;
use soundings_portfolio_domain::Kind;
use soundings_proto::portfolio::v1::{self as proto, robustness_service_server::RobustnessService};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response as Reply, Status};

use super::{
    messages,
    watching::{self, News, Watched},
};
use crate::{application::Runtime, store::assurances};

/// The service's methods.
pub struct RobustnessRpc {
    runtime: Runtime,
    stop: CancellationToken,
}

impl RobustnessRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, stop: CancellationToken) -> Self {
        RobustnessRpc { runtime, stop }
    }
}

#[tonic::async_trait]
impl RobustnessService for RobustnessRpc {
    async fn get_standing_robustness(
        &self,
        request: Request<proto::GetStandingRobustnessRequest>,
    ) -> Result<Reply<proto::StandingRobustness>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        if message.revision < 0 {
            let text = format!("is {}; give a revision, or 0 for the newest", message.revision);
            return Err(Problem::invalid_field("revision", text).into());
        }
        let found = assurances::find(self.runtime.db.read(), kind, message.revision).await?;
        let name = messages::revision_name(kind, message.revision);
        Ok(Reply::new(found.ok_or_else(|| Problem::not_found("robustness of revision", &name))?))
    }

    type WatchRobustnessStream = Watched<proto::StandingRobustness>;

    async fn watch_robustness(
        &self,
        request: Request<proto::WatchRobustnessRequest>,
    ) -> Result<Reply<Self::WatchRobustnessStream>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let (runtime, first) = (self.runtime.clone(), true);
        let told = runtime.assured.subscribe();
        let news = NewRobustness { runtime, kind, seen: message.resume_from_revision, first };
        Ok(Reply::new(watching::stream(news, told, self.stop.clone())))
    }
}

/// A watcher of how sure a ranking is.
struct NewRobustness {
    runtime: Runtime,
    kind: Kind,
    /// The newest revision that it was told of; 0: none.
    seen: i64,
    /// Whether nothing was read yet.
    first: bool,
}

impl News for NewRobustness {
    type Update = proto::StandingRobustness;

    /// The newest alone; at first also when the watcher has seen more than there is.
    async fn newer(&mut self) -> Result<Vec<Self::Update>, Problem> {
        let conn = self.runtime.db.read();
        let newest = assurances::newest_number(conn, self.kind).await?;
        if std::mem::take(&mut self.first) && self.seen > newest {
            self.seen = 0;
        }
        if newest <= self.seen {
            return Ok(Vec::new());
        }
        let found = assurances::find(conn, self.kind, 0).await?;
        self.seen = found.as_ref().map_or(self.seen, |found| found.revision);
        Ok(found.into_iter().collect())
    }
}
