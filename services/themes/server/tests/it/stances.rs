//! Which way statements lean, what they do, and what they bring.
#![expect(clippy::unwrap_used, reason = "tests")]

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{
    self as proto, GetStancesByAnswerRequest, GetStancesRequest, ListMentionsRequest, Position,
    SearchStatementsRequest, StatementAct, theme_stances_service_server::ThemeStancesService,
    theme_views_service_server::ThemeViewsService,
};
use tonic::Code;

use crate::setup::*;

const AGAINST: &str = "Buying licences together is a waste of money and a terrible idea for every council.";
const EVIDENCE: &str = "Buying licences together would save money, according to a survey £250 in March 2021.";

/// (respondents, against) of a theme in an organisation.
async fn against(bench: &Bench, organisation: &str, theme: &str) -> (i64, i64) {
    let told = bench.told().await;
    let signal = told[&format!("cb:{organisation}")].signal.clone().unwrap();
    let tally = signal.themes.iter().find(|t| t.theme == Bench::theme_name(theme));
    tally.map_or((0, 0), |tally| (tally.respondents, tally.against_respondents))
}

#[tokio::test]
async fn voices_against_a_theme_are_told_apart_and_move_by_difference() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("for", "GLG", Some(COST)).await;
        assert_eq!(against(&bench, "GLG", "cost").await, (1, 0));
        for response in ["a1", "a2"] {
            bench.say(response, "GLG", Some(AGAINST)).await;
        }
        assert_eq!(against(&bench, "GLG", "cost").await, (2, 1), "identical texts are one voice");
        bench.say("a1", "GLG", None).await;
        assert_eq!(against(&bench, "GLG", "cost").await, (2, 1));
        bench.say("both", "GLG", Some(&format!("{AGAINST} {COST} It would be a great benefit."))).await;
        assert_eq!(against(&bench, "GLG", "cost").await, (3, 1), "taken together it is not against");
        let statement = bench.mention_of("a2").await.statement;
        bench.move_mention(&statement, "cost", "remote", "").await.unwrap();
        assert_eq!(against(&bench, "GLG", "cost").await, (2, 0));
        assert_eq!(against(&bench, "GLG", "remote").await, (1, 1), "against where it was moved to");
        bench.say("a2", "GLG", None).await;
        assert_eq!(against(&bench, "GLG", "remote").await, (0, 0));
    }
}

#[tokio::test]
async fn a_theme_that_ends_something_turns_the_stance_once_its_title_is_confirmed() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        bench.say("r1", "GLG", Some(AGAINST)).await;
        assert_eq!(bench.mention_of("r1").await.position(), Position::Against);
        bench.rename("cost", "Stop cost optimisation of contracts and licences", "").await.unwrap();
        assert_eq!(bench.mention_of("r1").await.position(), Position::Against, "not confirmed yet");
        bench.confirm("").await.unwrap();
        assert_eq!(bench.mention_of("r1").await.position(), Position::For);
        assert_eq!(against(&bench, "GLG", "cost").await, (1, 0));
    }
}

#[tokio::test]
async fn statements_are_found_by_what_they_do_and_bring() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (response, text) in
            [("against", AGAINST), ("evidence", EVIDENCE), ("for", COST), ("pool", NEITHER)]
        {
            bench.say(response, "GLG", Some(text)).await;
        }
        let found = async |message: ListMentionsRequest| {
            let page = bench.mentions(message).await.unwrap();
            let mut found: Vec<_> = page
                .mentions
                .into_iter()
                .map(|m| m.response.rsplit('/').next().unwrap().to_owned())
                .collect();
            assert_eq!(page.total_size as usize, found.len());
            found.sort();
            found
        };
        let by = |position: Position, act: StatementAct, evidence_rich| ListMentionsRequest {
            position: position.into(),
            act: act.into(),
            evidence_rich,
            ..Default::default()
        };
        let any = StatementAct::Unspecified;
        assert_eq!(found(by(Position::Against, any, false)).await, ["against"]);
        assert_eq!(found(by(Position::Unspecified, any, true)).await, ["evidence"]);
        assert_eq!(found(by(Position::Unspecified, StatementAct::Complaint, false)).await, ["against"]);
        assert_eq!(found(by(Position::Against, any, true)).await, [""; 0]);
        let search = SearchStatementsRequest {
            parent: "codebooks/cb".into(),
            query: "licences".into(),
            position: Position::Against.into(),
            ..Default::default()
        };
        let found = bench.views.search_statements(Bench::by_analyst(search)).await.unwrap().into_inner();
        assert_eq!((found.total_size, found.statements.len()), (1, 1));
        let mention: &proto::Mention = found.statements[0].mention.as_ref().unwrap();
        assert_eq!((mention.text.as_str(), mention.position()), (AGAINST, Position::Against));
    }
}

fn counted(counts: Option<proto::StanceCounts>) -> (i64, i64, i64, i64) {
    let counts = counts.unwrap();
    (counts.for_respondents, counts.against_respondents, counts.mixed_respondents, counts.unclear_respondents)
}

