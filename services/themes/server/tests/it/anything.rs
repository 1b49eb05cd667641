//! Decisions, responses and restarts in any order: what is stored is always what the events and the mentions say.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{
    self as proto, codebook_service_server::CodebookService, review_service_server::ReviewService,
};
use soundings_themes::store::assignments;
use soundings_themes::store::codebooks;

use crate::replay::Numbers;
use crate::setup::*;

const THEMES: [&str; 5] = ["cost", "remote", "a", "b", "c"];
const ORGANISATIONS: [&str; 3] = ["GLG", "EDH", "ABD"];

/// Counts that a reader of every mention would make, as the signals tell them: responses by organisation and theme.
async fn recount(bench: &Bench) -> BTreeMap<String, BTreeMap<String, i64>> {
    let mut raised: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    for mention in bench.all_mentions().await.into_iter().filter(|m| !m.theme.is_empty()) {
        let last = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        raised
            .entry((last(&mention.organisation), last(&mention.theme)))
            .or_default()
            .insert(mention.response);
    }
    let mut counts: BTreeMap<String, BTreeMap<String, i64>> = BTreeMap::new();
    for ((organisation, theme), responses) in raised {
        counts.entry(organisation).or_default().insert(theme, responses.len() as i64);
    }
    counts
}

async fn told(bench: &Bench) -> BTreeMap<String, BTreeMap<String, i64>> {
    let signals = bench.signals().await.into_iter();
    let themes = |themes: BTreeMap<String, (i64, i64)>| {
        themes.into_iter().map(|(theme, (_, responses))| (theme, responses)).collect::<BTreeMap<_, _>>()
    };
    signals
        .map(|(of, (_, _, raised))| (of, themes(raised)))
        .filter(|(_, raised)| !raised.is_empty())
        .collect()
}

/// One act; a refusal is an answer as well.
async fn act(bench: &Bench, numbers: &mut Numbers) {
    let texts = [COST.to_owned(), REMOTE.to_owned(), NEITHER.to_owned(), format!("{COST} {REMOTE}")];
    let response = numbers.below(6);
    let theme = THEMES[numbers.below(THEMES.len())];
    let other = THEMES[numbers.below(THEMES.len())];
    let mention = async |numbers: &mut Numbers| {
        let all = bench.all_mentions().await;
        (!all.is_empty()).then(|| all[numbers.below(all.len())].clone())
    };
    match numbers.below(16) {
        0..=3 => {
            let text = (numbers.below(6) > 0).then(|| texts[numbers.below(texts.len())].as_str());
            bench.say(&format!("r{response}"), ORGANISATIONS[response % 3], text).await;
        }
        4 => drop(bench.rename(theme, &texts[numbers.below(texts.len())], "").await),
        5 => drop(bench.exemplars(theme, &[texts[numbers.below(texts.len())].as_str()]).await),
        6 => drop(bench.merge(&[theme], other).await),
        7 => drop(bench.retire(theme, "").await),
        8 => drop(bench.approve(theme, "", "").await),
        9 => drop(bench.confirm("").await),
        10 => drop(bench.undo(1 + numbers.below(3) as i32).await),
        11 => {
            let create = proto::CreateThemeRequest {
                parent: "codebooks/cb".into(),
                theme_id: theme.into(),
                title: texts[numbers.below(texts.len())].clone(),
                reason: "x".into(),
                ..Default::default()
            };
            drop(bench.codebooks.create_theme(Bench::by_analyst(create)).await);
        }
        12 => {
            if let Some(found) = mention(numbers).await {
                let from = found.theme.rsplit('/').next().unwrap_or_default().to_owned();
                drop(bench.split(&from, theme, &[&found.statement]).await);
            }
        }
        13 => {
            if let Some(found) = mention(numbers).await {
                let from = found.theme.rsplit('/').next().unwrap_or_default().to_owned();
                drop(bench.move_mention(&found.statement, &from, theme, "").await);
            }
        }
        14 => {
            if let Some(found) = mention(numbers).await {
                let reject = proto::RejectMentionRequest {
                    name: found.statement,
                    theme: if numbers.below(2) == 0 { found.theme } else { String::new() },
                    reason: "x".into(),
                    ..Default::default()
                };
                drop(bench.reviews.reject_mention(Bench::by_analyst(reject)).await);
            }
        }
        _ => bench.reassign().await,
    }
}

#[tokio::test]
async fn whatever_people_and_responses_do_the_tables_agree() {
    for seed in 0..3 {
        for bench in benches().await {
            bench.load(CODEBOOK).await.unwrap();
            let mut numbers = Numbers(seed);
            for step in 0..60 {
                act(&bench, &mut numbers).await;
                if step % 6 == 5 {
                    bench.reassign().await;
                    assert_eq!(told(&bench).await, recount(&bench).await, "seed {seed}, step {step}");
                    bench.check_replay().await;
                }
            }
            bench.told().await;
            // Placing every response again finds everything in its place.
            let tx = bench.runtime.db.begin().await.unwrap();
            let book = codebooks::find(&tx, "cb", true).await.unwrap().unwrap();
            let all: BTreeSet<String> = (0..6).map(|n| format!("r{n}")).collect();
            assert_eq!(assignments::place_again(&tx, &book, &all).await.unwrap(), []);
        }
    }
}

#[tokio::test]
async fn decisions_and_responses_at_once_lose_nothing() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for n in 0..6 {
            bench.say(&format!("r{n}"), ORGANISATIONS[n % 3], Some(COST)).await;
        }
        let statements: Vec<_> = bench.all_mentions().await.into_iter().map(|m| m.statement).collect();
        let moves = async {
            for statement in &statements {
                bench.move_mention(statement, "cost", "remote", "").await.unwrap();
            }
        };
        let responses = async {
            for n in 6..18 {
                let event = bench.write(&format!("r{n}"), ORGANISATIONS[n % 3], Some(COST));
                // The codebook may change under a batch more often than it is tried; it then comes again.
                while bench.deliver(std::slice::from_ref(&event)).await
                    != [soundings_jetstream::Disposition::Ack]
                {}
            }
        };
        let decisions = async {
            for n in 0..6 {
                bench.rename("remote", &format!("Remote work, {n}"), "").await.unwrap();
            }
        };
        let samples = async {
            for who in ["ben", "cem", "dee"] {
                let ask = proto::NextAuditSampleRequest { parent: "codebooks/cb".into(), skip: false };
                bench.reviews.next_audit_sample(Bench::by(who, None, ask)).await.unwrap();
            }
        };
        tokio::join!(moves, responses, decisions, samples);
        bench.reassign().await;
        assert_eq!(told(&bench).await, recount(&bench).await);
        let remote: i64 = told(&bench).await.values().filter_map(|raised| raised.get("remote")).sum();
        assert_eq!(remote, 6);
        bench.check_replay().await;
        bench.told().await;
    }
}
