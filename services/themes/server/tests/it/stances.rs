//! Which way statements lean, what they do, and what they bring.
#![expect(clippy::unwrap_used, reason = "tests")]

use pretty_assertions::assert_eq;
use soundings_proto::themes::v1::{
    self as proto, ListMentionsRequest, Position, SearchStatementsRequest, StatementAct,
    theme_views_service_server::ThemeViewsService,
};

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
