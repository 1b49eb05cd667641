//! What is drawn: each item's value under each criterion, with the range it may lie in.
use crate::{
    Criterion, Inputs, Item, Kind, ONE, Ranked, rank, refused::Refused, smaa::MOST_ITEMS, value::score_worth,
};

/// A number with the range it may lie in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// The least it could be.
    pub low: f64,
    /// What it likely is.
    pub likely: f64,
    /// The most it could be.
    pub high: f64,
}

/// Items with ranges of value, and elicited weights.
#[derive(Debug, Clone)]
pub struct Model {
    pub(super) items: Vec<String>,
    /// Elicited weights by criterion; they add up to 1.
    pub(super) weights: Vec<f64>,
    pub(super) columns: Vec<Column>,
}

/// One criterion's values by item. A draw takes `low + rise · greater + fall · lesser` of two 16-bit uniform numbers: of two
/// uniform numbers on 0 to 1, c·greater + (1 − c)·lesser has the triangular distribution with its mode at c.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    pub(super) low: Vec<f32>,
    pub(super) rise: Vec<f32>,
    pub(super) fall: Vec<f32>,
    /// Whether any item has a range.
    pub(super) drawn: bool,
    /// (score, value), both 0 to 1, where the value is no straight line of the score; `low` and so on are then scores.
    pub(super) curve: Vec<(f32, f32)>,
}

/// Steps of a 16-bit uniform number.
const STEPS: f64 = 65_536.0;

impl Column {
    fn put(&mut self, range: Range) {
        let (rise, fall) = ((range.likely - range.low) / STEPS, (range.high - range.likely) / STEPS);
        // Each number stands for the middle of its step.
        self.low.push((range.low + (rise + fall) / 2.0) as f32);
        self.rise.push(rise as f32);
        self.fall.push(fall as f32);
        self.drawn |= range.low != range.likely || range.likely != range.high;
    }

    /// The value, 0 to 1, of what was drawn.
    pub(super) fn value(&self, drawn: f32) -> f32 {
        let drawn = clip(drawn);
        let after = self.curve.partition_point(|(at, _)| *at < drawn);
        match (after.checked_sub(1).map(|before| self.curve[before]), self.curve.get(after)) {
            (Some((x0, y0)), Some((x1, y1))) => clip(y0 + (drawn - x0) / (x1 - x0) * (y1 - y0)),
            (None, Some((_, value))) => *value,
            (Some((_, value)), None) => value,
            (None, None) => drawn,
        }
    }
}

/// To 0 to 1.
#[inline(always)]
pub(super) fn clip(number: f32) -> f32 {
    let number = if number > 0.0 { number } else { 0.0 };
    if number < 1.0 { number } else { 1.0 }
}

impl Model {
    /// A model of these inputs' items for which `among` holds (by id), in order of id. Scores are drawn from the triangle
    /// of their range, demand from that of its 95 % interval around what it stands at, and a score that is missing from
    /// the whole criterion, likely the one that is worth its prior value.
    ///
    /// # Errors
    /// When no criterion has a swing, or there are more than 1,000 items.
    pub fn of(inputs: &Inputs, kind: Kind, among: impl Fn(&str) -> bool) -> Result<Self, Refused> {
        let mut ranking = rank(inputs, kind).items;
        ranking.sort_by(|a, b| a.id.cmp(&b.id));
        let rows = ranking.iter().filter(|ranked| among(&ranked.id));
        let rows: Vec<(&Ranked, &Item)> =
            rows.filter_map(|ranked| Some((ranked, inputs.items.get(&*ranked.id)?))).collect();
        let column = |(id, criterion): (&String, &Criterion)| {
            let mut column = Column { curve: curve(criterion), ..Column::default() };
            rows.iter().for_each(|(ranked, item)| column.put(range(id, criterion, ranked, item)));
            column
        };
        let columns = inputs.criteria.iter().map(column).collect();
        let swings = inputs.criteria.values().map(|criterion| criterion.swing as f64).collect();
        Model::checked(rows.iter().map(|(ranked, _)| ranked.id.to_string()).collect(), swings, columns)
    }

