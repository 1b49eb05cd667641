//! Everything a ranking depends on, append-only: each entry is a thing's newest content, or that it is gone.
use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Serialize, de::DeserializeOwned};
use soundings_chassis::{from_micros, micros, trace::TraceContext};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query},
};
use soundings_portfolio_domain::{Criterion, Inputs, Item, Organisation, Portfolio, Signal, Theme, Touched};

/// Names the log's counter, whose row is locked until the writer's transaction ends: positions are given out in the
/// order of commits, so nobody reads past an entry that is still being written.
const COUNTER: &str = "//soundings/portfolio/input-log";

const COLUMNS: &str = "position, kind, name, content, traceparent, accepted_at";

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    /// A group of work items.
    Portfolio(String, Portfolio),
    /// A yardstick.
    Criterion(String, Criterion),
    /// A work item; None: it is gone.
    Item(String, Option<Item>),
    /// A partner.
    Organisation(String, Organisation),
    /// A theme, by full name.
    Theme(String, Theme),
    /// An organisation's tallies under a codebook.
    Signal(String, String, Signal),
}

/// Where an entry came from; it tells people, and decides nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// The trace of the request or event that brought it.
    pub trace: Option<TraceContext>,
    /// When the newest response that it counts was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// Its position, from 1.
    pub position: i64,
    /// What it holds.
    pub entry: Entry,
    /// Where it came from.
    pub origin: Origin,
}

impl Entry {
    /// Whether it is part of the scoring model: what people decide, as against what organisations say.
    pub fn is_model(&self) -> bool {
        matches!(self, Entry::Portfolio(..) | Entry::Criterion(..) | Entry::Item(..))
    }

    /// Puts it in its place among the inputs.
    pub fn apply(self, inputs: &mut Inputs) {
        match self {
            Entry::Portfolio(id, portfolio) => drop(inputs.portfolios.insert(id, portfolio)),
            Entry::Criterion(id, criterion) => drop(inputs.criteria.insert(id, criterion)),
            Entry::Item(id, Some(item)) => drop(inputs.items.insert(id, item)),
            Entry::Item(id, None) => drop(inputs.items.remove(&id)),
            Entry::Organisation(id, organisation) => drop(inputs.organisations.insert(id, organisation)),
            Entry::Theme(name, theme) => drop(inputs.themes.insert(name, theme)),
            Entry::Signal(codebook, organisation, signal) => {
                inputs.signals.entry(codebook).or_default().insert(organisation, signal);
            }
        }
    }

    /// Whether the inputs hold just this already.
    pub fn stands(&self, inputs: &Inputs) -> bool {
        match self {
            Entry::Portfolio(id, portfolio) => inputs.portfolios.get(id) == Some(portfolio),
            Entry::Criterion(id, criterion) => inputs.criteria.get(id) == Some(criterion),
            Entry::Item(id, item) => inputs.items.get(id) == item.as_ref(),
            Entry::Organisation(id, organisation) => inputs.organisations.get(id) == Some(organisation),
            Entry::Theme(name, theme) => inputs.themes.get(name) == Some(theme),
            Entry::Signal(codebook, organisation, signal) => {
                inputs.signals.get(codebook).and_then(|signals| signals.get(organisation)) == Some(signal)
            }
        }
    }

