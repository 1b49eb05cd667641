//! The methods of `RobustnessService`.
use std::{pin::Pin, time::Duration};

use futures::Stream;
use soundings_chassis::Problem;
use soundings_proto::portfolio::v1::{self as proto, robustness_service_server::RobustnessService};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response as Reply, Status};

use super::messages;
use crate::{application::Runtime, store::assurances};

/// Polling is the truth; being told is only faster.
const POLL: Duration = Duration::from_secs(1);

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

type Watched = Pin<Box<dyn Stream<Item = Result<proto::StandingRobustness, Status>> + Send>>;

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

    type WatchRobustnessStream = Watched;

    async fn watch_robustness(
        &self,
        request: Request<proto::WatchRobustnessRequest>,
    ) -> Result<Reply<Watched>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let (sender, receiver) = mpsc::channel(16);
        let (runtime, stop) = (self.runtime.clone(), self.stop.clone());
        let mut seen = message.resume_from_revision;
        let mut assured = runtime.assured.subscribe();
        let watch = async move {
            loop {
                let found = match assurances::newest_number(runtime.db.read(), kind).await {
                    Ok(newest) if newest <= seen => Ok(None),
                    Ok(_) => assurances::find(runtime.db.read(), kind, 0).await,
                    Err(error) => Err(error),
                };
                let sent = match found {
                    Ok(Some(found)) => {
                        seen = found.revision;
                        sender.send(Ok(found)).await
                    }
                    Ok(None) => Ok(()),
                    Err(error) => {
                        _ = sender.send(Err(Problem::from(error).into())).await;
                        return;
                    }
                };
                if sent.is_err() {
                    return;
                }
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = sender.closed() => return,
                    _ = assured.changed() => {}
                    () = tokio::time::sleep(POLL) => {}
                }
            }
        };
        #[expect(clippy::disallowed_methods, reason = "it ends with its stream, and at shutdown")]
        tokio::spawn(watch);
        Ok(Reply::new(Box::pin(ReceiverStream::new(receiver))))
    }
}
