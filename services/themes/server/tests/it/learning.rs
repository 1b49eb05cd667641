//! What people decide teaches: new responses are assigned by it at once, earlier ones when it is confirmed, and no
//! decision is ever changed.
#![expect(clippy::unwrap_used, reason = "tests")]

use chrono::{DateTime, Duration, Utc};
use pretty_assertions::assert_eq;
use soundings_mailbox::Lease;
use soundings_proto::themes::v1::{
    self as proto, codebook_service_server::CodebookService, review_service_server::ReviewService,
    theme_learning_service_server::ThemeLearningService,
};
use soundings_themes::application::learn::{Learnt, When, learn, learn_all};
use soundings_themes::store::learning;
use soundings_themes_engine::Thresholds;
use tonic::{Code, Status};

use crate::setup::*;

const POOLS: [&str; 12] = [
    "The swimming pool is always cold on Sundays",
    "Our pool opens too late for swimmers",
    "The pool water was green all summer",
    "Swimming lessons at the pool are full",
    "The lifeguards at the pool are kind",
    "The changing rooms of the pool are dirty",
    "The pool is crowded with swimmers at noon",
    "Nobody heats the swimming pool in winter",
    "The pool closes before the swimmers leave work",
    "The showers at the pool run cold",
    "My children love swimming in the pool",
    "A deeper pool would help good swimmers",
];
const OTHERS: [&str; 8] = [
    "The library has no new novels",
    "Street lights flicker near the church",
    "Foxes tear the rubbish bags open",
    "The market square needs more benches",
    "Potholes ruin every bicycle here",
    "The town hall clock is wrong",
    "Buses skip our village at night",
    "Trees block the footpath by the river",
];

async fn add(bench: &Bench, response: &str, theme: &str) {
    let message = proto::AddMentionRequest {
        name: bench.mention_of(response).await.statement,
        theme: Bench::theme_name(theme),
        reason: "pools are theirs".into(),
        ..Default::default()
    };
    bench.reviews.add_mention(Bench::by_analyst(message)).await.unwrap();
}

async fn reject(bench: &Bench, response: &str) {
    let message = proto::RejectMentionRequest {
        name: bench.mention_of(response).await.statement,
        reason: "none of ours".into(),
        ..Default::default()
    };
    bench.reviews.reject_mention(Bench::by_analyst(message)).await.unwrap();
}

async fn train(bench: &Bench) -> Result<proto::Learning, Status> {
    let message = proto::TrainNowRequest { name: "codebooks/cb".into() };
    Ok(bench.learning.train_now(Bench::by_analyst(message)).await?.into_inner())
}

async fn learned(bench: &Bench) -> proto::Learning {
    let message = proto::GetLearningRequest { name: "codebooks/cb".into() };
    bench.learning.get_learning(Bench::by_analyst(message)).await.unwrap().into_inner()
}

async fn preview(bench: &Bench) -> proto::PreviewReassignmentResponse {
    let message = proto::PreviewReassignmentRequest { name: "codebooks/cb".into(), limit: 0 };
    bench.codebooks.preview_reassignment(Bench::by_analyst(message)).await.unwrap().into_inner()
}

/// Twenty statements that people put right: pools belong to remote work (so they say), the others to nothing.
async fn taught() -> Vec<Bench> {
    let benches = benches().await;
    for bench in &benches {
        bench.load(CODEBOOK).await.unwrap();
        for (n, text) in POOLS.iter().enumerate() {
            bench.say(&format!("pool{n}"), "GLG", Some(text)).await;
            add(bench, &format!("pool{n}"), "remote").await;
        }
        for (n, text) in OTHERS.iter().enumerate() {
            bench.say(&format!("other{n}"), "EDH", Some(text)).await;
            reject(bench, &format!("other{n}")).await;
        }
    }
    benches
}

async fn theme_of(bench: &Bench, response: &str) -> String {
    bench.mention_of(response).await.theme.rsplit('/').next().unwrap().to_owned()
}

const NEW: &str = "The swimming pool is cold again";

