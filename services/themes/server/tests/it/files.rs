#![expect(clippy::unwrap_used, reason = "tests")]

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, ThemesFormat, codebook_service_server::CodebookService};
use tonic::Code;

use crate::setup::*;

async fn export(bench: &Bench) -> String {
    let message = proto::ExportCodebookRequest { name: "codebooks/cb".into() };
    bench.codebooks.export_codebook(Bench::by_analyst(message)).await.unwrap().into_inner().yaml
}

#[tokio::test]
async fn an_exported_codebook_loads_into_the_same_one() {
    for (bench, elsewhere) in benches().await.into_iter().zip(benches().await) {
        let yaml = format!("{CODEBOOK}  - {{id: other, title: Something else, kind: other}}\n");
        bench.load(&yaml).await.unwrap();
        bench.rename("cost", "Cost: \"savings\" & 'more' # and\u{00e9}", "").await.unwrap();
        bench.merge(&["remote"], "cost").await.unwrap();
        let yaml = export(&bench).await;
        elsewhere.load(&yaml).await.unwrap();
        assert_eq!(export(&elsewhere).await, yaml);
        let seen = async |bench: &Bench| -> Vec<proto::Theme> {
            let themes = bench.themes().await.themes;
            themes
                .into_iter()
                .map(|t| proto::Theme { etag: String::new(), reassignment_pending: false, ..t })
                .collect()
        };
        assert_eq!(seen(&elsewhere).await, seen(&bench).await);
        let version = bench.events().await.len();
        bench.load(&yaml).await.unwrap();
        assert_eq!(bench.events().await.len(), version, "over itself it changes nothing");
    }
}

#[tokio::test]
async fn themes_come_in_from_themefinder_and_go_out_again() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let json = r#"[{"topic_id": "cost", "topic_label": "Cost", "topic_description": "Money."},
                       {"topic_id": "B", "topic_label": "Buses", "topic_description": "Late buses."}]"#;
        let message = proto::ImportThemesRequest {
            parent: "codebooks/cb".into(),
            format: ThemesFormat::ThemefinderJson.into(),
            content: json.into(),
            validate_only: true,
            reason: "found elsewhere".into(),
            request_id: String::new(),
        };
        let checked = bench.codebooks.import_themes(Bench::by_analyst(message.clone())).await.unwrap();
        assert_eq!((checked.get_ref().version, bench.events().await.len()), (2, 1));
        let message = proto::ImportThemesRequest { validate_only: false, ..message };
        let loaded = bench.codebooks.import_themes(Bench::by_analyst(message.clone())).await.unwrap();
        assert!(loaded.get_ref().reassignment_pending);
        let cost = bench.theme("cost").await;
        assert_eq!(
            (cost.title.as_str(), cost.description.as_str(), cost.exemplars.len()),
            ("Cost", "Money.", 2)
        );
        assert_eq!(bench.theme("B").await.state(), proto::ThemeState::Proposed);
        for format in [ThemesFormat::ThemefinderJson, ThemesFormat::ThemefinderCsv] {
            let out = proto::ExportThemesRequest { parent: "codebooks/cb".into(), format: format.into() };
            let content =
                bench.codebooks.export_themes(Bench::by_analyst(out)).await.unwrap().into_inner().content;
            let again = proto::ImportThemesRequest { format: format.into(), content, ..message.clone() };
            let same = bench.codebooks.import_themes(Bench::by_analyst(again)).await.unwrap();
            assert_eq!(same.get_ref().version, 2, "what went out says what is there");
        }
        let bad = proto::ImportThemesRequest { content: "[1]".into(), ..message };
        let bad = bench.codebooks.import_themes(Bench::by_analyst(bad)).await.unwrap_err();
        assert_eq!(bad.code(), Code::InvalidArgument);
        bench.check_replay().await;
    }
}
