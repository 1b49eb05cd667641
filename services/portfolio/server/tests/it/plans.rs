use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::ONE;
use soundings_proto::{portfolio::v1 as proto, subjects};
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    Ground, World, code, fields, model, until,
};

fn proposal(items: &[&str]) -> proto::ProposePlanRequest {
    proto::ProposePlanRequest {
        title: "This year's work".into(),
        reason: "as the board asked".into(),
        work_items: items.iter().map(|id| format!("workItems/{id}")).collect(),
        ..Default::default()
    }
}

fn approve(plan: &proto::Plan) -> proto::ApprovePlanRequest {
    proto::ApprovePlanRequest { name: plan.name.clone(), etag: plan.etag.clone(), ..Default::default() }
}

fn publish(plan: &proto::Plan) -> proto::PublishPlanRequest {
    proto::PublishPlanRequest { name: plan.name.clone(), ..Default::default() }
}

pub async fn in_force(world: &World, items: &[&str]) -> proto::Plan {
    let mut plans = world.plans("mia");
    let plan = plans.propose_plan(proposal(items)).await.unwrap().into_inner();
    let plan = plans.approve_plan(approve(&plan)).await.unwrap().into_inner();
    plans.publish_plan(publish(&plan)).await.unwrap().into_inner()
}

async fn drift(world: &World) -> proto::PlanDrift {
    let request = proto::GetPlanDriftRequest { name: "plans/published".into(), revision: 0 };
    world.plans("mia").get_plan_drift(request).await.unwrap().into_inner()
}