#[tokio::test]
async fn what_people_put_right_is_learned_for_new_responses_and_moves_earlier_ones_once_confirmed() {
    for bench in taught().await {
        bench.say("early", "ABD", Some("The pool is far too cold for swimmers")).await;
        bench.say("held", "ABD", Some("The pool is cold on Mondays")).await;
        assert_eq!((theme_of(&bench, "early").await, learned(&bench).await.number), (String::new(), 0));
        reject(&bench, "held").await;

        let after = train(&bench).await.unwrap();
        assert_eq!((after.number, after.labels, after.new_decisions, after.confirmed_number), (1, 21, 0, 0));
        let remote = after.themes.iter().find(|t| t.theme.ends_with("/remote")).unwrap();
        assert!(remote.learned_decides && remote.learned_f1 > remote.prototype_f1, "{remote:?}");
        assert_eq!(remote.labels, 12);
        let cost = after.themes.iter().find(|t| t.theme.ends_with("/cost")).unwrap();
        assert!(!cost.learned_decides, "{cost:?}");

        bench.say("new", "ABD", Some(NEW)).await;
        let new = bench.mention_of("new").await;
        assert_eq!(
            (new.theme.as_str(), new.assigned_by()),
            (&*Bench::theme_name("remote"), proto::AssignedBy::Model)
        );
        assert!(new.model_version.ends_with(&format!("+by+{}", after.version)), "{}", new.model_version);
        bench.say("cost", "ABD", Some(COST)).await;
        assert_eq!(
            theme_of(&bench, "cost").await,
            "cost",
            "of a theme that was not learned its words decide"
        );

        let explain = proto::ExplainMentionRequest { name: new.statement, ..Default::default() };
        let why = bench.reviews.explain_mention(Bench::by_analyst(explain)).await.unwrap().into_inner();
        let why = why.learned.unwrap();
        assert!(why.assigned && why.probability > 0.5 && why.version == after.version);
        assert!(why.words.iter().any(|w| w.word.contains("pool")), "{:?}", why.words);

        // Earlier ones wait, through whatever else assigns them anew.
        bench.rename("cost", "Cost optimisation and savings", "").await.unwrap();
        bench.confirm("").await.unwrap();
        assert_eq!(
            (theme_of(&bench, "early").await, theme_of(&bench, "new").await),
            (String::new(), "remote".into())
        );
        let told = preview(&bench).await;
        assert_eq!((told.pending, told.changed, &told.learned_version), (true, 1, &after.version));
        assert!(told.held > 0, "what people decided stays");
        let before = bench.signals().await;
        assert_ne!(bench.tallies().await, told.reassigned.as_ref().unwrap().signals);
        bench.confirm(&told.etag).await.unwrap();
        assert_eq!(bench.tallies().await, told.reassigned.unwrap().signals, "as previewed");
        assert_eq!(theme_of(&bench, "early").await, "remote");
        assert_eq!(theme_of(&bench, "held").await, "", "a person decided so");
        for n in 0..OTHERS.len() {
            assert_eq!(theme_of(&bench, &format!("other{n}")).await, "");
        }
        assert_eq!((learned(&bench).await.confirmed_number, preview(&bench).await.pending), (1, false));
        bench.check_replay().await;
        bench.undo(1).await.unwrap();
        assert_eq!(
            (theme_of(&bench, "early").await, theme_of(&bench, "new").await),
            (String::new(), "remote".into())
        );
        assert_eq!(bench.signals().await, before, "undoing the confirmation brings them back");
        bench.check_replay().await;
        bench.told().await;
    }
}

#[tokio::test]
async fn the_same_labels_teach_the_same_and_a_restart_keeps_it() {
    for bench in taught().await {
        let first = train(&bench).await.unwrap();
        assert_eq!(train(&bench).await.unwrap(), first);
        let artefact = learning::artefact(bench.runtime.db.read(), "cb", 1).await.unwrap().unwrap();
        assert!(!artefact.contains("pool"), "no word is kept");
        let restarted = bench.with(Thresholds::default());
        restarted.say("new", "ABD", Some(NEW)).await;
        assert_eq!(theme_of(&restarted, "new").await, "remote");
        assert_eq!(train(&restarted).await.unwrap(), first);
        // What was learned with another model of embeddings is set aside, and the words decide again.
        let other = Thresholds { floor: 0.9, ..Thresholds::default() };
        let restarted = restarted.with(other);
        restarted.reassign().await;
        assert_eq!(theme_of(&restarted, "new").await, "remote", "thresholds are of the words");
    }
}

