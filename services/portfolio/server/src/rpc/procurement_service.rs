//! The methods of `ProcurementService`.
use std::collections::BTreeMap;

use soundings_access::caller;
use soundings_chassis::{
    Problem,
    page_token::{PageTokens, page_size},
};
use soundings_portfolio_domain::procurement::Opportunity;
use soundings_proto::portfolio::v1::{
    self as proto, import_contracts_request::Part, procurement_service_server::ProcurementService,
};
use tonic::{Request, Response as Reply, Status, Streaming};

use super::{mutation, names, procurement_messages};
use crate::{
    application::{
        Runtime,
        attach_opportunity::{self, Attaching},
        change_procurement_policy, find_opportunities,
        import_contracts::{self, File},
    },
    store::{attachments, contracts, procurement_policy},
};

/// Most bytes of an imported file.
const FILE_BYTES: usize = 32 * 1024 * 1024;

/// The service's methods.
pub struct ProcurementRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl ProcurementRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        ProcurementRpc { runtime, tokens }
    }

    /// The token of the page after the last of these, when there is more.
    fn next<T>(&self, query: &str, found: &mut Vec<T>, size: u32, position: impl Fn(&T) -> String) -> String {
        let more = found.len() > size as usize;
        found.truncate(size as usize);
        match found.last() {
            Some(last) if more => self.tokens.issue(query, &position(last)),
            _ => String::new(),
        }
    }
}

#[tonic::async_trait]
impl ProcurementService for ProcurementRpc {
    async fn import_contracts(
        &self,
        request: Request<Streaming<proto::ImportContractsRequest>>,
    ) -> Result<Reply<proto::ImportContractsResponse>, Status> {
        let principal = caller(&request)?;
        let mut parts = request.into_inner();
        let Some(Part::Header(header)) = parts.message().await?.and_then(|message| message.part) else {
            return Err(Problem::invalid_field("header", "must come first").into());
        };
        let mut file = read_header(header)?;
        while let Some(message) = parts.message().await? {
            let Some(Part::Chunk(chunk)) = message.part else {
                let text = "must follow the header, and nothing else";
                return Err(Problem::invalid_field("chunk", text).into());
            };
            file.bytes.extend_from_slice(&chunk);
            if file.bytes.len() > FILE_BYTES {
                let text = format!("the file is larger than {} MiB: split it", FILE_BYTES >> 20);
                return Err(Problem::resource_exhausted("file", text).into());
            }
        }
        Ok(Reply::new(import_contracts::import(&self.runtime, &principal, file).await?))
    }

    async fn get_contract(
        &self,
        request: Request<proto::GetContractRequest>,
    ) -> Result<Reply<proto::Contract>, Status> {
        let principal = caller(&request)?;
        let name = request.into_inner().name;
        let id = names::read("name", "contracts", &name)?;
        let found = contracts::find(self.runtime.db.read(), &[&id]).await?;
        let contract = found.get(&id).filter(|contract| principal.may_act_for(&contract.organisation));
        let contract = contract.ok_or_else(|| Problem::not_found("contract", &name))?;
        Ok(Reply::new(procurement_messages::contract(&id, contract)))
    }

