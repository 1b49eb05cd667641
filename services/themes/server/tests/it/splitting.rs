use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, theme_splits_service_server::ThemeSplitsService};
use soundings_themes::rpc::splits_service::SplitsRpc;
use tonic::Code;

use crate::setup::*;

async fn proposed(bench: &Bench, theme: &str) -> Result<proto::ProposeSplitResponse, tonic::Status> {
    let rpc = SplitsRpc::new(bench.discoveries.clone(), bench.runtime.clone());
    let message = proto::ProposeSplitRequest { name: Bench::theme_name(theme), ..Default::default() };
    Ok(rpc.propose_split(Bench::by_analyst(message)).await?.into_inner())
}

/// Two matters under one theme, each said in several ways.
const SOFTWARE: [&str; 12] = [
    "Software licences cost too much for every council.",
    "Buy software licences together and save money.",
    "The price of Microsoft licences rises every year.",
    "One shared contract for software would be cheaper.",
    "We pay twice for the same database licences.",
    "Licence fees eat our whole digital budget.",
    "Suppliers of software charge each council another price.",
    "The renewal of our software contract doubled in price.",
    "Audit which software licences nobody uses.",
    "Open source instead of licences for office software.",
    "Cloud subscriptions cost more than the old software did.",
    "Negotiate with Microsoft as one customer.",
];
const ENERGY: [&str; 12] = [
    "Heating old school buildings costs too much.",
    "Solar panels on school roofs would save electricity.",
    "The electricity bill for street lights is too high.",
    "Insulate the schools and save on heating.",
    "Gas prices eat the savings of our buildings.",
    "Leisure centres and swimming pools burn too much gas.",
    "Replace the boilers in the depots, they waste gas.",
    "LED street lights would cut the electricity bill.",
    "Heat pumps in the town hall would save energy.",
    "Old windows let all the heat out of the buildings.",
    "Turn the heating down in empty offices.",
    "Energy costs of care homes went through the roof.",
];

#[tokio::test]
async fn the_parts_of_a_theme_are_proposed_alike_and_one_can_be_taken_out() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (n, text) in SOFTWARE.iter().chain(&ENERGY).enumerate() {
            bench.say(&format!("r{n}"), if n % 2 == 0 { "GLG" } else { "EDH" }, Some(text)).await;
        }
        for mention in bench.all_mentions().await.iter().filter(|m| m.theme != Bench::theme_name("cost")) {
            let add = proto::AddMentionRequest {
                name: mention.statement.clone(),
                theme: Bench::theme_name("cost"),
                reason: "it is about cost".into(),
                ..Default::default()
            };
            bench.add_mention(add).await;
        }
        let written = bench.outbox().await.len();
        let found = proposed(&bench, "cost").await.unwrap();
        assert_eq!(proposed(&bench, "cost").await.unwrap(), found, "alike");
        assert_eq!(bench.outbox().await.len(), written, "nothing is written");
        assert_eq!((found.statements, found.etag.as_str()), (24, bench.theme("cost").await.etag.as_str()));
        let sizes: Vec<i64> = found.parts.iter().map(|part| part.statement_count).collect();
        assert_eq!(sizes.iter().sum::<i64>() + found.rest, 24);
        assert!(sizes.len() >= 2, "{sizes:?}");
        let part = found.parts.iter().find(|part| part.title.contains("Heating")).unwrap();
        assert_eq!((part.statement_count, part.organisations, part.statements.len()), (12, 2, 12));
        let texts: Vec<&str> = part.exemplars.iter().map(|m| m.text.as_str()).collect();
        assert!(!texts.is_empty() && texts.iter().all(|text| ENERGY.contains(text)), "{texts:?}");

        let names: Vec<&str> = part.statements.iter().map(String::as_str).collect();
        let split = bench.split("cost", "energy", &names).await.unwrap();
        assert_eq!(split.mentions, part.statement_count);
        bench.check_replay().await;
    }
}

#[tokio::test]
async fn a_theme_that_is_missing_or_retired_or_empty_has_no_parts() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let found = proposed(&bench, "cost").await.unwrap();
        assert_eq!((found.parts.len(), found.statements), (0, 0));
        bench.retire("remote", "").await.unwrap();
        for theme in ["remote", "nope"] {
            let refused = proposed(&bench, theme).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
            assert!(refused.message().contains(theme), "{refused:?}");
        }
    }
}
