use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_portfolio_domain::Kind::{self, Official, Provisional};
use soundings_proto::{portfolio::v1 as proto, themes::v1::ThemeState};
use tonic::Code;

use crate::{
    nats::{again, partnership, signal, theme},
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground, World, as_proto, code, item, model, order, until,
    },
};

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn nothing_is_ranked_before_somebody_is_there_to_be_ranked_for(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    assert_eq!(code(world.ranking(Official, 0).await), Code::NotFound);
    world.manager().apply_portfolio(model()).await.unwrap();
    let events = partnership();
    let (organisations, themes) = events.split_at(3);
    ground.nats.publish(themes).await;
    until("themes", async || (world.inputs().await.0.themes.len() == 2).then_some(())).await;
    assert_eq!(code(world.ranking(Official, 0).await), Code::NotFound);
    ground.nats.publish(organisations).await;
    world.settled(organisations).await;
    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!((ranking.revision, order(&ranking)), (1, vec!["A", "B", "C"]));
    assert_eq!(ranking.name, "rankings/official/revisions/1");
    assert_eq!(
        (ranking.portfolios[0].standing, ranking.portfolios[0].best_item.as_str()),
        (1, "workItems/A")
    );
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_councils_say_moves_the_ranking_and_subscribers_hear_why(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let before = world.ranking(Official, 0).await.unwrap();
    let signals = [signal("GLG", 1, 4, &[("T1", 4)]), signal("ORK", 1, 1, &[("T1", 1), ("T2", 1)])];
    ground.nats.publish(&signals).await;
    world.settled(&signals).await;

    let ranking = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&ranking), ["B", "A", "C"]);
    assert_eq!((ranking.organisations, ranking.organisations_answered, ranking.respondents), (3, 2, 5));
    assert_eq!((ranking.items[0].previous_rank, ranking.items[0].organisations_behind), (2, 2));
    let old = world.ranking(Official, before.revision).await.unwrap();
    assert_eq!(old, before, "a revision never changes");

    let (event, change) = until("the event", async || {
        ground.nats.changed("official").await.filter(|(_, change)| change.digest == ranking.digest)
    })
    .await;
    assert_eq!(
        (event.sequence, event.ty.as_str()),
        (ranking.revision, "soundings.portfolio.ranking.changed.v1")
    );
    let b = change.movers.iter().find(|mover| mover.work_item == "workItems/B").unwrap();
    assert_eq!((b.rank_before, b.rank_after), (2, 1));
    let total: i64 = b.contributions.iter().map(|part| part.delta).sum();
    assert_eq!(total, b.value_after - b.value_before);
    assert_eq!(b.contributions[0].theme, "codebooks/c/themes/T1");
    assert!(change.movers.len() <= 50 && change.size.unwrap().kendall_tau_b < 1.0);
    // Organisations are counted, not named; what a revision counts for the first time is named by its signal only.
    let shown = format!("{:?}", change.movers);
    assert!(!shown.contains("GLG") && !shown.contains("ORK"), "{shown}");

    let current = until("the standing ranking", async || {
        ground.nats.current("official").await.filter(|current| current.digest == ranking.digest)
    })
    .await;
    assert_eq!(order(&current), order(&ranking));
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn a_theme_counts_provisionally_until_it_is_approved(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let signals = ["EDH", "GLG", "ORK"].map(|id| signal(id, 1, 5, &[("T2", 5)]));
    ground.nats.publish(&signals).await;
    world.settled(&signals).await;
    assert_eq!(order(&world.ranking(Provisional, 0).await.unwrap())[0], "C");
    assert_eq!(order(&world.ranking(Official, 0).await.unwrap())[0], "A");
    let approved = [theme("T2", 2, ThemeState::Approved)];
    ground.nats.publish(&approved).await;
    world.settled(&approved).await;
    let official = world.ranking(Official, 0).await.unwrap();
    assert_eq!(order(&official)[0], "C");
    let provisional = world.ranking(Provisional, 0).await.unwrap();
    assert_eq!(
        provisional.items.iter().map(|i| i.value).collect::<Vec<_>>(),
        official.items.iter().map(|i| i.value).collect::<Vec<_>>()
    );
    world.stop().await;
}