    async fn list_contracts(
        &self,
        request: Request<proto::ListContractsRequest>,
    ) -> Result<Reply<proto::ListContractsResponse>, Status> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let mut filter = read_filter(&message)?;
        if let Some(own) = principal.organisation {
            // Who speaks for one organisation sees its own contracts, whatever else was asked for.
            if !filter.organisation.is_empty() && filter.organisation != own {
                return Ok(Reply::new(proto::ListContractsResponse::default()));
            }
            filter.organisation = own;
        }
        let query = format!("contracts|{filter:?}");
        let after = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let mut found = contracts::list_after(self.runtime.db.read(), &filter, &after, size + 1).await?;
        let next_page_token = self.next(&query, &mut found, size, |(id, _)| id.clone());
        let contracts = found.iter().map(|(id, contract)| procurement_messages::contract(id, contract));
        Ok(Reply::new(proto::ListContractsResponse { contracts: contracts.collect(), next_page_token }))
    }

    async fn list_opportunities(
        &self,
        request: Request<proto::ListOpportunitiesRequest>,
    ) -> Result<Reply<proto::ListOpportunitiesResponse>, Status> {
        let principal = caller(&request)?;
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let organisation = match message.organisation.as_str() {
            "" => None,
            name => Some(names::read("organisation", "organisations", name)?),
        };
        let (policy, version) = procurement_policy::read(self.runtime.db.read()).await?;
        let asked = procurement_messages::read_search(message.search, &policy)?;
        let least = usize::try_from(message.least_organisations).unwrap_or(0);
        let query = format!(
            "opportunities|{asked:?}|{version}|{organisation:?}|{:?}|{least}",
            principal.organisation
        );
        let after = self.tokens.read(&query, &message.page_token)?.unwrap_or_default();
        let mut found = find_opportunities::find(&self.runtime, asked).await?;
        found.retain(|one| {
            one.organisations.len() >= least
                && organisation.as_ref().is_none_or(|id| one.organisations.contains(id))
                && principal.organisation.as_ref().is_none_or(|id| one.organisations.contains(id))
        });
        let total_size = i32::try_from(found.len()).unwrap_or(i32::MAX);
        let mut found: Vec<_> =
            found.iter().filter(|one| place(one) > after).take(size as usize + 1).collect();
        let next_page_token = self.next(&query, &mut found, size, |one| place(one));
        let opportunities = found.into_iter().map(procurement_messages::opportunity).collect();
        Ok(Reply::new(proto::ListOpportunitiesResponse { opportunities, next_page_token, total_size }))
    }

    async fn attach_opportunity(
        &self,
        request: Request<proto::AttachOpportunityRequest>,
    ) -> Result<Reply<proto::Attachment>, Status> {
        let (mut mutation, message) =
            mutation::read("AttachOpportunity", request, |m| std::mem::take(&mut m.request_id))?;
        let (policy, _) = procurement_policy::read(self.runtime.db.read()).await?;
        let attaching = Attaching {
            opportunity: names::read("opportunity", "opportunities", &message.opportunity)?,
            item: names::read("work_item", "workItems", &message.work_item)?,
            asked: procurement_messages::read_search(message.search, &policy)?,
        };
        mutation.read = Some((attaching.item.clone(), message.etag));
        Ok(Reply::new(attach_opportunity::attach(&self.runtime, mutation, attaching).await?))
    }

    async fn detach_opportunity(
        &self,
        request: Request<proto::DetachOpportunityRequest>,
    ) -> Result<Reply<proto::Attachment>, Status> {
        let (mutation, message) =
            mutation::read("DetachOpportunity", request, |m| std::mem::take(&mut m.request_id))?;
        let opportunity = names::read("opportunity", "opportunities", &message.opportunity)?;
        let item = names::read("work_item", "workItems", &message.work_item)?;
        let detach = attach_opportunity::detach(&self.runtime, mutation, &opportunity, &item);
        Ok(Reply::new(detach.await?))
    }

    async fn list_attachments(
        &self,
        request: Request<proto::ListAttachmentsRequest>,
    ) -> Result<Reply<proto::ListAttachmentsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let item = match message.work_item.as_str() {
            "" => String::new(),
            name => names::read("work_item", "workItems", name)?,
        };
        let query = format!("attachments|{item}");
        let position = self.tokens.read(&query, &message.page_token)?;
        let before = position.and_then(|p| p.parse().ok()).unwrap_or(i64::MAX);
        let mut found = attachments::before(self.runtime.db.read(), &item, before, size + 1).await?;
        let next_page_token = self.next(&query, &mut found, size, |(number, _)| number.to_string());
        let attachments = found.into_iter().map(|(_, attachment)| attachment).collect();
        Ok(Reply::new(proto::ListAttachmentsResponse { attachments, next_page_token }))
    }

    async fn get_procurement_policy(
        &self,
        _: Request<proto::GetProcurementPolicyRequest>,
    ) -> Result<Reply<proto::ProcurementPolicy>, Status> {
        let (policy, version) = procurement_policy::read(self.runtime.db.read()).await?;
        Ok(Reply::new(procurement_messages::policy(&policy, version)))
    }

    async fn update_procurement_policy(
        &self,
        request: Request<proto::UpdateProcurementPolicyRequest>,
    ) -> Result<Reply<proto::ProcurementPolicy>, Status> {
        let (mutation, message) =
            mutation::read("UpdateProcurementPolicy", request, |m| std::mem::take(&mut m.request_id))?;
        let message = message.policy.ok_or_else(|| Problem::invalid_field("policy", "is missing"))?;
        let policy = procurement_messages::read_policy(&message)?;
        let update = change_procurement_policy::update(&self.runtime, mutation, policy, &message.etag);
        Ok(Reply::new(update.await?))
    }
}

/// Where an opportunity stands in the order of the list, as text that compares so.
fn place(one: &Opportunity) -> String {
    format!("{}|{:09}|{}", one.suggested_start, 999_999_999 - one.organisations.len(), one.id)
}

fn read_header(header: proto::ContractImportHeader) -> Result<File, Problem> {
    let layout = header.layout();
    if layout == proto::ContractLayout::Unspecified {
        return Err(Problem::invalid_field("header.layout", "is missing; give OCDS or CSV"));
    }
    let mut buyers = BTreeMap::new();
    for (at, alias) in header.buyers.into_iter().enumerate() {
        let field = format!("header.buyers[{at}]");
        if alias.buyer.trim().is_empty() {
            return Err(Problem::invalid_field(format!("{field}.buyer"), "is empty"));
        }
        let id = names::read(&format!("{field}.organisation"), "organisations", &alias.organisation)?;
        buyers.insert(alias.buyer.trim().to_owned(), id);
    }
    let (all_or_nothing, validate_only) = (header.all_or_nothing, header.validate_only);
    Ok(File { layout, buyers, all_or_nothing, validate_only, bytes: Vec::new() })
}

fn read_filter(message: &proto::ListContractsRequest) -> Result<contracts::Filter, Problem> {
    let organisation = match message.organisation.as_str() {
        "" => String::new(),
        name => names::read("organisation", "organisations", name)?,
    };
    if message.cpv_prefix.len() > 8 || !message.cpv_prefix.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Problem::invalid_field("cpv_prefix", "must be at most 8 digits"));
    }
    let day = |field, text| {
        Ok::<_, Problem>(
            procurement_messages::read_day(field, text)?.map(|day| day.to_string()).unwrap_or_default(),
        )
    };
    Ok(contracts::Filter {
        organisation,
        supplier: message.supplier.clone(),
        cpv_prefix: message.cpv_prefix.clone(),
        status: procurement_messages::read_status(message.status()),
        ends_from: day("ends_from", &message.ends_from)?,
        ends_to: day("ends_to", &message.ends_to)?,
    })
}
