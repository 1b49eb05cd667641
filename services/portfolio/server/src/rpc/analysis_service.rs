//! The methods of `AnalysisService`.
use soundings_access::{Principal, caller, permissions};
use soundings_chassis::Problem;
use soundings_portfolio_domain::what_if::Change;
use soundings_proto::portfolio::v1::{self as proto, analysis_service_server::AnalysisService};
use tonic::{Request, Response as Reply, Status};

use super::{campaigns::Campaigns, messages, names};
use crate::application::{
    Runtime,
    analysis::{
        Analyst, explain_score, flip_distances, influence, other_methods, portfolio_order, robustness,
        select_work, what_if,
    },
};

/// Campaigns whose influence is told.
const CAMPAIGNS: usize = 20;

/// The service's methods.
pub struct AnalysisRpc {
    analyst: Analyst,
    campaigns: Campaigns,
}

impl AnalysisRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, campaigns: Campaigns) -> Self {
        AnalysisRpc { analyst: Analyst::new(runtime), campaigns }
    }
}

/// Who speaks for one organisation is not told what the others said, whatever else they may do.
fn sees_organisations(caller: &Principal) -> bool {
    caller.has_any(permissions::SEE_ORGANISATIONS) && caller.organisation.is_none()
}

fn check_sees_organisations<T>(request: &Request<T>) -> Result<(), Problem> {
    if sees_organisations(&caller(request)?) {
        return Ok(());
    }
    Err(Problem::permission_denied("who speaks for one organisation is not told what hangs on the others"))
}

#[tonic::async_trait]
impl AnalysisService for AnalysisRpc {
    async fn select_work(
        &self,
        request: Request<proto::SelectWorkRequest>,
    ) -> Result<Reply<proto::SelectWorkResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let work = move |asked: &_| select_work::select_work(asked, message.limits);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn get_frontier(
        &self,
        request: Request<proto::GetFrontierRequest>,
    ) -> Result<Reply<proto::GetFrontierResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let work = move |asked: &_| select_work::frontier(asked, message.limits, message.steps);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn what_if(
        &self,
        request: Request<proto::WhatIfRequest>,
    ) -> Result<Reply<proto::WhatIfResponse>, Status> {
        check_sees_organisations(&request)?;
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let change = message.change.ok_or_else(|| Problem::invalid_field("change", "is missing"))?;
        let without = what_if::read_campaigns(&change.without_campaigns)?;
        let without_campaigns = self.campaigns.named(without).await?;
        let change = Change { without_campaigns, ..what_if::read(change)? };
        let work = move |asked: &_| what_if::what_if(asked, &change, message.with_bundle);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn get_influence(
        &self,
        request: Request<proto::GetInfluenceRequest>,
    ) -> Result<Reply<proto::GetInfluenceResponse>, Status> {
        check_sees_organisations(&request)?;
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        // An answer without campaigns, which says so, beats none.
        let themes = self.analyst.themes().await?;
        let campaigns = self.campaigns.of(themes.iter(), CAMPAIGNS).await.ok();
        let work = move |asked: &_| influence::influence(asked, message.line, campaigns.as_deref());
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn get_flip_distances(
        &self,
        request: Request<proto::GetFlipDistancesRequest>,
    ) -> Result<Reply<proto::GetFlipDistancesResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let work = move |asked: &_| flip_distances::flip_distances(asked, message.line);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn get_robustness(
        &self,
        request: Request<proto::GetRobustnessRequest>,
    ) -> Result<Reply<proto::GetRobustnessResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let portfolio = match message.portfolio.as_str() {
            "" => None,
            name => Some(names::read("portfolio", "portfolios", name)?),
        };
        let revision = message.revision;
        let work = move |asked: &_| robustness::robustness(asked, &message, portfolio.as_deref());
        Ok(Reply::new(self.analyst.ask(kind, revision, work).await?))
    }

    async fn get_second_opinions(
        &self,
        request: Request<proto::GetSecondOpinionsRequest>,
    ) -> Result<Reply<proto::GetSecondOpinionsResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        Ok(Reply::new(self.analyst.ask(kind, message.revision, other_methods::opinions).await?))
    }

    async fn order_portfolio(
        &self,
        request: Request<proto::OrderPortfolioRequest>,
    ) -> Result<Reply<proto::OrderPortfolioResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let portfolio = names::read("portfolio", "portfolios", &message.portfolio)?;
        let formula = portfolio_order::read(message.formula)?;
        let work = move |asked: &_| portfolio_order::portfolio_order(asked, &portfolio, &formula);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }

    async fn get_ballots(
        &self,
        request: Request<proto::GetBallotsRequest>,
    ) -> Result<Reply<proto::GetBallotsResponse>, Status> {
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        Ok(Reply::new(self.analyst.ask(kind, message.revision, other_methods::councils_alone).await?))
    }

    async fn elicit_weights(
        &self,
        request: Request<proto::ElicitWeightsRequest>,
    ) -> Result<Reply<proto::ElicitWeightsResponse>, Status> {
        Ok(Reply::new(other_methods::elicit_weights(&request.into_inner())?))
    }

    async fn explain_score(
        &self,
        request: Request<proto::ExplainScoreRequest>,
    ) -> Result<Reply<proto::ScoreExplanation>, Status> {
        let organisations = sees_organisations(&caller(&request)?);
        let message = request.into_inner();
        let kind = messages::read_kind(message.kind());
        let item = names::read("work_item", "workItems", &message.work_item)?;
        let work = move |asked: &_| explain_score::explain_score(asked, &item, organisations);
        Ok(Reply::new(self.analyst.ask(kind, message.revision, work).await?))
    }
}
