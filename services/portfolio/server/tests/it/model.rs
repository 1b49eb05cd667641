use std::collections::BTreeSet;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_chassis::{Ids, SystemIds};
use soundings_portfolio_domain::{Kind::Official, ONE};
use soundings_proto::portfolio::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    Ground, World, code, fields, item, model, order,
};

fn request_id() -> String {
    SystemIds.next().to_string()
}

fn score(id: &str, fit: i64) -> proto::SetScoreRequest {
    proto::SetScoreRequest {
        work_item: format!("workItems/{id}"),
        criterion: "criteria/fit".into(),
        score: Some(proto::Score { likely: fit * ONE, ..Default::default() }),
        ..Default::default()
    }
}

async fn get(world: &World, id: &str) -> proto::WorkItem {
    let request = proto::GetWorkItemRequest { name: format!("workItems/{id}") };
    world.respondent().get_work_item(request).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_portfolio_is_applied_whole_and_again_without_effect(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let mut manager = world.manager();
    let tried = proto::ApplyPortfolioRequest { validate_only: true, ..model() };
    assert_eq!(manager.apply_portfolio(tried).await.unwrap().into_inner().created, 7);
    assert_eq!(world.inputs().await.1, 0, "a trial writes nothing");

    let first = manager.apply_portfolio(model()).await.unwrap().into_inner();
    assert_eq!((first.created, first.changed, first.unchanged), (7, 0, 0));
    let second = manager.apply_portfolio(model()).await.unwrap().into_inner();
    assert_eq!((second.created, second.changed, second.unchanged), (0, 0, 7));
    assert_eq!(second.model_version, first.model_version);
    let one = proto::ApplyPortfolioRequest { work_items: vec![item("A", 81, &[])], ..Default::default() };
    let third = manager.apply_portfolio(one).await.unwrap().into_inner();
    assert_eq!((third.created, third.changed, third.unchanged), (0, 1, 0));
    assert_eq!(code(world.respondent().apply_portfolio(model()).await), Code::PermissionDenied);
    assert_eq!(code(world.analyst().set_score(score("A", 1)).await), Code::PermissionDenied);
    world.stop().await;
}

#[rstest]
#[case::anchors("criteria/fit.highest", |m: &mut proto::ApplyPortfolioRequest| m.criteria[1].highest = 0)]
#[case::swings("criteria.swing", |m: &mut proto::ApplyPortfolioRequest| {
    m.criteria.iter_mut().for_each(|c| c.swing = 0);
})]
#[case::points("criteria/fit.points", |m: &mut proto::ApplyPortfolioRequest| {
    let point = |score, value| proto::ValuePoint { score, value };
    m.criteria[1].points = vec![point(0, 0), point(ONE, ONE), point(50 * ONE, 0), point(100 * ONE, ONE)];
})]
#[case::direction("criteria[1].direction", |m: &mut proto::ApplyPortfolioRequest| m.criteria[1].direction = 0)]
#[case::strengths("workItems/B.links", |m: &mut proto::ApplyPortfolioRequest| {
    m.work_items[1].links[0].strength = 1001;
})]
#[case::name("work_items[0].name", |m: &mut proto::ApplyPortfolioRequest| m.work_items[0].name = "A".into())]
#[case::request_id("request_id", |m: &mut proto::ApplyPortfolioRequest| m.request_id = "7".into())]
#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_goes_in(
    #[case] field: &str,
    #[case] spoil: fn(&mut proto::ApplyPortfolioRequest),
) {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.start().await;
    let mut request = model();
    spoil(&mut request);
    let named = fields(world.manager().apply_portfolio(request).await);
    assert!(named.iter().any(|name| name == field), "{named:?}");
    assert_eq!(world.inputs().await.1, 0);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_request_takes_effect_once_however_often_it_is_sent(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    world.manager().apply_portfolio(model()).await.unwrap();
    let etag = get(&world, "A").await.etag;
    let position = world.inputs().await.1;
    let request = proto::SetScoreRequest { etag, request_id: request_id(), ..score("A", 20) };
    let copies = (0..10).map(|_| {
        let (mut manager, request) = (world.manager(), request.clone());
        async move { manager.set_score(request).await.map(tonic::Response::into_inner) }
    });
    let replies = futures::future::join_all(copies).await;
    let replies: Vec<_> = replies.into_iter().map(Result::unwrap).collect();
    assert!(replies.windows(2).all(|pair| pair[0] == pair[1]), "{replies:?}");
    assert_eq!(world.inputs().await.1, position + 1, "one effect");
    let other = proto::SetScoreRequest { request_id: request.request_id.clone(), ..score("A", 21) };
    assert_eq!(code(world.manager().set_score(other).await), Code::AlreadyExists);
    // However its id is written, it is the same request.
    let id = request.request_id.clone();
    for spelt in [id.to_uppercase(), id.replace('-', ""), format!("{{{id}}}"), format!("urn:uuid:{id}")] {
        let copy = proto::SetScoreRequest { request_id: spelt, ..request.clone() };
        assert_eq!(world.manager().set_score(copy).await.unwrap().into_inner(), replies[0]);
    }
    assert_eq!(world.inputs().await.1, position + 1, "one effect");
    // The etag is stale by now, and the copy still gets the first answer.
    assert_eq!(world.manager().set_score(request).await.unwrap().into_inner(), replies[0]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_two_who_change_an_item_neither_loses_the_others_work(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    world.manager().apply_portfolio(model()).await.unwrap();
    let links = (1..=9).map(|n| {
        let mut manager = world.manager();
        async move {
            let theme = format!("codebooks/c/themes/N{n}");
            let work_item = "workItems/A".to_owned();
            let request =
                proto::SetThemeLinkRequest { work_item, theme, strength: 100, ..Default::default() };
            manager.set_theme_link(request).await.unwrap();
        }
    });
    futures::future::join_all(links).await;
    let linked = get(&world, "A").await;
    assert_eq!(linked.links.len(), 9);

    let stale = get(&world, "B").await;
    let same_etag = (0..5).map(|n| {
        let mut manager = world.manager();
        let request = proto::SetScoreRequest { etag: stale.etag.clone(), ..score("B", 10 + n) };
        async move { manager.set_score(request).await.map_err(|status| status.code()) }
    });
    let outcomes = futures::future::join_all(same_etag).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Code::Aborted))));
    let update = proto::UpdateWorkItemRequest { work_item: Some(stale), request_id: String::new() };
    assert_eq!(code(world.manager().update_work_item(update).await), Code::Aborted);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn items_come_and_go_and_past_revisions_keep_them(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let first = world.ranking(Official, 0).await.unwrap();
    let gone = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    world.manager().delete_work_item(gone.clone()).await.unwrap();
    world.ranked().await;
    let now = world.ranking(Official, 0).await.unwrap();
    assert_eq!((now.revision, order(&now)), (first.revision + 1, vec!["B", "C"]));
    assert_eq!(world.ranking(Official, first.revision).await.unwrap(), first);
    assert_eq!(code(world.manager().delete_work_item(gone).await), Code::NotFound);

    // A move to another portfolio changes where that stands, and so is a revision though no place changed.
    let moved = proto::UpdateWorkItemRequest {
        work_item: Some(proto::WorkItem { portfolio: "portfolios/Q".into(), ..get(&world, "B").await }),
        request_id: request_id(),
    };
    world.manager().update_work_item(moved).await.unwrap();
    world.ranked().await;
    let after = world.ranking(Official, 0).await.unwrap();
    assert_eq!((after.revision, order(&after)), (now.revision + 1, order(&now)));
    assert_eq!((after.portfolios[0].name.as_str(), after.portfolios[0].item_count), ("portfolios/Q", 2));
    let own = proto::GetRankingRequest { portfolio: "portfolios/P".into(), ..Default::default() };
    assert_eq!(world.respondent().get_ranking(own).await.unwrap().into_inner().items, []);
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn lists_are_complete_however_they_are_paged(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let mut request = model();
    request.work_items.extend((0..20).map(|n| item(&format!("I{n:02}"), n, &[])));
    world.manager().apply_portfolio(request).await.unwrap();
    let (mut names, mut etags, mut page_token) = (Vec::new(), BTreeSet::new(), String::new());
    loop {
        let request = proto::ListWorkItemsRequest { page_size: 7, page_token, ..Default::default() };
        let page = world.respondent().list_work_items(request).await.unwrap().into_inner();
        etags.extend(page.work_items.iter().map(|item| item.etag.clone()));
        names.extend(page.work_items.into_iter().map(|item| item.name));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(names.is_sorted() && names.len() == 23 && etags.len() == 23, "{names:?}");
    let forged = proto::ListWorkItemsRequest { page_token: "AAAA".into(), ..Default::default() };
    assert_eq!(fields(world.respondent().list_work_items(forged).await), ["page_token"]);
    let criteria = world.respondent().list_criteria(proto::ListCriteriaRequest {}).await.unwrap();
    assert_eq!(criteria.into_inner().criteria.len(), 2);
    let of_q = proto::ListWorkItemsRequest { portfolio: "portfolios/Q".into(), ..Default::default() };
    assert_eq!(world.respondent().list_work_items(of_q).await.unwrap().into_inner().work_items.len(), 1);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_item_that_another_depends_on_stays_until_it_does_not(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let mut request = model();
    request.work_items[1].depends_on = vec!["workItems/A".into()];
    world.manager().apply_portfolio(request).await.unwrap();
    let gone =
        |id: &str| proto::DeleteWorkItemRequest { name: format!("workItems/{id}"), ..Default::default() };
    let refused = world.manager().delete_work_item(gone("A")).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert!(refused.message().contains("workItems/B depends on it: change that first"), "{refused:?}");
    world.manager().delete_work_item(gone("B")).await.unwrap();
    world.manager().delete_work_item(gone("A")).await.unwrap();
    world.stop().await;
}

/// The small model with a programme, a resource, and work that binds a plan.
fn bound() -> proto::ApplyPortfolioRequest {
    let mut model = model();
    model.programmes = vec![proto::Programme {
        name: "programmes/R".into(),
        portfolio: "portfolios/P".into(),
        title: "A programme".into(),
    }];
    model.resources = vec![proto::Resource {
        name: "resources/architects".into(),
        title: "Architects".into(),
        unit: "days".into(),
    }];
    let first = &mut model.work_items[0];
    first.programme = "programmes/R".into();
    first.owner = "The office".into();
    first.needs = vec![proto::ResourceNeed { resource: "resources/architects".into(), hundredths: 1250 }];
    first.excludes = vec!["workItems/B".into()];
    first.mandatory = true;
    model
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn programmes_resources_and_what_binds_a_plan_are_kept_and_move_nothing(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let stands = world.stands().await;
    let applied = world.manager().apply_portfolio(bound()).await.unwrap().into_inner();
    assert_eq!((applied.created, applied.changed, applied.unchanged, applied.removed), (2, 1, 6, 0));
    let item = get(&world, "A").await;
    assert_eq!(proto::WorkItem { etag: String::new(), ..item.clone() }, {
        let mut kept = bound().work_items[0].clone();
        kept.scores[0].low = Some(kept.scores[0].likely);
        kept.scores[0].high = Some(kept.scores[0].likely);
        kept
    });
    let mut reader = world.respondent();
    let programmes = reader.list_programmes(proto::ListProgrammesRequest {}).await.unwrap().into_inner();
    assert_eq!(programmes.programmes, bound().programmes);
    let resources = reader.list_resources(proto::ListResourcesRequest {}).await.unwrap().into_inner();
    assert_eq!(resources.resources, bound().resources);
    world.ranked().await;
    assert_eq!(world.stands().await, stands, "none of it is ranked by");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_pruned_apply_leaves_what_the_request_names_and_nothing_else(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.manager().apply_portfolio(bound()).await.unwrap();
    let mut rest = model();
    rest.prune = true;
    rest.work_items.remove(1);
    let tried = proto::ApplyPortfolioRequest { validate_only: true, ..rest.clone() };
    assert_eq!(world.manager().apply_portfolio(tried).await.unwrap().into_inner().removed, 3);
    assert_eq!(world.inputs().await.0.items.len(), 3, "a trial removes nothing");
    let applied = world.manager().apply_portfolio(rest.clone()).await.unwrap().into_inner();
    assert_eq!((applied.created, applied.changed, applied.unchanged, applied.removed), (0, 1, 5, 3));
    let (inputs, ..) = world.inputs().await;
    assert_eq!(inputs.items.keys().collect::<Vec<_>>(), ["A", "C"]);
    assert!(inputs.programmes.is_empty() && inputs.resources.is_empty());
    world.ranked().await;
    assert_eq!(world.ranking(Official, 0).await.unwrap().items.len(), 2);
    // What others of the request still need is not pruned away: the whole is refused, and nothing goes.
    rest.portfolios.remove(0);
    let named = fields(world.manager().apply_portfolio(rest).await);
    assert_eq!(named, ["workItems/A.portfolio"]);
    assert_eq!(world.inputs().await.0, inputs);
    world.verify_all().await;
    world.stop().await;
}

#[tokio::test]
async fn every_fault_of_a_request_is_named_at_once() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.start().await;
    let mut unreadable = bound();
    unreadable.criteria[0].direction = 0;
    unreadable.work_items[1].name = "B".into();
    unreadable.work_items[2].portfolio = "Q".into();
    let named = fields(world.manager().apply_portfolio(unreadable).await);
    assert_eq!(named, ["criteria[0].direction", "work_items[1].name", "work_items[2].portfolio"]);
    let mut unsound = bound();
    unsound.criteria[1].highest = 0;
    unsound.work_items[1].cost_gbp = -1;
    unsound.work_items[2].depends_on = vec!["workItems/Z".into()];
    let named = fields(world.manager().apply_portfolio(unsound).await);
    assert_eq!(named, ["criteria/fit.highest", "workItems/B.cost_gbp", "workItems/C.depends_on"]);
    assert_eq!(world.inputs().await.1, 0, "nothing went in");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_retired_theme_takes_no_new_link_and_keeps_the_old_ones(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let retired = [crate::nats::theme("T1", 2, soundings_proto::themes::v1::ThemeState::Retired)];
    ground.nats.publish(&retired).await;
    world.settled(&retired).await;
    let link = |id: &str, strength| proto::SetThemeLinkRequest {
        work_item: format!("workItems/{id}"),
        theme: "codebooks/c/themes/T1".into(),
        strength,
        ..Default::default()
    };
    assert_eq!(fields(world.manager().set_theme_link(link("A", 100)).await), ["workItems/A.links"]);
    // B had its link before: other changes of it pass, and the link can be let go.
    world.manager().set_score(score("B", 61)).await.unwrap();
    assert_eq!(get(&world, "B").await.links.len(), 1);
    world.manager().set_theme_link(link("B", 0)).await.unwrap();
    assert_eq!(get(&world, "B").await.links, []);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_changed_on_an_item_is_told_by_whom_and_field_by_field(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.manager().set_score(score("A", 81)).await.unwrap();
    let delete = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    world.manager().delete_work_item(delete).await.unwrap();
    let ask = |page_size, page_token| proto::ListWorkItemChangesRequest {
        work_item: "workItems/A".into(),
        page_size,
        page_token,
    };
    let (mut changes, mut token) = (Vec::new(), String::new());
    loop {
        let request = ask(2, std::mem::take(&mut token));
        let page = world.analyst().list_work_item_changes(request).await.unwrap().into_inner();
        changes.extend(page.changes);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(changes.iter().map(|change| change.removed).collect::<Vec<_>>(), [true, false, false]);
    assert!(changes.iter().all(|change| change.actor == "mia" && change.change_time.is_some()));
    let scored: Vec<_> = changes[1].fields.iter().map(|f| (&*f.field, &*f.before, &*f.after)).collect();
    let (old, new) = ((80 * ONE).to_string(), (81 * ONE).to_string());
    let expected = ["high", "likely", "low"].map(|end| (format!("scores.fit.{end}"), &*old, &*new));
    assert_eq!(scored, expected.iter().map(|(f, b, a)| (&**f, *b, *a)).collect::<Vec<_>>());
    assert!(changes[2].fields.iter().any(|field| field.field == "title" && field.before.is_empty()));
    let none = proto::ListWorkItemChangesRequest { work_item: "workItems/Z".into(), ..Default::default() };
    assert_eq!(code(world.analyst().list_work_item_changes(none).await), Code::NotFound);
    assert_eq!(
        code(world.respondent().list_work_item_changes(ask(0, String::new())).await),
        Code::PermissionDenied
    );
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn others_hear_of_each_item_that_changed_once_and_in_order(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.manager().set_score(score("A", 81)).await.unwrap();
    world.manager().set_score(score("A", 81)).await.unwrap();
    let delete = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    world.manager().delete_work_item(delete).await.unwrap();
    let told = crate::setup::until("the removal", async || {
        let (event, body) = ground.nats.item_changed("A").await?;
        (event.sequence == 3).then_some((event, body))
    })
    .await;
    assert!(told.1.removed && told.0.source == "//soundings/portfolio/workItems/A");
    let (event, body) = ground.nats.item_changed("B").await.unwrap();
    assert_eq!((event.sequence, body.title.as_str(), body.removed), (1, "Item B", false));
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_rules_have_a_digest_before_anybody_answers_and_every_revision_tells_it(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut reader = world.respondent();
    let registered =
        reader.list_criteria(proto::ListCriteriaRequest {}).await.unwrap().into_inner().scoring_model;
    assert_eq!(registered.len(), 64);
    let heard = [crate::nats::signal("GLG", 1, 4, &[("T1", 4)])];
    ground.nats.publish(&heard).await;
    world.settled(&heard).await;
    world.manager().set_score(score("A", 20)).await.unwrap();
    world.ranked().await;
    let newest = world.ranking(Official, 0).await.unwrap();
    assert!(newest.revision > 1);
    for revision in 1..=newest.revision {
        assert_eq!(world.ranking(Official, revision).await.unwrap().scoring_model, registered);
    }
    assert_eq!(ground.nats.changed("official").await.unwrap().1.scoring_model, registered);
    let mut other = model().criteria.remove(1);
    other.swing = 100_000;
    let request = proto::ApplyPortfolioRequest { criteria: vec![other], ..Default::default() };
    world.manager().apply_portfolio(request).await.unwrap();
    world.ranked().await;
    assert_ne!(
        world.ranking(Official, 0).await.unwrap().scoring_model,
        registered,
        "the rules are others now"
    );
    world.stop().await;
}
