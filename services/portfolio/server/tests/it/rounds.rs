use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_portfolio_domain::ONE;
use soundings_proto::portfolio::v1 as proto;
use tonic::Code;

use crate::setup::{
    Engine::{self, Postgres, Sqlite},
    Ground, World, code, fields,
};

fn score(item: &str, likely: i64) -> proto::RoundScore {
    let score = proto::Score { criterion: "criteria/fit".into(), likely: likely * ONE, ..Default::default() };
    proto::RoundScore { work_item: format!("workItems/{item}"), score: Some(score) }
}

async fn open(world: &World) -> proto::Round {
    let request = proto::OpenRoundRequest {
        title: "Fit, spring".into(),
        work_items: vec!["workItems/A".into(), "workItems/B".into()],
        criteria: vec!["criteria/fit".into()],
        ..Default::default()
    };
    world.scoring("mia", Role::PortfolioManager).open_round(request).await.unwrap().into_inner()
}

async fn give(world: &World, who: &str, likely: i64) -> proto::Round {
    let request = proto::GiveScoresRequest {
        name: "rounds/1".into(),
        scores: vec![score("A", likely)],
        ..Default::default()
    };
    world.scoring(who, Role::Analyst).give_scores(request).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn people_score_unseen_then_see_the_spread_and_agree(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let round = open(&world).await;
    assert_eq!((round.name.as_str(), round.state()), ("rounds/1", proto::RoundState::Open));
    let at_once = [("ana", 20), ("ben", 90), ("cat", 50)].map(|(who, likely)| give(&world, who, likely));
    for given in futures::future::join_all(at_once).await {
        assert_eq!((given.ballots.len(), given.spread.len()), (1, 0), "one's own, and no more");
    }
    let get = proto::GetRoundRequest { name: "rounds/1".into() };
    let mut mia = world.scoring("mia", Role::PortfolioManager);
    let unseen = mia.get_round(get.clone()).await.unwrap().into_inner();
    assert_eq!(
        (unseen.scored_by, unseen.ballots, unseen.spread),
        (vec!["ana".into(), "ben".into(), "cat".into()], vec![], vec![])
    );
    let show = proto::ShowRoundRequest { name: "rounds/1".into(), ..Default::default() };
    assert_eq!(
        code(world.scoring("ana", Role::Analyst).show_round(show.clone()).await),
        Code::PermissionDenied
    );
    let agree = proto::AgreeRoundRequest {
        name: "rounds/1".into(),
        reason: "as discussed".into(),
        ..Default::default()
    };
    assert_eq!(code(mia.agree_round(agree.clone()).await), Code::FailedPrecondition, "nobody saw it");
    let shown = mia.show_round(show).await.unwrap().into_inner();
    assert_eq!(shown.ballots.len(), 3);
    let spread = &shown.spread[0];
    assert_eq!(
        (spread.scored, spread.lowest, spread.median, spread.highest),
        (3, 20 * ONE, 50 * ONE, 90 * ONE)
    );
    assert!(give(&world, "ben", 70).await.ballots.iter().any(|ballot| ballot.after_shown));
    let agree = proto::AgreeRoundRequest { scores: vec![score("B", 99)], ..agree };
    let agreed = mia.agree_round(agree).await.unwrap().into_inner();
    assert_eq!((agreed.agreed.len(), agreed.closed_by.as_str()), (2, "mia"));
    let (inputs, ..) = world.inputs().await;
    let fit = |item: &str| {
        let score = inputs.items[item].scores["fit"];
        (score.low / ONE, score.likely / ONE, score.high / ONE)
    };
    assert_eq!((fit("A"), fit("B")), ((20, 50, 70), (99, 99, 99)));
    world.ranked().await;
    let first = world.ranking(soundings_portfolio_domain::Kind::Official, 0).await.unwrap();
    assert_eq!(first.items[0].work_item, "workItems/B", "what was agreed is ranked");
    let listed = mia.list_rounds(proto::ListRoundsRequest::default()).await.unwrap().into_inner();
    assert_eq!((listed.rounds.len(), listed.rounds[0].ballots.len()), (1, 0));
    world.stop().await;
}

#[tokio::test]
async fn a_round_refuses_what_is_not_part_of_it_and_who_does_not_score() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    let mut mia = world.scoring("mia", Role::PortfolioManager);
    let bad = proto::OpenRoundRequest {
        title: "Bad".into(),
        work_items: vec!["workItems/Z".into()],
        criteria: vec!["criteria/demand".into()],
        ..Default::default()
    };
    assert_eq!(fields(mia.open_round(bad.clone()).await), ["work_items", "criteria"]);
    let closed = proto::OpenRoundRequest {
        work_items: vec!["workItems/A".into()],
        criteria: vec!["criteria/fit".into()],
        scorers: vec!["ana".into()],
        ..bad
    };
    mia.open_round(closed).await.unwrap();
    let give = |scores| proto::GiveScoresRequest { name: "rounds/1".into(), scores, ..Default::default() };
    let mut ben = world.scoring("ben", Role::Analyst);
    assert_eq!(code(ben.give_scores(give(vec![score("A", 1)])).await), Code::PermissionDenied);
    let mut ana = world.scoring("ana", Role::Analyst);
    assert_eq!(fields(ana.give_scores(give(vec![score("B", 1)])).await), ["scores"]);
    assert_eq!(
        code(world.scoring("rob", Role::Respondent).give_scores(give(vec![])).await),
        Code::PermissionDenied
    );
    let cancel =
        proto::CancelRoundRequest { name: "rounds/1".into(), reason: "no time".into(), ..Default::default() };
    assert_eq!(mia.cancel_round(cancel).await.unwrap().into_inner().state(), proto::RoundState::Cancelled);
    assert_eq!(code(ana.give_scores(give(vec![score("A", 1)])).await), Code::FailedPrecondition);
    let none = proto::GetRoundRequest { name: "rounds/9".into() };
    assert_eq!(code(ana.get_round(none).await), Code::NotFound);
    world.stop().await;
}

#[tokio::test]
async fn agreeing_on_an_item_that_is_gone_leaves_the_round_and_the_items_as_they_were() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.furnished().await;
    open(&world).await;
    give(&world, "ana", 20).await;
    let mut mia = world.scoring("mia", Role::PortfolioManager);
    mia.show_round(proto::ShowRoundRequest { name: "rounds/1".into(), ..Default::default() }).await.unwrap();
    let delete = proto::DeleteWorkItemRequest { name: "workItems/A".into(), ..Default::default() };
    world.manager().delete_work_item(delete).await.unwrap();
    let before = world.inputs().await;
    let agree = proto::AgreeRoundRequest {
        name: "rounds/1".into(),
        reason: "as discussed".into(),
        scores: vec![score("B", 99)],
        ..Default::default()
    };
    assert_eq!(code(mia.agree_round(agree).await), Code::NotFound);
    assert_eq!(world.inputs().await, before);
    let round = mia.get_round(proto::GetRoundRequest { name: "rounds/1".into() }).await.unwrap().into_inner();
    assert_eq!(round.state(), proto::RoundState::Shown);
    world.stop().await;
}
