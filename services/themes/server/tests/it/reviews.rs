#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, ListMentionsRequest, review_service_server::ReviewService};
use tonic::Code;

use crate::campaigns::COST_IN_CAPITALS;
use crate::setup::*;

async fn sample(bench: &Bench, who: &str, skip: bool) -> Result<proto::AuditSample, tonic::Status> {
    let message = proto::NextAuditSampleRequest { parent: "codebooks/cb".into(), skip };
    Ok(bench.reviews.next_audit_sample(Bench::by(who, None, message)).await?.into_inner())
}

async fn review(bench: &Bench, who: &str, statement: &str, themes: &[&str]) -> proto::StatementThemes {
    let message = proto::RecordReviewRequest {
        name: statement.into(),
        themes: themes.iter().map(|theme| Bench::theme_name(theme)).collect(),
        ..Default::default()
    };
    bench.reviews.record_review(Bench::by(who, None, message)).await.unwrap().into_inner()
}

async fn quality(bench: &Bench) -> proto::GetQualityResponse {
    let message = proto::GetQualityRequest { name: "codebooks/cb".into() };
    bench.reviews.get_quality(Bench::by_analyst(message)).await.unwrap().into_inner()
}

#[tokio::test]
async fn a_moved_mention_moves_the_tallies_and_stays_whatever_is_assigned_anew() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let sent = bench.outbox().await.len();
        let mention = bench.mention_of("r1").await;
        assert_eq!(mention.assigned_by(), proto::AssignedBy::Model);
        let moved = bench.move_mention(&mention.statement, "cost", "remote", &mention.etag).await.unwrap();
        assert_eq!(moved.themes, [Bench::theme_name("remote")]);
        assert_eq!(moved.model_themes, [Bench::theme_name("cost")]);
        let remote = BTreeMap::from([("remote".to_owned(), (1, 1))]);
        assert_eq!(bench.signals().await["GLG"], (1, 1, remote.clone()));
        assert_eq!(bench.outbox().await.len(), sent + 1, "the signal is told");

        // A re-assignment and a revision that keeps the sentence change nothing of it.
        let other = bench.with(soundings_themes_engine::Thresholds { floor: 0.2, ..Default::default() });
        other.reassign().await;
        assert_eq!(other.signals().await["GLG"].2, remote);
        other.say("r1", "GLG", Some(&format!("First this.\n{COST}"))).await;
        assert_eq!(other.signals().await["GLG"].2, remote);
        let page = ListMentionsRequest { theme: Bench::theme_name("remote"), ..Default::default() };
        let page = other.mentions(page).await.unwrap().mentions;
        assert_eq!((page[0].text.as_str(), page[0].decided_by.as_str()), (COST, "ana"));
        assert_eq!((page[0].assigned_by(), page[0].score_ppm), (proto::AssignedBy::Person, 1_000_000));
        assert_eq!(page[0].statement, mention.statement);

        // Another sentence is another statement; the first one back is the decided one again.
        other.say("r1", "GLG", Some("Buying together saves money for councils.")).await;
        assert_eq!(other.signals().await["GLG"].2, BTreeMap::from([("cost".into(), (1, 1))]));
        other.say("r1", "GLG", Some(COST)).await;
        assert_eq!(other.signals().await["GLG"].2, remote);

        // Withdrawn, its decisions go with it.
        other.say("r1", "GLG", None).await;
        other.say("r1", "GLG", Some(COST)).await;
        assert_eq!(other.signals().await["GLG"].2, BTreeMap::from([("cost".into(), (1, 1))]));
        other.told().await;
    }
}