#[tokio::test]
async fn both_sides_of_a_theme_are_shown_apart_with_their_words() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (n, organisation) in ["GLG", "GLG", "EDH"].into_iter().enumerate() {
            // Two of the three are one voice.
            bench.say(&format!("against{n}"), organisation, Some(AGAINST)).await;
        }
        bench.say("for", "GLG", Some(EVIDENCE)).await;
        bench.say("unclear", "ABD", Some("Councils buy licences and contracts together.")).await;
        bench.say("both", "ABD", Some(&format!("{AGAINST} {EVIDENCE}"))).await;
        let ask = GetStancesRequest { parent: "codebooks/cb".into(), page_size: 1, ..Default::default() };
        let page = bench.stances.get_stances(Bench::by_analyst(ask.clone())).await.unwrap().into_inner();
        let cost = &page.themes[0];
        assert_eq!((page.themes.len(), cost.theme.clone()), (1, Bench::theme_name("cost")));
        assert!(!page.next_page_token.is_empty());
        assert_eq!(counted(cost.total), (1, 2, 1, 1));
        assert_eq!(cost.majority(), Position::Against);
        let by: Vec<_> =
            cost.organisations.iter().map(|o| (o.organisation.as_str(), counted(o.counts))).collect();
        let expected = [
            ("organisations/ABD", (0, 0, 1, 1)),
            ("organisations/EDH", (0, 1, 0, 0)),
            ("organisations/GLG", (1, 1, 0, 0)),
        ];
        assert_eq!(by, expected);
        assert_eq!(cost.for_quotes.iter().map(|q| q.text.as_str()).collect::<Vec<_>>(), [EVIDENCE]);
        assert_eq!(cost.against_quotes.iter().map(|q| q.text.as_str()).collect::<Vec<_>>(), [AGAINST]);
        for organisation in ["GLG", "EDH", "ABD"] {
            let told = against(&bench, organisation, "cost").await.1;
            let shown = by.iter().find(|(o, _)| o.ends_with(organisation)).unwrap().1.1;
            assert_eq!(told, shown, "as the signal of {organisation} says");
        }
        let own = bench.stances.get_stances(Bench::by_analyst_of(Some("EDH"), ask.clone())).await.unwrap();
        assert_eq!(counted(own.into_inner().themes[0].total), (0, 1, 0, 0));
        let other = GetStancesRequest { organisation: "organisations/GLG".into(), ..ask };
        let refused = bench.stances.get_stances(Bench::by_analyst_of(Some("EDH"), other)).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
}

#[tokio::test]
async fn themes_are_shown_by_what_the_same_people_chose() {
    for bench in benches().await {
        bench.load(CODEBOOK).await.unwrap();
        for (response, text) in [("r1", AGAINST), ("r2", EVIDENCE), ("r3", REMOTE), ("r4", NEITHER)] {
            bench.say(response, "GLG", Some(text)).await;
        }
        bench.choose("r1", &[("rate", "2"), ("which", "a"), ("which", "b")]).await;
        bench.choose("r2", &[("rate", "10")]).await;
        bench.choose("r3", &[("rate", "2")]).await;
        bench.choose("r4", &[("rate", "10")]).await;
        let ask = GetStancesByAnswerRequest { parent: "codebooks/cb".into(), ..Default::default() };
        let shown = async |ask: GetStancesByAnswerRequest| {
            let reply =
                bench.stances.get_stances_by_answer(Bench::by_analyst(ask)).await.unwrap().into_inner();
            let mut lines = Vec::new();
            for question in reply.questions {
                for answer in question.answers {
                    for theme in answer.themes {
                        let theme_id = theme.theme.rsplit('/').next().unwrap();
                        let counts = counted(theme.counts);
                        lines.push(format!("{} {} {theme_id} {counts:?}", question.question, answer.value));
                    }
                    lines.push(format!("{} {}: {}", question.question, answer.value, answer.respondents));
                }
            }
            lines
        };
        let rate = [
            "rate 2 cost (0, 1, 0, 0)",
            "rate 2 remote (1, 0, 0, 0)",
            "rate 2: 2",
            "rate 10 cost (1, 0, 0, 0)",
            "rate 10: 2",
        ];
        let which = ["which a cost (0, 1, 0, 0)", "which a: 1", "which b cost (0, 1, 0, 0)", "which b: 1"];
        assert_eq!(shown(ask.clone()).await, [&rate[..], &which[..]].concat());
        let remote = GetStancesByAnswerRequest { theme: Bench::theme_name("remote"), ..ask.clone() };
        assert_eq!(shown(remote).await[..2], ["rate 2 remote (1, 0, 0, 0)", "rate 2: 2"]);
        bench.choose("r1", &[]).await;
        bench.say("r3", "GLG", None).await;
        assert_eq!(shown(ask.clone()).await, ["rate 10 cost (1, 0, 0, 0)", "rate 10: 2"]);
        let paged = GetStancesByAnswerRequest { page_size: -1, ..ask };
        assert!(bench.stances.get_stances_by_answer(Bench::by_analyst(paged)).await.is_err());
    }
}
