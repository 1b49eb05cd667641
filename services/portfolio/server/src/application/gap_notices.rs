//! Tells of each gap once when it opens, and once when it is closed again; and of all that are open, for late joiners.
use chrono::{DateTime, Utc};
use sea_orm::ConnectionTrait;
use soundings_chassis::Ids;
use soundings_mailbox::{Error, outbox};
use soundings_portfolio_domain::{
    Inputs, Kind,
    gaps::{Gap, gaps},
};
use soundings_proto::{portfolio::v1 as proto, subjects};

use crate::{
    events::{outgoing, standing},
    rpc::plan_messages,
    store::{
        standing_messages,
        told_gaps::{self, Told},
    },
};

/// What is to be told: gaps that opened, and gaps that were told and are no more.
#[derive(Debug, Default, PartialEq)]
pub struct News {
    /// Opened, each with its ranking.
    pub opened: Vec<(Kind, Gap)>,
    /// Closed.
    pub closed: Vec<(Kind, Gap)>,
    /// All that are open, by ranking, in their order.
    pub open: Vec<(Kind, Vec<Gap>)>,
    /// Organisations that answered.
    pub answered: usize,
}

impl News {
    /// Compares gaps as they stand with what was told. While nobody answered there is nothing to tell.
    pub fn of(inputs: &Inputs, told: &Told) -> Self {
        let mut news = News { answered: inputs.organisations_answered().len(), ..News::default() };
        let mut standing = Told::new();
        for kind in Kind::ALL {
            let open = gaps(inputs, kind);
            standing.extend(open.iter().map(|gap| ((kind, told_gaps::key(gap)), gap.clone())));
            news.open.push((kind, open));
        }
        let opened = standing.iter().filter(|(key, _)| !told.contains_key(key));
        news.opened = opened.map(|((kind, _), gap)| (*kind, gap.clone())).collect();
        let closed = told.iter().filter(|(key, _)| !standing.contains_key(key));
        news.closed = closed.map(|((kind, _), gap)| (*kind, gap.clone())).collect();
        news
    }

    /// What stands, as messages.
    pub fn standing(&self) -> Vec<(Kind, proto::GapsCurrent)> {
        let answered = i32::try_from(self.answered).unwrap_or(i32::MAX);
        let told = |(kind, open): &(Kind, Vec<Gap>)| {
            let gaps = open.iter().map(plan_messages::gap).collect();
            (*kind, standing::gaps(*kind, gaps, answered))
        };
        self.open.iter().map(told).collect()
    }

    /// Whether there is nothing, where this was told last to stand.
    pub fn is_empty(&self, stood: &[(Kind, proto::GapsCurrent)]) -> bool {
        self.opened.is_empty() && self.closed.is_empty() && self.standing() == stood
    }

    /// Writes what is told, and that it is.
    pub async fn tell<C: ConnectionTrait>(
        &self,
        tx: &C,
        ids: &dyn Ids,
        now: DateTime<Utc>,
    ) -> Result<(), Error> {
        let opened = self.opened.iter().map(|told| (told, false));
        for ((kind, gap), closed) in opened.chain(self.closed.iter().map(|told| (told, true))) {
            if closed {
                told_gaps::close(tx, *kind, gap).await?;
            } else {
                told_gaps::open(tx, *kind, gap).await?;
            }
            let sequence = outbox::allocate(tx, &outgoing::gap_source(*kind)).await?;
            outbox::append(tx, &[outgoing::gap_found(*kind, gap, closed, sequence, ids, now)]).await?;
        }
        for (kind, body) in self.standing() {
            standing_messages::tell(tx, (subjects::GAPS_CURRENT, kind.name()), &body, ids, now).await?;
        }
        Ok(())
    }

    /// Takes what was told over.
    pub fn note(self, told: &mut Told) {
        for (kind, gap) in self.closed {
            told.remove(&(kind, told_gaps::key(&gap)));
        }
        told.extend(self.opened.into_iter().map(|(kind, gap)| ((kind, told_gaps::key(&gap)), gap)));
    }
}
