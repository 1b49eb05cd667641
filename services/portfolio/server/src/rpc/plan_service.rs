//! The methods of `PlanService`.
use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
};
use soundings_portfolio_domain::{Inputs, plan::Plan};
use soundings_proto::portfolio::v1::{self as proto, plan_service_server::PlanService};
use tonic::{Request, Response as Reply, Status};

use super::{mutation, names, plan_messages};
use crate::{
    application::{
        Runtime,
        change_model::{self, Applied},
        change_plan::{self, Asked, Step},
    },
    store::{
        input_log::{self, Entry},
        records::{self, Kept},
    },
};

/// The service's methods.
pub struct PlanRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl PlanRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        PlanRpc { runtime, tokens }
    }

    async fn find(&self, name: &str) -> Result<Kept<Plan>, Problem> {
        let conn = self.runtime.db.read();
        let found = if name == "plans/published" {
            change_plan::in_force(conn).await?
        } else {
            records::find(conn, records::Kind::Plan, names::read_number("name", "plans", name)?).await?
        };
        found.ok_or_else(|| change_plan::no_plan(name))
    }
}

#[tonic::async_trait]
impl PlanService for PlanRpc {
    async fn set_pin(&self, request: Request<proto::SetPinRequest>) -> Result<Reply<proto::Pin>, Status> {
        let (mutation, message) = mutation::read("SetPin", request, |m| std::mem::take(&mut m.request_id))?;
        let pin = message.pin.ok_or_else(|| Problem::invalid_field("pin", "is missing"))?;
        let (item, pin) = plan_messages::read_pin(pin, self.runtime.clock.now())?;
        let decide = |inputs: &Inputs| {
            change_model::item(inputs, &item)?;
            Ok(vec![Entry::Pin(item.clone(), Some(pin))])
        };
        let reply = |inputs: &Inputs, _: Applied| plan_messages::pin(&item, &inputs.pins[&item]);
        Ok(Reply::new(change_model::change(&self.runtime, mutation, decide, reply).await?))
    }

    async fn remove_pin(
        &self,
        request: Request<proto::RemovePinRequest>,
    ) -> Result<Reply<proto::RemovePinResponse>, Status> {
        let (mutation, message) =
            mutation::read("RemovePin", request, |m| std::mem::take(&mut m.request_id))?;
        let item = names::read("work_item", "workItems", &message.work_item)?;
        let decide = |inputs: &Inputs| match inputs.pins.contains_key(&item) {
            true => Ok(vec![Entry::Pin(item, None)]),
            false => Err(Problem::not_found("pin", &format!("workItems/{item}"))),
        };
        let reply = |_: &Inputs, _: Applied| proto::RemovePinResponse {};
        Ok(Reply::new(change_model::change(&self.runtime, mutation, decide, reply).await?))
    }

    async fn list_pins(
        &self,
        _: Request<proto::ListPinsRequest>,
    ) -> Result<Reply<proto::ListPinsResponse>, Status> {
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        let pins = inputs.pins.iter().map(|(item, pin)| plan_messages::pin(item, pin)).collect();
        Ok(Reply::new(proto::ListPinsResponse { pins }))
    }

    async fn propose_plan(
        &self,
        request: Request<proto::ProposePlanRequest>,
    ) -> Result<Reply<proto::Plan>, Status> {
        let (mut mutation, message) =
            mutation::read("ProposePlan", request, |m| std::mem::take(&mut m.request_id))?;
        mutation.validate_only = message.validate_only;
        let work = message.work_items.iter().enumerate();
        let chosen = work.map(|(at, name)| names::read(&format!("work_items[{at}]"), "workItems", name));
        let asked = Asked {
            title: message.title,
            reason: message.reason,
            revision: message.revision,
            chosen: chosen.collect::<Result<_, _>>()?,
            budget_gbp: message.budget_gbp,
        };
        Ok(Reply::new(change_plan::propose(&self.runtime, &mutation, asked).await?))
    }

    async fn approve_plan(
        &self,
        request: Request<proto::ApprovePlanRequest>,
    ) -> Result<Reply<proto::Plan>, Status> {
        let (mutation, message) =
            mutation::read("ApprovePlan", request, |m| std::mem::take(&mut m.request_id))?;
        let plan = (names::read_number("name", "plans", &message.name)?, message.etag.as_str());
        let step = change_plan::step(&self.runtime, &mutation, plan, Step::Approve, message.comment.clone());
        Ok(Reply::new(step.await?))
    }

    async fn publish_plan(
        &self,
        request: Request<proto::PublishPlanRequest>,
    ) -> Result<Reply<proto::Plan>, Status> {
        let (mutation, message) =
            mutation::read("PublishPlan", request, |m| std::mem::take(&mut m.request_id))?;
        let plan = (names::read_number("name", "plans", &message.name)?, message.etag.as_str());
        let step = change_plan::step(&self.runtime, &mutation, plan, Step::Publish, message.comment.clone());
        Ok(Reply::new(step.await?))
    }

    async fn withdraw_plan(
        &self,
        request: Request<proto::WithdrawPlanRequest>,
    ) -> Result<Reply<proto::Plan>, Status> {
        let (mutation, message) =
            mutation::read("WithdrawPlan", request, |m| std::mem::take(&mut m.request_id))?;
        let plan = (names::read_number("name", "plans", &message.name)?, message.etag.as_str());
        let step = change_plan::step(&self.runtime, &mutation, plan, Step::Withdraw, message.comment.clone());
        Ok(Reply::new(step.await?))
    }

    async fn get_plan(&self, request: Request<proto::GetPlanRequest>) -> Result<Reply<proto::Plan>, Status> {
        let kept = self.find(&request.into_inner().name).await?;
        Ok(Reply::new(plan_messages::plan(&kept)))
    }

    async fn list_plans(
        &self,
        request: Request<proto::ListPlansRequest>,
    ) -> Result<Reply<proto::ListPlansResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let before = self.tokens.read("plans", &message.page_token)?.and_then(|p| p.parse().ok());
        let conn = self.runtime.db.read();
        let mut kept: Vec<Kept<Plan>> =
            records::before(conn, records::Kind::Plan, before.unwrap_or(i64::MAX), size + 1).await?;
        let more = kept.len() > size as usize;
        kept.truncate(size as usize);
        let next_page_token = match kept.last() {
            Some(last) if more => self.tokens.issue("plans", &last.number.to_string()),
            _ => String::new(),
        };
        let plans = kept.iter().map(plan_messages::plan).collect();
        Ok(Reply::new(proto::ListPlansResponse { plans, next_page_token }))
    }

    async fn get_plan_drift(
        &self,
        request: Request<proto::GetPlanDriftRequest>,
    ) -> Result<Reply<proto::PlanDrift>, Status> {
        let message = request.into_inner();
        let kept = self.find(&message.name).await?;
        let (computed, found) = change_plan::drift_of(&self.runtime, &kept.content, message.revision).await?;
        let at = (computed.revision, &computed.inputs);
        Ok(Reply::new(plan_messages::drift(kept.number, at, &found)))
    }
}
