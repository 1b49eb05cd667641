//! Councils' contracts, and what they could buy together.
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use futures::{StreamExt, stream};
use soundings_proto::portfolio::v1::{self as proto, import_contracts_request::Part};

use super::{full_name, import, last_part};
use crate::{
    connection::{Connection, new_request_id},
    decimal,
    failure::{Failure, Outcome},
    output::{self, Column, Format, column, number, wide},
};

/// What to do with contracts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bring a file of contracts in; the latest release of each wins
    Import(Import),
    /// List contracts
    List(List),
    /// List what several councils could buy together, soonest to begin first
    Opportunities {
        #[command(flatten)]
        search: Search,
        /// Only those of this organisation.
        #[arg(long, value_name = "ORGANISATION")]
        of: Option<String>,
        /// Only those of so many organisations or more.
        #[arg(long, default_value_t = 2)]
        least: i32,
    },
    /// Attach an opportunity to a work item as evidence; its score rises to what the contracts are worth
    Attach {
        /// The opportunity's id.
        opportunity: String,
        /// The work item's id.
        item: String,
        #[command(flatten)]
        search: Search,
        /// The item's etag it was read with; without one, whatever it is.
        #[arg(long, default_value = "")]
        etag: String,
    },
    /// Take an opportunity back from a work item; the item's score stays
    Detach {
        /// The opportunity's id.
        opportunity: String,
        /// The work item's id.
        item: String,
    },
    /// List what was attached to work items and taken back, newest first
    Attachments {
        /// Only this work item's.
        #[arg(long)]
        item: Option<String>,
    },
    /// Show how opportunities are looked for and scored, or change it
    Policy(Policy),
}

/// A file to import.
#[derive(Debug, Args)]
pub struct Import {
    /// The file; `-` for standard input.
    file: PathBuf,
    /// How it is laid out; without it, by the file's ending.
    #[arg(long, value_enum)]
    layout: Option<Layout>,
    /// What the file calls an organisation, as BUYER=ORGANISATION; may be given more than once.
    #[arg(long, value_name = "BUYER=ORGANISATION")]
    buyer: Vec<String>,
    /// Writes nothing when any row is rejected.
    #[arg(long)]
    all_or_nothing: bool,
    /// Checks every row and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Layout {
    /// OCDS 1.1 JSON: a release package, a record package, or one release.
    Ocds,
    /// A header row: organisation, contract, supplier, and any of ocid, award, title, supplier_id, cpv, cpv_title, product,
    /// annual_value, start, end, max_extent, status, released.
    Csv,
}

/// Which contracts.
#[derive(Debug, Args)]
pub struct List {
    /// Only this organisation's.
    #[arg(long)]
    organisation: Option<String>,
    /// Only this supplier's, by id or name.
    #[arg(long, default_value = "")]
    supplier: String,
    /// Only CPV codes that begin with these digits.
    #[arg(long, default_value = "")]
    cpv: String,
    /// Only those that end on this day or later.
    #[arg(long, value_name = "DAY", default_value = "")]
    ends_from: String,
    /// Only those that end on this day or before.
    #[arg(long, value_name = "DAY", default_value = "")]
    ends_to: String,
}

