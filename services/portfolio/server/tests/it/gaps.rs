use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::Kind::{Official, Provisional};
use soundings_proto::{portfolio::v1 as proto, subjects, themes::v1::ThemeState};

use crate::{
    nats::{signal, theme},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, until,
    },
};

fn named(gaps: &[proto::Gap]) -> Vec<(proto::GapKind, &str)> {
    let name = |gap: &'_ proto::Gap| gap.kind();
    gaps.iter()
        .map(|gap| {
            (name(gap), if gap.theme.is_empty() { gap.work_item.as_str() } else { gap.theme.as_str() })
        })
        .collect()
}

async fn hear(world: &World, ground: &Ground, sequence: i64, raised: &[(&str, i64)]) {
    let heard = ["EDH", "GLG", "ORK"].map(|id| signal(id, sequence, 4, raised));
    ground.nats.publish(&heard).await;
    world.settled(&heard).await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_is_asked_for_and_the_work_are_held_against_each_other(#[case] engine: Engine) {
    use proto::GapKind::{ThemeWithoutWork, WorkWithoutDemand, WorkWithoutTheme};
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    assert_eq!(world.gaps(Official).await, [], "nobody answered");
    let open = [theme("T9", 1, ThemeState::Approved)];
    ground.nats.publish(&open).await;
    world.settled(&open).await;
    hear(&world, &ground, 1, &[("T9", 2), ("T2", 1)]).await;
    let official = world.gaps(Official).await;
    let nine = "codebooks/c/themes/T9";
    // A answers nothing, B answers T1, which nobody raises, and C answers T2, which is not approved.
    assert_eq!(
        named(&official),
        [
            (ThemeWithoutWork, nine),
            (WorkWithoutDemand, "workItems/B"),
            (WorkWithoutTheme, "workItems/A"),
            (WorkWithoutTheme, "workItems/C"),
        ]
    );
    assert_eq!((official[0].organisations, official[0].title.as_str()), (3, "Theme T9"));
    assert!(!named(&world.gaps(Provisional).await).contains(&(WorkWithoutTheme, "workItems/C")));

    // Each is told once, also across a restart, and that it is closed is told when work answers it.
    let found = until("four gaps", async || {
        let (event, _): (_, proto::GapFound) = ground.nats.newest(subjects::GAP_FOUND, "official").await?;
        (event.sequence == 4).then_some(())
    });
    found.await;
    hear(&world, &ground, 2, &[("T9", 3), ("T2", 1)]).await;
    world.stop().await;
    let world = ground.start().await;
    let link = proto::SetThemeLinkRequest {
        work_item: "workItems/A".into(),
        theme: nine.into(),
        strength: 500,
        ..Default::default()
    };
    world.manager().set_theme_link(link).await.unwrap();
    world.ranked().await;
    // A answers T9 now: the theme has work, and the work a theme.
    let closed = until("two gaps closed", async || {
        let (event, body): (_, proto::GapFound) = ground.nats.newest(subjects::GAP_FOUND, "official").await?;
        (event.sequence == 6).then_some(body)
    })
    .await;
    assert!(closed.closed);
    assert_eq!(world.gaps(Official).await.len(), 2);
    world.stop().await;
}
