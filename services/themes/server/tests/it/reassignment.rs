#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, codebook_service_server::CodebookService};
use tonic::Code;

use crate::setup::*;

async fn preview(bench: &Bench, limit: i32) -> proto::PreviewReassignmentResponse {
    let message = proto::PreviewReassignmentRequest { name: "codebooks/cb".into(), limit };
    bench.codebooks.preview_reassignment(Bench::by_analyst(message)).await.unwrap().into_inner()
}

/// Words by which statements about cost belong to the other theme.
async fn swap_words(bench: &Bench) {
    bench.exemplars("cost", &["The swimming pool is cold."]).await.unwrap();
    bench.rename("cost", "Swimming pools", "").await.unwrap();
    let describe = proto::DescribeThemeRequest {
        name: Bench::theme_name("cost"),
        description: "Pools, sport and leisure on Sundays.".into(),
        reason: "a mistake in the making".into(),
        ..Default::default()
    };
    bench.codebooks.describe_theme(Bench::by_analyst(describe)).await.unwrap();
    bench.exemplars("remote", &[REMOTE, COST]).await.unwrap();
}

#[tokio::test]
async fn changed_words_move_nothing_until_they_are_confirmed_and_the_preview_tells_what() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for n in 0..12 {
            bench.say(&format!("cost{n}"), "GLG", Some(COST)).await;
        }
        bench.say("remote", "EDH", Some(REMOTE)).await;
        bench.say("pool", "ABD", Some(NEITHER)).await;
        let before = (bench.signals().await, bench.outbox().await.len());
        let clean = preview(&bench, 0).await;
        assert_eq!((clean.pending, clean.changed, clean.statements), (false, 0, 14));

        swap_words(&bench).await;
        bench.reassign().await;
        assert_eq!(bench.signals().await, before.0, "never silent");
        bench.say("late", "EDH", Some(COST)).await;
        assert_eq!(bench.mention_of("late").await.theme, Bench::theme_name("cost"), "by confirmed words");
        bench.say("late", "EDH", None).await;

        let held = bench.mention_of("cost0").await;
        let accept = proto::AcceptMentionRequest {
            name: held.statement.clone(),
            theme: held.theme.clone(),
            reason: "it does say so".into(),
            ..Default::default()
        };
        use proto::review_service_server::ReviewService;
        bench.reviews.accept_mention(Bench::by_analyst(accept)).await.unwrap();
        let told = preview(&bench, 0).await;
        assert_eq!((told.pending, told.responses, told.responses_read), (true, 14, 14));
        assert_eq!((told.statements, told.changed), (14, 13));
        let flows: BTreeMap<_, _> =
            told.flows.iter().map(|f| ((f.from_theme.as_str(), f.to_theme.as_str()), f.statements)).collect();
        assert_eq!(flows[&("codebooks/cb/themes/cost", "codebooks/cb/themes/remote")], 11);
        assert_eq!(flows[&("", "codebooks/cb/themes/cost")], 1, "the pool");
        assert_eq!(flows[&("", "codebooks/cb/themes/remote")], 1, "beside what a person holds");
        let part = preview(&bench, 5).await;
        assert_eq!((part.responses, part.responses_read), (14, 5));

        let stale = bench.confirm("0000000000000000").await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);
        let confirmed = bench.confirm(&told.etag).await.unwrap();
        assert!(!confirmed.reassignment_pending);
        let shift = |theme: &str| told.themes.iter().find(|t| t.theme == Bench::theme_name(theme)).unwrap();
        for theme in ["cost", "remote"] {
            assert_eq!(bench.theme(theme).await.mentions, shift(theme).after, "as previewed: {theme}");
        }
        assert_eq!(bench.mention_of("cost0").await.theme, Bench::theme_name("cost"));
        bench.check_replay().await;

        bench.undo(1).await.unwrap();
        assert_eq!(bench.signals().await, before.0, "undoing the confirmation brings them back");
        assert!(bench.theme("cost").await.reassignment_pending);
        bench.undo(4).await.unwrap();
        assert!(!bench.theme("cost").await.reassignment_pending);
        assert_eq!(bench.signals().await, before.0);
        bench.check_replay().await;
        bench.told().await;
    }
}

#[tokio::test]
async fn a_file_loaded_over_a_signed_off_codebook_waits_and_over_another_does_not() {
    for bench in benches().await {
        let proposed = CODEBOOK.replace("exemplars: ['Buying", "state: proposed\n    exemplars: ['Buying");
        bench.load(&proposed).await.unwrap();
        bench.say("r1", "GLG", Some(NEITHER)).await;
        let pools = proposed.replace("We all pay for the same licences.", NEITHER);
        assert!(!bench.load(&pools).await.unwrap().reassignment_pending);
        assert_eq!(bench.mention_of("r1").await.theme, Bench::theme_name("cost"));
        bench.approve("cost", "", "").await.unwrap();
        assert!(bench.load(&proposed).await.unwrap().reassignment_pending);
        assert_eq!(bench.mention_of("r1").await.theme, Bench::theme_name("cost"));
        bench.confirm("").await.unwrap();
        assert_eq!(bench.mention_of("r1").await.theme, "");
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn a_retired_themes_statements_leave_at_once_and_go_elsewhere_only_when_confirmed() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.exemplars("cost", &["Contracts and licences cost too much."]).await.unwrap();
        bench.exemplars("remote", &[REMOTE, COST]).await.unwrap();
        bench.confirm("").await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        assert_eq!(bench.signals().await["GLG"].2.keys().collect::<Vec<_>>(), ["remote"]);
        bench.retire("remote", "").await.unwrap();
        assert!(bench.signals().await["GLG"].2.is_empty());
        assert!(bench.theme("remote").await.reassignment_pending);
        bench.confirm("").await.unwrap();
        assert_eq!(bench.signals().await["GLG"].2.keys().collect::<Vec<_>>(), ["cost"]);
    }
}