/// What to look for; what is not given is the policy's.
#[derive(Debug, Args)]
pub struct Search {
    /// What makes contracts alike; without it, each of them.
    #[arg(long, value_enum)]
    by: Option<Basis>,
    /// Digits of the CPV code, 2 to 8.
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    cpv_digits: i32,
    /// Most months between the first and the last end.
    #[arg(long, value_name = "MONTHS", default_value_t = 0, hide_default_value = true)]
    window: i32,
    /// Months that buying together takes.
    #[arg(long, value_name = "MONTHS", default_value_t = 0, hide_default_value = true)]
    lead: i32,
    /// Contracts that end before this day are past; without it, today.
    #[arg(long, value_name = "DAY", default_value = "")]
    at: String,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Basis {
    /// The same product.
    Product,
    /// The same supplier.
    Supplier,
    /// The same CPV class.
    Category,
}

/// What to change; what is not given stays.
#[derive(Debug, Args)]
pub struct Policy {
    /// The criterion that takes procurement evidence.
    #[arg(long)]
    criterion: Option<String>,
    /// Pounds a year worth the criterion's worst anchor.
    #[arg(long, value_name = "POUNDS")]
    floor: Option<i64>,
    /// Pounds a year worth the criterion's best anchor.
    #[arg(long, value_name = "POUNDS")]
    ceiling: Option<i64>,
    /// Most months between the first and the last end.
    #[arg(long, value_name = "MONTHS")]
    window: Option<i32>,
    /// Months that buying together takes.
    #[arg(long, value_name = "MONTHS")]
    lead: Option<i32>,
    /// Digits of the CPV code that make contracts alike.
    #[arg(long, value_name = "DIGITS")]
    cpv_digits: Option<i32>,
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    match command {
        Command::Import(options) => {
            let bytes = import::whole(&options.file)?;
            let layout = options.layout.unwrap_or_else(|| by_ending(&options.file));
            let header = proto::ContractImportHeader {
                layout: match layout {
                    Layout::Ocds => proto::ContractLayout::Ocds,
                    Layout::Csv => proto::ContractLayout::Csv,
                }
                .into(),
                buyers: options.buyer.iter().map(|text| alias(text)).collect::<Outcome<_>>()?,
                all_or_nothing: options.all_or_nothing,
                validate_only: options.dry_run,
            };
            report(format, &send(to, header, bytes).await?, options.dry_run)
        }
        Command::List(filter) => list(to, format, filter).await,
        Command::Opportunities { search, of, least } => opportunities(to, format, search, of, least).await,
        Command::Attach { opportunity, item, search, etag } => {
            let request = proto::AttachOpportunityRequest {
                opportunity: full_name("opportunities", &opportunity),
                work_item: full_name("workItems", &item),
                search: Some(search.into()),
                etag,
                request_id: new_request_id(),
            };
            let attached = to.procurement()?.attach_opportunity(request).await?.into_inner();
            output::one(format, &attached, &attachment_columns(), |a| {
                let outcome = if a.raised { "raised" } else { "left as it is" };
                let item = last_part(&a.work_item);
                format!("{item}: {} {outcome}. {}\n", last_part(&a.criterion), a.explanation)
            })
        }
        Command::Detach { opportunity, item } => {
            let request = proto::DetachOpportunityRequest {
                opportunity: full_name("opportunities", &opportunity),
                work_item: full_name("workItems", &item),
                request_id: new_request_id(),
            };
            let detached = to.procurement()?.detach_opportunity(request).await?.into_inner();
            output::single(format, &detached, &attachment_columns())
        }
        Command::Attachments { item } => attachments(to, format, item).await,
        Command::Policy(changes) => policy(to, format, changes).await,
    }
}

fn by_ending(file: &Path) -> Layout {
    match file.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Layout::Ocds,
        _ => Layout::Csv,
    }
}

fn alias(text: &str) -> Outcome<proto::BuyerAlias> {
    let parts =
        text.rsplit_once('=').filter(|(buyer, organisation)| !buyer.is_empty() && !organisation.is_empty());
    let (buyer, organisation) =
        parts.ok_or_else(|| Failure::usage(format!("--buyer {text:?}: give BUYER=ORGANISATION")))?;
    Ok(proto::BuyerAlias { buyer: buyer.to_owned(), organisation: full_name("organisations", organisation) })
}

async fn send(
    to: &Connection<'_>,
    header: proto::ContractImportHeader,
    bytes: Vec<u8>,
) -> Outcome<proto::ImportContractsResponse> {
    let bar = import::bytes_bar(bytes.len());
    let sent = bar.clone();
    let chunks: Vec<Vec<u8>> = bytes.chunks(import::CHUNK).map(<[u8]>::to_vec).collect();
    let parts = std::iter::once(Part::Header(header)).chain(chunks.into_iter().map(Part::Chunk));
    let parts = stream::iter(parts).map(move |part| {
        if let Part::Chunk(chunk) = &part {
            sent.inc(chunk.len() as u64);
        }
        proto::ImportContractsRequest { part: Some(part) }
    });
    let imported = to.procurement()?.import_contracts(parts).await;
    bar.finish_and_clear();
    Ok(imported?.into_inner())
}

