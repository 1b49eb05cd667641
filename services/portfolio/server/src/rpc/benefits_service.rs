//! The methods of `BenefitsService`.
use std::ops::Bound;

use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
};
use soundings_proto::portfolio::v1::{self as proto, benefits_service_server::BenefitsService};
use tonic::{Request, Response as Reply, Status};

use super::{benefits_messages, mutation, names};
use crate::{
    application::{
        Runtime,
        change_benefits::{self, Defined},
        review_benefits,
    },
    store::benefits,
};

/// The service's methods.
pub struct BenefitsRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl BenefitsRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        BenefitsRpc { runtime, tokens }
    }
}

#[tonic::async_trait]
impl BenefitsService for BenefitsRpc {
    async fn apply_benefits(
        &self,
        request: Request<proto::ApplyBenefitsRequest>,
    ) -> Result<Reply<proto::ApplyBenefitsResponse>, Status> {
        let (mut mutation, message) =
            mutation::read("ApplyBenefits", request, |m| std::mem::take(&mut m.request_id))?;
        mutation.validate_only = message.validate_only;
        let (mut defined, mut wrong) = (Vec::with_capacity(message.benefits.len()), Vec::new());
        for (at, benefit) in message.benefits.into_iter().enumerate() {
            let (field, etag) = (format!("benefits[{at}]"), benefit.etag.clone());
            let measured = benefits_messages::read_actuals(&field, &benefit.actuals);
            match (benefits_messages::read_benefit(&field, benefit), measured) {
                (Ok((id, _)), _) if defined.iter().any(|other: &Defined| other.id == id) => {
                    wrong.push(Problem::invalid_field(format!("{field}.name"), "stands twice"));
                }
                (Ok((id, benefit)), Ok(measured)) => defined.push(Defined { id, benefit, measured, etag }),
                (benefit, measured) => wrong.extend(benefit.err().into_iter().chain(measured.err())),
            }
        }
        if !wrong.is_empty() {
            return Err(Problem::together(wrong).into());
        }
        Ok(Reply::new(change_benefits::apply(&self.runtime, mutation, defined).await?))
    }

    async fn get_benefit(
        &self,
        request: Request<proto::GetBenefitRequest>,
    ) -> Result<Reply<proto::Benefit>, Status> {
        let id = names::read("name", "benefits", &request.into_inner().name)?;
        let register = benefits::at(self.runtime.db.read(), i64::MAX).await.map_err(Problem::from)?;
        let benefit = change_benefits::find(&register, &id)?;
        Ok(Reply::new(benefits_messages::benefit(&id, benefit, register.etag(&id))))
    }

    async fn list_benefits(
        &self,
        request: Request<proto::ListBenefitsRequest>,
    ) -> Result<Reply<proto::ListBenefitsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)? as usize;
        let item = match message.work_item.as_str() {
            "" => None,
            name => Some(names::read("work_item", "workItems", name)?),
        };
        let query = format!("benefits|{item:?}");
        let after = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let register = benefits::at(self.runtime.db.read(), i64::MAX).await.map_err(Problem::from)?;
        let rest = register.benefits.range::<String, _>((Bound::Excluded(after), Bound::Unbounded));
        let mut rest =
            rest.filter(|(_, benefit)| item.as_ref().is_none_or(|item| benefit.shares.contains_key(item)));
        let page: Vec<_> = rest.by_ref().take(size).collect();
        let next_page_token = match (rest.next(), page.last()) {
            (Some(_), Some((last, _))) => self.tokens.issue(&query, last),
            _ => String::new(),
        };
        let benefits = page.iter().map(|(id, b)| benefits_messages::benefit(id, b, register.etag(id)));
        Ok(Reply::new(proto::ListBenefitsResponse { benefits: benefits.collect(), next_page_token }))
    }

    async fn record_actual(
        &self,
        request: Request<proto::RecordActualRequest>,
    ) -> Result<Reply<proto::Benefit>, Status> {
        let (mutation, message) =
            mutation::read("RecordActual", request, |m| std::mem::take(&mut m.request_id))?;
        let id = names::read("benefit", "benefits", &message.benefit)?;
        let actual = message.actual.ok_or_else(|| Problem::invalid_field("actual", "is missing"))?;
        let day = benefits_messages::required_day("actual.date", &actual.date)?;
        let measured = (day, actual.amount, actual.evidence);
        let recorded = change_benefits::record(&self.runtime, mutation, (&id, &message.etag), measured);
        Ok(Reply::new(recorded.await?))
    }

    async fn delete_benefit(
        &self,
        request: Request<proto::DeleteBenefitRequest>,
    ) -> Result<Reply<proto::DeleteBenefitResponse>, Status> {
        let (mutation, message) =
            mutation::read("DeleteBenefit", request, |m| std::mem::take(&mut m.request_id))?;
        let id = names::read("name", "benefits", &message.name)?;
        Ok(Reply::new(change_benefits::delete(&self.runtime, mutation, &id, &message.etag).await?))
    }

    async fn review_status(
        &self,
        request: Request<proto::ReviewStatusRequest>,
    ) -> Result<Reply<proto::BenefitsReview>, Status> {
        let message = request.into_inner();
        let day = benefits_messages::required_day("date", &message.date)?;
        Ok(Reply::new(review_benefits::review_status(&self.runtime, message.register_version, day).await?))
    }
}
