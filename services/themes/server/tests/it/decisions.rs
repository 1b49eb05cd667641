use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use prost::Message;
use soundings_mailbox::sql;
use soundings_proto::themes::v1::{
    self as proto, ThemeState, codebook_service_server::CodebookService, review_service_server::ReviewService,
};
use tonic::Code;

use crate::setup::*;

#[tokio::test]
async fn a_stale_decision_is_told_the_newer_version_and_its_editor() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let read = bench.theme("cost").await.etag;
        let ben = proto::DescribeThemeRequest {
            name: Bench::theme_name("cost"),
            description: "Spending less for the same.".into(),
            etag: read.clone(),
            reason: "shorter".into(),
            request_id: "0198f2a0-0000-7000-8000-000000000001".into(),
        };
        let described = bench.codebooks.describe_theme(Bench::by("ben", None, ben.clone())).await.unwrap();
        assert_eq!(described.get_ref().description, "Spending less for the same.");
        bench.rename("remote", "Working from home", "").await.unwrap();
        let refused = bench.rename("cost", "Cost", &read).await.unwrap_err();
        assert_eq!(refused.code(), Code::Aborted);
        assert!(refused.message().contains("version 2 was made by ben"), "{}", refused.message());
        let again = bench.codebooks.describe_theme(Bench::by("ben", None, ben)).await.unwrap();
        assert_eq!(again.get_ref(), described.get_ref(), "a repeat");
        let reused = proto::DescribeThemeRequest {
            name: Bench::theme_name("cost"),
            reason: "other".into(),
            request_id: "0198f2a0-0000-7000-8000-000000000001".into(),
            ..Default::default()
        };
        let reused = bench.codebooks.describe_theme(Bench::by("ben", None, reused)).await.unwrap_err();
        assert_eq!(reused.code(), Code::AlreadyExists);
        let events = bench.events().await;
        let told: Vec<_> = events.iter().map(|e| (e.version, e.action.as_str(), e.actor.as_str())).collect();
        assert_eq!(told, [(3, "rename", "ana"), (2, "describe", "ben"), (1, "load", "ana")]);
        assert_eq!(events[1].theme, Bench::theme_name("cost"));
        assert_eq!(events[1].reason, "shorter");
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn mentions_follow_a_merge_and_come_back_when_it_is_undone() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(&format!("{COST} {REMOTE}"))).await;
        bench.say("r2", "EDH", Some(REMOTE)).await;
        let before = (bench.signals().await, bench.all_mentions().await.len());
        let merged = bench.merge(&["remote"], "cost").await.unwrap();
        assert_eq!((merged.state(), merged.respondents), (ThemeState::Approved, 2), "at once");
        let gone = bench.theme("remote").await;
        assert_eq!((gone.state(), gone.merged_into), (ThemeState::Retired, Bench::theme_name("cost")));
        let cost = BTreeMap::from([("cost".to_owned(), (1, 1))]);
        assert_eq!(bench.signals().await["GLG"], (1, 1, cost.clone()));
        assert_eq!(bench.signals().await["EDH"], (1, 1, cost.clone()));
        bench.say("r3", "ABD", Some(REMOTE)).await;
        assert_eq!(bench.signals().await["ABD"], (1, 1, cost), "what comes later goes there as well");
        let told = bench.outbox().await.into_iter().rev().find(|e| e.aggregate_id == "cb:remote").unwrap();
        let told = proto::ThemeChanged::decode(told.data.as_slice()).unwrap();
        assert_eq!(
            (told.merged_into.as_str(), told.state()),
            ("codebooks/cb/themes/cost", ThemeState::Retired)
        );
        bench.check_replay().await;

        bench.say("r3", "ABD", None).await;
        let undone = bench.undo(1).await.unwrap();
        assert_eq!(undone.event.unwrap().undoes, [2]);
        let mut signals = bench.signals().await;
        signals.remove("ABD");
        assert_eq!((signals, bench.all_mentions().await.len()), before);
        assert_eq!(bench.theme("remote").await.state(), ThemeState::Proposed);
        bench.check_replay().await;
        let nothing = bench.undo(1).await.unwrap_err();
        assert_eq!(nothing.code(), Code::FailedPrecondition, "what created it stays");
        bench.rename("remote", "Working from home", "").await.unwrap();
        let more = bench.undo(99).await.unwrap_err();
        assert!(more.message().starts_with("only one decision that stands can be undone"), "{more:?}");
        bench.told().await;
    }
}

