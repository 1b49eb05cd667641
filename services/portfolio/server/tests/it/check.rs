//! Everything that is wrong with a model is told at once, however much it is.
use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::Lifecycle;
use soundings_portfolio_domain::ONE;
use soundings_proto::portfolio::v1::{
    self as proto, portfolio_check_service_client::PortfolioCheckServiceClient,
};
use tonic::Code;

use crate::{
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, code, fields, item, model,
    },
    themes::Themes,
};

async fn faults(world: &World, portfolio: proto::ApplyPortfolioRequest) -> Vec<proto::PortfolioFault> {
    let mut client = PortfolioCheckServiceClient::new(world.authorised("mia", &[Role::PortfolioManager]));
    let request = proto::CheckPortfolioRequest { portfolio: Some(portfolio) };
    let reply = client.check_portfolio(request).await.unwrap().into_inner();
    assert_eq!(reply.omitted_faults, 0);
    reply.faults
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_fault_is_told_and_nothing_is_written(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    assert_eq!(faults(&world, model()).await, [], "a sound model has none");
    let mut bad = model();
    bad.work_items = (0..40).map(|n| item(&format!("I{n}"), 50, &[])).collect();
    bad.work_items.iter_mut().for_each(|item| item.cost_gbp = -1);
    bad.work_items.push(item("I7", 50, &[]));
    bad.work_items.push(proto::WorkItem {
        portfolio: "P".into(),
        depends_on: vec!["I1".into()],
        ..item("J", 50, &[])
    });
    bad.work_items[0].depends_on = vec!["workItems/I1".into()];
    bad.work_items[1].depends_on = vec!["workItems/I0".into()];
    bad.criteria[0].direction = 0;
    bad.criteria[1].highest = bad.criteria[1].lowest - ONE;
    let told = faults(&world, bad.clone()).await;
    let named = |field: &str| told.iter().filter(|fault| fault.field == field).count();
    assert_eq!((0..40).map(|n| named(&format!("workItems/I{n}.cost_gbp"))).sum::<usize>(), 40, "{told:?}");
    for field in [
        "work_items[40].name",
        "work_items[41].portfolio",
        "work_items[41].depends_on[0]",
        "workItems/I0.depends_on",
        "criteria[0].direction",
        "criteria/fit.highest",
    ] {
        assert_eq!(named(field), 1, "{field} in {told:?}");
    }
    assert_eq!(
        fields(world.manager().apply_portfolio(bad).await).len(),
        4,
        "what cannot be read comes first"
    );
    assert_eq!(world.inputs().await.1, 0);
    world.stop().await;
}

#[tokio::test]
async fn what_is_given_twice_is_refused_and_named() {
    let ground = Ground::new(Sqlite).await.unwrap();
    let world = ground.start().await;
    let mut twice = model();
    twice.work_items.push(item("A", 1, &[]));
    twice.criteria.push(twice.criteria[0].clone());
    assert_eq!(
        fields(world.manager().apply_portfolio(twice).await),
        [
            format!("criteria[{}].name", model().criteria.len()),
            format!("work_items[{}].name", model().work_items.len())
        ]
    );
    assert_eq!(world.inputs().await.1, 0);
    let mut analyst = PortfolioCheckServiceClient::new(world.authorised("ana", &[Role::Analyst]));
    let request = proto::CheckPortfolioRequest::default();
    assert_eq!(code(analyst.check_portfolio(request).await), Code::PermissionDenied);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_link_to_a_theme_that_is_not_there_is_refused(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let unreachable = ground.config.themes.clone();
    let lifecycle = Lifecycle::new();
    Themes::start(&mut ground, &lifecycle).await;
    let world = ground.start().await;
    let mut bad = model();
    bad.work_items[0] = item("A", 80, &[("NONE", 100), ("LATER", 100)]);
    let told = faults(&world, bad.clone()).await;
    let expected = proto::PortfolioFault {
        field: "workItems/A.links".into(),
        description: "there is no theme \"codebooks/c/themes/NONE\"".into(),
    };
    assert_eq!(told, [expected], "what no event has told of yet may be there all the same");
    assert_eq!(fields(world.manager().apply_portfolio(bad.clone()).await), ["workItems/A.links"]);
    world.manager().apply_portfolio(model()).await.unwrap();
    let link = |theme: &str, strength| proto::SetThemeLinkRequest {
        work_item: "workItems/A".into(),
        theme: format!("codebooks/c/themes/{theme}"),
        strength,
        ..Default::default()
    };
    assert_eq!(fields(world.manager().set_theme_link(link("NONE", 10)).await), ["workItems/A.links"]);
    world.manager().set_theme_link(link("NONE", 0)).await.unwrap();
    world.manager().set_theme_link(link("LATER", 10)).await.unwrap();
    world.stop().await;
    // Where the themes service cannot be asked, work goes on; what stands is refused no more.
    let there = std::mem::replace(&mut ground.config.themes, unreachable);
    let world = ground.start().await;
    world.manager().apply_portfolio(bad.clone()).await.unwrap();
    world.stop().await;
    ground.config.themes = there;
    let world = ground.start().await;
    world.manager().apply_portfolio(bad).await.unwrap();
    world.stop().await;
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
}
