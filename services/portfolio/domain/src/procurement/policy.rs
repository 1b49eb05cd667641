//! How opportunities are looked for and scored.
use serde::{Deserialize, Serialize};

use super::{Basis, Search, evidence::Scale};
use crate::Inputs;

/// What the partnership decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The id of the criterion that takes procurement evidence; None: no criterion does.
    pub criterion: Option<String>,
    /// The combined value a year worth nothing, in pence.
    pub floor_pence: i64,
    /// The combined value a year worth the criterion's best anchor, in pence.
    pub ceiling_pence: i64,
    /// Most months between the first and the last end.
    pub window_months: u32,
    /// Months that buying together takes.
    pub lead_months: u32,
    /// Digits of a CPV code that make contracts alike.
    pub cpv_digits: u8,
}

impl Default for Policy {
    /// From £10,000 to £10,000,000 a year; 12 months, 9 months to buy; a CPV category.
    fn default() -> Self {
        Policy {
            criterion: None,
            floor_pence: 1_000_000,
            ceiling_pence: 1_000_000_000,
            window_months: 12,
            lead_months: 9,
            cpv_digits: 5,
        }
    }
}

impl Policy {
    /// Bad fields, each with what is wrong.
    pub fn check(&self, inputs: &Inputs) -> Vec<(String, String)> {
        let mut wrong = Vec::new();
        let mut add = |field: &str, text: String| wrong.push((format!("policy.{field}"), text));
        if let Some(id) = &self.criterion {
            match inputs.criteria.get(id) {
                None => add("criterion", format!("there is no criteria/{id}: add it to the model first")),
                Some(criterion) if criterion.is_heard() => {
                    let what = if criterion.is_demand { "council demand" } else { "evidence" };
                    add("criterion", format!("criteria/{id} takes {what}: choose one that people score"));
                }
                Some(_) => {}
            }
        }
        if self.floor_pence < 1 {
            add("floor_pence", "must be 1 or more".into());
        }
        if self.ceiling_pence <= self.floor_pence {
            add("ceiling_pence", "must be above the floor".into());
        }
        for (field, months) in [("window_months", self.window_months), ("lead_months", self.lead_months)] {
            if !(1..=60).contains(&months) {
                add(field, format!("is {months}; give 1 to 60"));
            }
        }
        if !(2..=8).contains(&self.cpv_digits) {
            add("cpv_digits", format!("is {}; give 2 to 8", self.cpv_digits));
        }
        wrong
    }

    /// What makes contracts alike by this policy.
    pub fn bases(&self) -> [Basis; 3] {
        [Basis::Product, Basis::Supplier, Basis::Category(self.cpv_digits)]
    }

    /// The search by a basis.
    pub fn search(&self, basis: Basis) -> Search {
        Search { basis, window_months: self.window_months, lead_months: self.lead_months, from: None }
    }

    /// How money is scored.
    pub fn scale(&self) -> Scale {
        Scale { floor_pence: self.floor_pence, ceiling_pence: self.ceiling_pence }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Criterion;

    #[test]
    fn a_policy_that_cannot_be_followed_is_refused_field_by_field() {
        let demand = Criterion { is_demand: true, ..Criterion::default() };
        let criteria = [("fit".to_owned(), Criterion::default()), ("demand".to_owned(), demand)].into();
        let inputs = Inputs { criteria, ..Inputs::default() };
        let fit = Policy { criterion: Some("fit".into()), ..Policy::default() };
        assert_eq!(fit.check(&inputs), []);
        let fields =
            |policy: Policy| policy.check(&inputs).into_iter().map(|(field, _)| field).collect::<Vec<_>>();
        for name in ["demand", "none"] {
            let policy = Policy { criterion: Some(name.into()), ..Policy::default() };
            assert_eq!(fields(policy), ["policy.criterion"]);
        }
        let bad = Policy {
            floor_pence: 0,
            ceiling_pence: 0,
            window_months: 0,
            lead_months: 61,
            cpv_digits: 9,
            ..fit
        };
        let all = ["floor_pence", "ceiling_pence", "window_months", "lead_months", "cpv_digits"];
        assert_eq!(fields(bad), all.map(|field| format!("policy.{field}")));
    }
}
