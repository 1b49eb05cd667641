//! The rules that a ranking is made by, as one digest that can be published before anybody answers: as long as it stays the
//! same, nobody changed the rules to the answers.
use sha2::{Digest, Sha256};

use crate::{Inputs, bundle::RULES};

/// SHA-256 (hex) of the version of the fixed rules ([`RULES`]) and of every criterion in order of id: anchors, direction,
/// swing, value points, prior and source. Titles and units are words and are left out; items, scores, links and answers are
/// what the rules are applied to.
pub fn digest(inputs: &Inputs) -> String {
    let mut hash = Sha256::new();
    hash.update(b"soundings-scoring-model-1");
    hash.update(RULES.to_be_bytes());
    for (id, criterion) in &inputs.criteria {
        hash.update((id.len() as u64).to_be_bytes());
        hash.update(id.as_bytes());
        for number in [criterion.lowest, criterion.highest, criterion.swing, criterion.prior_value] {
            hash.update(number.to_be_bytes());
        }
        let source = u8::from(criterion.is_demand) + 2 * u8::from(criterion.takes_evidence);
        hash.update([u8::from(criterion.less_is_better), source]);
        hash.update((criterion.points.len() as u64).to_be_bytes());
        for (score, value) in &criterion.points {
            hash.update(score.to_be_bytes());
            hash.update(value.to_be_bytes());
        }
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::{Criterion, ONE, rank::tests::inputs};

    #[rstest]
    #[case::anchor(|c: &mut Criterion| c.highest += 1)]
    #[case::swing(|c: &mut Criterion| c.swing -= 1)]
    #[case::prior(|c: &mut Criterion| c.prior_value += 1)]
    #[case::direction(|c: &mut Criterion| c.less_is_better = true)]
    #[case::source(|c: &mut Criterion| c.takes_evidence = true)]
    #[case::points(|c: &mut Criterion| c.points = vec![(0, 0), (100 * ONE, ONE)])]
    fn a_rule_that_changes_shows(#[case] change: fn(&mut Criterion)) {
        let mut changed = inputs();
        change(changed.criteria.get_mut("fit").unwrap());
        assert_ne!(digest(&changed), digest(&inputs()));
    }

    #[test]
    fn words_items_and_answers_do_not_show() {
        let mut changed = inputs();
        changed.criteria.get_mut("fit").unwrap().title = "called otherwise".into();
        changed.items.remove("A");
        changed.organisations.clear();
        assert_eq!(digest(&changed), digest(&inputs()));
        changed.criteria.remove("fit");
        assert_ne!(digest(&changed), digest(&inputs()));
    }
}