#[tokio::test]
async fn a_refusal_names_the_theme_that_is_missing_or_retired() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        let missing = bench.merge(&["nope"], "cost").await.unwrap_err();
        assert!(missing.message().contains("codebooks/cb/themes/nope"), "{missing:?}");
        let statement = bench.mention_of("r1").await.statement;
        let missing = bench.move_mention(&statement, "cost", "nope", "").await.unwrap_err();
        assert!(missing.message().contains("codebooks/cb/themes/nope"), "{missing:?}");
        let explain = proto::ExplainMentionRequest { name: statement, theme: Bench::theme_name("nope") };
        let missing = bench.reviews.explain_mention(Bench::by_analyst(explain)).await.unwrap_err();
        assert_eq!(missing.code(), Code::NotFound);
        assert!(missing.message().contains("codebooks/cb/themes/nope"), "{missing:?}");
        bench.retire("remote", "").await.unwrap();
        let retired = bench.merge(&["remote"], "cost").await.unwrap_err();
        assert_eq!(retired.code(), Code::FailedPrecondition);
        assert!(retired.message().contains("theme remote is retired"), "{retired:?}");
    }
}

#[tokio::test]
async fn a_split_moves_its_statements_at_once_and_undoing_brings_them_back() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(COST)).await;
        bench.say("r2", "EDH", Some(COST)).await;
        let before = bench.signals().await;
        let statement = bench.mention_of("r1").await.statement;
        let split = bench.split("cost", "licences", &[&statement]).await.unwrap();
        assert_eq!((split.exemplars.as_slice(), split.mentions), (&[COST.to_owned()][..], 1));
        assert_eq!((split.state(), split.reassignment_pending), (ThemeState::Proposed, true));
        let moved = bench.mention_of("r1").await;
        assert_eq!(moved.theme, Bench::theme_name("licences"));
        assert_eq!((moved.assigned_by(), moved.decided_by.as_str()), (proto::AssignedBy::Person, "ana"));
        assert_eq!(moved.model_themes, [Bench::theme_name("cost")]);
        assert_eq!(bench.mention_of("r2").await.theme, Bench::theme_name("cost"));
        assert_eq!(bench.signals().await["GLG"].2, BTreeMap::from([("licences".into(), (1, 1))]));
        assert_eq!(bench.events().await[0].statements, 1);
        bench.check_replay().await;

        bench.undo(1).await.unwrap();
        assert_eq!(bench.signals().await, before);
        let back = bench.mention_of("r1").await;
        assert_eq!(back.assigned_by(), proto::AssignedBy::Model);
        assert_eq!(back.theme, Bench::theme_name("cost"));
        assert!(bench.themes().await.themes.iter().all(|theme| !theme.name.ends_with("/licences")));
        let again = bench.split("cost", "licences", &[&statement]).await.unwrap();
        assert_eq!(again.mentions, 1);
        let numbers: Vec<_> =
            bench.outbox().await.into_iter().filter(|e| e.aggregate_id == "cb:licences").collect();
        assert_eq!(numbers.iter().map(|e| e.sequence).collect::<Vec<_>>(), [1, 2, 3], "told without a gap");
        bench.check_replay().await;

        let elsewhere = bench.split("remote", "other", &[&statement]).await.unwrap_err();
        assert_eq!(elsewhere.code(), Code::InvalidArgument);
        let twice = bench.split("cost", "licences", &[&statement]).await.unwrap_err();
        assert_eq!(twice.code(), Code::InvalidArgument, "it has left already");
        bench.told().await;
    }
}

#[tokio::test]
async fn words_of_a_withdrawn_response_leave_the_exemplars_and_every_event() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let secret = "Buying secretly together would save money.";
        bench.say("r1", "GLG", Some(secret)).await;
        bench.say("r2", "GLG", Some(COST)).await;
        let statements = [bench.mention_of("r1").await.statement, bench.mention_of("r2").await.statement];
        let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
        let made = bench.split("cost", "together", &statements).await.unwrap();
        assert_eq!(made.exemplars, [secret, COST]);
        bench.confirm("").await.unwrap();
        bench.rename("together", "Together", "").await.unwrap();
        bench.say("r1", "GLG", None).await;
        assert_eq!(bench.theme("together").await.exemplars, ["[withdrawn]", COST]);
        for (table, column) in [("codebook_events", "body"), ("themes", "exemplars"), ("themes", "assigned")]
        {
            let select = format!("SELECT {column} AS held FROM {table}");
            let rows = sql::query(bench.runtime.db.read(), &select, vec![]).await.unwrap();
            assert!(!rows.is_empty());
            for row in rows {
                let held: String = sql::column(&row, "held").unwrap();
                assert!(!held.contains("secretly"), "{table}");
            }
        }
        bench.check_replay().await;
        bench.undo(3).await.unwrap();
        bench.check_replay().await;
        assert_eq!(bench.mention_of("r2").await.theme, Bench::theme_name("cost"));
    }
}

