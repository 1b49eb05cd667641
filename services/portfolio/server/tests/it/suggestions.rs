use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::Lifecycle;
use soundings_proto::{
    portfolio::v1::{self as proto, link_suggestion_service_client::LinkSuggestionServiceClient},
    themes::v1::ThemeState::{Approved, Retired},
};
use tonic::Code;

use crate::{
    nats::theme,
    setup::{
        Authorised,
        Engine::{self, Postgres, Sqlite},
        Ground, World, code, fields,
    },
    themes::Themes,
};

type Client = LinkSuggestionServiceClient<Authorised>;

fn client(world: &World, subject: &str, role: Role) -> Client {
    LinkSuggestionServiceClient::new(world.authorised(subject, &[role]))
}

fn all() -> proto::SuggestLinksRequest {
    proto::SuggestLinksRequest::default()
}

fn named(reply: &proto::SuggestLinksResponse) -> Vec<(&str, &str, i32)> {
    reply
        .suggestions
        .iter()
        .map(|s| {
            let theme = s.theme.trim_start_matches("codebooks/c/themes/");
            (s.work_item.trim_start_matches("workItems/"), theme, s.similarity_ppm)
        })
        .collect()
}

fn dismissal(item: &str, theme: &str, request_id: &str) -> proto::DismissSuggestionRequest {
    proto::DismissSuggestionRequest {
        work_item: format!("workItems/{item}"),
        theme: format!("codebooks/c/themes/{theme}"),
        reason: "it is about something else".into(),
        request_id: request_id.into(),
    }
}

