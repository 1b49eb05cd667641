//! What people decide on themes and links, and what it makes of demand.
use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_mailbox::Envelope;
use soundings_portfolio_domain::{Kind::Official, ONE};
use soundings_proto::{
    portfolio::v1::{
        self as proto, documents_service_client::DocumentsServiceClient, render_document_response::Part,
    },
    themes::v1::{NeedStatus, Scope, ThemeState},
};

use crate::{
    nats::{stances, theme, theme_with},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, fields, until,
    },
};

const T1: &str = "codebooks/c/themes/T1";
const T2: &str = "codebooks/c/themes/T2";

/// Every organisation answers so.
async fn hear(world: &World, ground: &Ground, sequence: i64, raised: &[(&str, i64, i64)]) {
    let heard = ["EDH", "GLG", "ORK"].map(|id| stances(id, sequence, 4, raised));
    ground.nats.publish(&heard).await;
    world.settled(&heard).await;
}

async fn decide(world: &World, ground: &Ground, event: Envelope) {
    let events = [event];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
}

async fn demand(world: &World, id: &str) -> i64 {
    place(world, id).await.demand
}

async fn place(world: &World, id: &str) -> proto::RankedItem {
    let ranking = world.ranking(Official, 0).await.unwrap();
    ranking.items.into_iter().find(|item| item.work_item == format!("workItems/{id}")).unwrap()
}

async fn why(world: &World, id: &str) -> proto::MoveExplanation {
    let question = proto::ExplainMoveRequest {
        work_item: format!("workItems/{id}"),
        kind: as_proto(Official),
        ..Default::default()
    };
    world.analyst().explain_move(question).await.unwrap().into_inner()
}

/// The parts of an item's value that come through a theme.
async fn themes_of(world: &World, id: &str) -> Vec<proto::ThemeScore> {
    let request = proto::ExplainScoreRequest {
        work_item: format!("workItems/{id}"),
        kind: as_proto(Official),
        ..Default::default()
    };
    let explained = world.analysis(Role::Analyst, None).explain_score(request).await.unwrap().into_inner();
    assert_eq!(explained.parts.iter().map(|part| part.part).sum::<i64>(), explained.value);
    let demand = explained.parts.into_iter().find(|part| part.criterion == "criteria/demand").unwrap();
    assert_eq!(demand.themes.iter().map(|theme| theme.part).sum::<i64>(), demand.part);
    demand.themes
}

/// What GLG is told.
async fn receipt(world: &World) -> String {
    let mut client = DocumentsServiceClient::new(world.authorised("ana", &[Role::Analyst]));
    let request = proto::RenderDocumentRequest {
        kind: proto::DocumentKind::Receipt.into(),
        format: proto::DocumentFormat::Markdown.into(),
        organisation: "organisations/GLG".into(),
        ..Default::default()
    };
    let mut stream = client.render_document(request).await.unwrap().into_inner();
    let mut text = Vec::new();
    while let Some(piece) = stream.message().await.unwrap() {
        if let Some(Part::Chunk(chunk)) = piece.part {
            text.extend(chunk);
        }
    }
    String::from_utf8(text).unwrap()
}

