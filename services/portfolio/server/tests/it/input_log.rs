use std::collections::BTreeMap;

use pretty_assertions::assert_eq;
use rstest::rstest;
use soundings_chassis::Clock;
use soundings_mailbox::database;
use soundings_portfolio::store::input_log::{self, Entry, Origin};
use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Organisation, Portfolio, Signal, Support, Theme, ThemeState::Approved,
    evidence::Piece,
};

use crate::{
    rankings::Numbers,
    setup::{
        Engine::{self, Postgres, Sqlite},
        Ground,
    },
};

fn entry(numbers: &mut Numbers) -> Entry {
    let (id, title) = (format!("I{}", numbers.below(5)), format!("Title {}", numbers.below(1_000)));
    match numbers.below(10) {
        0 => Entry::Portfolio(id, Some(Portfolio { title })),
        1 => Entry::Criterion(id, Some(Criterion { title, ..Criterion::default() })),
        2 => Entry::Organisation(id, Organisation { display_name: title, ..Default::default() }),
        3 => Entry::Theme(id, Theme { title, state: Approved, ..Theme::default() }),
        4 => {
            Entry::Signal("c".into(), id, Signal { sequence: numbers.below(99) as i64, ..Default::default() })
        }
        5 => Entry::Item(id, None),
        6 => {
            let piece = Piece { strength: 1 + numbers.below(5) as i64, date: "2020-10-14".into() };
            Entry::Evidence(id, [("codebooks/c/evidence/1".to_owned(), piece)].into())
        }
        7 => Entry::Support("s".into(), id, Support { respondents: 3, ..Default::default() }),
        _ => {
            let item = Item { portfolio: "P".into(), title, ..Item::default() };
            Entry::Item(id, Some(item))
        }
    }
}

#[rstest]
#[case(Sqlite)]
#[case(Postgres)]
#[tokio::test]
async fn what_stands_and_what_stood_is_what_the_log_says(#[case] engine: Engine) {
    let Some(ground) = Ground::new(engine).await else { return };
    let world = ground.start().await;
    let db = &world.running.runtime.db;
    let mut numbers = Numbers(7);
    for _ in 0..40 {
        let entries: Vec<_> =
            (0..=numbers.below(3)).map(|_| (entry(&mut numbers), Origin::default())).collect();
        let tx = db.begin().await.unwrap();
        input_log::append(&tx, &entries, ground.clock.now()).await.unwrap();
        database::commit(tx).await.unwrap();
    }
    let log = input_log::after(db.read(), 0).await.unwrap();
    assert!(log.len() > 40);
    let (mut inputs, mut model) = (Inputs::default(), 0);
    assert_eq!(input_log::inputs_at(db.read(), 0).await.unwrap(), (inputs.clone(), 0, 0));
    for (at, placed) in log.iter().enumerate() {
        placed.entry.clone().apply(&mut inputs);
        model = if placed.entry.is_model() { placed.position } else { model };
        let then = input_log::inputs_at(db.read(), placed.position).await.unwrap();
        assert_eq!(then, (inputs.clone(), placed.position, model));
        let newer = log[at + 1..].iter().map(|placed| (placed.entry.key(), placed.position));
        let newest = input_log::newest_after(db.read(), placed.position).await.unwrap();
        let newest: BTreeMap<_, _> = newest.into_iter().map(|(at, entry)| (entry.key(), at)).collect();
        assert_eq!(newest, newer.collect());
    }
    let now = input_log::inputs_at(db.read(), i64::MAX).await.unwrap();
    assert_eq!(now, (inputs.clone(), log.last().unwrap().position, model));
    let items = input_log::items(db.read()).await.unwrap();
    assert_eq!(
        items.iter().map(|(id, (item, _))| (id, item)).collect::<BTreeMap<_, _>>(),
        inputs.items.iter().collect()
    );
    for id in ["I0", "I1", "I2", "I3", "I4", "none"] {
        assert_eq!(input_log::item(db.read(), id).await.unwrap(), items.get(id).cloned());
    }
    world.stop().await;
}