#[tokio::test]
async fn it_learns_by_itself_once_enough_was_decided() {
    for bench in taught().await {
        learn_all(&bench.runtime, When::Enough(21)).await.unwrap();
        assert_eq!((learned(&bench).await.number, learned(&bench).await.new_decisions), (0, 20));
        learn_all(&bench.runtime, When::Enough(20)).await.unwrap();
        assert_eq!((learned(&bench).await.number, learned(&bench).await.new_decisions), (1, 0));
        assert_eq!(learn(&bench.runtime, "cb", When::Enough(1)).await.unwrap(), Learnt::Nothing);
    }
}

#[tokio::test]
async fn reviews_of_drawn_statements_gauge_and_do_not_teach() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (n, text) in POOLS.iter().enumerate() {
            bench.say(&format!("pool{n}"), "GLG", Some(text)).await;
        }
        for _ in 0..POOLS.len() {
            let ask = proto::NextAuditSampleRequest { parent: "codebooks/cb".into(), skip: false };
            let sample = bench.reviews.next_audit_sample(Bench::by_analyst(ask)).await.unwrap().into_inner();
            let review = proto::RecordReviewRequest {
                name: sample.statement,
                themes: vec![Bench::theme_name("remote")],
                ..Default::default()
            };
            bench.reviews.record_review(Bench::by_analyst(review)).await.unwrap();
        }
        assert_eq!(learned(&bench).await.new_decisions, 0);
        let refused = train(&bench).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition, "{refused:?}");
    }
}

#[tokio::test]
async fn a_trainer_that_died_loses_nothing() {
    for bench in taught().await {
        let (db, now) = (&bench.runtime.db, DateTime::<Utc>::UNIX_EPOCH);
        let claim =
            async |at| Lease::acquire(db, "learning:cb", "dead", Duration::seconds(60), at).await.unwrap();
        let mut lease = claim(now).await.unwrap();
        assert_eq!(learn(&bench.runtime, "cb", When::Now).await.unwrap(), Learnt::Busy);
        assert_eq!(train(&bench).await.unwrap_err().code(), Code::Unavailable);
        assert_eq!(learned(&bench).await.number, 0);
        assert!(lease.renew(db, Duration::seconds(60), now - Duration::seconds(120)).await.unwrap());
        assert_eq!(train(&bench).await.unwrap().number, 1, "its lease ran out");
        assert!(lease.guard(&bench.runtime.db.begin().await.unwrap()).await.is_err(), "it can write no more");
    }
}

#[tokio::test]
async fn an_emerging_theme_is_not_learned_and_takes_only_what_no_other_does() {
    for bench in taught().await {
        let pools = proto::CreateThemeRequest {
            parent: "codebooks/cb".into(),
            theme_id: "pools".into(),
            title: "Swimming pools".into(),
            exemplars: POOLS[..6].iter().map(|text| (*text).to_owned()).collect(),
            state: proto::ThemeState::Emerging.into(),
            reason: "it forms".into(),
            ..Default::default()
        };
        bench.codebooks.create_theme(Bench::by_analyst(pools)).await.unwrap();
        let told = preview(&bench).await;
        bench.confirm(&told.etag).await.unwrap();
        bench.say("before", "ABD", Some(NEW)).await;
        assert_eq!(theme_of(&bench, "before").await, "pools", "no other theme takes it");
        let learning = train(&bench).await.unwrap();
        assert!(learning.themes.iter().all(|theme| !theme.theme.ends_with("/pools")), "{learning:?}");
        bench.say("after", "ABD", Some(NEW)).await;
        let themes: Vec<String> = bench
            .all_mentions()
            .await
            .into_iter()
            .filter(|m| m.response.ends_with("/after"))
            .map(|m| m.theme)
            .collect();
        assert_eq!(themes, [Bench::theme_name("remote")]);
    }
}
