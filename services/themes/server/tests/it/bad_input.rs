//! What people send besides plain English: nothing, one word, emoji, other languages, the question, HTML, very much, and
//! very often the same.

use std::time::Instant;

use pretty_assertions::assert_eq;
use soundings_jetstream::Disposition;
use soundings_proto::themes::v1::{self as proto, ListMentionsRequest, review_service_server::ReviewService};

use crate::setup::*;

const POLISH: &str = "Pracownicy potrzebują laptopów i szybkiego internetu, żeby pracować w domu.";
const URDU: &str = "ہمیں گھر سے کام کرنے کے لیے لیپ ٹاپ چاہیے";

#[tokio::test]
async fn nothing_emoji_and_the_question_are_no_statements_and_one_word_is_told() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (n, text) in
            ["", " \n ", "👍👍🏽", "...!", PROMPT, "Q1 what should the councils do together"].iter().enumerate()
        {
            bench.say(&format!("r{n}"), "GLG", Some(text)).await;
        }
        assert_eq!(bench.all_mentions().await, []);
        assert_eq!(bench.signals().await["GLG"].1, 6, "they answered all the same");
        bench.say("own", "GLG", Some(&format!("{PROMPT}\n{COST}"))).await;
        bench.say("word", "GLG", Some("Licences")).await;
        let own = bench.mention_of("own").await;
        assert_eq!((own.text.as_str(), own.start, own.one_word), (COST, 1 + PROMPT.len() as i32, false));
        assert!(bench.mention_of("word").await.one_word);
    }
}

#[tokio::test]
async fn another_language_is_named_counted_and_forced_under_no_theme() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("pl", "GLG", Some(POLISH)).await;
        bench.say("pl2", "EDH", Some(&format!("{POLISH} Dziękuję bardzo."))).await;
        bench.say("ur", "EDH", Some(URDU)).await;
        bench.say("both", "EDH", Some(&format!("{COST} {POLISH}"))).await;
        bench.say("short", "EDH", Some("Remote working kit")).await;
        let counted = bench.themes().await;
        let languages: Vec<_> =
            counted.other_languages.iter().map(|l| (l.language.as_str(), l.statements)).collect();
        assert_eq!(languages, [("Polish", 4), ("Urdu", 1)]);
        let foreign = ListMentionsRequest { unassigned: true, other_language: true, ..Default::default() };
        let foreign = bench.mentions(foreign).await.unwrap();
        assert_eq!(foreign.total_size, 5);
        assert!(foreign.mentions.iter().all(|m| m.theme.is_empty() && m.runner_up.is_empty()));
        assert!(foreign.mentions.iter().any(|m| m.text == "Dziękuję bardzo." && m.language == "Polish"));
        let cost = ListMentionsRequest { theme: Bench::theme_name("cost"), ..Default::default() };
        let cost = bench.mentions(cost).await.unwrap().mentions;
        assert_eq!((cost.len(), cost[0].text.as_str(), cost[0].language.as_str()), (1, COST, ""));
        assert_eq!(bench.mention_of("short").await.language, "");

        // What is beside it plays no part: the same words alone score the same.
        bench.say("alone", "GLG", Some(COST)).await;
        assert_eq!(bench.mention_of("alone").await.score_ppm, cost[0].score_ppm);

        let polish = bench.mention_of("pl").await;
        let explain = proto::ExplainMentionRequest { name: polish.statement.clone(), ..Default::default() };
        let why = bench.reviews.explain_mention(Bench::by_analyst(explain)).await.unwrap().into_inner();
        assert_eq!((why.language.as_str(), why.statement.unwrap().themes), ("Polish", vec![]));
        let add = proto::AddMentionRequest {
            name: polish.statement,
            theme: Bench::theme_name("remote"),
            reason: "I read Polish".into(),
            ..Default::default()
        };
        bench.reviews.add_mention(Bench::by_analyst(add)).await.unwrap();
        let put = bench.mention_of("pl").await;
        assert_eq!((put.theme, put.language.as_str()), (Bench::theme_name("remote"), "Polish"));
    }
}

#[tokio::test]
async fn html_is_read_past_and_places_are_those_of_the_answer_as_it_was_written() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let html = format!(
            "<p>Là &amp; math!</p><p><b>{}</b></p><style>p {{}}</style>",
            COST.replace(' ', "&nbsp;")
        );
        bench.say("html", "GLG", Some(&html)).await;
        bench.say("plain", "GLG", Some(COST)).await;
        let cost = ListMentionsRequest { theme: Bench::theme_name("cost"), ..Default::default() };
        let found = bench.mentions(cost).await.unwrap().mentions;
        let html_mention = found.iter().find(|m| m.response.ends_with("/html")).unwrap();
        assert_eq!(html_mention.text, COST);
        let (start, end) = (html_mention.start as usize, html_mention.end as usize);
        let place: String = html.chars().skip(start).take(end - start).collect();
        assert_eq!(place, COST.replace(' ', "&nbsp;"));
        let digest = |m: &proto::Mention| m.statement.rsplit(':').next().unwrap().to_owned();
        assert_eq!(
            digest(html_mention),
            digest(found.iter().find(|m| m.response.ends_with("/plain")).unwrap())
        );
    }
}

#[tokio::test]
async fn an_answer_of_100_kb_and_10_000_identical_ones_are_taken() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        let began = Instant::now();
        for (n, text) in
            ["<p ".repeat(33_000), format!("{COST} ").repeat(1_600), "ą".repeat(50_000)].iter().enumerate()
        {
            bench.say(&format!("long{n}"), "ABD", Some(text)).await;
        }
        assert!(began.elapsed().as_secs() < 60, "{:?}", began.elapsed());
        let events: Vec<_> = (0..10_000).map(|n| bench.write(&format!("r{n}"), "GLG", Some(COST))).collect();
        for batch in events.chunks(500) {
            assert!(bench.deliver(batch).await.iter().all(|d| *d == Disposition::Ack));
        }
        assert_eq!(bench.signals().await["GLG"].2["cost"], (1, 10_000), "one voice");
    }
}