#[tokio::test]
async fn a_response_withdrawn_while_its_survey_feeds_nothing_takes_its_decisions_too() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let statement = bench.mention_of("r1").await.statement;
        bench.split("cost", "together", &[&statement]).await.unwrap();
        bench.load(&CODEBOOK.replace("surveys/s", "surveys/other")).await.unwrap();
        bench.say("r1", "GLG", None).await;
        assert_eq!(bench.theme("together").await.exemplars, ["[withdrawn]"]);
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        assert_eq!(bench.mention_of("r1").await.theme, Bench::theme_name("cost"));
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn a_decision_may_be_about_every_statement_with_the_same_words() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for n in 0..4 {
            bench.say(&format!("r{n}"), "GLG", Some(if n == 3 { COST } else { &COST_IN_CAPITALS })).await;
        }
        bench.say("e1", "EDH", Some(COST)).await;
        bench.say("e2", "EDH", Some(COST)).await;
        // One of them was decided on before, to be about something else.
        let own = bench.mention_of("e2").await.statement;
        bench.move_mention(&own, "cost", "remote", "").await.unwrap();
        let message = proto::RejectMentionRequest {
            name: bench.mention_of("r0").await.statement,
            theme: Bench::theme_name("cost"),
            reason: "a form letter".into(),
            identical: true,
            ..Default::default()
        };
        let bound = Bench::by_analyst_of(Some("GLG"), message.clone());
        let decided = bench.reviews.reject_mention(bound).await.unwrap().into_inner();
        assert_eq!((decided.decided, decided.themes.len()), (4, 0), "of its own organisation");
        let signals = bench.signals().await;
        assert_eq!(signals["GLG"], (1, 4, BTreeMap::new()));
        assert_eq!(signals["EDH"].2, BTreeMap::from([("cost".into(), (1, 1)), ("remote".into(), (1, 1))]));
        let message = proto::RejectMentionRequest { name: bench.mention_of("e1").await.statement, ..message };
        let decided = bench.reviews.reject_mention(Bench::by_analyst(message)).await.unwrap().into_inner();
        assert_eq!(decided.decided, 1, "the others are not there any more");
        assert_eq!(bench.signals().await["EDH"].2, BTreeMap::from([("remote".into(), (1, 1))]));
        bench.told().await;
    }
}

#[tokio::test]
async fn mentions_are_rejected_accepted_and_added_and_stale_ones_name_the_editor() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let mention = bench.mention_of("r1").await;
        let add = proto::AddMentionRequest {
            name: mention.statement.clone(),
            theme: Bench::theme_name("remote"),
            etag: mention.etag.clone(),
            reason: "that too".into(),
            request_id: "0198f2a0-0000-7000-8000-000000000002".into(),
            identical: false,
        };
        let added =
            bench.reviews.add_mention(Bench::by("ben", None, add.clone())).await.unwrap().into_inner();
        assert_eq!(added.themes.len(), 2);
        let again = bench.reviews.add_mention(Bench::by("ben", None, add)).await.unwrap().into_inner();
        assert_eq!(again, added, "a repeat");
        assert_eq!(bench.signals().await["GLG"].2.len(), 2);

        let stale =
            bench.move_mention(&mention.statement, "cost", "remote", &mention.etag).await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);
        assert!(stale.message().contains("by ben"), "{}", stale.message());

        let reject = |theme: String| proto::RejectMentionRequest {
            name: mention.statement.clone(),
            theme,
            reason: "no".into(),
            ..Default::default()
        };
        let rejected = bench.reviews.reject_mention(Bench::by_analyst(reject(Bench::theme_name("cost"))));
        assert_eq!(rejected.await.unwrap().into_inner().themes, [Bench::theme_name("remote")]);
        let absent = bench.reviews.reject_mention(Bench::by_analyst(reject(Bench::theme_name("cost")))).await;
        assert_eq!(absent.unwrap_err().code(), Code::FailedPrecondition);
        let none = bench.reviews.reject_mention(Bench::by_analyst(reject(String::new()))).await.unwrap();
        assert!(none.into_inner().themes.is_empty());
        assert_eq!(bench.signals().await["GLG"], (1, 1, BTreeMap::new()));
        let themes = bench.themes().await;
        assert_eq!(themes.unassigned_statements, 1);
        let pool = bench.mention_of("r1").await;
        assert_eq!((pool.theme.as_str(), pool.assigned_by()), ("", proto::AssignedBy::Person));
        assert_eq!(pool.model_themes, [Bench::theme_name("cost")]);

        let unknown = proto::AddMentionRequest {
            theme: Bench::theme_name("nothing"),
            name: mention.statement.clone(),
            reason: "x".into(),
            ..Default::default()
        };
        assert_eq!(
            bench.reviews.add_mention(Bench::by_analyst(unknown)).await.unwrap_err().code(),
            Code::NotFound
        );
        // Another organisation's analyst does not know of it.
        let bound = Bench::by_analyst_of(Some("EDH"), reject(String::new()));
        assert_eq!(bench.reviews.reject_mention(bound).await.unwrap_err().code(), Code::NotFound);
        bench.told().await;
    }
}

