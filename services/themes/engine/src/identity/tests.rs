use pretty_assertions::assert_eq;
use proptest::prelude::*;

use super::*;

fn sets(groups: &[&[u32]]) -> Vec<BTreeSet<u32>> {
    groups.iter().map(|group| group.iter().copied().collect()).collect()
}

#[test]
fn a_group_keeps_its_identity_while_it_grows_and_loses_members() {
    let old = sets(&[&[1, 2, 3, 4], &[5, 6, 7]]);
    let new = sets(&[&[5, 6, 7, 20, 21, 22, 23, 24, 25, 26], &[1, 2, 3, 30]]);
    let found = identities(&old, &new, 0.5);
    assert_eq!(found.was, [Some(1), Some(0)]);
    assert_eq!(found.became(2), [Some(1), Some(0)]);
    assert_eq!((found.splits, found.merges), (vec![], vec![]));
}

#[test]
fn splits_and_merges_are_told_and_the_greater_part_keeps_the_identity() {
    let old = sets(&[&[1, 2, 3, 4, 5], &[6, 7, 8]]);
    let parts = identities(&old, &sets(&[&[1, 2], &[3, 4, 5], &[6, 7, 8]]), 0.3);
    assert_eq!(parts.was, [None, Some(0), Some(1)]);
    assert_eq!(parts.splits, [(0, vec![0, 1])]);
    let whole = identities(&old, &sets(&[&[1, 2, 3, 4, 5, 6, 7, 8]]), 0.3);
    assert_eq!((whole.was, whole.merges), (vec![Some(0)], vec![(0, vec![0, 1])]));
}

#[test]
fn what_agrees_too_little_is_another_group() {
    let old = sets(&[&[1, 2, 3, 4, 5, 6], &[7, 8, 9]]);
    let new = sets(&[&[1, 7, 8, 9], &[2, 3], &[4, 5, 6]]);
    assert_eq!(identities(&old, &new, 0.6).was, [Some(1), None, None]);
    assert_eq!(identities(&[], &new, 0.5).was, [None, None, None]);
    assert_eq!(identities(&old, &sets(&[]), 0.5).became(2), [None, None]);
}

/// Up to 60 members in up to 6 groups.
fn grouping() -> impl Strategy<Value = Vec<BTreeSet<u32>>> {
    prop::collection::vec(0_usize..6, 1..60).prop_map(|of| {
        let mut groups = vec![BTreeSet::new(); 6];
        of.iter().enumerate().for_each(|(member, group)| {
            groups[*group].insert(member as u32);
        });
        groups.retain(|group| !group.is_empty());
        groups
    })
}

proptest! {
    #[test]
    fn the_same_groups_in_another_order_are_the_same(old in grouping(), seed in 0_u64..100) {
        let mut order: Vec<usize> = (0..old.len()).collect();
        crate::chance::Chance::new(seed).shuffle(&mut order);
        let new: Vec<_> = order.iter().map(|place| old[*place].clone()).collect();
        let found = identities(&old, &new, 0.99);
        prop_assert_eq!(found.was, order.into_iter().map(Some).collect::<Vec<_>>());
        prop_assert_eq!(stayed(&old, &new, 0.99), 1.0);
    }

    #[test]
    fn what_only_one_of_them_saw_changes_nothing(old in grouping(), new in grouping(), extra in 1_u32..40) {
        let plain = identities(&old, &new, 0.3);
        let mut grown = new.clone();
        (0..extra).for_each(|n| {
            let group = n as usize % grown.len();
            grown[group].insert(1_000 + n);
        });
        prop_assert_eq!(identities(&old, &grown, 0.3), plain);
    }

    #[test]
    fn no_two_groups_are_the_same_old_one(old in grouping(), new in grouping()) {
        let found = identities(&old, &new, 0.0);
        let mut taken: Vec<usize> = found.was.iter().flatten().copied().collect();
        let count = taken.len();
        taken.sort_unstable();
        taken.dedup();
        prop_assert_eq!(taken.len(), count);
        prop_assert!((0.0..=1.0).contains(&stayed(&old, &new, 0.3)));
    }
}
