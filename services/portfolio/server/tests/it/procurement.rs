use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::{Ids, SystemIds};
use soundings_jetstream::lookup;
use soundings_mailbox::sql;
use soundings_portfolio_domain::{Kind::Official, ONE};
use soundings_proto::{
    portfolio::v1::{
        self as proto, import_contracts_request::Part, procurement_service_client::ProcurementServiceClient,
    },
    subjects,
};
use tonic::{Code, Status};

use crate::setup::{
    Authorised,
    Engine::{self, Postgres, Sqlite},
    Ground, World, code, fields, order,
};

type Client = ProcurementServiceClient<Authorised>;

fn manager(world: &World) -> Client {
    ProcurementServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]))
}

/// Two councils' payroll ends within a year, one's licences in ten years; the days are far off, for the clock is today's.
const CSV: &str = "organisation,contract,supplier,supplier_id,cpv,product,annual_value,end,max_extent,released\n\
    GLG,G-1,Acme Ltd,S1,48450000-7,Payroll,100000,2090-03-31,2092-03-31,2024-01-01\n\
    EDH Council,E-1,Bolt plc,S2,48450000,payroll,150000.50,2090-09-30,,2024-01-01\n\
    ORK,O-1,Acme Ltd,S1,48900000,Licences,,2099-01-01,,2024-01-01\n";

fn header(layout: proto::ContractLayout) -> proto::ContractImportHeader {
    proto::ContractImportHeader { layout: layout.into(), ..Default::default() }
}

async fn import(
    mut client: Client,
    header: proto::ContractImportHeader,
    file: &str,
) -> Result<proto::ImportContractsResponse, Status> {
    // In pieces of a few bytes each, as a network might cut it.
    let chunks = file.as_bytes().chunks(100).map(|chunk| Part::Chunk(chunk.to_vec()));
    let parts: Vec<_> = std::iter::once(Part::Header(header)).chain(chunks).collect();
    let parts = parts.into_iter().map(|part| proto::ImportContractsRequest { part: Some(part) });
    Ok(client.import_contracts(futures::stream::iter(parts)).await?.into_inner())
}

async fn import_csv(world: &World, file: &str) -> proto::ImportContractsResponse {
    import(manager(world), header(proto::ContractLayout::Csv), file).await.unwrap()
}

async fn list(world: &World, request: proto::ListContractsRequest) -> Vec<proto::Contract> {
    manager(world).list_contracts(request).await.unwrap().into_inner().contracts
}

async fn opportunities(world: &World, basis: proto::OpportunityBasis) -> Vec<proto::Opportunity> {
    let search = proto::OpportunitySearch { basis: basis.into(), ..Default::default() };
    let request = proto::ListOpportunitiesRequest { search: Some(search), ..Default::default() };
    manager(world).list_opportunities(request).await.unwrap().into_inner().opportunities
}

/// Aggregates and bodies of the opportunities that were told of.
async fn told(world: &World) -> Vec<(String, proto::OpportunityFound)> {
    let query = "SELECT aggregate_id, data FROM outbox WHERE ty = 'soundings.portfolio.opportunity.found.v1' \
                 ORDER BY position";
    let rows = sql::query(world.running.runtime.db.read(), query, vec![]).await.unwrap();
    let read = |row| {
        let data: Vec<u8> = sql::column(row, "data").unwrap();
        (sql::column(row, "aggregate_id").unwrap(), prost::Message::decode(data.as_slice()).unwrap())
    };
    rows.iter().map(read).collect()
}

