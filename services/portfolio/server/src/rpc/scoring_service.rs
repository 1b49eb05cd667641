//! The methods of `ScoringService`.
use soundings_access::caller;
use soundings_chassis::page_token::{PageTokens, page_size};
use soundings_portfolio_domain::round::Round;
use soundings_proto::portfolio::v1::{self as proto, scoring_service_server::ScoringService};
use tonic::{Request, Response as Reply, Status};

use super::{mutation, names, round_messages};
use crate::{
    application::{
        Runtime,
        change_round::{self, Step},
    },
    store::records::{self, Kept},
};

/// The service's methods.
pub struct ScoringRpc {
    runtime: Runtime,
    tokens: PageTokens,
}

impl ScoringRpc {
    /// With what they work with.
    pub fn new(runtime: Runtime, tokens: PageTokens) -> Self {
        ScoringRpc { runtime, tokens }
    }
}

#[tonic::async_trait]
impl ScoringService for ScoringRpc {
    async fn open_round(
        &self,
        request: Request<proto::OpenRoundRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let (mutation, message) =
            mutation::read("OpenRound", request, |m| std::mem::take(&mut m.request_id))?;
        let round = round_messages::read_round(message, &mutation.principal)?;
        Ok(Reply::new(change_round::open(&self.runtime, &mutation, round).await?))
    }

    async fn give_scores(
        &self,
        request: Request<proto::GiveScoresRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let (mutation, message) =
            mutation::read("GiveScores", request, |m| std::mem::take(&mut m.request_id))?;
        let number = names::read_number("name", "rounds", &message.name)?;
        let given = round_messages::read_scores("scores", &message.scores)?.into_iter();
        let mut scores: Vec<_> = given.map(|(cell, score)| (cell, Some(score))).collect();
        let taken_back = round_messages::read_scores("taken_back", &message.taken_back)?;
        scores.extend(taken_back.into_iter().map(|(cell, _)| (cell, None)));
        let step = change_round::step(&self.runtime, &mutation, (number, ""), Step::Score(scores));
        Ok(Reply::new(step.await?))
    }

    async fn show_round(
        &self,
        request: Request<proto::ShowRoundRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let (mutation, message) =
            mutation::read("ShowRound", request, |m| std::mem::take(&mut m.request_id))?;
        let number = names::read_number("name", "rounds", &message.name)?;
        let step = change_round::step(&self.runtime, &mutation, (number, ""), Step::Show);
        Ok(Reply::new(step.await?))
    }

    async fn agree_round(
        &self,
        request: Request<proto::AgreeRoundRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let (mutation, message) =
            mutation::read("AgreeRound", request, |m| std::mem::take(&mut m.request_id))?;
        let number = names::read_number("name", "rounds", &message.name)?;
        let scores = round_messages::read_scores("scores", &message.scores)?;
        let (etag, agree) = (message.etag.as_str(), Step::Agree(message.reason, scores));
        Ok(Reply::new(change_round::step(&self.runtime, &mutation, (number, etag), agree).await?))
    }

    async fn cancel_round(
        &self,
        request: Request<proto::CancelRoundRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let (mutation, message) =
            mutation::read("CancelRound", request, |m| std::mem::take(&mut m.request_id))?;
        let number = names::read_number("name", "rounds", &message.name)?;
        let cancel = Step::Cancel(message.reason);
        Ok(Reply::new(change_round::step(&self.runtime, &mutation, (number, ""), cancel).await?))
    }

    async fn get_round(
        &self,
        request: Request<proto::GetRoundRequest>,
    ) -> Result<Reply<proto::Round>, Status> {
        let reader = caller(&request)?.subject;
        let number = names::read_number("name", "rounds", &request.into_inner().name)?;
        let found: Option<Kept<Round>> = records::find(self.runtime.db.read(), records::Kind::Round, number)
            .await
            .map_err(soundings_chassis::Problem::from)?;
        let kept = found.ok_or_else(|| change_round::no_round(number))?;
        Ok(Reply::new(round_messages::round(&kept, &reader)))
    }

    async fn list_rounds(
        &self,
        request: Request<proto::ListRoundsRequest>,
    ) -> Result<Reply<proto::ListRoundsResponse>, Status> {
        let message = request.into_inner();
        let size = page_size(message.page_size, 100, 1000)?;
        let before = self.tokens.read("rounds", &message.page_token)?.and_then(|p| p.parse().ok());
        let conn = self.runtime.db.read();
        let mut kept: Vec<Kept<Round>> =
            records::before(conn, records::Kind::Round, before.unwrap_or(i64::MAX), size + 1)
                .await
                .map_err(soundings_chassis::Problem::from)?;
        let more = kept.len() > size as usize;
        kept.truncate(size as usize);
        let next_page_token = match kept.last() {
            Some(last) if more => self.tokens.issue("rounds", &last.number.to_string()),
            _ => String::new(),
        };
        let rounds = kept.iter().map(round_messages::header).collect();
        Ok(Reply::new(proto::ListRoundsResponse { rounds, next_page_token }))
    }
}