    /// A model of `values` by item, then criterion, each with low ≤ likely ≤ high; what is drawn outside 0 to 1 is
    /// clipped.
    ///
    /// # Errors
    /// Names what is not finite or out of order; and refuses weights that are all 0 and more than 1,000 items.
    pub fn of_values(items: Vec<String>, weights: Vec<f64>, values: &[Vec<Range>]) -> Result<Self, Refused> {
        if values.len() != items.len() {
            let reason = format!("{} rows for {} items; give one row each", values.len(), items.len());
            return Err(Refused::new("values", reason));
        }
        let mut columns = vec![Column::default(); weights.len()];
        for (item, row) in items.iter().zip(values) {
            if row.len() != weights.len() {
                let reason = format!("{} values under {} criteria", row.len(), weights.len());
                return Err(Refused::new(format!("workItems/{item}.values"), reason));
            }
            for (at, (range, column)) in row.iter().zip(&mut columns).enumerate() {
                let Range { low, likely, high } = *range;
                let finite = low.is_finite() && likely.is_finite() && high.is_finite();
                if !finite || low > likely || likely > high {
                    let reason = "low, likely and high must be finite and rise";
                    return Err(Refused::new(format!("workItems/{item}.values[{at}]"), reason));
                }
                column.put(*range);
            }
        }
        Model::checked(items, weights, columns)
    }

    fn checked(items: Vec<String>, weights: Vec<f64>, columns: Vec<Column>) -> Result<Self, Refused> {
        if items.len() > MOST_ITEMS {
            let reason = format!("are {}; at most {MOST_ITEMS}: take those around the line", items.len());
            return Err(Refused::new("work_items", reason));
        }
        let weights = crate::ahp::from_swings(&weights)?;
        let mut columns = columns;
        for column in columns.iter_mut().filter(|column| !column.drawn) {
            column.low = column.low.iter().map(|low| column.value(*low)).collect();
            column.curve.clear();
        }
        Ok(Model { items, weights, columns })
    }

    /// Ids of the items, in the model's order.
    pub fn items(&self) -> &[String] {
        &self.items
    }
}

/// The range of an item under a criterion: of its value, or where that is no straight line of its score between the
/// anchors (0 to 1).
fn range(id: &str, criterion: &Criterion, ranked: &Ranked, item: &Item) -> Range {
    let along = |score: f64| {
        let (lowest, highest) = (criterion.lowest as f64, criterion.highest as f64);
        let along = (score - lowest) / (highest - lowest);
        if criterion.less_is_better && criterion.points.is_empty() { 1.0 - along } else { along }
    };
    let (low, likely, high) = if criterion.is_demand {
        let (low, high) = ranked.demand_interval;
        let likely = ranked.demand as f64;
        ((low * ONE as f64).min(likely), likely, (high * ONE as f64).max(likely))
    } else if criterion.takes_evidence {
        let score = ranked.heard(id).unwrap_or(0) as f64;
        (score, score, score)
    } else if let Some(score) = item.scores.get(id) {
        (score.low as f64, score.likely as f64, score.high as f64)
    } else {
        let likely = score_worth(criterion, criterion.prior_value);
        (criterion.lowest as f64, likely as f64, criterion.highest as f64)
    };
    Range { low: along(low), likely: along(likely), high: along(high) }
}

fn curve(criterion: &Criterion) -> Vec<(f32, f32)> {
    let (lowest, highest) = (criterion.lowest as f64, criterion.highest as f64);
    let point = |(score, value): &(i64, i64)| {
        (((*score as f64 - lowest) / (highest - lowest)) as f32, (*value as f64 / ONE as f64) as f32)
    };
    criterion.points.iter().map(point).collect()
}