/// Rows that stayed out are listed; they fail the command only when nothing went in.
fn report(format: Format, report: &proto::ImportContractsResponse, dry_run: bool) -> Outcome {
    if format.is_table() {
        if !report.reports.is_empty() {
            let columns = [
                number("row", |r: &proto::ContractRowReport| r.row.to_string()),
                column("what", |r| {
                    r.outcome().as_str_name().trim_start_matches("CONTRACT_ROW_OUTCOME_").to_lowercase()
                }),
                column("field", |r| r.field.clone()),
                column("why", |r| r.description.clone()),
            ];
            output::list(format, &report.reports, &columns)?;
        }
        let would = if dry_run { " would be" } else { "" };
        output::note(format!(
            "{} contracts: {}{would} made, {} changed, {} unchanged, {} outdated; {} rows rejected, {} left out; {} \
             opportunities found",
            report.contracts,
            report.created,
            report.changed,
            report.unchanged,
            report.outdated,
            report.rejected,
            report.skipped,
            report.opportunities_found
        ));
    } else {
        output::value(format, &output::json(report)?)?;
    }
    if report.rejected > 0 && report.contracts == 0 {
        return Err(Failure::usage("no contract could be imported"));
    }
    Ok(())
}

async fn list(to: &Connection<'_>, format: Format, filter: List) -> Outcome {
    let mut client = to.procurement()?;
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListContractsRequest {
            page_size: 1000,
            page_token,
            organisation: filter
                .organisation
                .as_deref()
                .map(|o| full_name("organisations", o))
                .unwrap_or_default(),
            supplier: filter.supplier.clone(),
            cpv_prefix: filter.cpv.clone(),
            status: proto::ContractStatus::Unspecified.into(),
            ends_from: filter.ends_from.clone(),
            ends_to: filter.ends_to.clone(),
        };
        let page = client.list_contracts(request).await?.into_inner();
        all.extend(page.contracts);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return output::list(format, &all, &columns());
        }
    }
}

fn columns() -> Vec<Column<proto::Contract>> {
    vec![
        column("organisation", |c| last_part(&c.organisation)),
        column("contract", |c| c.contract.clone()),
        column("product", |c| c.product.clone()),
        column("supplier", |c| c.supplier_name.clone()),
        number("gbp a year", |c| c.annual_value_pence.map(pounds).unwrap_or_default()),
        column("ends", |c| c.end_date.clone()),
        wide(column("at most", |c| c.max_extent_date.clone())),
        wide(column("status", |c| {
            c.status().as_str_name().trim_start_matches("CONTRACT_STATUS_").to_lowercase()
        })),
        wide(column("cpv", |c| c.cpv.clone())),
        wide(column("title", |c| c.title.clone())),
        wide(column("id", |c| last_part(&c.name))),
    ]
}

fn pounds(pence: i64) -> String {
    format!("{}.{:02}", pence / 100, pence % 100)
}

impl From<Search> for proto::OpportunitySearch {
    fn from(search: Search) -> Self {
        let basis = match search.by {
            None => proto::OpportunityBasis::Unspecified,
            Some(Basis::Product) => proto::OpportunityBasis::Product,
            Some(Basis::Supplier) => proto::OpportunityBasis::Supplier,
            Some(Basis::Category) => proto::OpportunityBasis::Category,
        };
        proto::OpportunitySearch {
            basis: basis.into(),
            cpv_digits: search.cpv_digits,
            window_months: search.window,
            lead_months: search.lead,
            at_date: search.at,
        }
    }
}

async fn opportunities(
    to: &Connection<'_>,
    format: Format,
    search: Search,
    of: Option<String>,
    least: i32,
) -> Outcome {
    let mut client = to.procurement()?;
    let search: proto::OpportunitySearch = search.into();
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListOpportunitiesRequest {
            search: Some(search.clone()),
            page_size: 1000,
            page_token,
            organisation: of.as_deref().map(|o| full_name("organisations", o)).unwrap_or_default(),
            least_organisations: least,
        };
        let page = client.list_opportunities(request).await?.into_inner();
        all.extend(page.opportunities);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let columns = [
        column("begin by", |o: &proto::Opportunity| o.suggested_start_date.clone()),
        number("councils", |o| o.organisations.len().to_string()),
        number("gbp a year", |o| pounds(o.annual_value_pence)),
        number("no value", |o| o.contracts_without_value.to_string()),
        column("alike", |o| o.title.clone()),
        column("by", |o| o.basis().as_str_name().trim_start_matches("OPPORTUNITY_BASIS_").to_lowercase()),
        column("first end", |o| o.earliest_end_date.clone()),
        column("last end", |o| o.latest_end_date.clone()),
        column("opportunity", |o| last_part(&o.name)),
        wide(column("ending", |o| {
            o.ending().as_str_name().trim_start_matches("OPPORTUNITY_ENDING_").to_lowercase()
        })),
        wide(column("organisations", |o| {
            o.organisations.iter().map(|name| last_part(name)).collect::<Vec<_>>().join(", ")
        })),
    ];
    output::list(format, &all, &columns)
}

