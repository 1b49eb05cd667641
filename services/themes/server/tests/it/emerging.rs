//! Themes that emerge from what fits none: by themselves, steadily, and never against what people decided.

use std::time::Duration;

use pretty_assertions::assert_eq;
use prost::Message;
use soundings_proto::themes::v1::emerging_themes_service_server::EmergingThemesService;
use soundings_proto::themes::v1::{self as proto};
use tonic::Code;

use crate::replay::Numbers;
use crate::setup::emerging::off_topic;
use crate::setup::*;

const DAY: &str = "2026-03-02";

#[tokio::test]
async fn what_no_theme_covers_emerges_by_itself_and_people_make_it_official() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("c", "GLG", Some(COST)).await;
        bench.say_each(DAY, "r", &off_topic()).await;
        let before = bench.theme("cost").await;
        assert_eq!((bench.discover().await, bench.emerging().await.len()), (1, 0), "one run is not enough");
        assert_eq!(bench.discovery().await.runs, 1);
        assert_eq!(bench.discover().await, 1, "a candidate waits for its second run");
        let emerging = bench.emerging().await;
        assert!((3..=5).contains(&emerging.len()), "{emerging:#?}");
        let titles: Vec<String> =
            emerging.iter().map(|e| e.theme.as_ref().unwrap().title.to_lowercase()).collect();
        for subject in ["pool", "charging", "allotment"] {
            assert!(titles.iter().any(|title| title.contains(subject)), "{subject}: {titles:?}");
        }
        for found in &emerging {
            let theme = found.theme.as_ref().unwrap();
            assert!(theme.respondents >= 5 && found.discovered && found.missed_runs == 0, "{found:#?}");
            assert_eq!(found.organisations.len(), 5);
            assert_eq!(found.organisations.iter().map(|o| o.respondents).sum::<i64>(), theme.respondents);
            assert_eq!(found.days.iter().map(|day| day.responses).sum::<i64>(), theme.responses);
            assert!(found.exemplars.iter().all(|m| !m.text.is_empty()) && found.exemplars.len() == 5);
            assert!(found.nearest.iter().all(|near| near.theme != theme.name));
        }
        let after = bench.theme("cost").await;
        assert_eq!(
            (after.respondents, after.mentions, after.etag),
            (before.respondents, before.mentions, before.etag)
        );
        assert_eq!(bench.discover().await, 0, "nothing is new");
        // Portfolio is told of the theme as emerging, and of who raises it.
        let name = emerging[0].theme.as_ref().unwrap().name.clone();
        let told = bench.outbox().await.into_iter().filter(|event| event.ty.contains("theme.changed"));
        let states: Vec<i32> = told
            .map(|event| proto::ThemeChanged::decode(event.data.as_slice()).unwrap())
            .filter(|body| body.theme == name)
            .map(|body| body.state)
            .collect();
        assert_eq!(states, [proto::ThemeState::Emerging as i32]);
        let signals = bench.told().await;
        let signal = signals["cb:GLG"].signal.as_ref().unwrap();
        assert!(signal.themes.iter().any(|tally| tally.theme == name && tally.respondents > 0));
        // An organisation sees its own alone.
        let own = bench.emerging_for(Some("GLG")).await;
        for found in own {
            let organisations: Vec<_> = found.organisations.iter().map(|o| o.organisation.as_str()).collect();
            assert_eq!(organisations, ["organisations/GLG"]);
            assert!(found.exemplars.iter().all(|m| m.organisation == "organisations/GLG"));
        }
        let id = name.rsplit('/').next().unwrap();
        let approved = bench.approve(id, "", "").await.unwrap();
        assert_eq!(approved.state(), proto::ThemeState::Approved);
        assert!(
            approved.respondents >= 5 && approved.reassignment_pending,
            "it draws from the pool until confirmed"
        );
        bench.confirm("").await.unwrap();
        assert!(!bench.theme(id).await.reassignment_pending);
        bench.check_replay().await;
        bench.told().await;
    }
}

