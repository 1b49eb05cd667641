//! A subject that no theme covers becomes a theme by itself: in the provisional ranking alone, until people approve it.
use std::time::Duration;

use rstest::rstest;
use soundings_integration_tests::{
    Clients,
    Engine::{self, Postgres, Sqlite},
    Partnership,
    model::{self, CODEBOOK, COUNCILS},
    until,
};
use soundings_proto::{portfolio::v1 as portfolio, themes::v1 as themes};

/// What councils say of swimming pools, and what their parts are.
const PARTS: [&str; 6] =
    ["swimming pool", "swimming lessons", "pool water", "changing rooms", "lifeguards", "swimmers"];
const SAYINGS: [&str; 5] = [
    "The {a} and the {b} are in a poor state.",
    "{a}, and even more the {b}.",
    "We waited for {a}; {b} too.",
    "There are no {a} and no {b} in town.",
    "{a}: {b}",
];

async fn say_it(clients: &Clients) {
    let mut number = 0;
    for (i, a) in PARTS.iter().enumerate() {
        for (j, b) in PARTS.iter().enumerate().filter(|(j, _)| *j != i) {
            number += 1;
            let words = SAYINGS[(i + j) % SAYINGS.len()].replace("{a}", a).replace("{b}", b);
            let id = format!("01890000-0000-7000-8000-{number:012}");
            let said = model::response(COUNCILS[number % 3], &words, &id);
            clients.consultation().submit_response(said).await.unwrap();
        }
    }
}

/// Whether portfolio holds the theme as demand without work, in this ranking.
async fn is_gap(clients: &Clients, kind: portfolio::RankingKind, theme: &str) -> bool {
    let listed = clients.gaps().list_gaps(portfolio::ListGapsRequest { kind: kind.into() }).await;
    listed.is_ok_and(|listed| listed.into_inner().gaps.iter().any(|gap| gap.theme == theme))
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_subject_of_its_own_emerges_and_counts_officially_once_it_is_approved(#[case] engine: Engine) {
    let Some(mut partnership) = Partnership::start(engine).await else { return };
    let clients = partnership.clients().clone();
    model::load(&clients).await;
    say_it(&clients).await;
    let name = format!("codebooks/{CODEBOOK}");
    until("the first run, which nobody asked for", async || {
        let asked = themes::GetDiscoveryRequest { name: name.clone() };
        let discovery = clients.emerging().get_discovery(asked).await.ok()?.into_inner();
        (discovery.runs > 0 && discovery.state() == themes::DiscoveryState::Idle).then_some(())
    })
    .await;
    // The second one would come in five minutes.
    let run = themes::RunDiscoveryRequest { name: name.clone(), ..Default::default() };
    let made = clients.emerging().run_discovery(run).await.unwrap().into_inner().made;
    let theme = made.first().expect("a theme emerged").clone();
    let emerging = until("who raises it", async || {
        let list = themes::ListEmergingThemesRequest { parent: name.clone(), ..Default::default() };
        let listed = clients.emerging().list_emerging_themes(list).await.ok()?.into_inner().themes;
        listed.into_iter().find(|found| found.organisations.len() == 3)
    })
    .await;
    assert!(emerging.exemplars.iter().all(|mention| !mention.text.is_empty()), "{emerging:#?}");
    until("the provisional gap", async || {
        is_gap(&clients, portfolio::RankingKind::Provisional, &theme).await.then_some(())
    })
    .await;
    assert!(!is_gap(&clients, portfolio::RankingKind::Official, &theme).await);

    let reason = "Councils do say so.".to_owned();
    let approve = themes::ApproveThemeRequest { name: theme.clone(), reason, ..Default::default() };
    clients.themes().approve_theme(approve).await.unwrap();
    until("the official gap", async || {
        is_gap(&clients, portfolio::RankingKind::Official, &theme).await.then_some(())
    })
    .await;
    tokio::time::timeout(Duration::from_secs(60), partnership.stop()).await.unwrap();
}
