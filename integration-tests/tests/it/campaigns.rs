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
use soundings_proto::{portfolio::v1 as portfolio, themes::v1 as themes};

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

    // Who asks what hangs on it is told, and can leave it out.
    let (name, parent) = (format!("codebooks/{CODEBOOK}"), format!("codebooks/{CODEBOOK}"));
    let list = themes::ListCampaignsRequest { parent, ..Default::default() };
    let listed = clients.campaigns().list_campaigns(list).await.unwrap().into_inner().campaigns;
    let [campaign] = &listed[..] else { panic!("{listed:?}") };
    assert!(campaign.name.starts_with(&format!("{name}/campaigns/")), "{campaign:?}");
    assert_eq!((campaign.responses, campaign.voices.len()), (5, 2));
    assert!(campaign.voices.iter().all(|voice| voice.themes == [theme("cost")]), "{campaign:?}");
    let line = Some(portfolio::RankingLine { line: Some(portfolio::ranking_line::Line::Count(1)) });
    let ask = portfolio::GetInfluenceRequest { line, ..Default::default() };
    let influence = clients.analysis().get_influence(ask).await.unwrap().into_inner();
    assert!(!influence.campaigns_unread);
    let [without] = &influence.campaigns[..] else { panic!("{influence:?}") };
    assert_eq!((&without.campaign, without.organisations), (&campaign.name, 2));
    assert!(without.moved > 0, "it decides the order: {without:?}");
    let what_if = |name: &str| portfolio::WhatIfRequest {
        change: Some(portfolio::HypotheticalChange {
            without_campaigns: vec![name.to_owned()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let hypothetical = clients.analysis().what_if(what_if(&campaign.name)).await.unwrap().into_inner();
    let places = hypothetical.items.iter().filter(|item| item.rank_before != item.rank_after);
    assert_eq!(places.count() as i32, without.moved, "{hypothetical:?}");
    let unknown = clients.analysis().what_if(what_if(&format!("{name}/campaigns/none"))).await;
    assert_eq!(unknown.unwrap_err().code(), tonic::Code::InvalidArgument);

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
