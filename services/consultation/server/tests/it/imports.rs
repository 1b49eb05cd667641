use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_proto::consultation::v1::{self as proto, import_responses_request::Part};
use tonic::{Code, Status};

use crate::setup::{
    Client,
    Engine::{self, Postgres, Sqlite},
    World, code, fields, questions, survey,
};

const FILE: &str = "organisation,row_key,words,one,some,mark
GLG,1,\"Laptops,
please.\",a,a;b,4
NONE,2,Nobody said this.,a,,4
EDH,3,Zanzibar,Zanzibar,,4
EDH,4,Fine.,a,,9
EDH,,Same again.,,,
EDH,,Same again.,,,
ORK,5,Too few columns.
ORK,1,Key used twice.,,,
ORK,6,,,,3
";

const POLIS: &str = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body
1,x,0,0,1,2,1,Build more homes.
1,x,1,1,1,2,-1,Buy my pills.
1,x,2,4,1,2,0,\"Rents, too, are high.\"
1,x,3,nobody,1,2,1,Who?
";

async fn import(
    world: &World,
    layout: proto::ImportLayout,
    file: &str,
    validate_only: bool,
) -> Result<proto::ImportResponsesResponse, Status> {
    import_by(world.operator(), layout, file, validate_only).await
}

async fn import_by(
    mut client: Client,
    layout: proto::ImportLayout,
    file: &str,
    validate_only: bool,
) -> Result<proto::ImportResponsesResponse, Status> {
    let (parent, layout, question) = ("surveys/s".to_owned(), layout.into(), String::new());
    let header = proto::ImportHeader { parent, layout, question, validate_only };
    let parts = std::iter::once(Part::Header(header))
        .chain(file.as_bytes().chunks(7).map(|chunk| Part::Chunk(chunk.to_vec())))
        .map(|part| proto::ImportResponsesRequest { part: Some(part) });
    let parts: Vec<_> = parts.collect();
    Ok(client.import_responses(futures::stream::iter(parts)).await?.into_inner())
}

