use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_mailbox::dead_letters;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::themes::v1::ThemeState;

use crate::{
    nats::{signal, theme},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, until,
    },
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn events_that_cannot_be_true_are_put_aside_and_the_rest_goes_on(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let revision = world.ranking(Official, 0).await.unwrap().revision;
    let mut unreadable = signal("EDH", 1, 1, &[]);
    unreadable.data = vec![0xff; 9];
    let more_than_all = signal("GLG", 1, 2, &[("T1", 3)]);
    let less_than_none = signal("GLG", 2, -1, &[]);
    let nowhere = theme("T3", 1, ThemeState::Unspecified);
    let sound = signal("ORK", 1, 2, &[("T1", 2)]);
    ground.nats.publish(&[unreadable, more_than_all, less_than_none, nowhere, sound.clone()]).await;
    world.settled(&[sound]).await;
    let aside = until("dead letters", async || {
        let waiting = dead_letters::waiting(world.running.runtime.db.read()).await.unwrap();
        (waiting >= 4).then_some(waiting)
    })
    .await;
    assert_eq!(aside, 4);
    assert_eq!(world.inputs().await.0.signals["c"].len(), 1);
    assert!(world.ranking(Official, 0).await.unwrap().revision > revision);
    world.stop().await;
}
