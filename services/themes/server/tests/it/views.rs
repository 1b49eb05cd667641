use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{self as proto, theme_views_service_server::ThemeViewsService};
use tonic::Code;

use crate::setup::*;

const PARENT: &str = "codebooks/cb";

fn last(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or_default()
}

/// Two organisations: four responses raise cost, of which two are one voice; two raise remote work, one of them both.
async fn fill(bench: &Bench) {
    bench.load(CODEBOOK).await.expect("a codebook");
    bench.say_on("2020-10-12", "r1", "GLG", &[("q", COST)]).await;
    bench.say_on("2020-10-12", "r2", "GLG", &[("q", COST)]).await;
    bench.say_on("2020-10-18", "r3", "GLG", &[("q", COST), ("why", REMOTE)]).await;
    bench.say_on("2020-10-19", "r4", "EDH", &[("q", REMOTE)]).await;
    bench.say_on("2020-10-19", "r5", "EDH", &[("q", NEITHER)]).await;
    bench
        .say_on("2020-10-25", "r6", "EDH", &[("q", "Sharing licences would save every council money.")])
        .await;
}

#[tokio::test]
async fn a_heat_map_counts_voices_and_has_both_denominators() {
    for bench in benches().await {
        fill(&bench).await;
        let ask = proto::GetHeatmapRequest { parent: PARENT.into(), ..Default::default() };
        let map = bench.views.get_heatmap(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
        let themes: Vec<_> =
            map.themes.iter().map(|t| (last(&t.theme), t.respondents, t.responses)).collect();
        assert_eq!(themes, [("cost", 3, 4), ("remote", 2, 2)]);
        let organisations: Vec<_> =
            map.organisations.iter().map(|o| (last(&o.organisation), o.respondents, o.responses)).collect();
        assert_eq!((organisations, map.respondents), (vec![("EDH", 3, 3), ("GLG", 2, 3)], 5));
        let cells: Vec<_> = map
            .cells
            .iter()
            .map(|c| {
                let shares = (c.share_of_organisation_ppm, c.share_of_theme_ppm);
                (last(&c.organisation), last(&c.theme), c.respondents, c.responses, shares)
            })
            .collect();
        let expected = [
            ("EDH", "cost", 1, 1, (333_333, 333_333)),
            ("EDH", "remote", 1, 1, (333_333, 500_000)),
            ("GLG", "cost", 2, 3, (1_000_000, 666_667)),
            ("GLG", "remote", 1, 1, (500_000, 500_000)),
        ];
        assert_eq!(cells, expected);

        let first = proto::GetHeatmapRequest { page_size: 1, ..ask };
        let head = bench.views.get_heatmap(Bench::by_analyst(first.clone())).await.unwrap().into_inner();
        let second = proto::GetHeatmapRequest { page_token: head.next_page_token.clone(), ..first };
        let tail = bench.views.get_heatmap(Bench::by_analyst(second)).await.unwrap().into_inner();
        assert_eq!(([head.cells, tail.cells].concat(), tail.next_page_token.as_str()), (map.cells, ""));
        assert_eq!(head.themes, map.themes, "the totals are of every page");
    }
}

#[tokio::test]
async fn a_trend_counts_responses_by_day_and_by_week_from_monday_newest_first() {
    for bench in benches().await {
        fill(&bench).await;
        let ask = |interval: proto::TrendInterval| proto::GetTrendRequest {
            parent: PARENT.into(),
            interval: interval.into(),
            ..Default::default()
        };
        let told = |trend: &proto::Trend| {
            let period = |p: &proto::TrendPeriod| {
                let days = p.start_time.map_or(0, |t| t.seconds / 86_400);
                let themes: Vec<_> =
                    p.themes.iter().map(|t| format!("{} {}", last(&t.theme), t.responses)).collect();
                (days, p.responses, themes.join(", "))
            };
            trend.periods.iter().map(period).collect::<Vec<_>>()
        };
        // 12 October 2020, a Monday, is day 18,547.
        let weeks = ask(proto::TrendInterval::Week);
        let trend = bench.views.get_trend(Bench::by_analyst(weeks.clone())).await.unwrap().into_inner();
        let all = [(18_554, 3, "cost 1, remote 1".into()), (18_547, 3, "cost 3, remote 1".into())];
        assert_eq!(told(&trend), all);

        let mut days = proto::GetTrendRequest { page_size: 3, ..ask(proto::TrendInterval::Day) };
        let head = bench.views.get_trend(Bench::by_analyst(days.clone())).await.unwrap().into_inner();
        days.page_token = head.next_page_token.clone();
        let tail = bench.views.get_trend(Bench::by_analyst(days)).await.unwrap().into_inner();
        let by_day = [
            (18_560, 1, "cost 1".into()),
            (18_554, 2, "remote 1".into()),
            (18_553, 1, "cost 1, remote 1".into()),
            (18_547, 2, "cost 2".into()),
        ];
        assert_eq!(
            ([told(&head), told(&tail)].concat(), tail.next_page_token.as_str()),
            (by_day.to_vec(), "")
        );

        let own = proto::GetTrendRequest {
            organisation: "organisations/GLG".into(),
            theme: Bench::theme_name("remote"),
            ..weeks
        };
        let trend = bench.views.get_trend(Bench::by_analyst(own)).await.unwrap().into_inner();
        assert_eq!(told(&trend), [(18_547, 3, "remote 1".into())], "all who answered, one theme");
    }
}

#[tokio::test]
async fn each_question_has_its_themes() {
    for bench in benches().await {
        fill(&bench).await;
        let mut ask =
            proto::GetByQuestionRequest { parent: PARENT.into(), page_size: 1, ..Default::default() };
        let mut questions = Vec::new();
        loop {
            let page =
                bench.views.get_by_question(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
            questions.extend(page.questions);
            ask.page_token = page.next_page_token;
            if ask.page_token.is_empty() {
                break;
            }
        }
        let told: Vec<_> = questions
            .iter()
            .map(|q| {
                let themes: Vec<_> =
                    q.themes.iter().map(|t| (last(&t.theme), t.mentions, t.responses)).collect();
                (
                    last(&q.survey),
                    q.question.as_str(),
                    q.responses,
                    q.mentions,
                    q.unassigned_statements,
                    themes,
                )
            })
            .collect();
        let q = vec![("cost", 4, 4), ("remote", 1, 1)];
        assert_eq!(told, [("s", "q", 6, 6, 1, q), ("s", "why", 1, 1, 0, vec![("remote", 1, 1)])]);
    }
}

#[tokio::test]
async fn pairs_tell_how_often_and_how_closely_themes_go_together() {
    for bench in benches().await {
        fill(&bench).await;
        let ask = proto::GetCooccurrenceRequest { parent: PARENT.into(), ..Default::default() };
        let reply = bench.views.get_cooccurrence(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
        let pair = proto::ThemePair {
            first_theme: Bench::theme_name("cost"),
            second_theme: Bench::theme_name("remote"),
            responses: 1,
            first_responses: 4,
            second_responses: 2,
            jaccard_ppm: 200_000,
            lift_ppm: 750_000,
        };
        assert_eq!((reply.responses, reply.pairs), (6, vec![pair]));
        let own = proto::GetCooccurrenceRequest { organisation: "organisations/EDH".into(), ..ask };
        let reply = bench.views.get_cooccurrence(Bench::by_analyst(own)).await.unwrap().into_inner();
        assert_eq!((reply.responses, reply.pairs), (3, vec![]));
    }
}

#[tokio::test]
async fn pages_of_pairs_hold_every_pair_once_most_frequent_first() {
    for bench in benches().await {
        let third =
            "\n  - id: pool\n    title: Swimming pools\n    exemplars: ['The swimming pool is cold.']\n";
        bench.load(&format!("{}{third}", CODEBOOK.trim_end())).await.unwrap();
        bench.say_on("2020-10-12", "r1", "GLG", &[("a", COST), ("b", REMOTE), ("c", NEITHER)]).await;
        bench.say_on("2020-10-12", "r2", "GLG", &[("b", REMOTE), ("c", NEITHER)]).await;
        let mut ask =
            proto::GetCooccurrenceRequest { parent: PARENT.into(), page_size: 1, ..Default::default() };
        let mut told = Vec::new();
        loop {
            let page =
                bench.views.get_cooccurrence(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
            let short = |p: &proto::ThemePair| {
                (last(&p.first_theme).to_owned(), last(&p.second_theme).to_owned(), p.responses)
            };
            told.extend(page.pairs.iter().map(short));
            ask.page_token = page.next_page_token;
            if ask.page_token.is_empty() {
                break;
            }
        }
        let pair = |first: &str, second: &str, n| (first.to_owned(), second.to_owned(), n);
        assert_eq!(told, [pair("pool", "remote", 2), pair("cost", "pool", 1), pair("cost", "remote", 1)]);
        ask.theme = Bench::theme_name("cost");
        ask.page_size = 0;
        let of_cost = bench.views.get_cooccurrence(Bench::by_analyst(ask)).await.unwrap().into_inner();
        assert_eq!(of_cost.pairs.len(), 2);
    }
}

#[tokio::test]
async fn quotes_are_the_best_the_same_words_once_and_the_least_like_of_every_organisation() {
    for bench in benches().await {
        fill(&bench).await;
        let mut ask = proto::ListTypicalQuotesRequest {
            parent: PARENT.into(),
            quotes: 1,
            page_size: 1,
            ..Default::default()
        };
        let page =
            bench.views.list_typical_quotes(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
        let cost = &page.themes[0];
        assert_eq!(
            (page.themes.len(), last(&cost.theme), cost.title.as_str()),
            (1, "cost", "Cost optimisation")
        );
        assert_eq!(cost.typical.iter().map(|m| m.text.as_str()).collect::<Vec<_>>(), [COST]);
        assert_eq!(last(&cost.different[0].response), "r6", "the same words are not quoted again");
        assert!(cost.typical[0].score_ppm >= cost.different[0].score_ppm);

        ask.page_token = page.next_page_token;
        let page = bench.views.list_typical_quotes(Bench::by_analyst(ask)).await.unwrap().into_inner();
        assert_eq!((last(&page.themes[0].theme), page.next_page_token.as_str()), ("remote", ""));
    }
}

#[tokio::test]
async fn different_quotes_go_round_the_organisations() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (n, what) in ["paper", "phone", "software", "energy", "printing"].iter().enumerate() {
            let text = format!("Buying {what} together would save money for every council.");
            bench.say(&format!("g{n}"), "GLG", Some(&text)).await;
        }
        bench.say("e1", "EDH", Some(COST)).await;
        let ask = proto::ListTypicalQuotesRequest {
            parent: PARENT.into(),
            theme: Bench::theme_name("cost"),
            quotes: 2,
            ..Default::default()
        };
        let page = bench.views.list_typical_quotes(Bench::by_analyst(ask)).await.unwrap().into_inner();
        let quotes = &page.themes[0];
        let shown = quotes.typical.iter().chain(&quotes.different);
        let mut responses: Vec<_> = shown.map(|m| m.response.as_str()).collect();
        responses.sort_unstable();
        responses.dedup();
        assert_eq!(responses.len(), 4, "none twice");
        let of: Vec<_> = quotes.different.iter().map(|m| last(&m.organisation)).collect();
        let edinburgh_is_typical = quotes.typical.iter().any(|m| last(&m.organisation) == "EDH");
        assert_eq!(of.contains(&"EDH"), !edinburgh_is_typical, "{of:?}");
    }
}

async fn search(bench: &Bench, message: proto::SearchStatementsRequest) -> proto::SearchStatementsResponse {
    let message = proto::SearchStatementsRequest { parent: PARENT.into(), ..message };
    bench.views.search_statements(Bench::by_analyst(message)).await.expect("a search").into_inner()
}

fn texts(found: &proto::SearchStatementsResponse) -> Vec<&str> {
    found.statements.iter().filter_map(|s| s.mention.as_ref()).map(|m| m.text.as_str()).collect()
}

#[tokio::test]
async fn words_are_found_whatever_their_case_and_accents_under_any_theme_or_none() {
    for bench in benches().await {
        fill(&bench).await;
        let gaelic = "Tha am pool-snàmh fuar.";
        bench.say_on("2020-11-01", "r7", "EDH", &[("q", gaelic)]).await;
        let by_words =
            |query: &str| proto::SearchStatementsRequest { query: query.into(), ..Default::default() };
        let found = search(&bench, by_words("POOL")).await;
        assert_eq!(texts(&found), [gaelic, NEITHER], "newest first");
        assert_eq!((found.total_size, found.searched_responses, found.has_older_responses), (2, 7, false));
        assert!(found.statements[1].themes.is_empty());
        assert_eq!(texts(&search(&bench, by_words("snamh")).await), [gaelic]);
        assert!(search(&bench, by_words("licences pool")).await.statements.is_empty());

        let capped =
            search(&bench, proto::SearchStatementsRequest { page_size: 1, ..by_words("licences") }).await;
        assert_eq!((capped.statements.len(), capped.total_size), (1, 4));
        let theme = Bench::theme_name("remote");
        let of_theme = search(&bench, proto::SearchStatementsRequest { theme, ..by_words("staff") }).await;
        assert_eq!((of_theme.total_size, of_theme.searched_responses), (2, 2));

        bench.write("r5", "EDH", Some("Something else."));
        let moved_on = search(&bench, by_words("pool")).await;
        assert_eq!((texts(&moved_on), moved_on.searched_responses), (vec![gaelic], 6));
    }
}

#[tokio::test]
async fn meaning_is_found_nearest_first() {
    for bench in benches().await {
        fill(&bench).await;
        let ask = proto::SearchStatementsRequest {
            query: "homeworkers want computers".into(),
            by: proto::SearchBy::Meaning.into(),
            ..Default::default()
        };
        let found = search(&bench, ask).await;
        assert_eq!(texts(&found)[..2], [REMOTE, REMOTE]);
        assert_eq!(found.statements[0].themes, [Bench::theme_name("remote")]);
        assert!(found.statements.is_sorted_by(|a, b| a.similarity_ppm >= b.similarity_ppm));
        assert!(found.statements[0].similarity_ppm > 300_000, "{}", found.statements[0].similarity_ppm);
    }
}

#[tokio::test]
async fn what_cannot_be_searched_for_is_refused_by_name_and_without_consultation_nothing_is_told() {
    let bench = sqlite().await;
    fill(&bench).await;
    let ask = |query: &str, by: proto::SearchBy| {
        let (query, by) = (query.to_owned(), by.into());
        Bench::by_analyst(proto::SearchStatementsRequest {
            parent: PARENT.into(),
            query,
            by,
            ..Default::default()
        })
    };
    let long = "x".repeat(501);
    for (query, by) in [
        (" ", proto::SearchBy::Words),
        ("?!", proto::SearchBy::Words),
        (long.as_str(), proto::SearchBy::Words),
        ("", proto::SearchBy::Meaning),
    ] {
        let refused = bench.views.search_statements(ask(query, by)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{query:?}");
    }
    bench.consultation_away(true);
    let away = bench.views.search_statements(ask("pool", proto::SearchBy::Words)).await.unwrap_err();
    assert_eq!(away.code(), Code::Unavailable);
}

#[tokio::test]
async fn a_caller_of_one_organisation_sees_what_that_one_says_alone() {
    for bench in benches().await {
        fill(&bench).await;
        for organisation in ["", "organisations/EDH"] {
            let (parent, organisation) = (PARENT.to_owned(), organisation.to_owned());
            let ask = proto::GetHeatmapRequest {
                parent: parent.clone(),
                organisation: organisation.clone(),
                ..Default::default()
            };
            let map =
                bench.views.get_heatmap(Bench::by_analyst_of(Some("EDH"), ask)).await.unwrap().into_inner();
            assert_eq!((map.organisations.len(), map.respondents, map.themes[0].respondents), (1, 3, 1));
            let ask = proto::GetTrendRequest {
                parent: parent.clone(),
                organisation: organisation.clone(),
                ..Default::default()
            };
            let trend =
                bench.views.get_trend(Bench::by_analyst_of(Some("EDH"), ask)).await.unwrap().into_inner();
            assert_eq!(trend.periods.iter().map(|p| p.responses).collect::<Vec<_>>(), [3]);
            let ask = proto::GetByQuestionRequest {
                parent: parent.clone(),
                organisation: organisation.clone(),
                ..Default::default()
            };
            let questions = bench
                .views
                .get_by_question(Bench::by_analyst_of(Some("EDH"), ask))
                .await
                .unwrap()
                .into_inner();
            assert_eq!(questions.questions.iter().map(|q| q.responses).collect::<Vec<_>>(), [3]);
            let ask = proto::GetCooccurrenceRequest {
                parent: parent.clone(),
                organisation: organisation.clone(),
                ..Default::default()
            };
            let pairs = bench
                .views
                .get_cooccurrence(Bench::by_analyst_of(Some("EDH"), ask))
                .await
                .unwrap()
                .into_inner();
            assert_eq!((pairs.responses, pairs.pairs.len()), (3, 0));
            let ask = proto::ListTypicalQuotesRequest {
                parent: parent.clone(),
                organisation: organisation.clone(),
                ..Default::default()
            };
            let quotes = bench
                .views
                .list_typical_quotes(Bench::by_analyst_of(Some("EDH"), ask))
                .await
                .unwrap()
                .into_inner();
            let mentions = quotes.themes.iter().flat_map(|t| t.typical.iter().chain(&t.different));
            let of: Vec<_> = mentions.map(|m| last(&m.organisation)).collect();
            assert_eq!(of, ["EDH", "EDH"]);
            let query = "licences".to_owned();
            let ask = proto::SearchStatementsRequest { parent, organisation, query, ..Default::default() };
            let found = bench
                .views
                .search_statements(Bench::by_analyst_of(Some("EDH"), ask))
                .await
                .unwrap()
                .into_inner();
            assert_eq!((found.total_size, found.searched_responses), (1, 3));
        }
        let other = proto::GetTrendRequest {
            parent: PARENT.into(),
            organisation: "organisations/GLG".into(),
            ..Default::default()
        };
        let refused = bench.views.get_trend(Bench::by_analyst_of(Some("EDH"), other)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
}
