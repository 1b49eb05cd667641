use pretty_assertions::assert_eq;
use prost::Message;
use rstest::rstest;
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, code, fields, organisation, request_id,
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn they_are_registered_changed_and_told_of(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    let request = proto::CreateOrganisationRequest { request_id: request_id(), ..organisation("GLG") };
    let made = client.create_organisation(request.clone()).await.unwrap().into_inner();
    assert_eq!(made.name, "organisations/GLG");
    assert_eq!(client.create_organisation(request).await.unwrap().into_inner(), made);
    assert_eq!(client.create_organisation(organisation("GLG")).await.unwrap().into_inner(), made);
    let mut other = organisation("GLG");
    other.organisation.as_mut().unwrap().population = 7;
    assert_eq!(code(client.create_organisation(other).await), Code::AlreadyExists);

    let update = |etag: &str, population| proto::UpdateOrganisationRequest {
        organisation: Some(proto::Organisation { population, etag: etag.into(), ..made.clone() }),
        request_id: String::new(),
    };
    let changed = client.update_organisation(update(&made.etag, 8)).await.unwrap().into_inner();
    assert_eq!(changed.population, 8);
    assert_eq!(code(client.update_organisation(update(&made.etag, 9)).await), Code::Aborted);
    assert_eq!(client.update_organisation(update("", 10)).await.unwrap().into_inner().population, 10);

    let told = world.told_of("organisation").await;
    let bodies: Vec<_> = told
        .iter()
        .map(|event| proto::OrganisationChanged::decode(event.data.as_slice()).unwrap().population)
        .collect();
    assert_eq!(bodies, [1_000, 8, 10]);
    assert_eq!(told.iter().map(|event| event.sequence).collect::<Vec<_>>(), [1, 2, 3]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn bad_fields_are_named_and_missing_ones_are_not_found(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    let mut bad = organisation("-");
    bad.organisation.as_mut().unwrap().display_name = String::new();
    bad.organisation.as_mut().unwrap().population = -1;
    let named = ["organisation_id", "organisation.display_name", "organisation.population"];
    assert_eq!(fields(client.create_organisation(bad).await), named);
    let mut bad = organisation("A");
    bad.organisation.as_mut().unwrap().display_name = "A\0".into();
    bad.organisation.as_mut().unwrap().code = "\0".into();
    let named = ["organisation.display_name", "organisation.code"];
    assert_eq!(fields(client.create_organisation(bad).await), named, "PostgreSQL keeps no NUL");
    let mut bad = organisation("A");
    bad.organisation.as_mut().unwrap().kind = 0;
    assert_eq!(fields(client.create_organisation(bad).await), ["organisation.kind"]);
    let get = proto::GetOrganisationRequest { name: "organisations/A".into() };
    assert_eq!(code(client.get_organisation(get).await), Code::NotFound);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn they_are_listed_by_id_a_page_at_a_time(#[case] engine: Engine) {
    let Some(world) = World::start(engine).await else { return };
    let mut client = world.operator();
    for id in ["b", "B", "a-b", "ab", "A"] {
        client.create_organisation(organisation(id)).await.unwrap();
    }
    let (mut names, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListOrganisationsRequest { page_size: 2, page_token };
        let page = client.list_organisations(request).await.unwrap().into_inner();
        assert!(page.organisations.len() <= 2);
        names.extend(page.organisations.into_iter().map(|o| o.name.replace("organisations/", "")));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert_eq!(names, ["A", "B", "a-b", "ab", "b"]);
    let forged = proto::ListOrganisationsRequest { page_size: 2, page_token: "forged".into() };
    assert_eq!(fields(client.list_organisations(forged).await), ["page_token"]);
}
