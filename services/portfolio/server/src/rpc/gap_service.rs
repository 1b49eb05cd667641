//! The methods of `GapService`.
use soundings_portfolio_domain::gaps::gaps;
use soundings_proto::portfolio::v1::{self as proto, gap_service_server::GapService};
use tonic::{Request, Response as Reply, Status};

use super::{messages, plan_messages};
use crate::{application::Runtime, store::input_log};

/// The service's methods.
pub struct GapRpc {
    runtime: Runtime,
}

impl GapRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime) -> Self {
        GapRpc { runtime }
    }
}

#[tonic::async_trait]
impl GapService for GapRpc {
    async fn list_gaps(
        &self,
        request: Request<proto::ListGapsRequest>,
    ) -> Result<Reply<proto::ListGapsResponse>, Status> {
        let kind = messages::read_kind(request.into_inner().kind());
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        Ok(Reply::new(proto::ListGapsResponse {
            gaps: gaps(&inputs, kind).iter().map(plan_messages::gap).collect(),
            organisations_answered: i32::try_from(inputs.organisations_answered().len()).unwrap_or(i32::MAX),
        }))
    }
}