#[tokio::test]
async fn decisions_on_a_statement_are_taken_back_one_after_another_until_the_models_word_holds() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let statement = bench.mention_of("r1").await.statement;
        let nothing = bench.undo_mention(&statement, "").await.unwrap_err();
        assert_eq!(nothing.code(), Code::FailedPrecondition);
        let before = (bench.signals().await, bench.mention_of("r1").await);
        bench.move_mention(&statement, "cost", "remote", "").await.unwrap();
        let read = bench.mention_of("r1").await.etag;
        review(&bench, "ben", &statement, &["cost", "remote"]).await;
        let stale = bench.undo_mention(&statement, &read).await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);

        let undone = bench.undo_mention(&statement, "").await.unwrap();
        assert_eq!(
            (undone.themes.as_slice(), undone.decided_by.as_str()),
            (&[Bench::theme_name("remote")][..], "ana")
        );
        let undone = bench.undo_mention(&statement, "").await.unwrap();
        assert_eq!(
            (undone.themes.as_slice(), undone.decided_by.as_str()),
            (&[Bench::theme_name("cost")][..], "")
        );
        assert_eq!(bench.signals().await, before.0);
        let mention = bench.mention_of("r1").await;
        assert_eq!(proto::Mention { etag: before.1.etag.clone(), ..mention.clone() }, before.1);
        assert_ne!(mention.etag, before.1.etag, "it was decided on");
        assert_eq!(bench.undo_mention(&statement, "").await.unwrap_err().code(), Code::FailedPrecondition);

        let explain = proto::ExplainMentionRequest { name: statement, ..Default::default() };
        let why = bench.reviews.explain_mention(Bench::by_analyst(explain)).await.unwrap().into_inner();
        let told: Vec<_> = why.decisions.iter().map(|d| d.action.as_str()).collect();
        assert_eq!(told, ["move", "review", "undo", "undo"], "all is kept");
        assert_eq!(why.statement.unwrap().decided_by, "");
        bench.told().await;
    }
}

#[tokio::test]
async fn a_review_that_was_taken_back_gauges_nothing_until_it_is_given_again() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let drawn = sample(&bench, "ana", false).await.unwrap().statement;
        review(&bench, "ana", &drawn, &["remote"]).await;
        assert_eq!(quality(&bench).await.overall.unwrap().reviews, 1);
        bench.undo_mention(&drawn, "").await.unwrap();
        let gauge = quality(&bench).await;
        assert_eq!((gauge.overall.unwrap().reviews, gauge.chosen_reviews), (0, 0));
        review(&bench, "ana", &drawn, &["cost"]).await;
        let gauge = quality(&bench).await;
        assert_eq!((gauge.overall.unwrap().reviews, gauge.chosen_reviews), (1, 0), "still a drawn one");
        // A move after it stands in no way of the review.
        bench.move_mention(&drawn, "cost", "remote", "").await.unwrap();
        bench.undo_mention(&drawn, "").await.unwrap();
        assert_eq!(quality(&bench).await.overall.unwrap().reviews, 1);
    }
}

#[tokio::test]
async fn an_explanation_scores_in_the_measure_that_the_statement_was_assigned_by() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let polish = "Pracownicy potrzebują laptopów i szybkiego internetu, żeby pracować w domu.";
        bench.say("r1", "GLG", Some(&format!("{PROMPT}\n{COST} {REMOTE}\n{polish}\n{NEITHER}"))).await;
        bench.say("r2", "GLG", Some(&format!("<p>{REMOTE}</p> Licences."))).await;
        let all = bench.all_mentions().await;
        assert_eq!(all.len(), 6);
        for mention in all.iter().filter(|mention| mention.language.is_empty()) {
            let message =
                proto::ExplainMentionRequest { name: mention.statement.clone(), ..Default::default() };
            let why = bench.reviews.explain_mention(Bench::by_analyst(message)).await.unwrap().into_inner();
            let of = |theme: &str| why.themes.iter().find(|near| near.theme == theme).unwrap().similarity;
            let ppm = |similarity: f64| (similarity * 1e6).round() as i32;
            if mention.theme.is_empty() {
                assert_eq!(ppm(why.themes[0].similarity), mention.score_ppm, "{}", mention.text);
            } else {
                assert_eq!((&why.themes[0].theme, &why.theme), (&mention.theme, &mention.theme));
                assert_eq!(ppm(of(&mention.theme)), mention.score_ppm, "{}", mention.text);
            }
            assert_eq!(ppm(of(&mention.runner_up)), mention.runner_up_score_ppm, "{}", mention.text);
        }
    }
}