#[tokio::test]
async fn every_decision_can_be_taken_is_listed_and_replays() {
    for bench in benches().await {
        let create = proto::CreateCodebookRequest {
            codebook_id: "cb".into(),
            title: "By hand".into(),
            surveys: vec!["surveys/s".into()],
            reason: "a new survey".into(),
            ..Default::default()
        };
        let made = bench.codebooks.create_codebook(Bench::by_analyst(create.clone())).await.unwrap();
        assert_eq!((made.get_ref().version, made.get_ref().surveys.len()), (1, 1));
        let there = bench.codebooks.create_codebook(Bench::by_analyst(create)).await.unwrap_err();
        assert_eq!(there.code(), Code::AlreadyExists);
        bench.say("r1", "GLG", Some(&format!("{COST} {REMOTE}"))).await;
        let theme = |id: &str, title: &str, kind: proto::ThemeKind| proto::CreateThemeRequest {
            parent: "codebooks/cb".into(),
            theme_id: id.into(),
            title: title.into(),
            exemplars: if kind == proto::ThemeKind::Subject { vec![title.into()] } else { vec![] },
            kind: kind.into(),
            reason: "it comes up".into(),
            ..Default::default()
        };
        for (id, title, kind) in [
            ("other", "Something else", proto::ThemeKind::Other),
            ("cost", COST, proto::ThemeKind::Subject),
            ("remote", REMOTE, proto::ThemeKind::Subject),
        ] {
            bench.codebooks.create_theme(Bench::by_analyst(theme(id, title, kind))).await.unwrap();
        }
        bench.reassign().await;
        assert_eq!(bench.signals().await["GLG"].2.len(), 2, "no sign-off yet: words assign at once");
        let under = proto::SetThemeParentRequest {
            name: Bench::theme_name("cost"),
            parent_theme: Bench::theme_name("remote"),
            reason: "a part of it".into(),
            ..Default::default()
        };
        bench.codebooks.set_theme_parent(Bench::by_analyst(under.clone())).await.unwrap();
        let circle = proto::SetThemeParentRequest {
            name: Bench::theme_name("remote"),
            parent_theme: Bench::theme_name("cost"),
            ..under
        };
        let circle = bench.codebooks.set_theme_parent(Bench::by_analyst(circle)).await.unwrap_err();
        assert_eq!(circle.code(), Code::InvalidArgument);
        let scope = proto::SetThemeScopeRequest {
            name: Bench::theme_name("cost"),
            scope: proto::Scope::Out.into(),
            reason: "another body's".into(),
            ..Default::default()
        };
        bench.codebooks.set_theme_scope(Bench::by_analyst(scope)).await.unwrap();
        let need = proto::SetThemeNeedRequest {
            name: Bench::theme_name("cost"),
            need: proto::NeedStatus::Met.into(),
            evidence: "The framework agreement of March.".into(),
            reason: "agreed with procurement".into(),
            ..Default::default()
        };
        bench.codebooks.set_theme_need(Bench::by_analyst(need)).await.unwrap();
        bench.approve("cost", "", "").await.unwrap();
        let back = proto::ProposeThemeRequest {
            name: Bench::theme_name("cost"),
            reason: "not so fast".into(),
            ..Default::default()
        };
        bench.codebooks.propose_theme(Bench::by_analyst(back)).await.unwrap();
        let feeds = proto::SetCodebookFeedsRequest {
            name: "codebooks/cb".into(),
            surveys: vec!["surveys/s".into(), "surveys/t".into()],
            questions: vec!["q".into()],
            reason: "a second survey".into(),
            ..Default::default()
        };
        let fed = bench.codebooks.set_codebook_feeds(Bench::by_analyst(feeds)).await.unwrap().into_inner();
        assert_eq!((fed.surveys.len(), fed.questions.len()), (2, 1));

        let listed = bench.themes().await.themes;
        let names: Vec<_> = listed.iter().map(|t| t.name.rsplit('/').next().unwrap()).collect();
        assert_eq!(names, ["cost", "remote", "other"], "what is generic comes last");
        let cost = &listed[0];
        assert_eq!(
            (cost.scope(), cost.need(), cost.state(), cost.parent.as_str(), cost.scope_reason.as_str()),
            (
                proto::Scope::Out,
                proto::NeedStatus::Met,
                ThemeState::Proposed,
                "codebooks/cb/themes/remote",
                "another body's"
            )
        );
        bench.check_replay().await;
        let signals = bench.signals().await;
        bench.undo(9).await.unwrap();
        assert!(bench.themes().await.themes.is_empty());
        assert_eq!(bench.signals().await["GLG"].2, BTreeMap::new());
        bench.check_replay().await;
        let events = bench.events().await;
        assert_eq!((events.len(), events[0].undoes.len(), events[0].changed_themes.len()), (11, 9, 3));
        let too_many = bench.undo(1).await.unwrap_err();
        assert_eq!(too_many.code(), Code::FailedPrecondition);
        assert_eq!(signals["GLG"].2.len(), 2);
        let told = bench.outbox().await.into_iter().rev().find(|e| e.aggregate_id == "cb:cost").unwrap();
        let told = proto::ThemeChanged::decode(told.data.as_slice()).unwrap();
        assert_eq!(told.state(), ThemeState::Retired, "for those who were told of it");
    }
}
