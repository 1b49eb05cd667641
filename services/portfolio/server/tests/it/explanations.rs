use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_access::{Role, permissions::SEE_ORGANISATIONS};
use soundings_mailbox::Envelope;
use soundings_portfolio_domain::Kind::{self, Official, Provisional};
use soundings_proto::{portfolio::v1 as proto, themes::v1::ThemeState};
use tonic::{Code, Status};

use crate::{
    nats::{organisation, signal, theme},
    setup::{
        Client,
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, code, fields, item, model, order,
    },
};

fn question(id: &str, kind: Kind, from: i64, to: i64) -> proto::ExplainMoveRequest {
    proto::ExplainMoveRequest {
        work_item: format!("workItems/{id}"),
        kind: as_proto(kind),
        from_revision: from,
        to_revision: to,
    }
}

/// Why an item moved in the official ranking.
async fn why(mut client: Client, id: &str, from: i64, to: i64) -> Result<proto::MoveExplanation, Status> {
    Ok(client.explain_move(question(id, Official, from, to)).await?.into_inner())
}

/// Every level adds up to the one above it, to the last digit, and the largest parts come first.
fn adds_up(explanation: &proto::MoveExplanation) {
    let proto::MoveExplanation { value_before, value_after, parts, .. } = explanation;
    assert_eq!(
        parts.iter().map(|part| part.delta).sum::<i64>(),
        value_after - value_before,
        "{explanation:#?}"
    );
    assert!(parts.is_sorted_by_key(|part| std::cmp::Reverse(part.delta.unsigned_abs())), "{explanation:#?}");
    for part in parts {
        match part.criterion.as_str() {
            "criteria/demand" => {
                let themes: i64 = part.themes.iter().map(|theme| theme.delta).sum();
                assert_eq!(themes, part.delta, "{part:#?}");
            }
            _ => assert_eq!(part.themes, [], "only demand comes of themes"),
        }
        for theme in part.themes.iter().filter(|theme| !theme.theme.is_empty()) {
            let organisations: i64 = theme.organisations.iter().map(|organisation| organisation.delta).sum();
            assert_eq!(organisations, theme.delta, "{theme:#?}");
        }
    }
}

/// What an organisation said, as its part of the move of the only theme shows it.
fn said(explanation: &proto::MoveExplanation, organisation: &str) -> (i64, i64, i64, i64) {
    let name = format!("organisations/{organisation}");
    let themes = explanation.parts.iter().flat_map(|part| &part.themes);
    let mut parts = themes.flat_map(|theme| &theme.organisations).filter(|part| part.organisation == name);
    let part = parts.next().unwrap();
    assert_eq!((parts.next(), part.display_name.clone()), (None, format!("{organisation} Council")));
    (part.raised_before, part.answered_before, part.raised_after, part.answered_after)
}

impl World {
    /// An event came, and both rankings count it.
    async fn hear(&self, ground: &Ground, event: Envelope) {
        let events = [event];
        ground.nats.publish(&events).await;
        self.settled(&events).await;
    }

    /// A work item was made or changed, and both rankings count it.
    async fn put(&self, work_item: proto::WorkItem) {
        let request = proto::ApplyPortfolioRequest { work_items: vec![work_item], ..Default::default() };
        self.manager().apply_portfolio(request).await.unwrap();
        self.ranked().await;
    }

    /// A work item is gone from both rankings.
    async fn delete(&self, id: &str) {
        let request = proto::DeleteWorkItemRequest { name: format!("workItems/{id}"), ..Default::default() };
        self.manager().delete_work_item(request).await.unwrap();
        self.ranked().await;
    }