/// Numbers that look random and repeat with their seed.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn every_event_three_times_in_any_order_comes_to_the_same(#[case] engine: Engine) {
    let (Some(ground), Some(other)) = (Ground::new(engine).await, Ground::new(engine).await) else { return };
    let seed = 20;
    let mut numbers = Numbers(seed);
    let mut events = partnership();
    for sequence in 1..=12 {
        for id in ["EDH", "GLG", "ORK"] {
            let n = numbers.below(9) as i64;
            let raised = [("T1", (numbers.below(9) as i64).min(n)), ("T2", (numbers.below(9) as i64).min(n))];
            events.push(signal(id, sequence, n, &raised));
        }
    }
    let orderly = ground.start().await;
    orderly.manager().apply_portfolio(model()).await.unwrap();
    ground.nats.publish(&events).await;
    orderly.settled(&events).await;

    let mut thrice: Vec<_> =
        events.iter().flat_map(|event| [again(event), again(event), again(event)]).collect();
    numbers.shuffle(&mut thrice);
    let shuffled = other.start().await;
    shuffled.manager().apply_portfolio(model()).await.unwrap();
    other.nats.publish(&thrice).await;
    shuffled.settled(&events).await;
    let digests =
        |stands: Vec<(i64, String)>| stands.into_iter().map(|(_, digest)| digest).collect::<Vec<_>>();
    let stands = orderly.stands().await;
    assert_eq!(digests(stands.clone()), digests(shuffled.stands().await), "seed {seed}");

    // A replay of everything to one who knows it all: no input, no revision, no event.
    let (_, position, _) = orderly.inputs().await;
    ground.nats.publish(&thrice).await;
    let last = signal("EDH", 13, 3, &[("T1", 3)]);
    ground.nats.publish(std::slice::from_ref(&last)).await;
    orderly.settled(&[last]).await;
    assert_eq!(orderly.inputs().await.1, position + 1, "only what was new went in");
    for ((revision, _), kind) in stands.into_iter().zip(Kind::ALL) {
        let newest = orderly.ranking(kind, 0).await.unwrap().revision;
        assert!(newest - revision <= 1, "{kind:?}: {revision} to {newest}");
    }
    orderly.verify_all().await;
    shuffled.verify_all().await;
    orderly.stop().await;
    shuffled.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn signals_that_change_nothing_make_no_revision_and_are_told_with_the_next(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let first = [signal("GLG", 1, 2, &[("T1", 2)])];
    ground.nats.publish(&first).await;
    world.settled(&first).await;
    let stands = world.stands().await;
    // Twice as many say the same: one organisation, one voice.
    let second = [signal("GLG", 2, 4, &[("T1", 4)])];
    ground.nats.publish(&second).await;
    world.settled(&second).await;
    let third = [signal("ORK", 1, 1, &[("T1", 1)])];
    ground.nats.publish(&third).await;
    world.settled(&third).await;
    for (kind, (revision, _)) in Kind::ALL.into_iter().zip(stands) {
        assert_eq!(world.ranking(kind, 0).await.unwrap().revision, revision + 1);
    }
    let change = until("the event", async || {
        let change = ground.nats.changed("official").await?.1;
        (change.organisations_answered == 2).then_some(change)
    })
    .await;
    let told = |organisation: &str, sequence| proto::SignalVersion {
        codebook: "codebooks/c".into(),
        organisation: format!("organisations/{organisation}"),
        sequence,
    };
    assert_eq!(change.signals, [told("GLG", 2), told("ORK", 1)]);
    world.stop().await;
}

