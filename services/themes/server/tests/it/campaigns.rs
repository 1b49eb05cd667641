use std::collections::BTreeMap;

use pretty_assertions::assert_eq;

use crate::setup::*;

#[tokio::test]
async fn identical_texts_count_once_in_an_organisation_and_once_in_each() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for copy in 0..5 {
            bench
                .say(&format!("glg{copy}"), "GLG", Some(if copy == 0 { COST } else { &COST_IN_CAPITALS }))
                .await;
        }
        for copy in 0..2 {
            bench.say(&format!("edh{copy}"), "EDH", Some(COST)).await;
        }
        let cost = |responses| BTreeMap::from([("cost".to_owned(), (1, responses))]);
        let signals = bench.signals().await;
        assert_eq!(signals["GLG"], (1, 5, cost(5)));
        assert_eq!(signals["EDH"], (1, 2, cost(2)));
        let themes = bench.themes().await;
        assert_eq!((themes.respondents, themes.responses, themes.organisations), (2, 7, 2));

        bench.say("glg0", "GLG", None).await;
        assert_eq!(bench.signals().await["GLG"], (1, 4, cost(4)), "whoever was first");
    }
}

#[tokio::test]
async fn a_campaign_stays_one_voice_when_all_is_assigned_anew() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for copy in 0..5 {
            bench.say(&format!("r{copy}"), "GLG", Some(COST)).await;
        }
        let before = bench.signals().await;
        assert_eq!(before["GLG"].0, 1);
        bench.retire("remote", "").await.unwrap();
        assert_eq!(bench.signals().await, before);
    }
}

pub static COST_IN_CAPITALS: std::sync::LazyLock<String> = std::sync::LazyLock::new(|| COST.to_uppercase());

#[tokio::test]
async fn campaigns_are_listed_with_what_they_are_in_each_organisation() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (response, organisation) in [("a", "GLG"), ("b", "GLG"), ("c", "EDH"), ("d", "ORK"), ("e", "ORK")]
        {
            let words = if response == "d" { REMOTE } else { COST };
            bench.say(response, organisation, Some(words)).await;
        }
        let listed = bench.campaigns(0, None).await.unwrap();
        let [campaign] = &listed[..] else { panic!("{listed:?}") };
        assert_eq!(campaign.responses, 4, "of three organisations");
        let voices: Vec<_> =
            campaign.voices.iter().map(|v| (v.organisation.as_str(), v.responses, v.themes.len())).collect();
        assert_eq!(
            voices,
            [("organisations/EDH", 1, 1), ("organisations/GLG", 2, 1), ("organisations/ORK", 1, 1)]
        );
        let said: Vec<_> = campaign.voices.iter().map(|v| v.response.as_str()).collect();
        assert_eq!(said, ["surveys/s/responses/c", "surveys/s/responses/a", "surveys/s/responses/e"]);
        // An analyst of one council is told of its own.
        assert_eq!(bench.campaigns(2, Some("GLG")).await.unwrap()[0].responses, 2);
        assert_eq!(bench.campaigns(0, Some("GLG")).await.unwrap(), []);
        assert_eq!(bench.campaigns(1, None).await.unwrap_err().code(), tonic::Code::InvalidArgument);
        bench.say("a", "GLG", None).await;
        assert_eq!(bench.campaigns(4, None).await.unwrap(), []);
    }
}

#[tokio::test]
async fn short_answers_are_no_campaign() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for copy in 0..3 {
            bench.say(&format!("r{copy}"), "GLG", Some("n/a")).await;
        }
        assert_eq!(bench.signals().await["GLG"], (3, 3, BTreeMap::new()));
    }
}