    /// What it changes in a ranking.
    pub fn touched(&self) -> Touched<'_> {
        match self {
            Entry::Portfolio(..) | Entry::Criterion(..) | Entry::Organisation(..) => Touched::Everything,
            Entry::Item(id, _) => Touched::Item(id),
            Entry::Theme(name, _) => Touched::Theme(name),
            Entry::Signal(codebook, ..) => Touched::Signals(codebook),
        }
    }

    fn columns(&self) -> Result<(&'static str, String, Option<String>), Error> {
        Ok(match self {
            Entry::Portfolio(id, content) => ("portfolio", id.clone(), Some(json(content)?)),
            Entry::Criterion(id, content) => ("criterion", id.clone(), Some(json(content)?)),
            Entry::Item(id, content) => ("item", id.clone(), content.as_ref().map(json).transpose()?),
            Entry::Organisation(id, content) => ("organisation", id.clone(), Some(json(content)?)),
            Entry::Theme(name, content) => ("theme", name.clone(), Some(json(content)?)),
            Entry::Signal(codebook, organisation, content) => {
                ("signal", format!("{codebook}:{organisation}"), Some(json(content)?))
            }
        })
    }

    fn read(row: &QueryResult) -> Result<Placed, Error> {
        let (kind, name): (String, String) = (column(row, "kind")?, column(row, "name")?);
        let content: Option<String> = column(row, "content")?;
        let there = content.as_deref().unwrap_or("null");
        let entry = match kind.as_str() {
            "portfolio" => Entry::Portfolio(name, parse(there)?),
            "criterion" => Entry::Criterion(name, parse(there)?),
            "item" => Entry::Item(name, parse(there)?),
            "organisation" => Entry::Organisation(name, parse(there)?),
            "theme" => Entry::Theme(name, parse(there)?),
            "signal" => {
                let parts = name.split_once(':').ok_or_else(|| Error::Corrupt("a signal's name".into()))?;
                Entry::Signal(parts.0.to_owned(), parts.1.to_owned(), parse(there)?)
            }
            other => return Err(Error::Corrupt(format!("an input of kind {other:?}"))),
        };
        let traceparent: Option<String> = column(row, "traceparent")?;
        let origin = Origin {
            trace: traceparent.and_then(|text| text.parse().ok()),
            accepted_at: column::<Option<i64>>(row, "accepted_at")?.map(from_micros),
        };
        Ok(Placed { position: column(row, "position")?, entry, origin })
    }
}

fn json(content: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(content).map_err(|error| Error::Corrupt(error.to_string()))
}

fn parse<T: DeserializeOwned>(content: &str) -> Result<T, Error> {
    serde_json::from_str(content).map_err(|error| Error::Corrupt(format!("an input: {error}")))
}

/// Makes the transaction the only one that writes the log until it ends, so that it may decide on what it reads.
pub async fn hold<C: ConnectionTrait>(tx: &C) -> Result<(), Error> {
    outbox::hold(tx, COUNTER).await
}

/// Appends entries; returns the last position.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    entries: &[(Entry, Origin)],
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let mut last = 0;
    for (entry, origin) in entries {
        let (kind, name, content) = entry.columns()?;
        last = outbox::allocate(tx, COUNTER).await?;
        let sql =
            format!("INSERT INTO input_log ({COLUMNS}, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7)");
        let values = vec![
            last.into(),
            kind.into(),
            name.into(),
            content.into(),
            origin.trace.map(|trace| trace.to_string()).into(),
            origin.accepted_at.map(micros).into(),
            micros(now).into(),
        ];
        execute(tx, &sql, values).await?;
    }
    Ok(last)
}

/// Entries after a position, in order.
pub async fn after<C: ConnectionTrait>(conn: &C, position: i64) -> Result<Vec<Placed>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM input_log WHERE position > $1 ORDER BY position");
    query(conn, &sql, vec![position.into()]).await?.iter().map(Entry::read).collect()
}

/// The newest entry of each thing up to a position, in order of position.
async fn newest<C: ConnectionTrait>(conn: &C, position: i64) -> Result<Vec<Placed>, Error> {
    let sql = format!(
        "SELECT {COLUMNS} FROM input_log WHERE position IN \
         (SELECT MAX(position) FROM input_log WHERE position <= $1 GROUP BY kind, name) ORDER BY position"
    );
    query(conn, &sql, vec![position.into()]).await?.iter().map(Entry::read).collect()
}

/// The inputs as they stood at a position, with the positions of the last entry and of the model's last entry.
pub async fn inputs_at<C: ConnectionTrait>(conn: &C, position: i64) -> Result<(Inputs, i64, i64), Error> {
    let (mut inputs, mut last, mut model) = (Inputs::default(), 0, 0);
    for placed in newest(conn, position).await? {
        last = placed.position;
        if placed.entry.is_model() {
            model = placed.position;
        }
        placed.entry.apply(&mut inputs);
    }
    Ok((inputs, last, model))
}

/// The position of each work item's newest entry, its etag: of one item, or of all.
pub async fn item_positions<C: ConnectionTrait>(
    conn: &C,
    id: Option<&str>,
) -> Result<HashMap<String, i64>, Error> {
    let one = if id.is_some() { "AND name = $1 " } else { "" };
    let sql = format!(
        "SELECT name, MAX(position) AS position FROM input_log WHERE kind = 'item' {one}GROUP BY name"
    );
    let rows = query(conn, &sql, id.map(|id| id.into()).into_iter().collect()).await?;
    rows.iter().map(|row| Ok((column(row, "name")?, column(row, "position")?))).collect()
}