fn likely(score: Option<&proto::Score>) -> String {
    score.map(|score| decimal::show(score.likely, 1)).unwrap_or_default()
}

fn attachment_columns() -> Vec<Column<proto::Attachment>> {
    vec![
        column("when", |a| output::time(a.create_time.as_ref())),
        column("item", |a| last_part(&a.work_item)),
        column("opportunity", |a| last_part(&a.opportunity)),
        column("what", |a| if a.detached { "taken back" } else { "attached" }.to_owned()),
        column("criterion", |a| last_part(&a.criterion)),
        number("gbp a year", |a| pounds(a.total_annual_value_pence)),
        number("was", |a| likely(a.score_before.as_ref())),
        number("is", |a| likely(a.score_after.as_ref())),
        column("by", |a| a.actor.clone()),
        wide(column("how", |a| a.explanation.clone())),
    ]
}

async fn attachments(to: &Connection<'_>, format: Format, item: Option<String>) -> Outcome {
    let mut client = to.procurement()?;
    let work_item = item.map(|item| full_name("workItems", &item)).unwrap_or_default();
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request =
            proto::ListAttachmentsRequest { work_item: work_item.clone(), page_size: 1000, page_token };
        let page = client.list_attachments(request).await?.into_inner();
        all.extend(page.attachments);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return output::list(format, &all, &attachment_columns());
        }
    }
}

async fn policy(to: &Connection<'_>, format: Format, changes: Policy) -> Outcome {
    let mut client = to.procurement()?;
    let held = client.get_procurement_policy(proto::GetProcurementPolicyRequest {}).await?.into_inner();
    let pence = |pounds: Option<i64>, held: i64| pounds.map_or(held, |pounds| pounds.saturating_mul(100));
    let wanted = proto::ProcurementPolicy {
        criterion: changes.criterion.map_or(held.criterion.clone(), |c| full_name("criteria", &c)),
        floor_pence: pence(changes.floor, held.floor_pence),
        ceiling_pence: pence(changes.ceiling, held.ceiling_pence),
        window_months: changes.window.unwrap_or(held.window_months),
        lead_months: changes.lead.unwrap_or(held.lead_months),
        cpv_digits: changes.cpv_digits.unwrap_or(held.cpv_digits),
        etag: held.etag.clone(),
    };
    let policy = if wanted == held { held } else { update(to, wanted).await? };
    let columns = [
        column("criterion", |p: &proto::ProcurementPolicy| last_part(&p.criterion)),
        number("floor gbp", |p| pounds(p.floor_pence)),
        number("ceiling gbp", |p| pounds(p.ceiling_pence)),
        number("window months", |p| p.window_months.to_string()),
        number("lead months", |p| p.lead_months.to_string()),
        number("cpv digits", |p| p.cpv_digits.to_string()),
        wide(column("etag", |p| p.etag.clone())),
    ];
    output::single(format, &policy, &columns)
}

async fn update(to: &Connection<'_>, policy: proto::ProcurementPolicy) -> Outcome<proto::ProcurementPolicy> {
    let request =
        proto::UpdateProcurementPolicyRequest { policy: Some(policy), request_id: new_request_id() };
    Ok(to.procurement()?.update_procurement_policy(request).await?.into_inner())
}

/// Brings the seed's contracts in, and names the criterion that takes procurement evidence.
pub async fn seed(to: &Connection<'_>, contracts: &str, criterion: &str) -> Outcome {
    let mut client = to.procurement()?;
    let held = client.get_procurement_policy(proto::GetProcurementPolicyRequest {}).await?.into_inner();
    let criterion = full_name("criteria", criterion);
    update(to, proto::ProcurementPolicy { criterion, ..held }).await?;
    let header = proto::ContractImportHeader {
        layout: proto::ContractLayout::Csv.into(),
        all_or_nothing: true,
        ..Default::default()
    };
    send(to, header, contracts.as_bytes().to_vec()).await.map(drop)
}