/// The policy that scores fit.
async fn take_evidence(world: &World) -> proto::ProcurementPolicy {
    let mut client = manager(world);
    let policy =
        client.get_procurement_policy(proto::GetProcurementPolicyRequest {}).await.unwrap().into_inner();
    let policy = proto::ProcurementPolicy { criterion: "criteria/fit".into(), ..policy };
    let request = proto::UpdateProcurementPolicyRequest { policy: Some(policy), ..Default::default() };
    client.update_procurement_policy(request).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_file_goes_in_once_and_the_latest_release_wins(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let tried = proto::ContractImportHeader { validate_only: true, ..header(proto::ContractLayout::Csv) };
    assert_eq!(import(manager(&world), tried, CSV).await.unwrap().created, 3);
    assert_eq!(list(&world, Default::default()).await, [], "a trial writes nothing");

    let first = import_csv(&world, CSV).await;
    assert_eq!((first.contracts, first.created, first.rejected), (3, 3, 0));
    let again = import_csv(&world, CSV).await;
    assert_eq!((again.created, again.changed, again.unchanged, again.opportunities_found), (0, 0, 3, 0));

    let later = CSV.replace("150000.50", "170000").replace("2024-01-01", "2024-02-01");
    let later = import_csv(&world, &later).await;
    assert_eq!((later.changed, later.unchanged), (1, 2));
    // The earlier file comes late, and changes nothing back.
    let late = import_csv(&world, CSV).await;
    assert_eq!((late.changed, late.unchanged, late.outdated), (0, 2, 1));
    let supplier = proto::ListContractsRequest { supplier: "bolt PLC".into(), ..Default::default() };
    let listed = list(&world, supplier).await;
    assert_eq!(listed.iter().map(|c| c.annual_value_pence).collect::<Vec<_>>(), [Some(17_000_000)]);
    let get = proto::GetContractRequest { name: listed[0].name.clone() };
    assert_eq!(manager(&world).get_contract(get).await.unwrap().into_inner(), listed[0]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn releases_of_ocds_become_contracts(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let release = |date: &str, buyer: &str, status: &str| {
        format!(
            r#"{{"ocid": "ocds-1", "date": "{date}", "buyer": {{"id": "{buyer}", "name": "GLG Council"}},
            "awards": [{{"id": "a", "suppliers": [{{"id": "s", "name": "Acme Ltd"}}]}}],
            "contracts": [{{"id": "c", "awardID": "a", "status": "{status}",
              "period": {{"startDate": "2087-04-01", "endDate": "2091-03-31"}},
              "value": {{"amount": 400000, "currency": "GBP"}}}}]}}"#
        )
    };
    // The latest release of the file wins, wherever it stands.
    let (late, early) = (release("2025-02-01", "x", "terminated"), release("2025-01-01", "x", "active"));
    let package = format!(r#"{{"releases": [{late}, {early}, {{"ocid": "ocds-2"}}]}}"#);
    let reply = import(manager(&world), header(proto::ContractLayout::Ocds), &package).await.unwrap();
    assert_eq!((reply.contracts, reply.created, reply.outdated, reply.rejected), (2, 1, 1, 1));
    let report = proto::ContractRowReport {
        row: 3,
        field: "releases[2].date".into(),
        description: "must be a time such as 2025-03-31T12:00:00Z".into(),
        outcome: proto::ContractRowOutcome::Rejected.into(),
    };
    assert_eq!(reply.reports, [report]);
    let listed = list(&world, Default::default()).await;
    assert_eq!(listed[0].status(), proto::ContractStatus::Terminated);
    assert_eq!(
        (listed[0].annual_value_pence, listed[0].organisation.as_str()),
        (Some(10_000_000), "organisations/GLG")
    );
    let alias = |organisation: &str| proto::ContractImportHeader {
        buyers: vec![proto::BuyerAlias { buyer: "X".into(), organisation: organisation.into() }],
        ..header(proto::ContractLayout::Ocds)
    };
    import(manager(&world), alias("organisations/ORK"), &release("2026-01-01", "x", "active")).await.unwrap();
    assert_eq!(list(&world, Default::default()).await[0].organisation, "organisations/ORK");
    let unknown = import(manager(&world), alias("organisations/NONE"), "{}").await;
    assert_eq!(fields(unknown), ["header.buyers"]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_bad_row_stops_itself_alone_unless_all_is_asked_for(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let spoilt = CSV.replace("GLG,G-1", "NONE,G-1");
    let whole = proto::ContractImportHeader { all_or_nothing: true, ..header(proto::ContractLayout::Csv) };
    let refused = import(manager(&world), whole.clone(), &spoilt).await;
    assert_eq!(fields(refused), ["row 2: organisation"]);
    assert_eq!(list(&world, Default::default()).await, []);
    let reply = import_csv(&world, &spoilt).await;
    assert_eq!((reply.created, reply.rejected), (2, 1));
    assert_eq!((reply.reports[0].row, reply.reports[0].field.as_str()), (2, "organisation"));
    assert_eq!(import(manager(&world), whole, CSV).await.unwrap().created, 1);
    assert_eq!(fields(import(manager(&world), Default::default(), CSV).await), ["header.layout"]);
    let analyst = ProcurementServiceClient::new(world.authorised("ana", &[Role::Analyst]));
    let denied = import(analyst, header(proto::ContractLayout::Csv), CSV).await;
    assert_eq!(code(denied), Code::PermissionDenied);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn contracts_are_filtered_and_paged(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    import_csv(&world, CSV).await;
    let names = |contracts: Vec<proto::Contract>| {
        let mut names: Vec<_> = contracts.into_iter().map(|c| c.contract).collect();
        names.sort();
        names.join(" ")
    };
    let of = |request: proto::ListContractsRequest| async { names(list(&world, request).await) };
    type Request = proto::ListContractsRequest;
    assert_eq!(of(Request { organisation: "organisations/GLG".into(), ..Default::default() }).await, "G-1");
    assert_eq!(of(Request { supplier: "S1".into(), ..Default::default() }).await, "G-1 O-1");
    assert_eq!(of(Request { cpv_prefix: "4845".into(), ..Default::default() }).await, "E-1 G-1");
    let (ends_from, ends_to) = ("2090-04-01".to_owned(), "2090-12-31".to_owned());
    assert_eq!(of(Request { ends_from, ends_to, ..Default::default() }).await, "E-1");
    let pending = proto::ContractStatus::Pending.into();
    assert_eq!(of(Request { status: pending, ..Default::default() }).await, "");
    let wrong = Request { ends_from: "soon".into(), ..Default::default() };
    assert_eq!(fields(manager(&world).list_contracts(wrong).await), ["ends_from"]);
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = Request { page_size: 1, page_token, ..Default::default() };
        let page = manager(&world).list_contracts(request).await.unwrap().into_inner();
        all.extend(page.contracts);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names(all), "E-1 G-1 O-1");
    // Who speaks for one council sees its contracts alone.
    let bound = &[Role::Respondent, Role::Analyst];
    let mut bound = ProcurementServiceClient::new(world.authorised("ben", bound));
    let own = bound.list_contracts(Request::default()).await.unwrap().into_inner().contracts;
    assert_eq!(names(own), "G-1");
    let maps =
        "organisation,contract,supplier,product,end\nEDH,E-3,X,Maps,2090-01-01\nORK,O-3,X,Maps,2090-02-01\n";
    import_csv(&world, maps).await;
    let of_all = opportunities(&world, proto::OpportunityBasis::Product).await;
    let search =
        proto::OpportunitySearch { basis: proto::OpportunityBasis::Product.into(), ..Default::default() };
    let request = proto::ListOpportunitiesRequest { search: Some(search), ..Default::default() };
    let of_own = bound.list_opportunities(request).await.unwrap().into_inner().opportunities;
    assert_eq!((of_all.len(), of_own.len(), of_own[0].title.as_str()), (2, 1, "Payroll"));
    let foreign =
        list(&world, Request { organisation: "organisations/ORK".into(), ..Default::default() }).await;
    let foreign = proto::GetContractRequest { name: foreign[0].name.clone() };
    assert_eq!(code(bound.get_contract(foreign).await), Code::NotFound);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_opportunity_is_told_of_once(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let reply = import_csv(&world, CSV).await;
    assert_eq!(reply.opportunities_found, 2, "by product and by category");
    let found = opportunities(&world, proto::OpportunityBasis::Product).await;
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!(one.organisations, ["organisations/EDH", "organisations/GLG"]);
    assert_eq!((one.annual_value_pence, one.contracts_without_value), (25_000_050, 0));
    assert_eq!((one.title.as_str(), one.suggested_start_date.as_str()), ("Payroll", "2089-06-30"));
    let first = told(&world).await;
    assert_eq!(first.len(), 2);
    let body = first.iter().find(|(id, _)| one.name.ends_with(id)).unwrap().1.clone();
    assert_eq!((body.opportunity.as_str(), body.contracts, body.cpv.as_str()), (one.name.as_str(), 2, ""));
    assert_eq!(body.annual_value_pence, one.annual_value_pence);
    assert!(first.iter().any(|(_, body)| body.cpv == "48450"), "{first:?}");
    let subject = subjects::OPPORTUNITY_FOUND.subject(one.name.trim_start_matches("opportunities/"));
    let arrived = crate::setup::until("the event in the stream", async || {
        lookup::last_for_subject(&ground.nats.connection, subjects::PORTFOLIO, &subject).await.ok()?
    });
    let arrived = arrived.await;
    assert_eq!((arrived.sequence, prost::Message::decode(arrived.data.as_slice()).ok()), (1, Some(body)));

    // A third council joins what is known; a restart finds nothing to tell.
    let third = CSV.replace(
        "ORK,O-1,Acme Ltd,S1,48900000,Licences,,2099-01-01",
        "ORK,O-1,Acme Ltd,S1,48450000,Payroll,,2090-06-30",
    );
    assert_eq!(import_csv(&world, &third.replace("2024-01-01", "2024-02-01")).await.opportunities_found, 1);
    let found = opportunities(&world, proto::OpportunityBasis::Product).await;
    assert_eq!((found.len(), found[0].organisations.len(), found[0].contracts_without_value), (1, 3, 1));
    assert_eq!(found[0].name, one.name);
    let third = told(&world).await;
    assert_eq!(third.len(), 3, "by supplier, and none again");
    world.stop().await;
    let world = ground.start().await;
    assert_eq!(import_csv(&world, CSV).await.opportunities_found, 0);
    assert_eq!(told(&world).await.len(), 3);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_import_that_did_not_live_to_tell_of_it_is_told_of_at_the_next_start(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    import_csv(&world, CSV).await;
    let db = &world.running.runtime.db;
    for table in ["opportunities_found", "outbox WHERE ty LIKE '%opportunity%'"] {
        let tx = db.begin().await.unwrap();
        sql::execute(&tx, &format!("DELETE FROM {table}"), vec![]).await.unwrap();
        soundings_mailbox::database::commit(tx).await.unwrap();
    }
    world.stop().await;
    let world = ground.start().await;
    crate::setup::until("opportunities told of", async || (told(&world).await.len() == 2).then_some(()))
        .await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_opportunity_moves_the_item_that_it_is_evidence_for(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    import_csv(&world, CSV).await;
    let one = opportunities(&world, proto::OpportunityBasis::Product).await.remove(0);
    let request = proto::AttachOpportunityRequest {
        opportunity: one.name.clone(),
        work_item: "workItems/C".into(),
        request_id: SystemIds.next().to_string(),
        ..Default::default()
    };
    let refused = manager(&world).attach_opportunity(request.clone()).await;
    assert_eq!(code(refused), Code::FailedPrecondition, "no criterion takes evidence");
    let policy = take_evidence(&world).await;
    let policy = proto::ProcurementPolicy { etag: "0".into(), ..policy };
    let stale = proto::UpdateProcurementPolicyRequest { policy: Some(policy), ..Default::default() };
    assert_eq!(code(manager(&world).update_procurement_policy(stale).await), Code::Aborted);

    let before = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&before), ["A", "B", "C"]);
    // £250,000.50 a year, from £10,000 (0) to £10,000,000 (100): 46.6. C has 40.
    let attached = manager(&world).attach_opportunity(request.clone()).await.unwrap().into_inner();
    let after = attached.score_after.clone().unwrap();
    assert_eq!((after.likely, attached.raised), (46_600_000_000_000, true));
    assert_eq!(attached.score_before.as_ref().unwrap().likely, 40 * ONE);
    assert_eq!((attached.actor.as_str(), attached.total_annual_value_pence), ("mia", 25_000_050));
    assert!(
        attached.explanation.contains("2 contracts cost £250000.50 a year together"),
        "{}",
        attached.explanation
    );
    world.ranked().await;
    let explained = proto::ExplainMoveRequest {
        work_item: "workItems/C".into(),
        from_revision: before.revision,
        ..Default::default()
    };
    let why = world.analyst().explain_move(explained).await.unwrap().into_inner();
    assert_eq!(why.parts.iter().map(|p| p.criterion.as_str()).collect::<Vec<_>>(), ["criteria/fit"]);
    assert!(why.value_after > why.value_before);

    // A repeat has no effect, and gets the first reply.
    let position = world.inputs().await.1;
    assert_eq!(manager(&world).attach_opportunity(request.clone()).await.unwrap().into_inner(), attached);
    // The same evidence again counts once, and a score that is as good stays: A has 80.
    for item in ["C", "A"] {
        let work_item = format!("workItems/{item}");
        let again =
            proto::AttachOpportunityRequest { work_item, request_id: String::new(), ..request.clone() };
        let again = manager(&world).attach_opportunity(again).await.unwrap().into_inner();
        assert_eq!((again.raised, again.total_annual_value_pence), (false, 25_000_050));
        assert_eq!(again.score_after.unwrap().likely, if item == "A" { 80 * ONE } else { after.likely });
    }
    assert_eq!(world.inputs().await.1, position, "the ranking's inputs stand");
    let trail = proto::ListAttachmentsRequest { work_item: "workItems/C".into(), ..Default::default() };
    let trail = manager(&world).list_attachments(trail).await.unwrap().into_inner().attachments;
    assert_eq!(trail.len(), 2);
    assert_eq!(trail[1], attached);

    let stale =
        proto::AttachOpportunityRequest { etag: "1".into(), request_id: String::new(), ..request.clone() };
    assert_eq!(code(manager(&world).attach_opportunity(stale).await), Code::Aborted);
    let unknown = proto::AttachOpportunityRequest {
        opportunity: "opportunities/none".into(),
        request_id: String::new(),
        ..request
    };
    assert_eq!(code(manager(&world).attach_opportunity(unknown).await), Code::NotFound);
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_was_taken_back_counts_no_more(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let licences = "ORK,O-2,Acme Ltd,S1,48900000,Licences,400000,2090-01-01,,2024-01-01\n\
                    EDH,E-2,Acme Ltd,S1,48900000,Licences,300000,2090-02-01,,2024-01-01\n";
    import_csv(&world, &format!("{CSV}{licences}")).await;
    take_evidence(&world).await;
    let found = opportunities(&world, proto::OpportunityBasis::Product).await;
    let named = |title: &str| found.iter().find(|one| one.title == title).unwrap().name.clone();
    let attach = |title: &str| {
        let (mut client, opportunity) = (manager(&world), named(title));
        let work_item = "workItems/C".to_owned();
        let request = proto::AttachOpportunityRequest { opportunity, work_item, ..Default::default() };
        async move { client.attach_opportunity(request).await.unwrap().into_inner() }
    };
    let detach = |title: &str| {
        let (mut client, opportunity) = (manager(&world), named(title));
        let (work_item, request_id) = ("workItems/C".to_owned(), SystemIds.next().to_string());
        let request = proto::DetachOpportunityRequest { opportunity, work_item, request_id };
        async move { Ok::<_, Status>(client.detach_opportunity(request).await?.into_inner()) }
    };
    assert_eq!(attach("Licences").await.total_annual_value_pence, 70_000_000);
    let both = attach("Payroll").await;
    assert_eq!(both.total_annual_value_pence, 95_000_050, "each contract counts once");
    let back = detach("Licences").await.unwrap();
    assert_eq!((back.detached, back.total_annual_value_pence), (true, 25_000_050));
    assert_eq!(back.score_after, both.score_after, "the score stays");
    assert_eq!(code(detach("Licences").await), Code::NotFound);
    assert_eq!(attach("Payroll").await.total_annual_value_pence, 25_000_050);
    let trail = manager(&world).list_attachments(proto::ListAttachmentsRequest::default()).await.unwrap();
    let trail: Vec<bool> = trail.into_inner().attachments.iter().map(|entry| entry.detached).collect();
    assert_eq!(trail, [false, true, false, false], "newest first");
    world.stop().await;
}

#[tokio::test]
async fn ten_who_attach_at_once_leave_one_score_and_ten_entries() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    import_csv(&world, CSV).await;
    take_evidence(&world).await;
    let one = opportunities(&world, proto::OpportunityBasis::Category).await.remove(0);
    let position = world.inputs().await.1;
    let attach = (0..10).map(|_| {
        let (mut client, opportunity) = (manager(&world), one.name.clone());
        let work_item = "workItems/C".to_owned();
        let request = proto::AttachOpportunityRequest { opportunity, work_item, ..Default::default() };
        async move { client.attach_opportunity(request).await.unwrap().into_inner().raised }
    });
    let raised = futures::future::join_all(attach).await;
    assert_eq!(raised.iter().filter(|raised| **raised).count(), 1);
    assert_eq!(world.inputs().await.1, position + 1);
    world.stop().await;
}
