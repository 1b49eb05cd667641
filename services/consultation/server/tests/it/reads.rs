use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_proto::consultation::v1 as proto;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    World, fields, submission, withdrawal, words,
};

async fn submit(world: &World, organisation: &str, text: &str) -> proto::Response {
    let request = submission(organisation, vec![words(text)]);
    world.operator().submit_response(request).await.unwrap().into_inner()
}

async fn pages(world: &World, list: proto::ListResponsesRequest) -> Vec<Vec<proto::Response>> {
    let (mut pages, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListResponsesRequest { page_token, ..list.clone() };
        let page = world.operator().list_responses(request).await.unwrap().into_inner();
        pages.push(page.responses);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return pages;
        }
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn responses_are_listed_in_order_of_arrival(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let mut made = Vec::new();
    for at in 0..7 {
        made.push(submit(&world, ["GLG", "EDH"][at % 2], &format!("Number {at}.")).await);
    }
    let gone = withdrawal(&made[2].name, 0);
    let gone = world.operator().withdraw_response(gone).await.unwrap().into_inner();

    let list = proto::ListResponsesRequest { parent: "surveys/s".into(), page_size: 3, ..Default::default() };
    let read = pages(&world, list.clone()).await;
    assert_eq!(read.iter().map(Vec::len).collect::<Vec<_>>(), [3, 3]);
    let standing: Vec<_> = made.iter().filter(|r| r.name != gone.name).cloned().collect();
    assert_eq!(read.concat(), standing);

    let all = proto::ListResponsesRequest { show_withdrawn: true, ..list.clone() };
    let mut with_tombstone = made.clone();
    with_tombstone[2] = gone;
    assert_eq!(pages(&world, all).await.concat(), with_tombstone);

    let of_one = proto::ListResponsesRequest { organisation: "organisations/EDH".into(), ..list.clone() };
    assert_eq!(pages(&world, of_one.clone()).await.concat().len(), 3);

    let token = world.operator().list_responses(list).await.unwrap().into_inner().next_page_token;
    let mixed = proto::ListResponsesRequest { page_token: token, ..of_one };
    assert_eq!(fields(world.operator().list_responses(mixed).await), ["page_token"]);
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_batch_tells_digests_tombstones_and_what_is_missing(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let one = submit(&world, "GLG", "Staff need laptops!").await;
    let same = submit(&world, "EDH", "  staff NEED\nlaptops ").await;
    let gone = submit(&world, "ORK", "Never mind.").await;
    world.operator().withdraw_response(withdrawal(&gone.name, 1)).await.unwrap();
    let missing = "surveys/s/responses/00000000-0000-7000-8000-000000000000".to_owned();

    let names = vec![same.name.clone(), missing.clone(), gone.name.clone(), one.name.clone()];
    let mut service = world.client("service:themes", &[Role::Service], None);
    let batch = proto::BatchGetResponsesRequest { names };
    let read = service.batch_get_responses(batch).await.unwrap().into_inner();
    let read_names: Vec<_> = read.responses.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(read_names, [&same.name, &gone.name, &one.name]);
    assert_eq!((read.missing, read.unread), (vec![missing], Vec::new()));
    // A service's list reads the same, in order of arrival; the office's list tells no digest.
    let all = proto::ListResponsesRequest {
        parent: "surveys/s".into(),
        show_withdrawn: true,
        ..Default::default()
    };
    let listed = service.list_responses(all.clone()).await.unwrap().into_inner().responses;
    let [first, second, third] = read.responses.clone().try_into().unwrap();
    assert_eq!(listed, [third, first, second]);
    let plain = world.operator().list_responses(all).await.unwrap().into_inner().responses;
    assert!(plain.iter().flat_map(|r| &r.answers).all(|a| a.text_digest.is_empty() && a.word_count == 0));

    let [same, gone, one] = read.responses.as_slice() else { panic!() };
    assert_eq!(one.answers[0].text_digest, same.answers[0].text_digest);
    assert_eq!((one.answers[0].text_digest.len(), one.answers[0].word_count), (64, 3));
    assert_eq!((gone.state(), gone.revision, gone.answers.len()), (proto::ResponseState::Withdrawn, 2, 0));

    for names in [Vec::new(), vec!["surveys/s/responses/1".to_owned()]] {
        let field = if names.is_empty() { "names" } else { "names[0]" };
        let batch = proto::BatchGetResponsesRequest { names };
        assert_eq!(fields(service.batch_get_responses(batch).await), [field]);
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn pages_and_batches_of_any_size_hold_every_response_once(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let made = (0..97).map(|at| submit(&world, "GLG", ["One.", "Two."][at % 2]));
    futures::future::join_all(made).await;
    let list = |page_size| proto::ListResponsesRequest {
        parent: "surveys/s".into(),
        page_size,
        ..Default::default()
    };
    let all = pages(&world, list(1000)).await;
    assert_eq!(all.iter().map(Vec::len).collect::<Vec<_>>(), [97]);
    for size in [31, 32, 33, 96, 97] {
        let read = pages(&world, list(size)).await;
        let full = usize::try_from(size).unwrap();
        assert!(read.iter().rev().skip(1).all(|page| page.len() == full), "pages of {size}");
        assert_eq!(read.len(), 97_usize.div_ceil(full));
        assert_eq!(read.concat(), all.concat());
    }
    let mut names: Vec<String> = all.concat().into_iter().map(|r| r.name).collect();
    let missing = "surveys/s/responses/00000000-0000-7000-8000-000000000000".to_owned();
    names.insert(31, missing.clone());
    let batch = proto::BatchGetResponsesRequest { names: names.clone() };
    let read = world.operator().batch_get_responses(batch).await.unwrap().into_inner();
    names.remove(31);
    assert_eq!(read.responses.into_iter().map(|r| r.name).collect::<Vec<_>>(), names);
    assert_eq!((read.missing, read.unread), (vec![missing], Vec::new()));
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn replies_stay_below_what_clients_take(#[case] engine: Engine) {
    let Some(world) = World::open(engine).await else { return };
    let long = "𝄞".repeat(100_000);
    let mut made = Vec::new();
    for _ in 0..12 {
        made.push(submit(&world, "GLG", &long).await.name);
    }
    let mut names = made.clone();
    let mut read = Vec::new();
    while !names.is_empty() {
        let batch = proto::BatchGetResponsesRequest { names };
        let reply = world.operator().batch_get_responses(batch).await.unwrap().into_inner();
        assert!(!reply.responses.is_empty() && reply.responses.len() < 9);
        read.extend(reply.responses.into_iter().map(|r| r.name));
        names = reply.unread;
    }
    assert_eq!(read, made);

    let list = proto::ListResponsesRequest { parent: "surveys/s".into(), ..Default::default() };
    let listed: Vec<_> = pages(&world, list).await.concat().into_iter().map(|r| r.name).collect();
    assert_eq!(listed, made);
}
