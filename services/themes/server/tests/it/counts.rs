use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use soundings_jetstream::Disposition;

use crate::setup::*;

#[tokio::test]
async fn submitting_revising_and_withdrawing_move_the_counts_there_and_back() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(&format!("{COST} {REMOTE}"))).await;
        let both = BTreeMap::from([("cost".into(), (1, 1)), ("remote".into(), (1, 1))]);
        assert_eq!(bench.signals().await["GLG"], (1, 1, both));

        bench.say("r1", "GLG", Some(&format!("{REMOTE} {NEITHER}"))).await;
        let one = BTreeMap::from([("remote".into(), (1, 1))]);
        assert_eq!(bench.signals().await["GLG"], (1, 1, one));
        let themes = bench.themes().await;
        assert_eq!((themes.respondents, themes.unassigned_statements, themes.organisations), (1, 1, 1));
        assert_eq!(themes.themes[0].name, "codebooks/cb/themes/remote");
        assert_eq!((themes.themes[0].mentions, themes.themes[1].mentions), (1, 0));

        bench.say("r1", "GLG", None).await;
        assert_eq!(bench.signals().await["GLG"], (0, 0, BTreeMap::new()));
        assert_eq!(bench.themes().await.unassigned_statements, 0);
        let told = bench.told().await;
        assert_eq!(told["cb:GLG"].signal.as_ref().unwrap().sequence, 3);
        assert_eq!(told["cb:GLG"].signal.as_ref().unwrap().respondents, 0);
    }
}

#[tokio::test]
async fn an_event_of_an_older_revision_takes_in_the_revision_that_stands() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let first = bench.write("r1", "GLG", Some(COST));
        let second = bench.write("r1", "GLG", Some(REMOTE));
        bench.deliver(&[first]).await;
        assert_eq!(bench.signals().await["GLG"].2, BTreeMap::from([("remote".into(), (1, 1))]));
        bench.deliver(&[second]).await;
        assert_eq!(bench.told().await["cb:GLG"].signal.as_ref().unwrap().sequence, 1);
    }
}

#[tokio::test]
async fn while_consultation_is_away_events_wait_and_nothing_changes() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let event = bench.write("r1", "GLG", Some(COST));
        bench.consultation_away(true);
        let told = bench.deliver(std::slice::from_ref(&event)).await;
        assert!(matches!(told[..], [Disposition::Retry(_)]), "{told:?}");
        assert!(bench.signals().await.is_empty());
        bench.consultation_away(false);
        assert_eq!(bench.deliver(&[event]).await, [Disposition::Ack]);
        assert_eq!(bench.signals().await["GLG"].0, 1);
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept_as_a_dead_letter_and_holds_nothing_up() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let mut poison = bench.write("r1", "GLG", Some(COST));
        poison.data = vec![0xff; 3];
        let good = bench.write("r2", "GLG", Some(COST));
        let told = bench.deliver(&[poison, good]).await;
        assert!(matches!(told[..], [Disposition::Dead(_), Disposition::Ack]), "{told:?}");
        let waiting = soundings_mailbox::dead_letters::waiting(bench.runtime.db.read()).await.unwrap();
        assert_eq!(waiting, 1);
        assert_eq!(bench.signals().await["GLG"].0, 1);
    }
}

#[tokio::test]
async fn what_consultation_no_longer_has_contributes_nothing() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let erased = event("r1", "GLG", 2, true);
        let gone = event("never-written", "GLG", 1, false);
        let gone = [erased, gone];
        bench.write("r1", "GLG", None);
        assert_eq!(bench.deliver(&gone).await, [Disposition::Ack, Disposition::Ack]);
        assert_eq!(bench.signals().await["GLG"], (0, 0, BTreeMap::new()));
    }
}
