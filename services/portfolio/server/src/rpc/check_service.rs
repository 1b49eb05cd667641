//! The methods of `PortfolioCheckService`.
use soundings_proto::portfolio::v1::{self as proto, portfolio_check_service_server::PortfolioCheckService};
use tonic::{Request, Response as Reply, Status};

use super::{known_themes::KnownThemes, model_messages};
use crate::{
    application::{Runtime, check_portfolio},
    store::input_log,
};

/// Most faults that are told.
const TOLD: usize = 5_000;
/// A text is cut after so many bytes: a circle of dependencies may be as long as the model.
const LONGEST: usize = 1_000;

/// The service's methods.
pub struct CheckRpc {
    runtime: Runtime,
    themes: KnownThemes,
}

impl CheckRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, themes: KnownThemes) -> Self {
        CheckRpc { runtime, themes }
    }
}

#[tonic::async_trait]
impl PortfolioCheckService for CheckRpc {
    async fn check_portfolio(
        &self,
        request: Request<proto::CheckPortfolioRequest>,
    ) -> Result<Reply<proto::CheckPortfolioResponse>, Status> {
        let message = request.into_inner().portfolio.unwrap_or_default();
        let prune = message.prune;
        let (named, mut wrong) = model_messages::read_each(message);
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        wrong.extend(self.themes.unknown(&inputs, &named).await);
        wrong.extend(check_portfolio::faults(inputs, named, prune));
        let omitted = wrong.len().saturating_sub(TOLD);
        wrong.truncate(TOLD);
        Ok(Reply::new(proto::CheckPortfolioResponse {
            faults: wrong.into_iter().map(|(field, text)| fault(field, text)).collect(),
            omitted_faults: i32::try_from(omitted).unwrap_or(i32::MAX),
        }))
    }
}

fn fault(field: String, text: String) -> proto::PortfolioFault {
    let description = match text.len() > LONGEST {
        true => format!("{}…", &text[..text.floor_char_boundary(LONGEST - 3)]),
        false => text,
    };
    proto::PortfolioFault { field, description }
}