    /// Fit weighs this much from here on.
    async fn weigh_fit(&self, swing: i64) {
        let mut criteria = model().criteria;
        criteria[1].swing = swing;
        let request = proto::ApplyPortfolioRequest { criteria, ..Default::default() };
        self.manager().apply_portfolio(request).await.unwrap();
        self.ranked().await;
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_move_is_explained_down_to_what_each_organisation_said(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.hear(&ground, signal("GLG", 1, 4, &[("T1", 2)])).await;
    let from = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&from), ["A", "B", "C"]);
    // Thirds, so that every level has to round.
    world.hear(&ground, signal("ORK", 1, 3, &[("T1", 3), ("T2", 1)])).await;
    world.hear(&ground, signal("GLG", 2, 7, &[("T1", 6)])).await;
    let to = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&to), ["B", "A", "C"]);

    let rose = why(world.analyst(), "B", from.revision, 0).await.unwrap();
    adds_up(&rose);
    assert_eq!((rose.work_item.as_str(), rose.title.as_str()), ("workItems/B", "Item B"));
    assert_eq!((rose.from_revision, rose.to_revision), (from.revision, to.revision));
    assert_eq!((rose.rank_before, rose.rank_after), (2, 1));
    assert_eq!((rose.value_before, rose.value_after), (from.items[1].value, to.items[0].value));
    assert_eq!(
        (rose.overtook.as_slice(), rose.overtaken_by.as_slice()),
        (&["workItems/A".to_owned()][..], &[][..])
    );
    assert_eq!((rose.parts.len(), rose.parts[0].criterion.as_str()), (1, "criteria/demand"));
    let theme = &rose.parts[0].themes[0];
    assert_eq!((theme.theme.as_str(), theme.title.as_str()), ("codebooks/c/themes/T1", "Theme T1"));
    assert_eq!((theme.organisation_count, theme.quotes.len()), (2, 0));
    assert_eq!((said(&rose, "GLG"), said(&rose, "ORK")), ((2, 4, 6, 7), (0, 0, 3, 3)));
    for told in ["Item B rose from place 2 to 1", "The demand", "Theme T1", "2 organisation(s)"] {
        assert!(rose.summary.contains(told), "{told:?} is not in {:?}", rose.summary);
    }

    let fell = why(world.analyst(), "A", from.revision, 0).await.unwrap();
    adds_up(&fell);
    assert_eq!((fell.rank_before, fell.rank_after), (1, 2));
    assert_eq!(
        (fell.overtook.as_slice(), fell.overtaken_by.as_slice()),
        (&[][..], &["workItems/B".to_owned()][..])
    );
    assert!(fell.summary.starts_with("Item A fell from place 1 to 2. "), "{}", fell.summary);
    let stayed = why(world.analyst(), "C", from.revision, 0).await.unwrap();
    adds_up(&stayed);
    assert!(stayed.overtook.is_empty() && stayed.overtaken_by.is_empty());
    assert!(stayed.summary.starts_with("Item C stayed at place 3. "), "{}", stayed.summary);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn organisations_are_counted_for_everybody_and_named_for_some(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.hear(&ground, signal("GLG", 1, 4, &[("T1", 4)])).await;
    world.hear(&ground, signal("ORK", 1, 3, &[("T1", 1)])).await;
    let whole = why(world.analyst(), "B", 1, 0).await.unwrap();
    assert_eq!(whole.parts[0].themes[0].organisations.len(), 3, "two organisations, and that they are two");
    for role in SEE_ORGANISATIONS {
        assert_eq!(why(world.client("sam", &[*role]), "B", 1, 0).await.unwrap(), whole);
    }

    let mut counted = whole;
    for theme in counted.parts.iter_mut().flat_map(|part| &mut part.themes) {
        theme.organisations.clear();
    }
    assert_eq!(counted.parts[0].themes[0].organisation_count, 2);
    // An analyst who speaks for one organisation is not told what the others said.
    let bound = world.client("gail", &[Role::Analyst, Role::Respondent]);
    for client in [world.respondent(), world.client("service:web", &[Role::Service]), bound] {
        assert_eq!(why(client, "B", 1, 0).await.unwrap(), counted);
    }
    let shown = format!("{counted:?}");
    assert!(!shown.contains("GLG") && !shown.contains("ORK"), "{shown}");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn whatever_happened_in_between_the_parts_add_up(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.hear(&ground, signal("GLG", 1, 3, &[("T1", 1), ("T2", 2)])).await;
    world.hear(&ground, signal("ORK", 1, 7, &[("T1", 6)])).await;
    world.weigh_fit(70_001).await;
    world.put(item("D", 33, &[("T1", 333), ("T2", 333)])).await;
    world.hear(&ground, signal("EDH", 1, 11, &[("T1", 2), ("T2", 9)])).await;
    world.hear(&ground, theme("T2", 2, ThemeState::Approved)).await;
    world.delete("A").await;
    world.put(item("B", 61, &[("T1", 500), ("T2", 499)])).await;
    world.hear(&ground, signal("ORK", 2, 0, &[])).await;
    world.hear(&ground, theme("T2", 3, ThemeState::Retired)).await;
    world.weigh_fit(99_991).await;
    let mut analyst = world.analyst();
    for kind in [Official, Provisional] {
        let mut rankings = vec![proto::Ranking::default()];
        for revision in 1..=world.ranking(kind, 0).await.unwrap().revision {
            rankings.push(world.ranking(kind, revision).await.unwrap());
        }
        assert!(rankings.len() > 9, "{kind:?}: {} revisions", rankings.len());
        // From nothing to the first, from each to the next, and from the first to each.
        let steps = (1..rankings.len()).map(|to| (to - 1, to));
        for (from, to) in steps.chain((3..rankings.len()).map(|to| (1, to))) {
            for id in ["A", "B", "C", "D"] {
                let place = |at: &proto::Ranking| {
                    at.items.iter().find(|i| i.work_item.ends_with(id)).map(|i| (i.rank, i.value))
                };
                let (was, is) = (place(&rankings[from]), place(&rankings[to]));
                let asked = question(id, kind, from as i64, to as i64);
                let explained = analyst.explain_move(asked).await.map(tonic::Response::into_inner);
                if was.is_none() && is.is_none() {
                    assert_eq!(code(explained), Code::NotFound, "{kind:?}, {from} to {to}, {id}");
                    continue;
                }
                let explanation = explained.unwrap();
                adds_up(&explanation);
                let told = (explanation.rank_before, explanation.value_before);
                assert_eq!(told, was.unwrap_or_default(), "{explanation:#?}");
                let told = (explanation.rank_after, explanation.value_after);
                assert_eq!(told, is.unwrap_or_default(), "{explanation:#?}");
            }
        }
    }
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_is_new_or_gone_or_weighed_anew_is_told_as_such(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    // Nothing stands before the first revision, so everything in it is new.
    let first = why(world.analyst(), "B", 0, 1).await.unwrap();
    assert_eq!(why(world.analyst(), "B", 0, 0).await.unwrap(), first);
    adds_up(&first);
    assert_eq!((first.from_revision, first.to_revision), (0, 1));
    assert_eq!((first.rank_before, first.value_before, first.rank_after), (0, 0, 2));
    assert!(first.summary.starts_with("Item B is new, at place 2. "), "{}", first.summary);

    world.put(item("D", 100, &[])).await;
    let new = why(world.analyst(), "D", 0, 0).await.unwrap();
    adds_up(&new);
    assert_eq!((new.from_revision, new.to_revision, new.rank_before, new.rank_after), (1, 2, 0, 1));
    assert!(new.summary.starts_with("Item D is new, at place 1. "), "{}", new.summary);
    let passed_by_nobody = why(world.analyst(), "A", 1, 2).await.unwrap();
    assert_eq!((passed_by_nobody.rank_before, passed_by_nobody.rank_after), (1, 2));
    assert_eq!(passed_by_nobody.overtaken_by, [""; 0], "who was not there overtook nobody");
    assert!(
        passed_by_nobody.summary.contains("Its own value did not change"),
        "{}",
        passed_by_nobody.summary
    );

    world.delete("D").await;
    let gone = why(world.analyst(), "D", 2, 3).await.unwrap();
    adds_up(&gone);
    assert_eq!((gone.rank_before, gone.rank_after, gone.value_after), (1, 0, 0));
    assert_eq!(gone.parts.iter().map(|part| -part.delta).sum::<i64>(), new.value_after);
    assert!(gone.summary.starts_with("Item D is gone. "), "{}", gone.summary);
    assert_eq!(code(why(world.analyst(), "D", 1, 3).await), Code::NotFound, "neither has it");

    world.hear(&ground, signal("GLG", 1, 3, &[("T1", 1)])).await;
    world.put(item("E", 5, &[("T1", 1000)])).await;
    world.weigh_fit(0).await;
    let weighed = why(world.analyst(), "B", 0, 0).await.unwrap();
    adds_up(&weighed);
    let parts: Vec<&str> = weighed.parts.iter().map(|part| part.criterion.as_str()).collect();
    assert_eq!(parts, ["criteria/fit", "criteria/demand"]);
    assert!(weighed.parts[0].delta < 0 && weighed.parts[1].delta > 0, "{weighed:#?}");
    assert_eq!(weighed.parts[1].themes[0].organisation_count, 0, "nobody said anything new");
    let demanded = why(world.analyst(), "E", 0, 0).await.unwrap();
    adds_up(&demanded);
    assert_eq!(demanded.parts[0].criterion, "criteria/demand");
    assert!(
        demanded.summary.contains("Theme T1") && !demanded.summary.contains("0 organisation"),
        "{}",
        demanded.summary
    );
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_people_decided_is_told_as_theirs(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    world.hear(&ground, signal("GLG", 1, 4, &[("T1", 4)])).await;
    let from = world.ranking(Official, 0).await.unwrap().revision;
    world.put(item("B", 60, &[("T1", 200)])).await;
    let linked = why(world.analyst(), "B", from, 0).await.unwrap();
    adds_up(&linked);
    let parts = &linked.parts[0].themes.iter().find(|theme| !theme.theme.is_empty()).unwrap().organisations;
    let told: Vec<_> = parts.iter().map(|p| (p.organisation.as_str(), p.display_name.as_str())).collect();
    assert_eq!(told, [("", "its link to the theme")]);
    assert!(linked.summary.contains(", by its link to the theme."), "{}", linked.summary);

    // One more answered, which is not why: the theme no longer counts.
    let events = [signal("GLG", 2, 4, &[("T1", 3)]), theme("T1", 2, ThemeState::Retired)];
    let from = world.ranking(Official, 0).await.unwrap().revision;
    ground.nats.publish(&events).await;
    world.settled(&events).await;
    let retired = why(world.analyst(), "B", from, 0).await.unwrap();
    adds_up(&retired);
    assert!(retired.summary.contains(", by the theme's state."), "{}", retired.summary);

    world.hear(&ground, theme("T1", 3, ThemeState::Approved)).await;
    let from = world.ranking(Official, 0).await.unwrap().revision;
    world.weigh_fit(0).await;
    let weighed = why(world.analyst(), "A", from, 0).await.unwrap();
    adds_up(&weighed);
    let weighed = why(world.analyst(), "B", from, 0).await.unwrap();
    adds_up(&weighed);
    let demand = weighed.parts.iter().find(|part| part.criterion == "criteria/demand").unwrap();
    let theme = demand.themes.iter().find(|theme| !theme.theme.is_empty()).unwrap();
    assert_eq!(theme.organisations[0].display_name, "the weights of the criteria");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn an_item_that_rises_while_its_value_falls_is_said_to_have_lost_less(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let from = world.ranking(Official, 0).await.unwrap().revision;
    let signals = ["EDH", "GLG", "ORK"].map(|id| signal(id, 1, 3, &[("T1", 1)]));
    ground.nats.publish(&signals).await;
    world.settled(&signals).await;
    let rose = why(world.analyst(), "B", from, 0).await.unwrap();
    assert!(rose.value_after < rose.value_before && rose.rank_after < rose.rank_before, "{rose:#?}");
    assert!(rose.summary.ends_with(" The item that it overtook lost more."), "{}", rose.summary);
    let fell = why(world.analyst(), "A", from, 0).await.unwrap();
    assert!(!fell.summary.contains("overtook"), "{}", fell.summary);
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn that_word_of_a_theme_came_late_is_no_cause_of_a_move(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    // The model is ranked before the themes are heard of.
    let councils = ["EDH", "GLG", "ORK"].map(organisation);
    ground.nats.publish(&councils).await;
    world.taken_in(&councils).await;
    world.manager().apply_portfolio(model()).await.unwrap();
    world.ranked().await;
    let first = world.ranking(Official, 0).await.unwrap().revision;
    let themes = [theme("T1", 1, ThemeState::Approved), theme("T2", 1, ThemeState::Approved)];
    ground.nats.publish(&themes).await;
    world.taken_in(&themes).await;
    let answers = [signal("GLG", 1, 4, &[("T1", 4)])];
    ground.nats.publish(&answers).await;
    world.settled(&answers).await;
    let found = why(world.analyst(), "B", first, 0).await.unwrap();
    adds_up(&found);
    let through = found.parts.iter().flat_map(|part| &part.themes).find(|theme| theme.theme.ends_with("T1"));
    let causes: Vec<&str> =
        through.unwrap().organisations.iter().map(|one| one.display_name.as_str()).collect();
    assert_eq!(causes, ["GLG Council", "the number of organisations that answered"], "{found:#?}");
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_question_that_has_no_answer_says_why(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    assert_eq!(code(why(world.analyst(), "A", 0, 0).await), Code::NotFound, "there is no revision yet");
    world.stop().await;
    let world = ground.furnished().await;
    world.put(item("A", 20, &[])).await;
    for (from, to) in [(2, 1), (2, 2), (3, 0), (99, 2)] {
        assert_eq!(fields(why(world.analyst(), "A", from, to).await), ["from_revision"], "{from} to {to}");
    }
    for (from, to) in [(0, 99), (1, 3), (-1, 2), (0, -1)] {
        assert_eq!(code(why(world.analyst(), "A", from, to).await), Code::NotFound, "{from} to {to}");
    }
    assert_eq!(code(why(world.analyst(), "Z", 0, 0).await), Code::NotFound);
    let mut analyst = world.analyst();
    let mut asked = question("A", Official, 0, 0);
    asked.work_item = "A".into();
    assert_eq!(fields(analyst.explain_move(asked).await), ["work_item"]);
    world.stop().await;
}