/// Waits for a revision of the official ranking.
async fn revision(world: &World, number: i64) -> proto::Ranking {
    until("the revision", async || {
        world.ranking(Official, 0).await.ok().filter(|ranking| ranking.revision >= number)
    })
    .await
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn once_every_item_is_gone_the_ranking_is_empty(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let first = world.ranking(Official, 0).await.unwrap();
    for id in ["A", "B", "C"] {
        let gone = proto::DeleteWorkItemRequest { name: format!("workItems/{id}"), ..Default::default() };
        world.manager().delete_work_item(gone).await.unwrap();
    }
    world.ranked().await;
    let empty = world.ranking(Official, 0).await.unwrap();
    assert!(empty.revision > first.revision);
    assert_eq!((empty.items.as_slice(), empty.portfolios.len()), (&[][..], 2));
    let request = proto::CompareVoicesRequest::default();
    let compared = world.respondent().compare_voices(request).await.unwrap().into_inner();
    assert!(compared.voices.iter().all(|voice| voice.places.is_empty()));
    world.stop().await;

    // It stays so over a restart, and fills again.
    let world = ground.start().await;
    let request = proto::ApplyPortfolioRequest { work_items: vec![item("D", 5, &[])], ..Default::default() };
    world.manager().apply_portfolio(request).await.unwrap();
    let filled = revision(&world, empty.revision + 1).await;
    assert_eq!((filled.revision, order(&filled)), (empty.revision + 1, vec!["D"]));
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_is_called_something_else_is_so_in_a_new_revision(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let first = world.ranking(Official, 0).await.unwrap();
    let apply = async |request| world.manager().apply_portfolio(request).await.unwrap();
    let title = "Another name".to_owned();
    let renamed = proto::WorkItem { title: title.clone(), ..model().work_items[1].clone() };
    apply(proto::ApplyPortfolioRequest { work_items: vec![renamed], ..Default::default() }).await;
    let second = revision(&world, first.revision + 1).await;
    assert_eq!((second.revision, &second.digest), (first.revision + 1, &first.digest));
    assert_eq!((first.items[1].title.as_str(), &second.items[1].title), ("Item B", &title));

    let portfolio = proto::Portfolio { title: title.clone(), ..model().portfolios[0].clone() };
    apply(proto::ApplyPortfolioRequest { portfolios: vec![portfolio], ..Default::default() }).await;
    let third = revision(&world, second.revision + 1).await;
    assert_eq!((third.revision, &third.portfolios[0].title), (second.revision + 1, &title));
    for before in [&first, &second] {
        assert_eq!(
            &world.ranking(Official, before.revision).await.unwrap(),
            before,
            "a revision never changes"
        );
    }
    world.stop().await;

    // The same names once more are no news, nor is a restart.
    let world = ground.start().await;
    let event = [signal("GLG", 1, 2, &[("T1", 2)])];
    ground.nats.publish(&event).await;
    world.settled(&event).await;
    assert_eq!(world.ranking(Official, 0).await.unwrap().revision, third.revision + 1);
    world.verify_all().await;
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn revisions_are_listed_as_they_are_but_for_their_items(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    for sequence in 1..=4 {
        let event = [signal("GLG", sequence, 4, &[("T1", sequence)])];
        ground.nats.publish(&event).await;
        world.settled(&event).await;
    }
    let (mut listed, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListRevisionsRequest { kind: as_proto(Official), page_size: 2, page_token };
        let page = world.respondent().list_revisions(request).await.unwrap().into_inner();
        listed.extend(page.revisions);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let newest = world.ranking(Official, 0).await.unwrap().revision;
    assert_eq!(listed.iter().map(|r| r.revision).collect::<Vec<_>>(), (1..=newest).rev().collect::<Vec<_>>());
    for header in listed {
        let whole = world.ranking(Official, header.revision).await.unwrap();
        assert_eq!(header, proto::Ranking { items: Vec::new(), portfolios: Vec::new(), ..whole });
    }
    world.stop().await;
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_reads_while_it_is_ranked_finds_no_revision_with_the_counts_of_the_next(
    #[case] engine: Engine,
) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.furnished().await;
    let done = std::sync::atomic::AtomicBool::new(false);
    let read = async {
        let mut seen = std::collections::BTreeMap::new();
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            let ranking = world.ranking(Official, 0).await.unwrap();
            let most: &mut i64 = seen.entry(ranking.revision).or_default();
            *most = ranking.respondents.max(*most);
        }
        seen
    };
    let hear = async {
        for n in 1..=40 {
            let heard = [signal("GLG", n, n, &[("T1", n % 2)])];
            ground.nats.publish(&heard).await;
            world.taken_in(&heard).await;
        }
        world.ranked().await;
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    };
    let (seen, ()) = tokio::join!(read, hear);
    for (revision, most) in seen {
        if let Ok(next) = world.ranking(Official, revision + 1).await {
            assert!(most < next.respondents, "revision {revision} was shown with {most} respondents");
        }
    }
    world.stop().await;
}