pub async fn set_fit(world: &World, item: &str, fit: i64) {
    let request = proto::SetScoreRequest {
        work_item: format!("workItems/{item}"),
        criterion: "criteria/fit".into(),
        score: Some(proto::Score { likely: fit * ONE, ..Default::default() }),
        ..Default::default()
    };
    world.manager().set_score(request).await.unwrap();
    world.ranked().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_plan_is_proposed_approved_by_two_people_and_published(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    ground.config.plan_approvers = 2;
    let world = ground.furnished().await;
    let (mut mia, mut ben) = (world.plans("mia"), world.plans("ben"));
    let none = proto::GetPlanRequest { name: "plans/published".into() };
    assert_eq!(code(mia.get_plan(none.clone()).await), Code::NotFound);
    let tried = proto::ProposePlanRequest { validate_only: true, ..proposal(&["A", "C"]) };
    mia.propose_plan(tried).await.unwrap();
    let plan = mia.propose_plan(proposal(&["A", "C"])).await.unwrap().into_inner();
    assert_eq!(
        (plan.name.as_str(), plan.state()),
        ("plans/1", proto::PlanState::Proposed),
        "a trial writes nothing"
    );
    let ranks: Vec<_> = plan.items.iter().map(|item| (item.work_item.as_str(), item.rank)).collect();
    assert_eq!(ranks, [("workItems/A", 1), ("workItems/C", 3)]);
    assert_eq!((plan.cost_gbp, plan.approvals_needed), (2_000, 2));
    assert_eq!(plan.revision, "rankings/official/revisions/1");

    assert_eq!(code(mia.publish_plan(publish(&plan)).await), Code::FailedPrecondition, "nobody agreed");
    let once = mia.approve_plan(approve(&plan)).await.unwrap().into_inner();
    assert_eq!(
        code(mia.approve_plan(approve(&once)).await),
        Code::FailedPrecondition,
        "one person agrees once"
    );
    assert_eq!(code(ben.approve_plan(approve(&plan)).await), Code::Aborted, "the etag is stale");
    let twice = ben.approve_plan(approve(&once)).await.unwrap().into_inner();
    assert_eq!(twice.state(), proto::PlanState::Approved);
    let actors: Vec<_> = twice.approvals.iter().map(|step| step.actor.as_str()).collect();
    assert_eq!(actors, ["mia", "ben"]);
    let published = ben.publish_plan(publish(&twice)).await.unwrap().into_inner();
    assert_eq!(ben.get_plan(none).await.unwrap().into_inner(), published);
    let told: (_, proto::PlanPublished) =
        until("the plan's event", async || ground.nats.newest(subjects::PLAN_PUBLISHED, "1").await).await;
    let event = told.1.plan.unwrap();
    assert_eq!((event.title.as_str(), event.reason.as_str()), ("This year's work", ""), "why is not told");
    assert_eq!(
        (event.items, event.proposed, event.approvals),
        (published.items, None, vec![]),
        "nobody is named"
    );
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn the_next_plan_takes_the_place_of_the_one_before_and_history_stays(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    in_force(&world, &["A"]).await;
    in_force(&world, &["A", "B"]).await;
    let mut plans = world.plans("mia");
    let third = plans.propose_plan(proposal(&["C"])).await.unwrap().into_inner();
    let withdraw =
        proto::WithdrawPlanRequest { name: third.name, comment: "no money".into(), ..Default::default() };
    let withdrawn = plans.withdraw_plan(withdraw.clone()).await.unwrap().into_inner();
    assert_eq!(withdrawn.withdrawn.unwrap().comment, "no money");
    assert_eq!(code(plans.withdraw_plan(withdraw).await), Code::FailedPrecondition);
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListPlansRequest { page_size: 2, page_token: std::mem::take(&mut page_token) };
        let page = plans.list_plans(request).await.unwrap().into_inner();
        listed.extend(page.plans);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    use proto::PlanState::{Published, Superseded, Withdrawn};
    assert_eq!(listed.iter().map(proto::Plan::state).collect::<Vec<_>>(), [Withdrawn, Published, Superseded]);
    let published = plans.get_plan(proto::GetPlanRequest { name: "plans/published".into() }).await.unwrap();
    assert_eq!(published.into_inner().name, "plans/2");
    world.stop().await;
}

#[tokio::test]
async fn a_plan_that_cannot_be_done_is_refused_with_every_reason() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    let mut bound = model();
    bound.work_items[0].mandatory = true;
    bound.work_items[1].depends_on = vec!["workItems/C".into()];
    world.manager().apply_portfolio(bound).await.unwrap();
    // The model's new rules bind a plan of a revision that counts them.
    set_fit(&world, "A", 81).await;
    let mut plans = world.plans("mia");
    let request =
        proto::ProposePlanRequest { title: String::new(), budget_gbp: Some(10), ..proposal(&["B", "Z"]) };
    let status = plans.propose_plan(request).await.unwrap_err();
    for text in
        ["title: ", "A is missing: it is mandatory", "B needs C", "has no item Z", "the work costs 1000"]
    {
        assert!(status.message().contains(text), "{text} in {}", status.message());
    }
    assert_eq!(fields(plans.propose_plan(proposal(&[])).await), ["work_items", "work_items"]);
    let none = proto::ProposePlanRequest { revision: 99, ..proposal(&["A"]) };
    assert_eq!(code(plans.propose_plan(none).await), Code::NotFound);
    let get = |name: &str| proto::GetPlanRequest { name: name.into() };
    assert_eq!(fields(plans.get_plan(get("plans/x")).await), ["name"]);
    assert_eq!(code(plans.get_plan(get("plans/1")).await), Code::NotFound, "nothing was written");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn drift_from_the_plan_is_a_number_and_told_once_each_way(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    in_force(&world, &["A", "B"]).await;
    let calm = drift(&world).await;
    assert_eq!((calm.share_ppm, calm.preferences, calm.reversed), (0, 2, 0));
    set_fit(&world, "C", 100).await;
    let moved = drift(&world).await;
    assert_eq!((moved.share_ppm, moved.reversed), (1_000_000, 2));
    assert_eq!(moved.overtaking[0].work_item, "workItems/C");
    assert!(moved.summary.contains("now says otherwise 2 times (100.0 %)"), "{}", moved.summary);
    assert!(moved.summary.contains("Overtaking most: Item C"), "{}", moved.summary);
    let told = until("the drift's event", async || {
        let (event, body): (_, proto::PlanDrifted) = ground.nats.newest(subjects::PLAN_DRIFTED, "1").await?;
        body.drifting.then_some((event.sequence, body))
    })
    .await;
    assert_eq!((told.0, told.1.drift.unwrap().reversed), (2, 2), "the plan's second event");
    set_fit(&world, "C", 99).await;
    world.stop().await;
    // It was told before the restart, and is not told again; that the ranking came back is.
    let world = ground.start().await;
    set_fit(&world, "C", 98).await;
    set_fit(&world, "C", 0).await;
    let back = until("the way back", async || {
        let (event, body): (_, proto::PlanDrifted) = ground.nats.newest(subjects::PLAN_DRIFTED, "1").await?;
        (!body.drifting).then_some(event.sequence)
    })
    .await;
    assert_eq!(back, 3);
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn of_many_who_publish_at_once_one_plan_is_in_force(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut approved = Vec::new();
    for items in [["A"], ["B"], ["C"]] {
        let mut plans = world.plans("mia");
        let plan = plans.propose_plan(proposal(&items)).await.unwrap().into_inner();
        approved.push(plans.approve_plan(approve(&plan)).await.unwrap().into_inner());
    }
    let copies = approved.iter().chain(&approved).map(|plan| {
        let (mut plans, request) = (world.plans("mia"), publish(plan));
        async move { plans.publish_plan(request).await.is_ok() }
    });
    let published = futures::future::join_all(copies).await;
    assert_eq!(published.iter().filter(|ok| **ok).count(), 3, "each once");
    let listed =
        world.plans("mia").list_plans(proto::ListPlansRequest::default()).await.unwrap().into_inner();
    let in_force = listed.plans.iter().filter(|plan| plan.state() == proto::PlanState::Published);
    assert_eq!(in_force.count(), 1);
    world.stop().await;
}
