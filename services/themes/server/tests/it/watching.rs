use std::time::Duration;

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{
    self as proto, codebook_service_server::CodebookService, watch_themes_response::Update,
};
use tokio_stream::StreamExt;

use crate::setup::*;

#[tokio::test]
async fn a_watcher_gets_the_themes_then_each_change() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let message = proto::WatchThemesRequest { parent: "codebooks/cb".into(), show_retired: false };
        let mut stream = bench.codebooks.watch_themes(Bench::by_analyst(message)).await.unwrap().into_inner();
        let mut next = async || {
            let update = tokio::time::timeout(Duration::from_secs(30), stream.next()).await;
            update.expect("an update").unwrap().unwrap().update.unwrap()
        };
        let Update::Snapshot(all) = next().await else { panic!("no snapshot") };
        assert_eq!((all.themes.len(), all.respondents), (2, 0));

        bench.say("r1", "GLG", Some(COST)).await;
        let Update::Change(change) = next().await else { panic!("no change") };
        let told: Vec<_> = change.themes.iter().map(|t| (t.name.as_str(), t.respondents)).collect();
        assert_eq!(told, [("codebooks/cb/themes/cost", 1)]);
        assert_eq!((change.respondents, change.organisations), (1, 1));

        bench.merge(&["cost"], "remote").await.unwrap();
        let mut removed = Vec::new();
        let mut respondents = 0;
        while removed.is_empty() || respondents == 0 {
            let Update::Change(change) = next().await else { panic!("no change") };
            removed.extend(change.removed);
            respondents = change.themes.first().map_or(respondents, |theme| theme.respondents);
        }
        assert_eq!(removed, ["codebooks/cb/themes/cost"]);
        let missing = proto::WatchThemesRequest { parent: "codebooks/none".into(), show_retired: false };
        assert!(bench.codebooks.watch_themes(Bench::by_analyst(missing)).await.is_err());
    }
}