#[tokio::test]
async fn a_statement_of_no_theme_is_told_what_it_fell_short_of() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(NEITHER)).await;
        bench.say("r2", "GLG", Some(&format!("{COST}\n{NEITHER}\n"))).await;
        let all = bench.all_mentions().await;
        let short = async |response: &str, text: &str| {
            let of = |m: &&proto::Mention| m.response.ends_with(response) && m.text == text;
            let name = all.iter().find(of).unwrap().statement.clone();
            let message = proto::ExplainMentionRequest { name, ..Default::default() };
            let why = bench.reviews.explain_mention(Bench::by_analyst(message)).await.unwrap();
            why.into_inner().short_of
        };
        let alone = short("/r1", NEITHER).await.unwrap();
        assert!(alone.score_ppm < alone.floor_ppm && alone.best_ppm == 0, "{alone:?}");
        assert!(alone.theme.starts_with("codebooks/cb/themes/"), "{alone:?}");
        let beside = short("/r2", NEITHER).await.unwrap();
        assert!(beside.best_ppm > beside.floor_ppm, "{beside:?}");
        assert_eq!(short("/r2", COST).await, None, "it has a theme");
    }
}

#[tokio::test]
async fn decisions_of_several_people_at_once_all_count() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let mut statements = Vec::new();
        for n in 0..6 {
            bench.say(&format!("r{n}"), "GLG", Some(&format!("{COST} Said by {n}."))).await;
            let all = bench.all_mentions().await;
            let of = all.iter().find(|m| m.response.ends_with(&format!("/r{n}")) && m.text == COST);
            statements.push(of.unwrap().statement.clone());
        }
        let moves = statements.iter().map(|s| bench.move_mention(s, "cost", "remote", ""));
        for moved in futures_join(moves).await {
            moved.unwrap();
        }
        let signals = bench.signals().await;
        assert_eq!(signals["GLG"].2.get("remote"), Some(&(6, 6)));
        bench.told().await;
    }
}

/// All of them at once.
async fn futures_join<F: Future>(all: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut all: Vec<_> = all.into_iter().map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |cx| {
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn samples_are_blind_repeat_until_reviewed_and_never_come_twice() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for n in 0..8 {
            bench.say(&format!("r{n}"), "GLG", Some(&format!("{COST} And {n} more things."))).await;
        }
        let first = sample(&bench, "ana", false).await.unwrap();
        assert_eq!((first.draw, first.candidates), (1, 16));
        assert!(!first.text.is_empty() && (!first.before.is_empty() || !first.after.is_empty()));
        assert_eq!(sample(&bench, "ana", false).await.unwrap(), first, "a retry");
        let other = sample(&bench, "ben", false).await.unwrap();
        assert_ne!(other.statement, first.statement);
        let skipped = sample(&bench, "ana", true).await.unwrap();
        assert_ne!(skipped.statement, first.statement);
        let mut seen = BTreeSet::from([first.statement, other.statement.clone()]);
        let mut next = skipped;
        loop {
            assert!(seen.insert(next.statement.clone()), "drawn twice");
            review(&bench, "ana", &next.statement, &["cost"]).await;
            match sample(&bench, "ana", false).await {
                Ok(sample) => next = sample,
                Err(none) => {
                    assert_eq!(none.code(), Code::NotFound);
                    break;
                }
            }
        }
        assert_eq!(seen.len(), 16);
        // A response that is withdrawn takes its draw along.
        let response = other.response.rsplit('/').next().unwrap().to_owned();
        bench.say(&response, "GLG", None).await;
        assert_eq!(sample(&bench, "ben", false).await.unwrap_err().code(), Code::NotFound);
    }
}