#[tokio::test]
async fn what_people_did_with_a_proposal_is_kept_and_what_they_retired_stays_away() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.discover().await;
        bench.discover().await;
        let ids = bench.emerging_ids().await;
        let of = |word: &str| ids.iter().find(|id| id.contains(word)).unwrap().clone();
        let (pool, charging) = (of("pool"), of("charging"));
        bench.rename(&pool, "Swimming", "").await.unwrap();
        bench.retire(&charging, "").await.unwrap();
        // The same once more in other words, so that there is enough that is new.
        let more: Vec<String> = off_topic().iter().map(|text| format!("{text} Truly.")).collect();
        for day in ["2026-03-03", "2026-03-04"] {
            let more: Vec<String> = more.iter().map(|text| format!("{text} {day}.")).collect();
            bench.say_each(day, day, &more).await;
            bench.discover().await;
            bench.discover().await;
        }
        let later = bench.emerging_ids().await;
        assert!(!later.iter().any(|id| id.contains("charging")), "{later:?}");
        assert_eq!(bench.theme(&pool).await.title, "Swimming");
        assert_eq!(bench.theme(&charging).await.state(), proto::ThemeState::Retired);
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn the_same_statements_in_another_order_make_the_same_themes() {
    let mut made = Vec::new();
    for seed in [0, 1, 2] {
        let bench = sqlite().await;
        bench.load(CODEBOOK).await.unwrap();
        let mut texts = off_topic();
        Numbers(seed).shuffle(&mut texts);
        bench.say_each(DAY, "r", &texts).await;
        bench.discover().await;
        bench.discover().await;
        made.push(bench.emerging_ids().await);
    }
    assert!(!made[0].is_empty());
    assert_eq!(made[1], made[0]);
    assert_eq!(made[2], made[0]);
}

#[tokio::test]
async fn two_runs_are_two_runs_also_over_a_restart() {
    for mut bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()[..9]).await;
        assert_eq!(bench.discover().await, 0, "nine statements are too few");
        bench.say_each(DAY, "s", &off_topic()).await;
        assert_eq!(bench.discover().await, 1);
        bench.restarted();
        let discovery = bench.discovery().await;
        assert_eq!((discovery.runs, discovery.new_statements), (1, 0));
        assert_eq!(bench.discover().await, 1);
        assert!(!bench.emerging().await.is_empty());
        assert_eq!(bench.discover().await, 0);
    }
}

#[tokio::test]
async fn a_cancelled_run_leaves_nothing_and_responses_are_taken_in_meanwhile() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.consultation_stalls(true);
        let run = bench.run_discovery(proto::RunDiscoveryRequest::default());
        let meanwhile = async {
            while bench.discovery().await.state() != proto::DiscoveryState::Running {
                tokio::task::yield_now().await;
            }
            let second = bench.run_discovery(proto::RunDiscoveryRequest::default());
            let second = tokio::time::timeout(Duration::from_millis(100), second).await;
            assert!(second.is_err(), "of one process the next one waits its turn");
            bench.say("new", "GLG", Some(COST)).await;
            assert_eq!(bench.theme("cost").await.respondents, 1, "assignment does not wait");
            let message = proto::CancelDiscoveryRequest { name: "codebooks/cb".into() };
            bench.emerging.cancel_discovery(Bench::by_analyst(message)).await.unwrap();
        };
        let (run, ()) = tokio::join!(run, meanwhile);
        assert_eq!(run.unwrap_err().code(), Code::Aborted);
        bench.consultation_stalls(false);
        let discovery = bench.discovery().await;
        assert_eq!(discovery.outcome(), proto::DiscoveryOutcome::Cancelled);
        assert_eq!((discovery.runs, discovery.state()), (0, proto::DiscoveryState::Idle));
        assert!(bench.run_discovery(proto::RunDiscoveryRequest::default()).await.is_ok());
    }
}

