use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_portfolio_domain::{Kind::Official, ONE, replay};
use soundings_proto::portfolio::v1::{self as proto, ranking_line::Line};
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::{
    nats::signal,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, code, fields, until,
    },
};

/// The small model with answers of two of its organisations: Glasgow asks for B, Edinburgh for nothing.
async fn answered(ground: &Ground) -> World {
    let world = ground.furnished().await;
    let signals = [signal("GLG", 1, 10, &[("T1", 10)]), signal("EDH", 1, 10, &[])];
    ground.nats.publish(&signals).await;
    world.settled(&signals).await;
    world
}

fn budget(most: i64) -> Option<proto::SelectionLimits> {
    Some(proto::SelectionLimits { budget_gbp: Some(most), ..Default::default() })
}

fn ids(selection: Option<&proto::WorkSelection>) -> Vec<String> {
    selection.unwrap().items.iter().map(|item| item.work_item.replace("workItems/", "")).collect()
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn work_is_selected_within_a_budget_at_any_revision(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    let mut client = world.analysis(Role::Respondent, Some("GLG"));
    let ask = proto::SelectWorkRequest { limits: budget(2_000), ..Default::default() };
    let found = client.select_work(ask.clone()).await.unwrap().into_inner();
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(found.name, ranking.name);
    let best = found.best.as_ref().unwrap();
    assert_eq!(ids(Some(best)), ["B", "A"], "the two that are worth most, in the ranking's order");
    assert_eq!(best.value, ranking.items[0].value + ranking.items[1].value);
    assert!(best.proven && best.first_of_equals && best.value_at_most == best.value);
    let used = proto::LimitUse { limit: "budget".into(), available: 2_000, used: 2_000, slack: 0 };
    assert_eq!(best.uses, [used]);

    // B now needs C: together they cost all there is.
    let mut manager = world.manager();
    let mut b = manager
        .get_work_item(proto::GetWorkItemRequest { name: "workItems/B".into() })
        .await
        .unwrap()
        .into_inner();
    (b.depends_on, b.mandatory) = (vec!["workItems/C".into()], true);
    manager
        .update_work_item(proto::UpdateWorkItemRequest { work_item: Some(b), ..Default::default() })
        .await
        .unwrap();
    // It moves nothing, so there is no new revision, and the newest counts it.
    let now = client.select_work(ask.clone()).await.unwrap().into_inner();
    assert_eq!(ids(now.best.as_ref()), ["B", "C"]);
    assert_eq!(
        (now.prices[0].work_item.as_str(), now.prices[0].decision()),
        ("workItems/B", proto::Decision::Mandatory)
    );
    let refused = client.select_work(proto::SelectWorkRequest { limits: budget(1_500), ..ask.clone() }).await;
    let status = refused.unwrap_err();
    assert_eq!(status.code(), Code::FailedPrecondition);
    assert!(status.message().contains("B £1000 (mandatory), C £1000 (needed by"), "{}", status.message());
    assert_eq!(status.get_error_details().error_info().unwrap().reason, "INFEASIBLE");
    let then = client.select_work(proto::SelectWorkRequest { revision: ranking.revision, ..ask }).await;
    assert_eq!(then.unwrap().into_inner(), found, "what was said of a revision stays so");

    let frontier = proto::GetFrontierRequest { steps: 1, ..Default::default() };
    let points = client.get_frontier(frontier).await.unwrap().into_inner().points;
    let told: Vec<_> = points.iter().map(|p| (p.budget_gbp, ids(p.selection.as_ref()).len())).collect();
    assert_eq!(told, [(2_000, 2), (3_000, 3)]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_what_if_is_ranked_verified_and_never_live(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    let stands = world.stands().await;
    let mut client = world.analysis(Role::PortfolioManager, None);
    let change = proto::HypotheticalChange {
        without_organisations: vec!["organisations/GLG".into()],
        ..Default::default()
    };
    let ask = proto::WhatIfRequest { change: Some(change), with_bundle: true, ..Default::default() };
    let found = client.what_if(ask).await.unwrap().into_inner();
    let told: Vec<_> =
        found.items.iter().map(|i| (i.work_item.as_str(), i.rank_before, i.rank_after)).collect();
    assert_eq!(told, [("workItems/A", 2, 1), ("workItems/B", 1, 2), ("workItems/C", 3, 3)]);
    assert_eq!(found.size.unwrap().moved, 2);
    let (of, digest) = replay::verify(&found.bundle_json).unwrap();
    assert_eq!((of.revision, digest), (found.of_revision, found.digest));
    assert!(soundings_portfolio_domain::verify(&found.bundle_json).is_err(), "it is no revision");
    assert_eq!(world.stands().await, stands);
    let wrong = proto::HypotheticalChange {
        swings: vec![proto::SwingChange { criterion: "criteria/nothing".into(), swing: 1 }],
        ..Default::default()
    };
    let ask = proto::WhatIfRequest { change: Some(wrong), ..Default::default() };
    assert_eq!(fields(client.what_if(ask).await), ["change.swings"]);
    assert_eq!(fields(client.what_if(proto::WhatIfRequest::default()).await), ["change"]);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn who_decides_the_ranking_is_told_to_those_who_may_see_it(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    let mut client = world.analysis(Role::Analyst, None);
    let line = Some(proto::RankingLine { line: Some(Line::Count(1)) });
    let ask = proto::GetInfluenceRequest { line, ..Default::default() };
    let found = client.get_influence(ask).await.unwrap().into_inner();
    let glasgow = &found.organisations[0];
    assert_eq!((glasgow.organisation.as_str(), glasgow.moved), ("organisations/GLG", 2));
    assert_eq!(
        (glasgow.lifted.as_slice(), glasgow.held_down.as_slice()),
        (["workItems/B".to_owned()].as_slice(), ["workItems/A".to_owned()].as_slice())
    );
    assert_eq!(found.selected, None, "no budget was given");
    // Of £1,000 the best selection is B, and without Glasgow it is A.
    let line = Some(proto::RankingLine { line: Some(Line::BudgetGbp(1_000)) });
    let of_budget = proto::GetInfluenceRequest { line, ..ask };
    let held = client.get_influence(of_budget).await.unwrap().into_inner().selected.unwrap();
    assert_eq!(ids(held.selection.as_ref()), ["B"]);
    let glasgow = proto::OrganisationHold {
        organisation: "organisations/GLG".into(),
        display_name: "GLG Council".into(),
        dropped: vec!["workItems/B".into()],
        taken: vec!["workItems/A".into()],
        proven: true,
    };
    assert_eq!((held.organisations, held.not_looked_at), (vec![glasgow], 0));
    let denied = world.analysis(Role::Respondent, Some("GLG")).get_influence(ask).await;
    assert_eq!(code(denied), Code::PermissionDenied);
    let denied = world.analysis(Role::Analyst, Some("GLG")).get_influence(ask).await;
    assert_eq!(code(denied), Code::PermissionDenied, "it speaks for one organisation");

    let ask = proto::ExplainScoreRequest { work_item: "workItems/B".into(), ..Default::default() };
    let explained = client.explain_score(ask.clone()).await.unwrap().into_inner();
    assert_eq!(explained.parts.iter().map(|part| part.part).sum::<i64>(), explained.value);
    let demand = explained.parts.iter().find(|part| part.criterion == "criteria/demand").unwrap();
    assert_eq!(demand.themes.iter().map(|theme| theme.part).sum::<i64>(), demand.part);
    let theme = &demand.themes[0];
    assert_eq!(theme.organisations.iter().map(|one| one.part).sum::<i64>(), theme.part);
    assert_eq!((theme.organisations[0].raised, theme.organisations[0].answered), (10, 10));
    let shown = world.analysis(Role::Respondent, Some("GLG")).explain_score(ask).await.unwrap().into_inner();
    assert!(shown.parts.iter().flat_map(|part| &part.themes).all(|theme| theme.organisations.is_empty()));
    assert_eq!(shown.value, explained.value);

    let ask = proto::GetFlipDistancesRequest { line, ..Default::default() };
    let flips = client.get_flip_distances(ask).await.unwrap().into_inner().items;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(flips.len(), ranking.items.len());
    assert_eq!(flips[0].demand_up, None);
    assert!(flips[0].demand_line.unwrap() < 0 && flips[1].demand_line.unwrap() > 0);
    assert_eq!(flips[0].demand_of_one_organisation, ONE * 9 / 10 / 6, "strength 0.9, over 2 + 4");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn how_sure_a_ranking_is_and_what_other_methods_say(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = answered(&ground).await;
    let mut client = world.analysis(Role::Respondent, Some("GLG"));
    let ask =
        proto::GetRobustnessRequest { draws: 2_000, seed: 7, concentration: 50.0, ..Default::default() };
    let found = client.get_robustness(ask.clone()).await.unwrap().into_inner();
    assert_eq!(client.get_robustness(ask.clone()).await.unwrap().into_inner(), found, "the same seed");
    assert_eq!((found.seed, found.draws, found.items.len()), (7, 2_000, 3));
    for item in &found.items {
        assert!((item.acceptabilities.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{item:?}");
    }
    assert!(found.items[2].above_next.is_none() && found.items[1].above_next.unwrap() > 0.5);
    let own = proto::GetRobustnessRequest { portfolio: "portfolios/P".into(), ..ask.clone() };
    assert_eq!(client.get_robustness(own).await.unwrap().into_inner().items.len(), 2);
    let many = proto::GetRobustnessRequest { draws: 100_001, ..ask };
    assert_eq!(fields(client.get_robustness(many).await), ["draws"]);

    let ask = proto::GetSecondOpinionsRequest::default();
    let opinions = client.get_second_opinions(ask).await.unwrap().into_inner().opinions;
    assert_eq!(opinions.len(), 5);
    assert!(opinions.iter().all(|opinion| opinion.items.len() == 3));
    let wsjf = |value: &str| {
        let name = |id: &str| format!("criteria/{id}");
        let (value, demand) = (name(value), name("demand"));
        let parts = proto::WsjfParts {
            time_criticality: value.clone(),
            value,
            risk_reduction: demand.clone(),
            size: demand,
        };
        let formula = Some(proto::order_portfolio_request::Formula::Wsjf(parts));
        proto::OrderPortfolioRequest { portfolio: "portfolios/P".into(), formula, ..Default::default() }
    };
    let ordered = client.order_portfolio(wsjf("fit")).await.unwrap().into_inner();
    assert_eq!(ordered.items.len() + ordered.unscored.len(), 2, "the portfolio's own items: {ordered:?}");
    assert!(ordered.items.iter().all(|item| item.score > 0.0));
    assert_eq!(fields(client.order_portfolio(wsjf("none")).await), ["wsjf.value"]);
    let nowhere = proto::OrderPortfolioRequest { portfolio: "portfolios/NONE".into(), ..wsjf("fit") };
    assert_eq!(fields(client.order_portfolio(nowhere).await), ["portfolio"]);
    let without = proto::OrderPortfolioRequest { formula: None, ..wsjf("fit") };
    assert_eq!(fields(client.order_portfolio(without).await), ["formula"]);
    let ballots = client.get_ballots(proto::GetBallotsRequest::default()).await.unwrap().into_inner();
    assert_eq!((ballots.ballots, ballots.items[0].work_item.as_str()), (2, "workItems/B"));
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[tokio::test]
async fn weights_come_from_judgements_or_are_refused_by_name(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let mut client = world.analysis(Role::Respondent, Some("GLG"));
    let criteria: Vec<String> = ["cost", "fit", "risk"].map(str::to_owned).into();
    let rows = |rows: [[f64; 3]; 3]| rows.map(|times| proto::ComparisonRow { times: times.into() }).into();
    let even = rows([[1.0, 3.0, 6.0], [1.0 / 3.0, 1.0, 2.0], [1.0 / 6.0, 0.5, 1.0]]);
    let ask =
        proto::ElicitWeightsRequest { criteria: criteria.clone(), comparisons: even, ..Default::default() };
    let found = client.elicit_weights(ask).await.unwrap().into_inner();
    assert!((found.weights[0].weight - 2.0 / 3.0).abs() < 1e-9 && found.warning.is_empty());
    assert_eq!(found.weights.iter().map(|w| w.swing).collect::<Vec<_>>(), [100_000, 33_333, 16_667]);
    let circle = rows([[1.0, 9.0, 1.0 / 9.0], [1.0 / 9.0, 1.0, 9.0], [9.0, 1.0 / 9.0, 1.0]]);
    let ask =
        proto::ElicitWeightsRequest { criteria: criteria.clone(), comparisons: circle, ..Default::default() };
    assert!(client.elicit_weights(ask).await.unwrap().into_inner().warning.contains("contradict"));
    let crooked = rows([[1.0, 3.0, 6.0], [3.0, 1.0, 2.0], [1.0 / 6.0, 0.5, 1.0]]);
    let ask = proto::ElicitWeightsRequest {
        criteria: criteria.clone(),
        comparisons: crooked,
        ..Default::default()
    };
    assert_eq!(fields(client.elicit_weights(ask).await), ["comparisons[0].times[1]"]);
    let swings =
        proto::ElicitWeightsRequest { criteria, swings: vec![100.0, 50.0, 50.0], ..Default::default() };
    assert_eq!(client.elicit_weights(swings).await.unwrap().into_inner().weights[0].weight, 0.5);
    let neither = client.elicit_weights(proto::ElicitWeightsRequest::default()).await;
    assert_eq!(fields(neither), ["comparisons"]);
    let unranked: Result<_, Status> = client.get_ballots(proto::GetBallotsRequest::default()).await;
    assert_eq!(code(unranked), Code::NotFound, "nothing is ranked yet");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_search_may_take_longer_than_an_ordinary_call(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    answered(&ground).await.stop().await;
    ground.config.limits.deadline_ms = 0;
    let world = ground.start().await;
    let client = world.analysis(Role::Analyst, None);
    // No time at all is allowed; what is ready within the clock's tick still comes through now and then.
    until("an ordinary call that is late", async || {
        let call = client.clone().get_second_opinions(proto::GetSecondOpinionsRequest::default()).await;
        call.is_err_and(|status| status.code() == Code::DeadlineExceeded).then_some(())
    })
    .await;
    for _ in 0..10 {
        let mut client = client.clone();
        let ask = proto::SelectWorkRequest { limits: budget(2_000), ..Default::default() };
        assert!(client.select_work(ask).await.unwrap().into_inner().best.is_some());
        client.get_frontier(proto::GetFrontierRequest { steps: 1, ..Default::default() }).await.unwrap();
        client.get_robustness(proto::GetRobustnessRequest::default()).await.unwrap();
        client.get_influence(proto::GetInfluenceRequest::default()).await.unwrap();
    }
    world.stop().await;
}
