//! What a preview says the tallies would be is what they are once it is confirmed.
#![expect(clippy::unwrap_used, reason = "tests")]

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{
    self as proto, codebook_service_server::CodebookService, review_service_server::ReviewService,
};

use crate::setup::*;

/// Speaks for buying together, and against a theme that would end it.
const PRAISE: &str = "Buying licences together is excellent and we support it.";
const COMPLAINT: &str = "Buying licences together is a terrible waste, we oppose it.";

async fn preview_of(
    bench: &Bench,
    organisation: Option<&str>,
    limit: i32,
) -> proto::PreviewReassignmentResponse {
    let message = proto::PreviewReassignmentRequest { name: "codebooks/cb".into(), limit };
    let request = Bench::by_analyst_of(organisation, message);
    bench.codebooks.preview_reassignment(request).await.unwrap().into_inner()
}

async fn preview(bench: &Bench) -> proto::PreviewReassignmentResponse {
    preview_of(bench, None, 0).await
}

fn would_be(told: &proto::PreviewReassignmentResponse) -> &[proto::Signal] {
    &told.reassigned.as_ref().unwrap().signals
}

/// Those who speak against a theme, over all organisations.
fn against(signals: &[proto::Signal], theme: &str) -> i64 {
    let tallies = signals.iter().flat_map(|signal| &signal.themes);
    tallies.filter(|tally| tally.theme == Bench::theme_name(theme)).map(|t| t.against_respondents).sum()
}

/// Three organisations: a campaign, praise, a complaint, and a statement that a person holds where it is.
async fn said(bench: &Bench) {
    bench.load(CODEBOOK).await.unwrap();
    for (n, text) in [COST, COST, PRAISE, COMPLAINT, NEITHER].into_iter().enumerate() {
        bench.say(&format!("g{n}"), "GLG", Some(text)).await;
    }
    for (n, text) in [COST, REMOTE, COMPLAINT].into_iter().enumerate() {
        bench.say(&format!("e{n}"), "EDH", Some(text)).await;
    }
    bench.say("a", "ABD", Some(REMOTE)).await;
    bench.say("gone", "ABZ", Some(REMOTE)).await;
    bench.say("gone", "ABZ", None).await;
    let held = bench.mention_of("e0").await;
    let accept = proto::AcceptMentionRequest {
        name: held.statement,
        theme: held.theme,
        reason: "it does say so".into(),
        ..Default::default()
    };
    bench.reviews.accept_mention(Bench::by_analyst(accept)).await.unwrap();
}

#[tokio::test]
async fn the_tallies_are_as_previewed_once_that_is_confirmed() {
    for bench in benches().await {
        said(&bench).await;
        let stands = bench.tallies().await;
        assert_eq!(would_be(&preview(&bench).await), stands, "nothing waits");

        // Words that take other statements, of which a campaign counts once and a held one stays.
        bench.exemplars("cost", &[NEITHER]).await.unwrap();
        bench.exemplars("remote", &[REMOTE, COST, COMPLAINT]).await.unwrap();
        let told = preview(&bench).await;
        assert_eq!(bench.tallies().await, stands, "a preview moves nothing");
        assert_ne!(would_be(&told), stands);
        assert!(told.changed > 0);
        bench.confirm(&told.etag).await.unwrap();
        assert_eq!(would_be(&told), bench.tallies().await);

        // A title that turns every stance.
        let stands = bench.tallies().await;
        bench.rename("remote", "Stop buying licences together", "").await.unwrap();
        let told = preview(&bench).await;
        assert!(against(would_be(&told), "remote") != against(&stands, "remote"), "{told:#?}");
        bench.confirm(&told.etag).await.unwrap();
        assert_eq!(would_be(&told), bench.tallies().await);

        // A theme that is no more.
        bench.retire("remote", "").await.unwrap();
        let told = preview(&bench).await;
        bench.confirm(&told.etag).await.unwrap();
        assert_eq!(would_be(&told), bench.tallies().await);
    }
}

#[tokio::test]
async fn a_part_does_not_tell_the_whole_nor_is_it_told_to_who_speaks_for_one() {
    for bench in benches().await {
        said(&bench).await;
        bench.exemplars("remote", &[REMOTE, COST, COMPLAINT]).await.unwrap();
        let part = preview_of(&bench, None, 3).await;
        assert_eq!((part.responses, part.responses_read, &part.reassigned), (9, 3, &None));
        let whole = preview_of(&bench, None, 9).await;
        assert_eq!((whole.responses_read, whole.reassigned.is_some()), (9, true));
        let bound = preview_of(&bench, Some("GLG"), 0).await;
        assert_eq!((bound.changed, &bound.reassigned), (whole.changed, &None));
    }
}

#[tokio::test]
async fn a_response_that_was_revised_since_keeps_what_it_contributes_until_its_event_comes() {
    for bench in benches().await {
        said(&bench).await;
        let revised = bench.write("a", "ABD", Some(COST));
        let told = preview(&bench).await;
        assert_eq!(would_be(&told), bench.tallies().await);
        bench.deliver(&[revised]).await;
        let told = preview(&bench).await;
        let theme = &would_be(&told)[0].themes[0].theme;
        assert_eq!(
            (&would_be(&told)[0].organisation, theme),
            (&"organisations/ABD".into(), &Bench::theme_name("cost"))
        );
        assert_eq!(would_be(&told), bench.tallies().await);
    }
}
