use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::Lifecycle;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::portfolio::v1::{
    self as proto, benefits_service_client::BenefitsServiceClient,
    documents_service_client::DocumentsServiceClient, render_document_response::Part,
};
use tonic::{Code, Status};

use crate::{
    nats::signal,
    setup::{
        Authorised,
        Engine::{self, Postgres, Sqlite},
        Ground, World, code, fields,
    },
    themes::{Answer::Words, Themes},
};

type Client = DocumentsServiceClient<Authorised>;

const FORMATS: [proto::DocumentFormat; 5] = [
    proto::DocumentFormat::Html,
    proto::DocumentFormat::Markdown,
    proto::DocumentFormat::Csv,
    proto::DocumentFormat::Docx,
    proto::DocumentFormat::Xlsx,
];

fn manager(world: &World) -> Client {
    DocumentsServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]))
}

fn respondent(world: &World) -> Client {
    DocumentsServiceClient::new(world.authorised("rob", &[Role::Respondent]))
}

fn asked(kind: proto::DocumentKind, format: proto::DocumentFormat) -> proto::RenderDocumentRequest {
    let organisation = match kind {
        proto::DocumentKind::Receipt => "organisations/GLG".to_owned(),
        _ => String::new(),
    };
    proto::RenderDocumentRequest {
        kind: kind.into(),
        format: format.into(),
        organisation,
        ..Default::default()
    }
}

fn receipt(organisation: &str) -> proto::RenderDocumentRequest {
    let organisation = format!("organisations/{organisation}");
    proto::RenderDocumentRequest {
        organisation,
        ..asked(proto::DocumentKind::Receipt, proto::DocumentFormat::Markdown)
    }
}

async fn render(
    mut client: Client,
    request: proto::RenderDocumentRequest,
) -> Result<(proto::DocumentHeader, Vec<u8>), Status> {
    let mut pieces = client.render_document(request).await?.into_inner();
    let Some(Part::Header(header)) = pieces.message().await?.unwrap().part else { panic!("no header") };
    let mut bytes = Vec::new();
    while let Some(piece) = pieces.message().await? {
        let Some(Part::Chunk(chunk)) = piece.part else { panic!("a second header") };
        bytes.extend(chunk);
    }
    assert_eq!(header.size, bytes.len() as i64);
    Ok((header, bytes))
}

async fn text(client: Client, request: proto::RenderDocumentRequest) -> String {
    String::from_utf8(render(client, request).await.unwrap().1).unwrap()
}

/// GLG and ORK raise T1, GLG the more; ORK's people raise T2, which is not signed off.
async fn answered(ground: &Ground) -> World {
    let world = ground.furnished().await;
    let events = [signal("GLG", 1, 8, &[("T1", 7)]), signal("ORK", 1, 4, &[("T1", 1), ("T2", 2)])];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    world
}

async fn apply_benefit(world: &World) {
    let benefit = proto::Benefit {
        name: "benefits/B1".into(),
        title: "Fewer calls".into(),
        r#type: proto::BenefitType::Quality.into(),
        sources: vec![proto::BenefitSource { work_item: "workItems/B".into(), share: 500 }],
        owner: "Head of care".into(),
        measure: "failed calls".into(),
        baseline: 40_000_000,
        target: 10_000_000,
        profile: vec![proto::PlannedAmount { date: "2021-03-31".into(), amount: 10_000_000 }],
        status: proto::BenefitStatus::Agreed.into(),
        illustrative: true,
        ..Default::default()
    };
    let request = proto::ApplyBenefitsRequest { benefits: vec![benefit], ..Default::default() };
    let mut client = BenefitsServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]));
    client.apply_benefits(request).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_same_revision_gives_the_same_bytes_whenever_it_is_asked_for(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    apply_benefit(&world).await;
    let revision = world.ranking(Official, 0).await.unwrap().revision;
    let kinds =
        [proto::DocumentKind::BusinessPlan, proto::DocumentKind::Benefits, proto::DocumentKind::Receipt];
    let requests: Vec<_> =
        kinds.into_iter().flat_map(|kind| FORMATS.map(|format| asked(kind, format))).collect();
    let requests: Vec<_> = requests
        .into_iter()
        .map(|request| proto::RenderDocumentRequest { revision, register_version: 1, ..request })
        .collect();
    let mut first = Vec::new();
    for request in &requests {
        first.push(render(manager(&world), request.clone()).await.unwrap());
    }
    world.stop().await;

    // A later day, another process, a newer revision and a newer register.
    ground.clock.advance(chrono::Duration::hours(5));
    let world = ground.start().await;
    let events = [signal("EDH", 1, 9, &[("T1", 9)])];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    let delete = proto::DeleteBenefitRequest { name: "benefits/B1".into(), ..Default::default() };
    let mut benefits = BenefitsServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]));
    benefits.delete_benefit(delete).await.unwrap();
    let newest = render(manager(&world), asked(proto::DocumentKind::BusinessPlan, FORMATS[0])).await.unwrap();
    assert_ne!(newest.0.revision, first[0].0.revision);
    for (request, (header, bytes)) in requests.into_iter().zip(first) {
        let (again, same) = render(manager(&world), request).await.unwrap();
        assert_eq!(again, header);
        assert!(same == bytes, "{} differs", header.file_name);
    }
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn documents_tell_what_the_revision_counted(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    apply_benefit(&world).await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    let mut plan = asked(proto::DocumentKind::BusinessPlan, proto::DocumentFormat::Markdown);
    plan.notice = "For show.".into();
    let plan = text(respondent(&world), plan).await;
    let first = &ranking.items[0];
    for told in [
        "# Business Plan: Our Programme of Work – Role, Key Actions and Outcomes",
        "**For show.**",
        &ranking.digest,
        "## First",
        &format!("| {} | 1 | First |", first.title),
        "| Theme T1 | 2 of 2 | 8 of 12 | 1 |",
        "### We asked, you said, we did",
    ] {
        assert!(plan.contains(told), "{told} in\n{plan}");
    }
    assert!(!plan.contains("Theme T2"), "it is not signed off");
    let provisional = proto::RenderDocumentRequest {
        ranking: proto::RankingKind::Provisional.into(),
        ..asked(proto::DocumentKind::BusinessPlan, proto::DocumentFormat::Markdown)
    };
    assert!(text(respondent(&world), provisional).await.contains("Theme T2"));

    let benefits = asked(proto::DocumentKind::Benefits, proto::DocumentFormat::Markdown);
    let benefits = proto::RenderDocumentRequest { date: "2021-04-01".into(), ..benefits };
    let benefits = text(respondent(&world), benefits).await;
    for told in [
        "Fewer calls (illustrative): was to be measured by 31 March 2021; owner: Head of care",
        "reviewed as of 1 April 2021",
        "Item B (50.0 %), which answers “Theme T1”",
        "## Work without a benefit in the register",
    ] {
        assert!(benefits.contains(told), "{told} in\n{benefits}");
    }
    let page = render(manager(&world), asked(proto::DocumentKind::BusinessPlan, FORMATS[0])).await.unwrap();
    assert_eq!(page.0.content_type, "text/html; charset=utf-8");
    assert_eq!(page.0.file_name, format!("business-plan-official-{}.html", ranking.revision));
    for format in [proto::DocumentFormat::Docx, proto::DocumentFormat::Xlsx] {
        let (_, bytes) =
            render(manager(&world), asked(proto::DocumentKind::BusinessPlan, format)).await.unwrap();
        assert_eq!(entry_dates(&bytes), [0x0021], "every part of the archive is of 1 January 1980");
    }
    world.stop().await;
}

