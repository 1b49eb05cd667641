//! The ranking, once it has come as far as a command needs: what services tell each other takes its time.
use std::time::Duration;

use soundings_proto::portfolio::v1 as proto;
use tokio::time::Instant;
use tonic::Code;

use crate::{
    connection::Connection,
    failure::{Failure, Kind, Outcome},
};

/// How long it may take.
pub const PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(100);

/// The newest official revision, once there is one and `is_it` holds for it; `what` is waited for, in words.
pub async fn awaited(
    to: &Connection<'_>,
    what: &str,
    is_it: impl Fn(&proto::Ranking) -> bool,
) -> Outcome<proto::Ranking> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let request =
            proto::GetRankingRequest { kind: proto::RankingKind::Official.into(), ..Default::default() };
        match to.portfolio()?.get_ranking(request).await {
            Ok(ranking) if is_it(ranking.get_ref()) => return Ok(ranking.into_inner()),
            Ok(_) => {}
            Err(status) if status.code() == Code::NotFound => {}
            Err(status) => return Err(status.into()),
        }
        if Instant::now() > deadline {
            let text = format!("{what} did not come within {} s: is NATS running?", PATIENCE.as_secs());
            return Err(Failure::new(Kind::Unavailable, text));
        }
        tokio::time::sleep(POLL).await;
    }
}
