use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::portfolio::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    Ground, World, code, fields, model, until,
};

/// A pin that ends this many minutes after the world's clock.
fn pin(ground: &Ground, item: &str, decision: proto::PinDecision, minutes: i64) -> proto::SetPinRequest {
    use soundings_chassis::Clock;
    let end = ground.clock.now() + chrono::Duration::minutes(minutes);
    let pin = proto::Pin {
        work_item: format!("workItems/{item}"),
        decision: decision.into(),
        reason: "a duty".into(),
        owner: "the board".into(),
        expire_time: Some(prost_types::Timestamp { seconds: end.timestamp(), nanos: 0 }),
    };
    proto::SetPinRequest { pin: Some(pin), ..Default::default() }
}

async fn pinned(world: &World) -> Vec<String> {
    let listed = world.plans("mia").list_pins(proto::ListPinsRequest {}).await.unwrap().into_inner();
    listed.pins.into_iter().map(|pin| pin.work_item).collect()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_pin_is_set_replaced_and_removed_and_moves_nothing(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let stands = world.stands().await;
    let mut plans = world.plans("mia");
    let held = pin(&ground, "C", proto::PinDecision::HeldIn, 60);
    let set = plans.set_pin(held.clone()).await.unwrap().into_inner();
    assert_eq!(Some(&set), held.pin.as_ref());
    let out = pin(&ground, "C", proto::PinDecision::KeptOut, 90);
    plans.set_pin(out).await.unwrap();
    assert_eq!(pinned(&world).await, ["workItems/C"]);
    let remove = proto::RemovePinRequest { work_item: "workItems/C".into(), ..Default::default() };
    plans.remove_pin(remove.clone()).await.unwrap();
    assert_eq!(pinned(&world).await, [""; 0]);
    assert_eq!(code(plans.remove_pin(remove).await), Code::NotFound);
    world.ranked().await;
    assert_eq!(world.stands().await, stands, "the ranking tells the truth, whatever is pinned");
    world.stop().await;
}

#[tokio::test]
async fn a_pin_that_says_too_little_or_can_never_be_is_refused_by_name() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    let mut bound = model();
    bound.work_items[0].mandatory = true;
    bound.work_items[1].depends_on = vec!["workItems/C".into()];
    world.manager().apply_portfolio(bound).await.unwrap();
    let mut plans = world.plans("mia");
    let kept_out = |item| pin(&ground, item, proto::PinDecision::KeptOut, 60);
    let without = |change: fn(&mut proto::Pin)| {
        let mut request = kept_out("B");
        change(request.pin.as_mut().unwrap());
        let mut plans = world.plans("mia");
        async move { fields(plans.set_pin(request).await) }
    };
    assert_eq!(without(|pin| pin.reason.clear()).await, ["pins/B.reason"]);
    assert_eq!(without(|pin| pin.owner.clear()).await, ["pins/B.owner"]);
    assert_eq!(without(|pin| pin.decision = 0).await, ["pin.decision"]);
    assert_eq!(without(|pin| pin.expire_time = None).await, ["pin.expire_time"]);
    assert_eq!(without(|pin| pin.expire_time.as_mut().unwrap().seconds = 0).await, ["pin.expire_time"]);
    assert_eq!(code(plans.set_pin(kept_out("Z")).await), Code::NotFound);
    assert_eq!(fields(plans.set_pin(kept_out("A")).await), ["pins/A.decision"], "it is mandatory");
    plans.set_pin(pin(&ground, "B", proto::PinDecision::HeldIn, 60)).await.unwrap();
    assert_eq!(fields(plans.set_pin(kept_out("C")).await), ["pins/C.decision"], "B needs it");
    assert_eq!(pinned(&world).await, ["workItems/B"]);
    // A pin goes with its item.
    let delete = proto::DeleteWorkItemRequest { name: "workItems/B".into(), ..Default::default() };
    world.manager().delete_work_item(delete).await.unwrap();
    assert_eq!(pinned(&world).await, [""; 0]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_pin_ends_by_itself_also_after_a_restart(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let mut plans = world.plans("mia");
    plans.set_pin(pin(&ground, "B", proto::PinDecision::HeldIn, 30)).await.unwrap();
    plans.set_pin(pin(&ground, "C", proto::PinDecision::KeptOut, 90)).await.unwrap();
    ground.clock.advance(chrono::Duration::minutes(31));
    until("the first pin's end", async || (pinned(&world).await == ["workItems/C"]).then_some(())).await;
    world.stop().await;
    ground.clock.advance(chrono::Duration::minutes(60));
    let world = ground.start().await;
    until("the second pin's end", async || pinned(&world).await.is_empty().then_some(())).await;
    assert_eq!(world.ranking(Official, 0).await.unwrap().items.len(), 3);
    world.verify_all().await;
    world.stop().await;
}
