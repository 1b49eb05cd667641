//! Identical texts of an organisation count once, whichever way they are read.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_integration_tests::{
    Clients,
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK, COST, REMOTE},
    until,
};
use soundings_proto::themes::v1 as themes;

/// A further theme for the codebook.
const MORE: &str = "
id: c
title: Two themes
surveys: [surveys/s]
themes:
  - id: pools
    title: Swimming pools
    state: approved
    description: Public pools, their opening hours and their water.
    exemplars: ['The pool is cold on Sundays.']
";

/// (respondents, responses) in all and of each theme, once every mention is of this version of the codebook.
async fn counts_under(clients: &Clients, version: i64) -> Vec<(String, i64, i64)> {
    until(&format!("mentions of version {version}"), async || {
        for unassigned in [false, true] {
            let parent = format!("codebooks/{CODEBOOK}");
            let list =
                themes::ListMentionsRequest { parent, unassigned, page_size: 200, ..Default::default() };
            let page = clients.themes().list_mentions(list).await.ok()?.into_inner();
            if page.mentions.iter().any(|mention| mention.codebook_version != version) {
                return None;
            }
        }
        let counts = clients.counts(CODEBOOK).await?;
        let of_themes = counts.themes.into_iter().filter(|theme| theme.responses > 0);
        let of_themes = of_themes.map(|theme| (theme.name, theme.respondents, theme.responses));
        Some(
            [("all".to_owned(), counts.respondents, counts.responses)].into_iter().chain(of_themes).collect(),
        )
    })
    .await
}

/// Takes changed words into assignment.
async fn confirm(clients: &Clients) {
    let (name, reason) = (format!("codebooks/{CODEBOOK}"), "As previewed.".to_owned());
    let confirm = themes::ConfirmReassignmentRequest { name, reason, ..Default::default() };
    clients.codebooks().confirm_reassignment(confirm).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_campaign_counts_once_in_each_council_also_when_all_is_assigned_anew(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    let shouted = COST.to_uppercase();
    let said =
        [("GLG", COST), ("GLG", &shouted), ("GLG", COST), ("EDH", COST), ("EDH", COST), ("ORK", REMOTE)];
    for (n, (council, words)) in said.into_iter().enumerate() {
        let id = format!("01890000-0000-7000-8000-{n:012}");
        clients.consultation().submit_response(model::response(council, words, &id)).await.unwrap();
    }
    let ranking = clients.settled(CODEBOOK, 6).await;
    assert_eq!(ranking.respondents, 3);
    let theme = |id: &str| format!("codebooks/{CODEBOOK}/themes/{id}");
    let expected = [("all".to_owned(), 3, 6), (theme("cost"), 2, 5), (theme("remote"), 1, 1)];
    assert_eq!(counts_under(&clients, 1).await, expected);

    let load = themes::LoadCodebookRequest { yaml: MORE.to_owned(), ..Default::default() };
    let loaded = clients.themes().load_codebook(load).await.unwrap().into_inner();
    // Themes are signed off already: nothing moves until somebody confirms.
    assert!(loaded.reassignment_pending);
    assert_eq!(counts_under(&clients, 1).await, expected);
    confirm(&clients).await;
    assert_eq!(counts_under(&clients, 3).await, expected);

    let reason = "Nobody speaks of it.".to_owned();
    let retire = themes::RetireThemeRequest { name: theme("pools"), reason, ..Default::default() };
    clients.themes().retire_theme(retire).await.unwrap();
    confirm(&clients).await;
    assert_eq!(counts_under(&clients, 5).await, expected);
    assert_eq!(clients.settled(CODEBOOK, 6).await.respondents, 3);
    partnership.stop().await;
}
