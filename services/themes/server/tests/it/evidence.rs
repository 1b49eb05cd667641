use pretty_assertions::assert_eq;
use prost::Message;
use soundings_proto::themes::v1::{self as proto, theme_evidence_service_server::ThemeEvidenceService};
use tonic::Code;
use tonic_types::StatusExt;

use crate::setup::*;

fn add(themes: &[&str], source: &str, strength: i32) -> proto::AddEvidenceRequest {
    let evidence = proto::Evidence {
        themes: themes.iter().map(|theme| Bench::theme_name(theme)).collect(),
        source: source.into(),
        citation: "Conversation of October 2020".into(),
        date: "2020-10-14".into(),
        quote: "Remote working is here to stay.".into(),
        strength,
        ..Default::default()
    };
    let parent = "codebooks/cb".to_owned();
    proto::AddEvidenceRequest { parent, evidence: Some(evidence), request_id: String::new() }
}

async fn list(bench: &Bench, message: proto::ListEvidenceRequest) -> proto::ListEvidenceResponse {
    let message = proto::ListEvidenceRequest { parent: "codebooks/cb".into(), ..message };
    bench.evidence.list_evidence(Bench::by_analyst(message)).await.expect("a list").into_inner()
}

/// What events tell of evidence: the theme, the event's number, and the strengths.
async fn told_of(bench: &Bench) -> Vec<(String, i64, Vec<i32>)> {
    let events = bench.outbox().await.into_iter().filter(|event| event.ty.contains("evidence"));
    events
        .map(|event| {
            let words = String::from_utf8_lossy(&event.data).into_owned();
            assert!(!words.contains("Gartner") && !words.contains("here to stay"), "{words}");
            let body = proto::EvidenceChanged::decode(event.data.as_slice()).expect("a body");
            let theme = body.theme.trim_start_matches("codebooks/cb/themes/").to_owned();
            assert_eq!(event.aggregate_id, format!("cb:{theme}"));
            (theme, event.sequence, body.pieces.iter().map(|piece| piece.strength).collect())
        })
        .collect()
}

#[tokio::test]
async fn evidence_is_added_listed_and_removed_with_who_and_why_beside_demand() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let before = bench.themes().await;
        let id = "0198f2a0-0000-7000-8000-000000000003".to_owned();
        let first = proto::AddEvidenceRequest { request_id: id, ..add(&["remote", "cost"], "Gartner", 4) };
        let added = bench.evidence.add_evidence(Bench::by_analyst(first.clone())).await.unwrap();
        let again = bench.evidence.add_evidence(Bench::by_analyst(first)).await.unwrap();
        assert_eq!(again.get_ref(), added.get_ref(), "a repeat");
        for strength in [2, 3] {
            bench
                .evidence
                .add_evidence(Bench::by_analyst(add(&["remote"], "Audit", strength)))
                .await
                .unwrap();
        }
        let all = list(&bench, proto::ListEvidenceRequest::default()).await;
        assert_eq!((all.evidence.len(), all.evidence[2].actor.as_str()), (3, "ana"));
        let told: Vec<_> =
            all.figures.iter().map(|f| (f.pieces, f.sources, f.strongest, f.mean_strength)).collect();
        assert_eq!(told, [(1, 1, 4, 4_000), (3, 2, 4, 3_500)]);
        assert_eq!(bench.themes().await, before, "demand knows nothing of it");

        let mut page = proto::ListEvidenceRequest {
            theme: Bench::theme_name("remote"),
            page_size: 2,
            ..Default::default()
        };
        let head = list(&bench, page.clone()).await;
        assert_eq!((head.evidence.len(), head.figures.len()), (2, 1));
        page.page_token = head.next_page_token;
        let tail = list(&bench, page).await;
        assert_eq!((tail.evidence.len(), tail.next_page_token.as_str()), (1, ""));

        assert_eq!(
            told_of(&bench).await,
            [
                ("cost".to_owned(), 1, vec![4]),
                ("remote".to_owned(), 1, vec![4]),
                ("remote".to_owned(), 2, vec![4, 2]),
                ("remote".to_owned(), 3, vec![4, 3, 2]),
            ],
            "each theme's evidence as a whole, the strongest first"
        );
        bench.merge(&["remote"], "cost").await.unwrap();
        let merged = list(&bench, proto::ListEvidenceRequest::default()).await.figures;
        assert_eq!((merged.len(), merged[0].pieces), (1, 3));

        let remove = proto::RemoveEvidenceRequest {
            name: added.get_ref().name.clone(),
            reason: "withdrawn by its author".into(),
            request_id: String::new(),
        };
        let removed = bench.evidence.remove_evidence(Bench::by("ben", None, remove.clone())).await.unwrap();
        assert_eq!(removed.get_ref().removed_by, "ben");
        let again = bench.evidence.remove_evidence(Bench::by_analyst(remove)).await.unwrap();
        assert_eq!(again.get_ref(), removed.get_ref(), "removing what is removed changes nothing");
        let told = told_of(&bench).await;
        assert_eq!(told[4..], [("cost".to_owned(), 2, vec![]), ("remote".to_owned(), 4, vec![3, 2])]);
        assert_eq!(list(&bench, proto::ListEvidenceRequest::default()).await.evidence.len(), 2);
        let kept = proto::ListEvidenceRequest { show_removed: true, ..Default::default() };
        assert_eq!(list(&bench, kept).await.evidence.len(), 3);
    }
}

#[tokio::test]
async fn what_is_wrong_with_evidence_is_named() {
    let bench = sqlite().await;
    bench.load(CODEBOOK).await.unwrap();
    let bad = bench.evidence.add_evidence(Bench::by_analyst(add(&["nothing"], "", 9))).await.unwrap_err();
    let details = bad.get_error_details();
    let fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|v| v.field.as_str()).collect();
    assert_eq!(fields, ["evidence.source", "evidence.strength", "evidence.themes"]);
    let remove = proto::RemoveEvidenceRequest {
        name: "codebooks/cb/evidence/none".into(),
        reason: "x".into(),
        request_id: String::new(),
    };
    let missing = bench.evidence.remove_evidence(Bench::by_analyst(remove)).await.unwrap_err();
    assert_eq!(missing.code(), Code::NotFound);
}
