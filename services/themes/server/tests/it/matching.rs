use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, theme_matching_service_server::ThemeMatchingService};
use soundings_themes::rpc::matching_service::MatchingRpc;
use tonic::Code;
use tonic_types::StatusExt;

use crate::setup::*;

const SEED: &str = include_str!("../../../../cli/seed/codebook.yaml");
const PORTFOLIO: &str = include_str!("../../../../cli/seed/portfolio.yaml");
/// What portfolio asks with where nobody says otherwise.
const FLOOR: i32 = 250_000;

async fn matched(bench: &Bench, codebook: &str, texts: Vec<String>) -> Vec<proto::TextMatches> {
    let rpc = MatchingRpc::new(bench.runtime.clone());
    let parent = format!("codebooks/{codebook}");
    let message = proto::MatchThemesRequest { parent, texts, floor_ppm: FLOOR, ..Default::default() };
    rpc.match_themes(Bench::by_analyst(message)).await.expect("matches").into_inner().texts
}

/// A work item of the reference case: its id, what it says as portfolio asks, and its links by theme.
#[derive(serde::Deserialize)]
struct Item {
    id: String,
    title: String,
    key_actions: String,
    outcomes: String,
    links: Vec<Link>,
}

#[derive(serde::Deserialize)]
struct Link {
    theme: String,
    strength: i64,
}

#[derive(serde::Deserialize)]
struct Portfolio {
    items: Vec<Item>,
}

#[tokio::test]
async fn the_reference_cases_enhanced_portfolios_are_near_their_own_themes() {
    let bench = sqlite().await;
    bench.load(SEED).await.unwrap();
    let items = serde_norway::from_str::<Portfolio>(PORTFOLIO).unwrap().items;
    let says = |item: &Item| format!("{}.\n{}\n{}", item.title, item.outcomes, item.key_actions);
    let found = matched(&bench, "refresh-2020", items.iter().map(says).collect()).await;
    let (mut enhanced, mut suggested, mut right) = (0, 0, 0);
    for (item, found) in items.iter().zip(&found) {
        let links: BTreeMap<&str, i64> = item.links.iter().map(|l| (l.theme.as_str(), l.strength)).collect();
        suggested += found.matches.len();
        right += found.matches.iter().filter(|m| links.contains_key(m.theme.as_str())).count();
        if ["MW-", "DBD-", "SCP-"].iter().any(|of| item.id.starts_with(of)) {
            enhanced += 1;
            let main = links.iter().max_by_key(|(_, strength)| **strength).map(|(theme, _)| *theme);
            let nearest = found.matches.first().map(|m| m.theme.as_str());
            assert_eq!(nearest, main, "{}", item.id);
        }
        for one in &found.matches {
            assert!(says(item).contains(&one.sentence) && one.similarity_ppm >= FLOOR);
            assert!(one.words.iter().all(|word| one.sentence.contains(word)));
        }
    }
    assert_eq!((enhanced, items.len()), (11, 24));
    // 23 suggestions of 72 that could be, 15 of them links of the reference case: it is for people to confirm.
    assert!(right * 100 >= suggested * 60 && suggested <= 26, "{right} of {suggested}");
}

#[tokio::test]
async fn a_theme_that_was_merged_matches_as_where_it_went_and_a_retired_one_does_not() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let text = "Laptops and broadband for people who work from home.".to_owned();
        let before = matched(&bench, "cb", vec![text.clone(), "Xyzzy.".into()]).await;
        assert_eq!(before[0].matches[0].theme, Bench::theme_name("remote"));
        assert!(!before[0].matches[0].words.is_empty());
        assert_eq!(before[1].matches, []);
        bench.merge(&["remote"], "cost").await.unwrap();
        let after = matched(&bench, "cb", vec![text]).await;
        assert!(after[0].matches.iter().all(|m| m.theme != Bench::theme_name("remote")), "{after:?}");
    }
}

#[tokio::test]
async fn what_cannot_be_matched_is_named() {
    let bench = sqlite().await;
    bench.load(CODEBOOK).await.unwrap();
    let rpc = MatchingRpc::new(bench.runtime.clone());
    let message = |parent: &str, texts| proto::MatchThemesRequest {
        parent: parent.into(),
        texts,
        most: 21,
        floor_ppm: -2_000_000,
    };
    let bad = rpc.match_themes(Bench::by_analyst(message("codebooks/cb", vec!["é".repeat(10_001)]))).await;
    let details = bad.unwrap_err().get_error_details();
    let fields: Vec<_> =
        details.bad_request().unwrap().field_violations.iter().map(|v| v.field.clone()).collect();
    assert_eq!(fields, ["texts[0]", "most", "floor_ppm"]);
    let none = proto::MatchThemesRequest { parent: "codebooks/cb".into(), ..Default::default() };
    assert_eq!(rpc.match_themes(Bench::by_analyst(none)).await.unwrap_err().code(), Code::InvalidArgument);
    let texts = vec!["Laptops.".to_owned()];
    let absent = proto::MatchThemesRequest { parent: "codebooks/no".into(), texts, ..Default::default() };
    assert_eq!(rpc.match_themes(Bench::by_analyst(absent)).await.unwrap_err().code(), Code::NotFound);
}
