//! Evidence from outside the consultation as a criterion of its own.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_portfolio_domain::{Kind::Official, ONE};
use soundings_proto::{portfolio::v1 as proto, themes::v1::ThemeState};

use crate::{
    nats::{evidence, signal, theme_with},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, fields, model,
    },
};

fn taking_evidence() -> proto::Criterion {
    proto::Criterion {
        name: "criteria/evidence".into(),
        title: "Strength of evidence".into(),
        source: proto::ScoreSource::Evidence.into(),
        ..model().criteria.remove(0)
    }
}

/// What an item has by evidence, and demand.
async fn stands(world: &World, id: &str) -> (i64, i64) {
    let ranking = world.ranking(Official, 0).await.unwrap();
    let item = ranking.items.iter().find(|item| item.work_item == format!("workItems/{id}")).unwrap();
    let value = item.values.iter().find(|value| value.criterion == "criteria/evidence").unwrap();
    assert!(!value.missing);
    (value.value, item.demand)
}

async fn why(world: &World, id: &str) -> proto::MoveExplanation {
    let question = proto::ExplainMoveRequest {
        work_item: format!("workItems/{id}"),
        kind: as_proto(Official),
        ..Default::default()
    };
    world.analyst().explain_move(question).await.unwrap().into_inner()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn evidence_moves_its_own_criterion_and_never_demand(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let apply = proto::ApplyPortfolioRequest { criteria: vec![taking_evidence()], ..Default::default() };
    world.manager().apply_portfolio(apply).await.unwrap();
    let heard = [signal("GLG", 1, 4, &[("T1", 2)])];
    ground.nats.publish(&heard).await;
    world.settled(&heard).await;
    let (none, demand) = stands(&world, "B").await;
    assert_eq!(none, 0);

    let said = [evidence("T1", 1, &[("e1", 2), ("e2", 4)])];
    ground.nats.publish(&said).await;
    world.settled(&said).await;
    // B answers T1 at 0.9, whose strongest piece is a study: 0.9 · 4/5.
    assert_eq!(stands(&world, "B").await, (ONE * 72 / 100, demand));
    assert_eq!(stands(&world, "A").await.0, 0);
    let told = why(&world, "B").await;
    let part = &told.parts[0];
    assert_eq!((part.criterion.as_str(), part.themes.len()), ("criteria/evidence", 1));
    assert_eq!(part.themes[0].evidence, ["codebooks/c/evidence/e2"]);
    assert_eq!((part.themes[0].delta, part.delta), (part.delta, told.value_after - told.value_before));
    assert!(told.summary.contains("by the evidence for it"), "{}", told.summary);
    let request = proto::ExplainScoreRequest {
        work_item: "workItems/B".into(),
        kind: as_proto(Official),
        ..Default::default()
    };
    let explained = world.analysis(Role::Analyst, None).explain_score(request).await.unwrap().into_inner();
    let own = explained.parts.iter().find(|part| part.criterion == "criteria/evidence").unwrap();
    assert_eq!(own.themes[0].evidence, "codebooks/c/evidence/e2");
    assert_eq!(explained.parts.iter().map(|part| part.part).sum::<i64>(), explained.value);

    // What speaks for a merged theme speaks for the one it went to; a message that comes again changes nothing.
    let merged = [
        evidence("T2", 1, &[("e3", 5)]),
        theme_with("T2", 2, ThemeState::Retired, |theme| theme.merged_into = "codebooks/c/themes/T1".into()),
        said[0].clone(),
    ];
    ground.nats.publish(&merged).await;
    world.settled(&merged).await;
    assert_eq!(stands(&world, "B").await, (ONE * 9 / 10, demand));
    assert_eq!(stands(&world, "C").await.0, ONE);
    world.stop().await;

    // The log keeps it, and every revision can be computed again from what is exported.
    let world = ground.start().await;
    let gone = [evidence("T1", 2, &[]), evidence("T2", 2, &[])];
    ground.nats.publish(&gone).await;
    world.settled(&gone).await;
    assert_eq!(stands(&world, "B").await, (0, demand));
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn nobody_scores_what_evidence_says_and_what_cannot_be_is_parked(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let apply = |criterion| proto::ApplyPortfolioRequest { criteria: vec![criterion], ..Default::default() };
    world.manager().apply_portfolio(apply(taking_evidence())).await.unwrap();
    let score = proto::SetScoreRequest {
        work_item: "workItems/B".into(),
        criterion: "criteria/evidence".into(),
        score: Some(proto::Score {
            criterion: "criteria/evidence".into(),
            likely: ONE,
            ..Default::default()
        }),
        ..Default::default()
    };
    assert_eq!(fields(world.manager().set_score(score).await), ["workItems/B.scores"]);
    let second = proto::Criterion { name: "criteria/other".into(), ..taking_evidence() };
    assert_eq!(
        fields(world.manager().apply_portfolio(apply(second)).await),
        ["criteria/evidence.source", "criteria/other.source"]
    );
    let wide = proto::Criterion { highest: 100 * ONE, ..taking_evidence() };
    assert_eq!(fields(world.manager().apply_portfolio(apply(wide)).await), ["criteria/evidence.lowest"]);
    let (before, ..) = world.inputs().await;
    let after = [evidence("T1", 1, &[("e1", 6)]), signal("GLG", 1, 4, &[("T1", 2)])];
    ground.nats.publish(&after).await;
    world.settled(&after[1..]).await;
    assert_eq!(world.inputs().await.0.evidence, before.evidence);
    world.stop().await;
}
