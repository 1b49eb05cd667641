//! The gRPC service of what is learned from people's decisions.

use std::time::Duration;

use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::theme_learning_service_server::ThemeLearningService;
use soundings_themes_domain::Codebook;
use tonic::{Request, Response};

use super::asking::{self, Reply};
use super::{names, theme_messages};
use crate::application::Runtime;
use crate::application::learn::{LearnError, Learnt, When, learn};
use crate::store::{codebooks, learning};

/// Serves what is learned.
#[derive(Clone)]
pub struct LearningRpc {
    runtime: Runtime,
}

impl LearningRpc {
    /// With what it works with.
    #[must_use]
    pub fn new(runtime: Runtime) -> Self {
        Self { runtime }
    }

    async fn codebook(&self, name: &str) -> Result<Codebook, Problem> {
        let id = asking::codebook_id("name", name)?;
        let found = codebooks::find(self.runtime.db.read(), &id, false).await?;
        found.ok_or_else(|| Problem::not_found("codebook", name))
    }

    async fn learning(&self, codebook: &Codebook) -> Result<proto::Learning, Problem> {
        let snapshot = self.runtime.db.snapshot().await?;
        let last = learning::last(&snapshot, &codebook.id).await?;
        let (new_decisions, _) = learning::new_labels(&snapshot, &codebook.id).await?;
        drop(snapshot);
        let before = proto::Learning {
            codebook: names::codebook(&codebook.id),
            new_decisions,
            confirmed_number: codebook.learned,
            ..proto::Learning::default()
        };
        let Some(last) = last else { return Ok(before) };
        let theme = |of: &learning::ThemeRecord| proto::ThemeLearning {
            theme: names::theme(&codebook.id, &of.theme),
            labels: of.labels,
            learned_f1: of.learned_f1,
            prototype_f1: of.prototype_f1,
            learned_decides: of.takes_over,
        };
        Ok(proto::Learning {
            number: last.number,
            train_time: Some(theme_messages::timestamp(last.time)),
            labels: last.labels,
            themes: last.record.iter().map(theme).collect(),
            version: last.version,
            ..before
        })
    }
}

#[tonic::async_trait]
impl ThemeLearningService for LearningRpc {
    async fn get_learning(&self, request: Request<proto::GetLearningRequest>) -> Reply<proto::Learning> {
        let codebook = self.codebook(&request.into_inner().name).await?;
        Ok(Response::new(self.learning(&codebook).await?))
    }

    async fn train_now(&self, request: Request<proto::TrainNowRequest>) -> Reply<proto::Learning> {
        let name = request.into_inner().name;
        let codebook = self.codebook(&name).await?;
        match learn(&self.runtime, &codebook.id, When::Now).await {
            Ok(Learnt::Trained | Learnt::Nothing) => {}
            Ok(Learnt::Busy) => {
                let text = "it is being learned already; try again";
                return Err(Problem::unavailable(text, Duration::from_secs(5)).into());
            }
            Err(LearnError::TooLittle(too_little)) => {
                let text = too_little.to_string();
                return Err(Problem::failed_precondition("TOO_FEW_LABELS", &name, &text).into());
            }
            Err(LearnError::Words(problem)) => return Err(problem.into()),
            Err(LearnError::Database(error)) => return Err(Problem::from(error).into()),
            Err(LearnError::Artefact(error)) => return Err(Problem::internal(error).into()),
        }
        Ok(Response::new(self.learning(&codebook).await?))
    }
}
