//! Questions to a revision, a file for each; all from its stored inputs, computed again.
use std::{panic::resume_unwind, sync::Arc};

use soundings_chassis::Problem;
use soundings_portfolio_domain::{Kind, Refused, rank};
use soundings_proto::portfolio::v1 as proto;
use tokio::sync::Semaphore;

use super::{
    Runtime,
    explain_move::{Computed, at},
};
use crate::{rpc::messages, store::input_log};

pub mod explain_score;
pub mod flip_distances;
pub mod influence;
pub mod other_methods;
pub mod portfolio_order;
mod replaced_signals;
pub mod robustness;
pub mod select_work;
pub mod what_if;

/// Analyses that run at a time; more of them wait, so that the rest of the service has processors left.
const AT_A_TIME: usize = 2;

/// Runs analyses.
#[derive(Clone)]
pub struct Analyst {
    runtime: Runtime,
    turns: Arc<Semaphore>,
}

impl Analyst {
    /// Of this service's revisions.
    pub fn new(runtime: Runtime) -> Self {
        Analyst { runtime, turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }

    /// Asks a revision (0: the newest), computed again, on a thread of its own.
    pub async fn ask<T: Send + 'static>(
        &self,
        kind: Kind,
        revision: i64,
        question: impl FnOnce(&Asked) -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let turn = self.turns.clone().acquire_owned().await.map_err(Problem::internal)?;
        let asked = Asked(self.revision(kind, revision).await?);
        let work = tokio::task::spawn_blocking(move || {
            let answer = question(&asked);
            drop(turn);
            answer
        });
        work.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
    }
}

impl Analyst {
    /// Every theme known now, by full name.
    pub async fn themes(&self) -> Result<Vec<String>, Problem> {
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        Ok(inputs.themes.into_keys().collect())
    }

    /// A revision, computed again. The newest has costs, dependencies and pins as they stand now: they bind selections and
    /// change no place, so that no revision is made of them.
    async fn revision(&self, kind: Kind, revision: i64) -> Result<Computed, Problem> {
        let computed = at(&self.runtime, kind, revision).await?;
        if revision != 0 {
            return Ok(computed);
        }
        let (inputs, ..) = input_log::inputs_at(self.runtime.db.read(), i64::MAX).await?;
        let ranking = rank(&inputs, kind);
        if ranking.digest() == computed.ranking.digest() {
            return Ok(Computed { inputs, ranking, ..computed });
        }
        Ok(computed)
    }
}

/// The revision that is asked.
pub struct Asked(Computed);

impl Asked {
    /// `rankings/{kind}/revisions/{revision}`.
    fn name(&self) -> String {
        messages::revision_name(self.0.ranking.kind, self.0.revision)
    }

    fn title(&self, id: &str) -> String {
        self.0.inputs.items.get(id).map(|item| item.title.clone()).unwrap_or_default()
    }

    fn organisation(&self, id: &str) -> String {
        let known = self.0.inputs.organisations.get(id);
        known.map_or_else(|| id.to_owned(), |organisation| organisation.display_name.clone())
    }

    fn place(&self, id: &str) -> i32 {
        self.0.ranking.item(id).map_or(0, |item| item.rank)
    }
}

fn work_item(id: &str) -> String {
    format!("workItems/{id}")
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX)
}

/// What a method of the domain refuses, as a bad field of the request.
fn refused(refused: Refused) -> Problem {
    Problem::invalid_field(refused.field, refused.reason)
}

/// Where the line is drawn; after the first ten, where nothing is said.
fn read_line(
    line: Option<proto::RankingLine>,
) -> Result<soundings_portfolio_domain::influence::Line, Problem> {
    use proto::ranking_line::Line as Given;
    use soundings_portfolio_domain::influence::Line;
    match line.and_then(|line| line.line) {
        None => Ok(Line::Count(10)),
        Some(Given::Count(count @ 1..=10_000)) => Ok(Line::Count(count.unsigned_abs() as usize)),
        Some(Given::Count(count)) => {
            Err(Problem::invalid_field("line.count", format!("is {count}; give 1 to 10,000")))
        }
        Some(Given::BudgetGbp(budget @ 0..)) => Ok(Line::Budget(budget)),
        Some(Given::BudgetGbp(budget)) => {
            Err(Problem::invalid_field("line.budget_gbp", format!("is {budget}; give 0 or more")))
        }
    }
}