fn link(id: &str, theme: &str, strength: i32) -> proto::SetThemeLinkRequest {
    proto::SetThemeLinkRequest {
        work_item: format!("workItems/{id}"),
        theme: theme.into(),
        strength,
        ..Default::default()
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_link_follows_its_theme_where_it_was_merged_and_back(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    hear(&world, &ground, 1, &[("T1", 4, 0)]).await;
    // C answers T2 alone, which is not signed off: nobody asks for it officially.
    let before = place(&world, "C").await;
    assert_eq!(before.organisations_behind, 0);
    let merged = theme_with("T2", 2, ThemeState::Retired, |theme| theme.merged_into = T1.into());
    decide(&world, &ground, merged).await;
    let after = place(&world, "C").await;
    // (3 · 1 + 2)/(3 + 4), rounded.
    assert_eq!((after.demand, after.organisations_behind), (714_285_714_286, 3));
    let told = why(&world, "C").await;
    let part = &told.parts[0].themes[0];
    assert_eq!((part.theme.as_str(), part.goes_to.as_str()), (T2, T1));
    assert_eq!(part.title, "Theme T2 (merged into Theme T1)");
    let causes: Vec<_> = part.organisations.iter().map(|part| part.display_name.as_str()).collect();
    assert_eq!(causes, ["the theme being merged into “Theme T1”"]);
    assert!(told.summary.contains("by the theme being merged into “Theme T1”"), "{}", told.summary);
    let parts = themes_of(&world, "C").await;
    assert_eq!((parts[0].theme.as_str(), parts[0].goes_to.as_str()), (T2, T1));
    let gaps = world.gaps(Official).await;
    assert!(gaps.iter().all(|gap| gap.work_item != "workItems/C"), "{gaps:#?}");
    let told = receipt(&world).await;
    assert!(told.contains("Item C") && told.contains("100 %"), "{told}");

    let refused = world.manager().set_theme_link(link("A", T2, 100)).await;
    assert!(refused.unwrap_err().message().contains("was merged; link codebooks/c/themes/T1"));
    decide(&world, &ground, theme("T2", 3, ThemeState::Proposed)).await;
    assert_eq!(place(&world, "C").await.demand, before.demand);
    let told = why(&world, "C").await;
    let part = &told.parts[0].themes[0].organisations[0];
    assert_eq!(part.display_name, "the theme's merge being undone");
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_is_met_or_out_of_scope_is_heard_and_lifts_nothing(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    hear(&world, &ground, 1, &[("T1", 4, 0)]).await;
    let unmet = demand(&world, "B").await;
    let need = |sequence, need: NeedStatus| {
        theme_with("T1", sequence, ThemeState::Approved, |theme| theme.need = need.into())
    };
    decide(&world, &ground, need(2, NeedStatus::PartlyMet)).await;
    let partly = demand(&world, "B").await;
    assert_eq!(themes_of(&world, "B").await[0].need_weight, 500);
    assert!(receipt(&world).await.contains("a part of this need already"));
    decide(&world, &ground, need(3, NeedStatus::Met)).await;
    // As of a theme that nobody raised, 2/7, and not less.
    assert_eq!(demand(&world, "B").await, 285_714_285_714);
    assert!(unmet > partly && partly > 285_714_285_714, "{unmet} {partly}");
    let told = why(&world, "B").await;
    assert_eq!(told.parts[0].themes[0].organisations[0].display_name, "how far the theme's need is met");
    assert!(receipt(&world).await.contains("This need is met already"));

    let out = theme_with("T1", 4, ThemeState::Approved, |theme| theme.scope = Scope::Out.into());
    decide(&world, &ground, out).await;
    assert_eq!(place(&world, "B").await.organisations_behind, 0);
    let told = receipt(&world).await;
    assert!(told.contains("Theme T1 (4 respondents): out of scope"), "{told}");
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_link_says_how_mentions_are_read_and_how_sure_it_is(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    hear(&world, &ground, 1, &[("T1", 4, 3)]).await;
    let raised = place(&world, "B").await;
    let set = proto::SetThemeLinkRequest {
        confidence: Some(600),
        reading: proto::LinkReading::Stance.into(),
        ..link("B", T1, 900)
    };
    let item = world.manager().set_theme_link(set).await.unwrap().into_inner();
    assert_eq!((item.links[0].confidence, item.links[0].reading()), (Some(600), proto::LinkReading::Stance));
    world.ranked().await;
    // Of each organisation's four, three speak against and one for: (3 · -½ + 2)/7, at a strength of 0.9.
    let stance = place(&world, "B").await;
    assert_eq!((stance.demand, stance.organisations_behind), (92_857_142_858, 0));
    assert!(stance.demand < raised.demand && stance.demand_high > 0.36, "{stance:?}");
    let parts = themes_of(&world, "B").await;
    assert_eq!(parts[0].reading(), proto::LinkReading::Stance);
    assert_eq!(parts[0].organisations[0].against, 3);

    // What is not given stays as it is.
    let item = world.manager().set_theme_link(link("B", T1, 1000)).await.unwrap().into_inner();
    assert_eq!((item.links[0].confidence, item.links[0].reading()), (Some(600), proto::LinkReading::Stance));
    let against = proto::SetThemeLinkRequest {
        reading: proto::LinkReading::Against.into(),
        confidence: Some(1000),
        ..link("B", T1, 1000)
    };
    world.manager().set_theme_link(against).await.unwrap();
    world.ranked().await;
    // (2 - 3)/7 is said; 0 is counted, and told as a part of its own.
    let clipped = place(&world, "B").await;
    assert_eq!(clipped.demand, 0);
    assert!(clipped.values.iter().any(|value| value.clipped && value.criterion == "criteria/demand"));
    let parts = themes_of(&world, "B").await;
    let clip = parts.iter().find(|part| part.theme.is_empty()).unwrap();
    assert_eq!(
        (clip.title.as_str(), clip.part),
        ("what was said against it beyond what takes demand to 0", ONE * 2 / 21)
    );
    let told = receipt(&world).await;
    assert!(told.contains("a complaint that counts against Item B"), "{told}");
    let history = proto::ListWorkItemChangesRequest { work_item: "workItems/B".into(), ..Default::default() };
    let changes = world.manager().list_work_item_changes(history).await.unwrap().into_inner().changes;
    let changed: Vec<_> = changes[0].fields.iter().map(|field| field.field.as_str()).collect();
    assert_eq!(changed, [format!("links.{T1}.confidence"), format!("links.{T1}.reading")]);

    // How sure a link is makes a revision, though it moves no place.
    let before = world.ranking(Official, 0).await.unwrap();
    let doubted = proto::SetThemeLinkRequest { confidence: Some(0), ..link("C", T2, 500) };
    world.manager().set_theme_link(doubted).await.unwrap();
    let after = until("a revision", async || {
        let now = world.ranking(Official, 0).await.unwrap();
        (now.revision > before.revision).then_some(now)
    })
    .await;
    let places = |ranking: &proto::Ranking| -> Vec<_> {
        ranking.items.iter().map(|item| (item.work_item.clone(), item.rank, item.value)).collect()
    };
    assert_eq!(places(&after), places(&before));
    let unsure = proto::SetThemeLinkRequest { confidence: Some(1001), ..link("B", T1, 1000) };
    assert_eq!(fields(world.manager().set_theme_link(unsure).await), ["workItems/B.links"]);
    let impossible = [stances("GLG", 2, 4, &[("T1", 1, 2)])];
    ground.nats.publish(&impossible).await;
    hear(&world, &ground, 3, &[("T1", 0, 0)]).await;
    // A complaint that nobody makes moves nothing.
    assert_eq!(demand(&world, "B").await, demand(&world, "A").await);
    world.verify_all().await;
    world.stop().await;
}