#[tokio::test]
async fn a_preview_writes_nothing_and_a_repeated_request_runs_once() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.say("c", "GLG", Some(COST)).await;
        let everything = proto::RunDiscoveryRequest {
            scope: proto::DiscoveryScope::Everything.into(),
            resolution: 0.5,
            validate_only: true,
            ..Default::default()
        };
        let preview = bench.run_discovery(everything.clone()).await.unwrap();
        assert_eq!((preview.statements, preview.discovery.unwrap().runs), (91, 0));
        assert!(preview.groups.iter().all(|g| !g.exemplars.is_empty() && g.theme.is_empty()));
        let writes = proto::RunDiscoveryRequest { validate_only: false, ..everything };
        assert_eq!(bench.run_discovery(writes).await.unwrap_err().code(), Code::InvalidArgument);

        let id = "0198f6a0-0000-7000-8000-000000000001";
        let once = proto::RunDiscoveryRequest { request_id: id.into(), ..Default::default() };
        for _ in 0..3 {
            let reply = bench.run_discovery(once.clone()).await.unwrap();
            assert_eq!(reply.discovery.unwrap().runs, 1);
            assert!(!reply.groups.is_empty() && reply.made.is_empty());
        }
        let other = proto::RunDiscoveryRequest { resolution: 2.0, ..once };
        assert_eq!(bench.run_discovery(other).await.unwrap_err().code(), Code::AlreadyExists);
        let second = bench.run_discovery(proto::RunDiscoveryRequest::default()).await.unwrap();
        assert!(!second.made.is_empty());
        assert!(second.groups.iter().any(|group| second.made.contains(&group.theme)));
    }
}

#[tokio::test]
async fn words_that_are_taken_back_leave_the_theme_that_quotes_them() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.discover().await;
        bench.discover().await;
        let theme = bench.emerging().await.remove(0).theme.unwrap();
        let words = theme.exemplars[0].clone();
        let response = format!("r{}", off_topic().iter().position(|text| *text == words).unwrap());
        bench.say(&response, "GLG", None).await;
        let id = theme.name.rsplit('/').next().unwrap();
        let after = bench.theme(id).await.exemplars;
        assert!(!after.contains(&words) && after.len() == theme.exemplars.len(), "{after:?}");
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn a_proposal_that_nobody_makes_any_more_fades_unless_people_touched_it() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.discover().await;
        bench.discover().await;
        let ids = bench.emerging_ids().await;
        bench.rename(&ids[0], "Kept by name", "").await.unwrap();
        for n in 0..off_topic().len() {
            bench.say(&format!("r{n}"), "GLG", None).await;
        }
        for run in 1..=3 {
            let ran = bench.run_discovery(proto::RunDiscoveryRequest::default()).await.unwrap();
            assert_eq!(ran.faded.len(), if run == 3 { ids.len() - 1 } else { 0 }, "run {run}");
        }
        assert_eq!(bench.emerging_ids().await, ids[..1]);
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn a_proposal_that_people_undo_is_not_made_again() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.discover().await;
        bench.discover().await;
        let made = bench.emerging_ids().await.len();
        bench.undo(i32::try_from(made).unwrap()).await.unwrap();
        for _ in 0..3 {
            bench.run_discovery(proto::RunDiscoveryRequest::default()).await.unwrap();
        }
        assert_eq!(bench.emerging_ids().await, [""; 0]);
        let actors: Vec<String> = bench.events().await.into_iter().map(|event| event.actor).collect();
        assert_eq!(actors.iter().filter(|actor| *actor == "discovery").count(), made);
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn consultation_away_fails_a_run_and_the_next_one_does_it() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say_each(DAY, "r", &off_topic()).await;
        bench.consultation_away(true);
        let failed = bench.run_discovery(proto::RunDiscoveryRequest::default()).await;
        assert_eq!(failed.unwrap_err().code(), Code::Unavailable);
        assert_eq!(bench.discovery().await.outcome(), proto::DiscoveryOutcome::Failed);
        bench.consultation_away(false);
        assert_eq!(bench.discover().await, 1);
    }
}