/// The small model, a third theme that is approved and a fourth that is retired, and what themes finds near.
async fn world(ground: &Ground, themes: &Themes) -> World {
    let world = ground.furnished().await;
    let more = [theme("T3", 1, Approved), theme("T4", 1, Retired)];
    ground.nats.publish(&more).await;
    world.settled(&more).await;
    themes.near("Item A.", "T1", 400_000);
    themes.near("Item A.", "T3", 300_000);
    themes.near("Item A.", "T4", 900_000);
    themes.near("Item A.", "T9", 900_000);
    themes.near("Item B.", "T1", 800_000);
    themes.near("Item B.", "T3", 350_000);
    themes.near("Item C.", "T3", 200_000);
    world
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn links_that_may_be_are_suggested_confirmed_dismissed_and_suggested_again(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = world(&ground, &themes).await;
    let (mut ana, mut mia) =
        (client(&world, "ana", Role::Analyst), client(&world, "mia", Role::PortfolioManager));

    // B is linked to T1, T4 is retired, nobody knows T9, and C is near nothing.
    let found = ana.suggest_links(all()).await.unwrap().into_inner();
    assert_eq!(named(&found), [("A", "T1", 400_000), ("B", "T3", 350_000), ("A", "T3", 300_000)]);
    assert_eq!((found.left_out, found.dismissed, found.suggestions[1].strength_left), (0, 0, 100));
    let get = proto::GetWorkItemRequest { name: "workItems/A".into() };
    let a = world.manager().get_work_item(get).await.unwrap().into_inner();
    let first = &found.suggestions[0];
    assert_eq!(
        (&first.etag, &first.work_item_title, first.sentence.as_str()),
        (&a.etag, &a.title, "Item A.")
    );
    let asked = themes.matched();
    assert_eq!(asked.len(), 1, "items together");
    assert_eq!((asked[0].0.subject.as_str(), asked[0].1.floor_ppm), ("service:portfolio", 250_000));
    assert_eq!(asked[0].1.texts.len(), 3);

    // One is confirmed as people link, one dismissed: neither comes again, also after a restart.
    let link = proto::SetThemeLinkRequest {
        work_item: first.work_item.clone(),
        theme: first.theme.clone(),
        strength: 500,
        etag: first.etag.clone(),
        ..Default::default()
    };
    world.manager().set_theme_link(link).await.unwrap();
    let id = "0198f2a0-0000-7000-8000-00000000000a";
    let told = mia.dismiss_suggestion(dismissal("B", "T3", id)).await.unwrap().into_inner();
    assert_eq!((told.actor.as_str(), told.reason.as_str()), ("mia", "it is about something else"));
    assert_eq!(mia.dismiss_suggestion(dismissal("B", "T3", id)).await.unwrap().into_inner(), told);
    let mut ben = client(&world, "ben", Role::PortfolioManager);
    let again = ben.dismiss_suggestion(dismissal("B", "T3", "")).await.unwrap().into_inner();
    assert_eq!(again, told, "who dismissed it first is kept");
    assert_eq!(code(mia.dismiss_suggestion(dismissal("A", "T3", id)).await), Code::AlreadyExists);
    world.stop().await;
    let world = ground.start().await;
    let (mut ana, mut mia) =
        (client(&world, "ana", Role::Analyst), client(&world, "mia", Role::PortfolioManager));
    let rest = ana.suggest_links(all()).await.unwrap().into_inner();
    assert_eq!((named(&rest), rest.dismissed), (vec![("A", "T3", 300_000)], 1));
    let listed = ana.list_dismissed_suggestions(proto::ListDismissedSuggestionsRequest::default());
    assert_eq!(listed.await.unwrap().into_inner().suggestions, [told]);

    // What was dismissed can be taken back, once.
    let restore = proto::RestoreSuggestionRequest {
        work_item: "workItems/B".into(),
        theme: "codebooks/c/themes/T3".into(),
        ..Default::default()
    };
    mia.restore_suggestion(restore.clone()).await.unwrap();
    assert_eq!(code(mia.restore_suggestion(restore).await), Code::NotFound);
    let one = proto::SuggestLinksRequest { work_item: "workItems/B".into(), most: 1, ..all() };
    let of_one = ana.suggest_links(one).await.unwrap().into_inner();
    assert_eq!((named(&of_one), of_one.dismissed), (vec![("B", "T3", 350_000)], 0));
    let lower = proto::SuggestLinksRequest { floor_ppm: 100_000, most: 2, ..all() };
    let lower = ana.suggest_links(lower).await.unwrap().into_inner();
    assert_eq!((lower.suggestions.len(), lower.left_out), (2, 1));
    world.stop().await;
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_cannot_be_suggested_or_dismissed_is_refused_by_name(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = world(&ground, &themes).await;
    let mut mia = client(&world, "mia", Role::PortfolioManager);
    let ask = |work_item: &str, codebook: &str| proto::SuggestLinksRequest {
        work_item: work_item.into(),
        codebook: codebook.into(),
        ..all()
    };
    assert_eq!(code(mia.suggest_links(ask("workItems/X", "")).await), Code::NotFound);
    assert_eq!(code(mia.suggest_links(ask("", "codebooks/no")).await), Code::NotFound);
    assert_eq!(fields(mia.suggest_links(ask("A", "")).await), ["work_item"]);
    assert_eq!(fields(mia.suggest_links(ask("", "c")).await), ["codebook"]);
    let bad = proto::SuggestLinksRequest { floor_ppm: -1, ..all() };
    assert_eq!(fields(mia.suggest_links(bad).await), ["floor_ppm"]);
    let bad = proto::SuggestLinksRequest { most: 1_001, ..all() };
    assert_eq!(fields(mia.suggest_links(bad).await), ["most"]);
    assert_eq!(code(mia.dismiss_suggestion(dismissal("X", "T3", "")).await), Code::NotFound);
    assert_eq!(code(mia.dismiss_suggestion(dismissal("A", "T9", "")).await), Code::NotFound);
    assert_eq!(code(mia.dismiss_suggestion(dismissal("B", "T1", "")).await), Code::FailedPrecondition);
    let long = proto::DismissSuggestionRequest { reason: "é".repeat(501), ..dismissal("A", "T3", "") };
    assert_eq!(fields(mia.dismiss_suggestion(long).await), ["reason"]);
    let mut rob = client(&world, "rob", Role::Respondent);
    assert_eq!(code(rob.suggest_links(all()).await), Code::PermissionDenied);
    let mut ana = client(&world, "ana", Role::Analyst);
    assert_eq!(code(ana.dismiss_suggestion(dismissal("A", "T3", "")).await), Code::PermissionDenied);
    // Without themes nothing is suggested, and that is said.
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
    assert_eq!(code(mia.suggest_links(all()).await), Code::Unavailable);
    world.stop().await;
}
