use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{ListMentionsRequest, ListMentionsResponse, ThemeState};
use soundings_themes::store::codebooks;
use soundings_themes_engine::Thresholds;
use tonic::Code;
use tonic_types::StatusExt;

use crate::setup::*;

#[tokio::test]
async fn responses_from_before_the_codebook_come_in_when_it_is_loaded() {
    for bench in benches().await {
        for n in 0..20 {
            bench.say(&format!("r{n}"), "GLG", Some(&format!("{COST} Said by number {n}."))).await;
        }
        let loaded = bench.load(CODEBOOK).await.unwrap();
        assert_eq!((loaded.version, loaded.surveys), (1, vec!["surveys/s".to_owned()]));
        assert_eq!(bench.signals().await["GLG"].2["cost"], (20, 20));
        let sent = bench.outbox().await.len();
        let again = bench.load(CODEBOOK).await.unwrap();
        assert_eq!((again.version, bench.outbox().await.len()), (1, sent), "the same file changes nothing");
    }
}

#[tokio::test]
async fn retiring_a_theme_takes_its_mentions_away_and_approving_is_told() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(&format!("{COST} {REMOTE}"))).await;
        let before = bench.themes().await.themes;
        let remote = before.iter().find(|t| t.name.ends_with("/remote")).unwrap();
        assert_eq!(remote.state(), ThemeState::Proposed);
        let id = "0198f2a0-0000-7000-8000-000000000001";
        let approved = bench.approve("remote", &remote.etag, id).await.unwrap();
        assert_eq!((approved.state(), approved.respondents), (ThemeState::Approved, 1));
        assert_eq!(bench.approve("remote", &remote.etag, id).await.unwrap(), approved, "a repeat");
        let reused = bench.approve("cost", "", id).await.unwrap_err();
        assert_eq!(reused.code(), Code::AlreadyExists);
        let stale = bench.retire("remote", &remote.etag).await.unwrap_err();
        assert_eq!(stale.code(), Code::Aborted);

        let retired = bench.retire("remote", &approved.etag).await.unwrap();
        assert_eq!(retired.state(), ThemeState::Retired);
        assert_eq!(bench.signals().await["GLG"], (1, 1, BTreeMap::from([("cost".into(), (1, 1))])));
        assert_eq!(bench.themes().await.unassigned_statements, 1);
        let again = bench.approve("remote", "", "").await.unwrap_err();
        assert_eq!(again.code(), Code::FailedPrecondition);
        let told: Vec<_> =
            bench.outbox().await.into_iter().filter(|e| e.ty.contains("theme.changed")).collect();
        let told: Vec<_> = told.iter().map(|e| (e.aggregate_id.as_str(), e.sequence)).collect();
        assert_eq!(told, [("cb:cost", 1), ("cb:remote", 1), ("cb:remote", 2), ("cb:remote", 3)]);
    }
}

#[tokio::test]
async fn a_decision_repeated_gets_the_first_answer_whatever_came_after_it() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let id = "0198f2a0-0000-7000-8000-00000000000a";
        let approved = bench.approve("remote", "", id).await.unwrap();
        bench.say("r1", "GLG", Some(REMOTE)).await;
        bench.retire("remote", "").await.unwrap();
        let written = [
            id.to_uppercase(),
            format!("{{{id}}}"),
            format!("urn:uuid:{id}"),
            id.replace('-', ""),
            id.into(),
        ];
        for id in written {
            assert_eq!(bench.approve("remote", "", &id).await.unwrap(), approved, "{id}");
        }
        let nul = bench.decide_because("remote", "a \0 reason").await.unwrap_err();
        assert_eq!(nul.code(), Code::InvalidArgument);
    }
}

#[tokio::test]
async fn copies_of_a_decision_at_once_get_one_answer() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let etag =
            bench.themes().await.themes.into_iter().find(|t| t.name.ends_with("/remote")).unwrap().etag;
        let id = "0198f2a0-0000-7000-8000-00000000000b";
        let copy = || bench.approve("remote", &etag, id);
        let (a, b, c) = tokio::join!(copy(), copy(), copy());
        let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
        assert_eq!((&b, &c), (&a, &a));
    }
}

#[tokio::test]
async fn other_thresholds_assign_every_response_anew_and_the_same_ones_nothing() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let model = |page: ListMentionsResponse| page.mentions[0].model_version.clone();
        let before = model(bench.mentions(ListMentionsRequest::default()).await.unwrap());
        assert_eq!(bench.signals().await["GLG"].2["cost"], (1, 1));

        let strict = bench.with(Thresholds { floor: 0.99, ..Thresholds::default() });
        strict.reassign().await;
        assert_eq!(strict.signals().await["GLG"], (1, 1, BTreeMap::new()));
        let pool = ListMentionsRequest { unassigned: true, ..Default::default() };
        assert_ne!(model(strict.mentions(pool).await.unwrap()), before);

        let again = strict.with(Thresholds::default());
        again.reassign().await;
        assert_eq!(again.signals().await["GLG"].2["cost"], (1, 1));
        assert_eq!(model(again.mentions(ListMentionsRequest::default()).await.unwrap()), before);
        let same = again.with(Thresholds::default());
        let version = same.runtime.codebooks.model_version();
        assert!(codebooks::unassigned(same.runtime.db.read(), &version).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_survey_that_feeds_no_longer_takes_its_responses_with_it() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        bench.load(&CODEBOOK.replace("surveys/s", "surveys/other")).await.unwrap();
        assert_eq!(bench.signals().await["GLG"], (0, 0, BTreeMap::new()));
        bench.load(CODEBOOK).await.unwrap();
        assert_eq!(bench.signals().await["GLG"].0, 1);
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_field_by_field() {
    let bench = sqlite().await;
    let bad = CODEBOOK.replace("title: Cost optimisation", "title: ''").replace("surveys/s", "not an id");
    let status = bench.load(&bad).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    let details = status.get_error_details();
    let fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["surveys[0]", "themes[0].title"]);
    let status = bench.load("titel: x").await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(bench.approve("cost", "", "").await.unwrap_err().code(), Code::NotFound);
    bench.load(CODEBOOK).await.unwrap();
    assert_eq!(bench.approve("nothing", "", "").await.unwrap_err().code(), Code::NotFound);
    assert_eq!(bench.approve("cost", "", "not-a-uuid").await.unwrap_err().code(), Code::InvalidArgument);
}
