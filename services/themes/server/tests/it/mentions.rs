use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::ListMentionsRequest;
use tonic::Code;

use crate::setup::*;

#[tokio::test]
async fn mentions_name_their_place_and_their_words_are_fetched_as_they_stand() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(&format!("Là math! {COST}"))).await;
        bench.say("r2", "EDH", Some(NEITHER)).await;
        let cost = ListMentionsRequest { theme: "codebooks/cb/themes/cost".into(), ..Default::default() };
        let page = bench.mentions(cost.clone()).await.unwrap();
        assert_eq!((page.total_size, page.mentions.len()), (1, 1));
        let mention = &page.mentions[0];
        assert_eq!(mention.text, COST);
        assert_eq!((mention.start, mention.response.as_str()), (9, "surveys/s/responses/r1"));
        assert!(mention.score_ppm > 200_000 && mention.runner_up.ends_with("/remote"));

        let pool = ListMentionsRequest {
            unassigned: true,
            organisation: "organisations/EDH".into(),
            ..Default::default()
        };
        let page = bench.mentions(pool).await.unwrap();
        assert_eq!(page.mentions.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), [NEITHER]);
        assert!(page.mentions[0].theme.is_empty());

        bench.write("r1", "GLG", Some("Something else."));
        assert_eq!(
            bench.mentions(cost.clone()).await.unwrap().mentions[0].text,
            "",
            "the answer has moved on"
        );
        bench.consultation_away(true);
        assert_eq!(bench.mentions(cost).await.unwrap_err().code(), Code::Unavailable);
    }
}

#[tokio::test]
async fn an_analyst_of_one_organisation_sees_what_that_one_says_alone() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for organisation in ["GLG", "EDH"] {
            bench.say(&format!("of-{organisation}"), organisation, Some(COST)).await;
        }
        let of = |organisation: &str| ListMentionsRequest {
            organisation: organisation.into(),
            ..Default::default()
        };
        for asked in ["", "organisations/EDH"] {
            let page = bench.mentions_for(Some("EDH"), of(asked)).await.unwrap();
            assert_eq!((page.total_size, page.mentions[0].organisation.as_str()), (1, "organisations/EDH"));
        }
        for other in ["organisations/GLG", "organisations/NONE"] {
            let refused = bench.mentions_for(Some("EDH"), of(other)).await.unwrap_err();
            assert_eq!(refused.code(), Code::NotFound);
        }
        assert_eq!(bench.signals_for(Some("EDH")).await.into_keys().collect::<Vec<_>>(), ["EDH"]);
        assert!(bench.signals_for(Some("NONE")).await.is_empty());
        assert_eq!(bench.mentions(of("")).await.unwrap().total_size, 2);
        assert_eq!(bench.signals().await.len(), 2);
    }
}

#[tokio::test]
async fn pages_hold_every_mention_once_in_either_order() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for n in 0..9 {
            bench.say(&format!("r{n}"), "GLG", Some(&format!("{COST} And {n} more."))).await;
        }
        for best_first in [false, true] {
            let mut request = ListMentionsRequest { page_size: 4, best_first, ..Default::default() };
            request.theme = "codebooks/cb/themes/cost".into();
            let mut seen = Vec::new();
            loop {
                let page = bench.mentions(request.clone()).await.unwrap();
                seen.extend(page.mentions.into_iter().map(|m| (m.score_ppm, m.response, m.start)));
                if page.next_page_token.is_empty() {
                    assert_eq!(seen.len() as i64, page.total_size);
                    break;
                }
                request.page_token = page.next_page_token;
            }
            let mut distinct = seen.clone();
            distinct.sort();
            distinct.dedup();
            assert_eq!(distinct.len(), seen.len());
            assert!(!best_first || seen.is_sorted_by(|a, b| a.0 >= b.0));
        }
        let other = ListMentionsRequest { page_token: "x".into(), ..Default::default() };
        assert_eq!(bench.mentions(other).await.unwrap_err().code(), Code::InvalidArgument);
        let both = ListMentionsRequest {
            theme: "codebooks/cb/themes/cost".into(),
            unassigned: true,
            ..Default::default()
        };
        assert_eq!(bench.mentions(both).await.unwrap_err().code(), Code::InvalidArgument);
    }
}
