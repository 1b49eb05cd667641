use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_jetstream::provision;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::{portfolio::v1 as proto, subjects, themes::v1::ThemeState};

use crate::{
    nats::{signal, theme},
    plans::{in_force, set_fit},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, until,
    },
};

/// What a late joiner finds besides the ranking.
#[derive(Debug, PartialEq)]
struct Found {
    plan: proto::PlanCurrent,
    gaps: proto::GapsCurrent,
    robustness: proto::StandingRobustness,
}

async fn found(ground: &Ground) -> Option<Found> {
    let robustness: proto::RobustnessCurrent =
        ground.nats.standing(subjects::ROBUSTNESS_CURRENT, "official").await?;
    Some(Found {
        plan: ground.nats.standing(subjects::PLAN_CURRENT, "published").await?,
        gaps: ground.nats.standing(subjects::GAPS_CURRENT, "official").await?,
        robustness: robustness.robustness?,
    })
}

#[rstest]
#[case::sqlite_while_it_runs(Sqlite, true)]
#[case::sqlite_while_it_is_down(Sqlite, false)]
#[case::postgres_while_it_runs(Postgres, true)]
#[case::postgres_while_it_is_down(Postgres, false)]
#[tokio::test]
async fn who_joins_late_finds_the_plan_the_gaps_and_how_sure_it_is(
    #[case] engine: Engine,
    #[case] runs: bool,
) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let plan = in_force(&world, &["A"]).await;
    let open = [theme("T9", 1, ThemeState::Approved)];
    ground.nats.publish(&open).await;
    world.settled(&open).await;
    let heard = ["EDH", "GLG", "ORK"].map(|id| signal(id, 1, 4, &[("T9", 2), ("T1", 1)]));
    ground.nats.publish(&heard).await;
    world.settled(&heard).await;
    // The plan's only work falls behind all other.
    set_fit(&world, "A", 0).await;
    let robustness = world.assured().await;
    let gaps = world.gaps(Official).await;
    assert!(gaps.iter().any(|gap| gap.theme == "codebooks/c/themes/T9"));
    let stands = until("what stands", async || {
        let found = found(&ground).await?;
        let drift = found.plan.drift.as_ref()?;
        let is_new = found.robustness.revision == robustness.revision && found.gaps.gaps == gaps;
        (is_new && drift.reversed == 2 && found.plan.drifting).then_some(found)
    })
    .await;
    let told = stands.plan.plan.clone().unwrap();
    assert_eq!((&told.name, &told.items), (&plan.name, &plan.items));
    assert_eq!((told.reason.as_str(), told.proposed, told.approvals.len()), ("", None, 0), "nobody is named");
    assert_eq!((stands.gaps.open, stands.gaps.organisations_answered), (gaps.len() as i32, 3));
    assert_eq!(stands.robustness.items, robustness.items);

    // A gap that has other figures and moves no item stands otherwise, without a revision.
    let revision = world.ranking(Official, 0).await.unwrap().revision;
    let fewer = [signal("ORK", 2, 4, &[("T1", 1)])];
    ground.nats.publish(&fewer).await;
    world.settled(&fewer).await;
    let fewer = until("other figures", async || {
        let stands = found(&ground).await?;
        (stands.gaps.gaps.iter().any(|gap| gap.organisations == 2)).then_some(stands)
    })
    .await;
    assert_eq!(world.ranking(Official, 0).await.unwrap().revision, revision);

    let mut world = Some(world);
    if !runs {
        world.take().unwrap().stop().await;
    }
    ground.nats.server.kill();
    ground.nats.server.lose_streams();
    ground.nats.server.restart().await;
    ground.nats.connection.ready(Duration::from_secs(20)).await.unwrap();
    provision(&ground.nats.connection).await.unwrap();
    let world = match world {
        Some(world) => world,
        None => ground.start().await,
    };
    let again = until("what stood", async || found(&ground).await).await;
    assert_eq!(again, fewer);
    world.stop().await;
}