#[tokio::test]
async fn the_gauge_counts_drawn_reviews_alone_and_says_when_they_are_not_enough() {
    for bench in benches().await {
        bench
            .load(&format!("{CODEBOOK}  - {{id: other, title: Something else, kind: other}}\n"))
            .await
            .unwrap();
        for n in 0..40 {
            bench.say(&format!("r{n:02}"), "GLG", Some(COST)).await;
        }
        let chosen = bench.mention_of("r39").await.statement;
        review(&bench, "ana", &chosen, &["remote"]).await;
        let told = quality(&bench).await;
        assert_eq!((told.chosen_reviews, told.overall.unwrap().reviews), (1, 0));
        let mut wrong = 0;
        for n in 0..32 {
            let drawn = sample(&bench, "ana", false).await.unwrap();
            // Of 32, the person sees 24 as the model does, 4 as remote work, 4 as something else.
            let themes: &[&str] = match n % 8 {
                0 => &["remote"],
                1 => &["other"],
                _ => &["cost"],
            };
            wrong += usize::from(n % 8 < 2);
            review(&bench, "ana", &drawn.statement, themes).await;
            if n == 28 {
                let told = quality(&bench).await.overall.unwrap();
                assert_eq!((told.reviews, told.enough), (29, false));
                assert!(!bench.theme("cost").await.quality.unwrap().enough);
            }
        }
        assert_eq!(wrong, 8);
        let told = quality(&bench).await;
        let overall = told.overall.unwrap();
        assert_eq!((overall.reviews, overall.enough, overall.samples_f1), (32, true, 0.75));
        assert!(overall.samples_f1_low < 0.75 && overall.samples_f1_high > 0.75);
        assert_eq!(told.without_generic.unwrap().samples_f1, 0.75, "the model's theme remains on its side");
        let cost = bench.theme("cost").await;
        let of = cost.quality.unwrap();
        assert_eq!((of.both, of.model_only, of.person_only, of.enough), (24, 8, 0, true));
        assert_eq!((of.precision, of.recall), (0.75, 1.0));
        assert!(!bench.theme("remote").await.quality.unwrap().enough, "four reviews");
        assert_eq!(bench.themes().await.quality.unwrap(), overall);
        assert_eq!(cost.mentions, 31, "a review is a decision as well: 24 and 7 that nobody reviewed");
    }
}

#[tokio::test]
async fn a_mention_is_explained_by_exemplars_words_and_decisions() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(REMOTE)).await;
        let mention = bench.mention_of("r1").await;
        let explain = |theme: &str| proto::ExplainMentionRequest {
            name: mention.statement.clone(),
            theme: theme.into(),
        };
        let why = bench.reviews.explain_mention(Bench::by_analyst(explain(""))).await.unwrap().into_inner();
        assert_eq!((why.theme.as_str(), why.text.as_str()), (mention.theme.as_str(), REMOTE));
        assert_eq!(why.nearest[0].text, "Staff need laptops and broadband to work from home.");
        assert!(why.nearest[0].similarity > 0.9);
        let carried: Vec<_> = why.words.iter().take(4).map(|w| w.word.as_str()).collect();
        assert!(
            carried.iter().any(|w| ["laptops", "broadband", "home.", "staff"].contains(w)),
            "{carried:?}"
        );
        assert_eq!(why.themes[0].theme, mention.theme);
        assert_eq!(why.themes.len(), 2);
        assert_eq!((why.model_version.as_str(), why.codebook_version), (mention.model_version.as_str(), 1));
        assert!(why.decisions.is_empty());

        bench.move_mention(&mention.statement, "remote", "cost", "").await.unwrap();
        let cost = explain(&Bench::theme_name("cost"));
        let why = bench.reviews.explain_mention(Bench::by_analyst(cost)).await.unwrap().into_inner();
        assert_eq!(why.theme, Bench::theme_name("cost"));
        assert_eq!(why.decisions.len(), 1);
        let decision = &why.decisions[0];
        assert_eq!(
            (decision.action.as_str(), decision.from_theme.as_str(), decision.actor.as_str()),
            ("move", "codebooks/cb/themes/remote", "ana")
        );
        let bound = Bench::by_analyst_of(Some("EDH"), explain(""));
        assert_eq!(bench.reviews.explain_mention(bound).await.unwrap_err().code(), Code::NotFound);
        bench.write("r1", "GLG", Some("Something else."));
        let moved_on = bench.reviews.explain_mention(Bench::by_analyst(explain(""))).await.unwrap_err();
        assert_eq!(moved_on.code(), Code::FailedPrecondition);
    }
}