/// The distinct dates of an archive's entries, as MS-DOS writes them.
fn entry_dates(archive: &[u8]) -> Vec<u16> {
    let headers = archive.windows(4).enumerate().filter(|(_, window)| *window == b"PK\x03\x04");
    let mut dates: Vec<u16> =
        headers.map(|(at, _)| u16::from_le_bytes([archive[at + 12], archive[at + 13]])).collect();
    dates.sort_unstable();
    dates.dedup();
    dates
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_receipt_quotes_its_own_council_and_is_for_its_eyes_alone(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = answered(&ground).await;
    themes.answer("T1", "GLG", Words("Costs.|Buy licences together, please do.|Share what we have."));
    themes.answer("T1", "ORK", Words("Islands need another way of working."));
    let own = text(respondent(&world), receipt("GLG")).await;
    for told in [
        "# What GLG Council said, and what came of it",
        "8 respondents answered for GLG Council",
        "| Theme T1 | 7 of 8 | 1 | 1 |",
        "> Buy licences together, please do.",
        "> Share what we have.",
        "| Item B |",
        "## What your answers moved",
    ] {
        assert!(own.contains(told), "{told} in\n{own}");
    }
    assert!(!own.contains("Islands"), "nobody else is quoted");
    assert!(own.find("Buy licences") < own.find("> Costs."), "what says something by itself comes first");
    themes.asked();
    let without = proto::RenderDocumentRequest { omit_quotes: true, ..receipt("GLG") };
    assert!(!text(respondent(&world), without).await.contains("Buy licences"));
    assert_eq!(themes.asked(), [], "nobody was asked");

    let waiting = text(manager(&world), receipt("ORK")).await;
    assert!(waiting.contains("Theme T2 (2 respondents): not signed off yet"), "{waiting}");
    let silent = text(manager(&world), receipt("EDH")).await;
    assert!(silent.contains("No answers of EDH Council are counted in this ranking yet."), "{silent}");

    // Another council's receipt is as if there were none, and so is that of nobody.
    assert_eq!(code(render(respondent(&world), receipt("ORK")).await), Code::NotFound);
    assert_eq!(code(render(manager(&world), receipt("NONE")).await), Code::NotFound);
    let service = DocumentsServiceClient::new(world.authorised("service:x", &[Role::Service]));
    assert_eq!(code(render(service, receipt("GLG")).await), Code::NotFound);
    world.stop().await;
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
}

#[tokio::test]
async fn what_is_asked_for_wrongly_is_named() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    let plan = asked(proto::DocumentKind::BusinessPlan, FORMATS[0]);
    let cases = [
        (proto::RenderDocumentRequest { kind: 0, ..plan.clone() }, "kind"),
        (proto::RenderDocumentRequest { format: 0, ..plan.clone() }, "format"),
        (proto::RenderDocumentRequest { notice: "x".repeat(501), ..plan.clone() }, "notice"),
        (proto::RenderDocumentRequest { organisation: "GLG".into(), ..receipt("GLG") }, "organisation"),
        (
            proto::RenderDocumentRequest {
                date: "soon".into(),
                ..asked(proto::DocumentKind::Benefits, FORMATS[0])
            },
            "date",
        ),
    ];
    for (request, field) in cases {
        assert_eq!(fields(render(manager(&world), request).await), [field]);
    }
    let later = proto::RenderDocumentRequest { revision: 99, ..plan };
    assert_eq!(code(render(manager(&world), later).await), Code::NotFound);
    world.stop().await;
}
