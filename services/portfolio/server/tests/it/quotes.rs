use std::time::Duration;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::Role;
use soundings_chassis::Lifecycle;
use soundings_portfolio_domain::Kind::Official;
use soundings_proto::{
    portfolio::v1 as proto,
    themes::v1::{ListMentionsRequest, ThemeState::Approved},
};

use crate::{
    nats::{organisation, signal, theme},
    setup::{
        Client,
        Engine::{self, Postgres, Sqlite},
        Ground, World, item,
    },
    themes::{
        Answer::{Fault, Silence, Words},
        Themes,
    },
};

/// The first revision, where EDH alone has answered.
async fn world(ground: &Ground) -> World {
    let world = ground.furnished().await;
    let mut events = ["ABD", "HLD", "SHN", "WSM"].map(organisation).to_vec();
    events.push(signal("EDH", 1, 8, &[("T1", 8)]));
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    world
}

/// Four raise T1, GLG the most; ABD answers without raising it, and EDH takes it back.
async fn councils_speak(ground: &Ground, world: &World) {
    let events = [
        signal("WSM", 1, 8, &[("T1", 1)]),
        signal("SHN", 1, 8, &[("T1", 2)]),
        signal("ORK", 1, 8, &[("T1", 4)]),
        signal("GLG", 1, 8, &[("T1", 8)]),
        signal("ABD", 1, 8, &[("T2", 8)]),
        signal("EDH", 2, 8, &[]),
    ];
    ground.nats.publish(&events).await;
    world.settled(&events).await;
}

/// Why an item moved in the official ranking since a revision.
async fn why(mut client: Client, id: &str, from_revision: i64) -> proto::MoveExplanation {
    let work_item = format!("workItems/{id}");
    let request = proto::ExplainMoveRequest { work_item, from_revision, ..Default::default() };
    client.explain_move(request).await.unwrap().into_inner()
}

/// Organisations and words of every quote.
fn quotes(explanation: &proto::MoveExplanation) -> Vec<(&str, &str)> {
    let themes = explanation.parts.iter().flat_map(|part| &part.themes);
    themes.flat_map(|theme| &theme.quotes).map(|q| (q.organisation.as_str(), q.text.as_str())).collect()
}

/// The explanation as it is without quotes.
fn without_quotes(mut explanation: proto::MoveExplanation) -> proto::MoveExplanation {
    for theme in explanation.parts.iter_mut().flat_map(|part| &mut part.themes) {
        theme.quotes.clear();
    }
    explanation
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn those_who_raised_a_theme_anew_are_quoted(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = world(&ground).await;
    let before = world.ranking(Official, 0).await.unwrap().revision;
    councils_speak(&ground, &world).await;
    for id in ["ABD", "EDH", "WSM"] {
        themes.answer("T1", id, Words("Nobody asks for this."));
    }
    themes.answer("T1", "GLG", Words("Buy licences together."));
    themes.answer("T1", "ORK", Words("One contract for all of us."));
    themes.answer("T1", "SHN", Words("Costs.||Share the costs of it all.|Share the costs of everything."));

    let explanation = why(world.analyst(), "B", before).await;
    let quoted = explanation.parts[0].themes[0].quotes.clone();
    let said = [
        ("GLG", "Buy licences together."),
        ("ORK", "One contract for all of us."),
        ("SHN", "Share the costs of it all."),
    ];
    let expected = said.map(|(id, text)| proto::Quote {
        organisation: format!("organisations/{id}"),
        response: format!("surveys/s/responses/of-{id}"),
        text: text.to_owned(),
    });
    assert_eq!((quoted.as_slice(), quotes(&explanation).len()), (&expected[..], 3));
    // The service asks in its own name, for the statements of each that fit best, and quotes the first that tells something.
    let asked = themes.asked();
    assert!(asked.iter().all(|(who, _)| who.subject == "service:portfolio" && who.roles == [Role::Service]));
    let asked: Vec<_> = asked.into_iter().map(|(_, request)| request).collect();
    let one_of = |id: &str| ListMentionsRequest {
        parent: "codebooks/c".into(),
        theme: "codebooks/c/themes/T1".into(),
        organisation: format!("organisations/{id}"),
        page_size: 5,
        best_first: true,
        ..Default::default()
    };
    assert_eq!(asked, ["GLG", "ORK", "SHN"].map(one_of));

    // Words that were withdrawn meanwhile are not quoted, and who may not see quotes causes no question.
    themes.answer("T1", "ORK", Words(""));
    let fewer = why(world.manager(), "B", before).await;
    assert_eq!(
        quotes(&fewer).into_iter().map(|(id, _)| id).collect::<Vec<_>>(),
        ["organisations/GLG", "organisations/SHN"]
    );
    themes.asked();
    assert_eq!(quotes(&why(world.respondent(), "B", before).await), []);
    assert_eq!(themes.asked(), []);
    world.stop().await;
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_explanation_comes_without_the_quotes_that_cannot_be_had(#[case] engine: Engine) {
    let Some(mut ground) = Ground::new(engine).await else { return };
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = world(&ground).await;
    let before = world.ranking(Official, 0).await.unwrap().revision;
    councils_speak(&ground, &world).await;
    themes.answer("T1", "GLG", Fault);
    themes.answer("T1", "ORK", Words("One contract for all of us."));
    themes.answer("T1", "SHN", Fault);
    let explanation = why(world.analyst(), "B", before).await;
    assert_eq!(quotes(&explanation), [("organisations/ORK", "One contract for all of us.")]);
    assert_eq!(themes.asked().len(), 3);

    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
    let alone = why(world.analyst(), "B", before).await;
    assert_eq!(alone, without_quotes(explanation));
    world.stop().await;
}

#[tokio::test]
async fn silence_keeps_an_explanation_waiting_once_however_many_themes_it_tells_of() {
    let mut ground = Ground::new(Sqlite).await.unwrap();
    let lifecycle = Lifecycle::new();
    let themes = Themes::start(&mut ground, &lifecycle).await;
    let world = world(&ground).await;
    let ids = ["T3", "T4", "T5", "T6", "T7", "T8"];
    let known = ids.map(|id| theme(id, 1, Approved));
    ground.nats.publish(&known).await;
    world.settled(&known).await;
    let linked = item("M", 50, &ids.map(|id| (id, 160)));
    let request = proto::ApplyPortfolioRequest { work_items: vec![linked], ..Default::default() };
    world.manager().apply_portfolio(request).await.unwrap();
    world.ranked().await;
    let before = world.ranking(Official, 0).await.unwrap().revision;
    let all = ids.map(|id| (id, 8));
    let events = [signal("GLG", 1, 8, &all), signal("ORK", 1, 8, &all)];
    ground.nats.publish(&events).await;
    world.settled(&events).await;

    for id in ids {
        themes.answer(id, "GLG", Silence);
        themes.answer(id, "ORK", Silence);
    }
    themes.answer("T3", "GLG", Words("Buy licences together."));
    let explanation = why(world.analyst(), "M", before).await;
    assert_eq!(quotes(&explanation), [("organisations/GLG", "Buy licences together.")]);
    assert_eq!(explanation.parts[0].themes.len(), 7, "six themes, and the share that none is linked to");
    world.stop().await;
    // A question that nobody waits for any more does not keep the themes service from stopping.
    lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
}