fn tally(report: &proto::ImportResponsesResponse) -> [i64; 5] {
    [report.rows, report.imported, report.already_imported, report.skipped, report.rejected]
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn broken_rows_are_told_by_line_and_nothing_goes_in_twice(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let csv = proto::ImportLayout::Csv;
    assert_eq!(tally(&import(&world, csv, FILE, true).await.unwrap()), [9, 3, 0, 0, 6]);
    assert!(world.told_of("response").await.is_empty());

    let first = import(&world, csv, FILE, false).await.unwrap();
    assert_eq!(tally(&first), [9, 3, 0, 0, 6]);
    let told: Vec<_> = first.reports.iter().map(|r| (r.line, r.field.as_str())).collect();
    let expected = [(4, "organisation"), (5, "one"), (6, "mark"), (9, ""), (10, "row_key"), (11, "")];
    assert_eq!(told, expected);
    assert!(first.reports.iter().all(|r| !r.skipped && !r.description.contains("Zanzibar")), "{first:#?}");
    assert_eq!(world.told_of("response").await.len(), 3);

    assert_eq!(tally(&import(&world, csv, FILE, false).await.unwrap()), [9, 0, 3, 0, 6]);
    let mended = FILE.replace("NONE,2", "ORK,2").replace("Fine.,a,,9", "Fine.,a,,5");
    assert_eq!(tally(&import(&world, csv, &mended, false).await.unwrap()), [9, 2, 3, 0, 4]);
    assert_eq!(world.told_of("response").await.len(), 5);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn two_imports_of_one_file_at_once_bring_it_once(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut file = "organisation,words\n".to_owned();
    for at in 0..450 {
        file.push_str(&format!("GLG,Row {at}.\n"));
    }
    let csv = proto::ImportLayout::Csv;
    let (one, two) = futures::join!(import(&world, csv, &file, false), import(&world, csv, &file, false));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_eq!(one.imported + two.imported, 450);
    assert_eq!(one.already_imported + two.already_imported, 450);
    assert_eq!(world.told_of("response").await.len(), 450);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn polis_comments_are_spread_over_the_organisations_in_order_of_id(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let polis = proto::ImportLayout::PolisComments;
    let first = import(&world, polis, POLIS, false).await.unwrap();
    assert_eq!(tally(&first), [4, 2, 0, 1, 1]);
    let told: Vec<_> = first.reports.iter().map(|r| (r.line, r.field.as_str(), r.skipped)).collect();
    assert_eq!(told, [(3, "moderated", true), (5, "author-id", false)]);
    assert_eq!(tally(&import(&world, polis, POLIS, false).await.unwrap()), [4, 0, 2, 1, 1]);

    let list = proto::ListResponsesRequest { parent: "surveys/s".into(), ..Default::default() };
    let listed = world.operator().list_responses(list).await.unwrap().into_inner().responses;
    let whose: Vec<_> = listed.iter().map(|r| r.organisation.as_str()).collect();
    assert_eq!(whose, ["organisations/EDH", "organisations/GLG"]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_operator_of_one_organisation_brings_in_its_rows_alone(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let theirs = || world.client("ork", &[Role::Operator], Some("ORK"));
    let file = "organisation,words\nORK,Ours.\nGLG,Forged.\nNONE,Forged.\n";
    for validate_only in [true, false] {
        let report = import_by(theirs(), proto::ImportLayout::Csv, file, validate_only).await.unwrap();
        assert_eq!(tally(&report), [3, 1, 0, 0, 2]);
        let told: Vec<_> = report.reports.iter().map(|r| (r.line, r.field.as_str())).collect();
        assert_eq!(told, [(3, "organisation"), (4, "organisation")]);
        assert_eq!(report.reports[0].description, report.reports[1].description);
    }
    // The two comments would go to EDH and GLG.
    let report = import_by(theirs(), proto::ImportLayout::PolisComments, POLIS, false).await.unwrap();
    assert_eq!(tally(&report), [4, 0, 0, 1, 3]);
    assert_eq!(world.told_of("response").await.len(), 1);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_row_key_that_no_database_can_keep_does_not_fail_the_rows_beside_it(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let long = "k".repeat(100_000);
    let file = format!("organisation,row_key,words\nGLG,a\0b,One.\nGLG,{long},Two.\nGLG,c,Three.\n");
    let report = import(&world, proto::ImportLayout::Csv, &file, false).await.unwrap();
    assert_eq!(tally(&report), [3, 1, 0, 0, 2]);
    let told: Vec<_> = report.reports.iter().map(|r| (r.line, r.field.as_str())).collect();
    assert_eq!(told, [(2, "row_key"), (3, "row_key")]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_file_that_cannot_be_read_is_refused_whole(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let csv = proto::ImportLayout::Csv;
    assert_eq!(fields(import(&world, csv, "words\nhi\n", false).await), ["chunk"]);
    assert_eq!(
        fields(import(&world, proto::ImportLayout::Unspecified, FILE, false).await),
        ["header.layout"]
    );
    let chunk = proto::ImportResponsesRequest { part: Some(Part::Chunk(b"organisation".to_vec())) };
    let headless = world.operator().import_responses(futures::stream::iter([chunk])).await;
    assert_eq!(fields(headless), ["header"]);
    let large = proto::ImportResponsesRequest { part: Some(Part::Chunk(vec![b'x'; 2 * 1024 * 1024])) };
    let large = world.operator().import_responses(futures::stream::iter([large])).await;
    assert_eq!(code(large), Code::ResourceExhausted);

    world.close_survey("s").await;
    assert_eq!(code(import(&world, csv, FILE, false).await), Code::FailedPrecondition);
    world.operator().create_survey(survey("draft", questions())).await.unwrap();
}
