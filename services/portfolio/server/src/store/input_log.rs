//! Everything a ranking depends on, append-only: each entry is a thing's newest content, or that it is gone.
//!
//! The log grows with all that ever happens; `inputs_now` beside it, written in the same transaction, holds the newest
//! entry of each thing, so that reading what stands takes as long as there are things.
use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, QueryResult};
use serde::{Serialize, de::DeserializeOwned};
use soundings_chassis::{from_micros, micros, trace::TraceContext};
use soundings_mailbox::{
    Error, outbox,
    sql::{column, execute, query, query_one},
};
use soundings_portfolio_domain::{
    Criterion, Inputs, Item, Organisation, Pin, Portfolio, Programme, Resource, Signal, Support, Theme,
    Touched, evidence::Piece,
};

/// Names the log's counter, whose row is locked until the writer's transaction ends: positions are given out in the
/// order of commits, so nobody reads past an entry that is still being written.
pub const COUNTER: &str = "//soundings/portfolio/input-log";

const COLUMNS: &str = "position, kind, name, content, traceparent, accepted_at, actor";

/// What an entry holds.
#[derive(Debug, Clone, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "most entries are of the large kind, and few are alive at a time"
)]
pub enum Entry {
    /// A group of work items; None, here and below: it is gone.
    Portfolio(String, Option<Portfolio>),
    /// A group of work items inside a portfolio.
    Programme(String, Option<Programme>),
    /// What work takes.
    Resource(String, Option<Resource>),
    /// A yardstick.
    Criterion(String, Option<Criterion>),
    /// A work item.
    Item(String, Option<Item>),
    /// A decision that a work item is part of any plan, or of none.
    Pin(String, Option<Pin>),
    /// A partner.
    Organisation(String, Organisation),
    /// A theme, by full name.
    Theme(String, Theme),
    /// An organisation's tallies under a codebook.
    Signal(String, String, Signal),
    /// The evidence for a theme, by full name: pieces by name.
    Evidence(String, BTreeMap<String, Piece>),
    /// An organisation's tallies of a survey's bound questions.
    Support(String, String, Support),
}

/// Where an entry came from; it tells people, and decides nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Origin {
    /// The trace of the request or event that brought it.
    pub trace: Option<TraceContext>,
    /// When the newest response that it counts was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Who decided it; empty: nobody, it came as an event.
    pub actor: String,
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
        !matches!(
            self,
            Entry::Organisation(..)
                | Entry::Theme(..)
                | Entry::Signal(..)
                | Entry::Evidence(..)
                | Entry::Support(..)
        )
    }

    /// Whether it says that its thing is gone.
    pub fn is_gone(&self) -> bool {
        match self {
            Entry::Portfolio(_, content) => content.is_none(),
            Entry::Programme(_, content) => content.is_none(),
            Entry::Resource(_, content) => content.is_none(),
            Entry::Criterion(_, content) => content.is_none(),
            Entry::Item(_, content) => content.is_none(),
            Entry::Pin(_, content) => content.is_none(),
            Entry::Organisation(..)
            | Entry::Theme(..)
            | Entry::Signal(..)
            | Entry::Evidence(..)
            | Entry::Support(..) => false,
        }
    }

    /// Whether the inputs hold its thing, with whatever content.
    pub fn is_there(&self, inputs: &Inputs) -> bool {
        match self {
            Entry::Portfolio(id, _) => inputs.portfolios.contains_key(id),
            Entry::Programme(id, _) => inputs.programmes.contains_key(id),
            Entry::Resource(id, _) => inputs.resources.contains_key(id),
            Entry::Criterion(id, _) => inputs.criteria.contains_key(id),
            Entry::Item(id, _) => inputs.items.contains_key(id),
            Entry::Pin(id, _) => inputs.pins.contains_key(id),
            Entry::Organisation(id, _) => inputs.organisations.contains_key(id),
            Entry::Theme(name, _) => inputs.themes.contains_key(name),
            Entry::Signal(codebook, organisation, _) => {
                inputs.signals.get(codebook).is_some_and(|signals| signals.contains_key(organisation))
            }
            Entry::Evidence(theme, _) => inputs.evidence.contains_key(theme),
            Entry::Support(survey, organisation, _) => {
                inputs.supports.get(survey).is_some_and(|supports| supports.contains_key(organisation))
            }
        }
    }

    /// Puts it in its place among the inputs.
    pub fn apply(self, inputs: &mut Inputs) {
        match self {
            Entry::Portfolio(id, content) => put(&mut inputs.portfolios, id, content),
            Entry::Programme(id, content) => put(&mut inputs.programmes, id, content),
            Entry::Resource(id, content) => put(&mut inputs.resources, id, content),
            Entry::Criterion(id, content) => put(&mut inputs.criteria, id, content),
            Entry::Item(id, content) => put(&mut inputs.items, id, content),
            Entry::Pin(id, content) => put(&mut inputs.pins, id, content),
            Entry::Organisation(id, organisation) => drop(inputs.organisations.insert(id, organisation)),
            Entry::Theme(name, theme) => drop(inputs.themes.insert(name, theme)),
            Entry::Signal(codebook, organisation, signal) => {
                inputs.signals.entry(codebook).or_default().insert(organisation, signal);
            }
            Entry::Evidence(theme, pieces) => drop(inputs.evidence.insert(theme, pieces)),
            Entry::Support(survey, organisation, support) => {
                inputs.supports.entry(survey).or_default().insert(organisation, support);
            }
        }
    }

    /// Whether the inputs hold just this already.
    pub fn stands(&self, inputs: &Inputs) -> bool {
        match self {
            Entry::Portfolio(id, content) => inputs.portfolios.get(id) == content.as_ref(),
            Entry::Programme(id, content) => inputs.programmes.get(id) == content.as_ref(),
            Entry::Resource(id, content) => inputs.resources.get(id) == content.as_ref(),
            Entry::Criterion(id, content) => inputs.criteria.get(id) == content.as_ref(),
            Entry::Item(id, content) => inputs.items.get(id) == content.as_ref(),
            Entry::Pin(id, content) => inputs.pins.get(id) == content.as_ref(),
            Entry::Organisation(id, organisation) => inputs.organisations.get(id) == Some(organisation),
            Entry::Theme(name, theme) => inputs.themes.get(name) == Some(theme),
            Entry::Signal(codebook, organisation, signal) => {
                inputs.signals.get(codebook).and_then(|signals| signals.get(organisation)) == Some(signal)
            }
            Entry::Evidence(theme, pieces) => inputs.evidence.get(theme) == Some(pieces),
            Entry::Support(survey, organisation, support) => {
                inputs.supports.get(survey).and_then(|supports| supports.get(organisation)) == Some(support)
            }
        }
    }

    /// What it changes in a ranking; None: nothing.
    pub fn touched(&self) -> Option<Touched<'_>> {
        match self {
            Entry::Portfolio(..) | Entry::Criterion(..) | Entry::Organisation(..) => {
                Some(Touched::Everything)
            }
            Entry::Programme(..) | Entry::Resource(..) | Entry::Pin(..) => None,
            Entry::Item(id, _) => Some(Touched::Item(id)),
            Entry::Theme(name, _) => Some(Touched::Theme(name)),
            Entry::Signal(codebook, ..) => Some(Touched::Signals(codebook)),
            Entry::Evidence(..) => Some(Touched::Evidence),
            Entry::Support(..) => Some(Touched::Supports),
        }
    }

    /// What it is about: of two entries with one key, the later takes the other's place.
    pub fn key(&self) -> (&'static str, String) {
        match self {
            Entry::Portfolio(id, _) => ("portfolio", id.clone()),
            Entry::Programme(id, _) => ("programme", id.clone()),
            Entry::Resource(id, _) => ("resource", id.clone()),
            Entry::Criterion(id, _) => ("criterion", id.clone()),
            Entry::Item(id, _) => ("item", id.clone()),
            Entry::Pin(id, _) => ("pin", id.clone()),
            Entry::Organisation(id, _) => ("organisation", id.clone()),
            Entry::Theme(name, _) => ("theme", name.clone()),
            Entry::Signal(codebook, organisation, _) => ("signal", format!("{codebook}:{organisation}")),
            Entry::Evidence(theme, _) => ("evidence", theme.clone()),
            Entry::Support(survey, organisation, _) => ("support", format!("{survey}:{organisation}")),
        }
    }

    fn content(&self) -> Result<Option<String>, Error> {
        match self {
            Entry::Portfolio(_, content) => content.as_ref().map(json).transpose(),
            Entry::Programme(_, content) => content.as_ref().map(json).transpose(),
            Entry::Resource(_, content) => content.as_ref().map(json).transpose(),
            Entry::Criterion(_, content) => content.as_ref().map(json).transpose(),
            Entry::Item(_, content) => content.as_ref().map(json).transpose(),
            Entry::Pin(_, content) => content.as_ref().map(json).transpose(),
            Entry::Organisation(_, content) => json(content).map(Some),
            Entry::Theme(_, content) => json(content).map(Some),
            Entry::Signal(_, _, content) => json(content).map(Some),
            Entry::Evidence(_, content) => json(content).map(Some),
            Entry::Support(_, _, content) => json(content).map(Some),
        }
    }

    fn read(row: &QueryResult) -> Result<(i64, Entry), Error> {
        let (kind, name): (String, String) = (column(row, "kind")?, column(row, "name")?);
        let content: Option<String> = column(row, "content")?;
        let there = content.as_deref().unwrap_or("null");
        let entry = match kind.as_str() {
            "portfolio" => Entry::Portfolio(name, parse(there)?),
            "programme" => Entry::Programme(name, parse(there)?),
            "resource" => Entry::Resource(name, parse(there)?),
            "criterion" => Entry::Criterion(name, parse(there)?),
            "item" => Entry::Item(name, parse(there)?),
            "pin" => Entry::Pin(name, parse(there)?),
            "organisation" => Entry::Organisation(name, parse(there)?),
            "theme" => Entry::Theme(name, parse(there)?),
            "evidence" => Entry::Evidence(name, parse(there)?),
            "signal" => {
                let parts = name.split_once(':').ok_or_else(|| Error::Corrupt("a signal's name".into()))?;
                Entry::Signal(parts.0.to_owned(), parts.1.to_owned(), parse(there)?)
            }
            "support" => {
                let parts = name.split_once(':').ok_or_else(|| Error::Corrupt("a support's name".into()))?;
                Entry::Support(parts.0.to_owned(), parts.1.to_owned(), parse(there)?)
            }
            other => return Err(Error::Corrupt(format!("an input of kind {other:?}"))),
        };
        Ok((column(row, "position")?, entry))
    }
}

impl Placed {
    fn read(row: &QueryResult) -> Result<Placed, Error> {
        let (position, entry) = Entry::read(row)?;
        let traceparent: Option<String> = column(row, "traceparent")?;
        let origin = Origin {
            trace: traceparent.and_then(|text| text.parse().ok()),
            accepted_at: column::<Option<i64>>(row, "accepted_at")?.map(from_micros),
            actor: column(row, "actor")?,
        };
        Ok(Placed { position, entry, origin })
    }
}

fn put<T>(things: &mut BTreeMap<String, T>, id: String, content: Option<T>) {
    match content {
        Some(content) => drop(things.insert(id, content)),
        None => drop(things.remove(&id)),
    }
}

fn json(content: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(content).map_err(|error| Error::Corrupt(error.to_string()))
}

fn parse<T: DeserializeOwned>(content: &str) -> Result<T, Error> {
    serde_json::from_str(content).map_err(|error| Error::Corrupt(format!("an input: {error}")))
}

/// Appends entries; returns the last position.
pub async fn append<C: ConnectionTrait>(
    tx: &C,
    entries: &[(Entry, Origin)],
    now: DateTime<Utc>,
) -> Result<i64, Error> {
    let mut last = 0;
    for (entry, origin) in entries {
        let ((kind, name), content) = (entry.key(), entry.content()?);
        last = outbox::allocate(tx, COUNTER).await?;
        let sql =
            format!("INSERT INTO input_log ({COLUMNS}, recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
        let values = vec![
            last.into(),
            kind.into(),
            name.as_str().into(),
            content.clone().into(),
            origin.trace.map(|trace| trace.to_string()).into(),
            origin.accepted_at.map(micros).into(),
            origin.actor.as_str().into(),
            micros(now).into(),
        ];
        execute(tx, &sql, values).await?;
        let sql = "INSERT INTO inputs_now (position, kind, name, content) VALUES ($1, $2, $3, $4) \
                   ON CONFLICT (kind, name) DO UPDATE SET position = excluded.position, content = excluded.content";
        execute(tx, sql, vec![last.into(), kind.into(), name.into(), content.into()]).await?;
    }
    Ok(last)
}

/// A thing's content from a position on, who decided it, and when.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// The position.
    pub position: i64,
    /// Who decided it.
    pub actor: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
    /// What it was from then on, as it is kept; None: it was gone.
    pub content: Option<serde_json::Value>,
}

/// What a work item was before a position, newest first.
pub async fn history<C: ConnectionTrait>(
    conn: &C,
    item: &str,
    before: i64,
    limit: u32,
) -> Result<Vec<Past>, Error> {
    let sql = "SELECT position, actor, recorded_at, content FROM input_log \
               WHERE kind = 'item' AND name = $1 AND position < $2 ORDER BY position DESC LIMIT $3";
    let rows = query(conn, sql, vec![item.into(), before.into(), i64::from(limit).into()]).await?;
    let read = |row: &QueryResult| {
        let content: Option<String> = column(row, "content")?;
        Ok(Past {
            position: column(row, "position")?,
            actor: column(row, "actor")?,
            recorded_at: from_micros(column(row, "recorded_at")?),
            content: content.as_deref().map(parse).transpose()?,
        })
    };
    rows.iter().map(read).collect()
}

/// Entries after a position, in order.
pub async fn after<C: ConnectionTrait>(conn: &C, position: i64) -> Result<Vec<Placed>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM input_log WHERE position > $1 ORDER BY position");
    query(conn, &sql, vec![position.into()]).await?.iter().map(Placed::read).collect()
}

/// The newest entry of each thing that changed after a position, with its own position.
pub async fn newest_after<C: ConnectionTrait>(conn: &C, position: i64) -> Result<Vec<(i64, Entry)>, Error> {
    let sql = "SELECT position, kind, name, content FROM inputs_now WHERE position > $1";
    query(conn, sql, vec![position.into()]).await?.iter().map(Entry::read).collect()
}

/// The inputs as they stood at a position, with the positions of the last entry and of the model's last entry. What
/// has not changed since is read as it stands; the log is asked for the rest alone.
pub async fn inputs_at<C: ConnectionTrait>(conn: &C, position: i64) -> Result<(Inputs, i64, i64), Error> {
    let sql = "SELECT position, kind, name, content FROM inputs_now WHERE position <= $1 \
               UNION ALL SELECT position, kind, name, content FROM input_log WHERE position IN \
               (SELECT (SELECT MAX(l.position) FROM input_log l \
                        WHERE l.kind = n.kind AND l.name = n.name AND l.position <= $1) \
                FROM inputs_now n WHERE n.position > $1)";
    let (mut inputs, mut last, mut model) = (Inputs::default(), 0, 0);
    for row in query(conn, sql, vec![position.into()]).await? {
        let (position, entry) = Entry::read(&row)?;
        last = last.max(position);
        if entry.is_model() {
            model = model.max(position);
        }
        entry.apply(&mut inputs);
    }
    Ok((inputs, last, model))
}

/// What organisations answered to bound questions, and themes, as far as they tell what a work item's direct voice is.
pub async fn voices<C: ConnectionTrait>(conn: &C) -> Result<Inputs, Error> {
    let sql = "SELECT position, kind, name, content FROM inputs_now WHERE kind IN ('support', 'theme')";
    let mut inputs = Inputs::default();
    for row in query(conn, sql, Vec::new()).await? {
        Entry::read(&row)?.1.apply(&mut inputs);
    }
    Ok(inputs)
}

/// Every work item by id, with the position of its newest entry: its etag.
pub async fn items<C: ConnectionTrait>(conn: &C) -> Result<BTreeMap<String, (Item, i64)>, Error> {
    let sql = "SELECT position, kind, name, content FROM inputs_now WHERE kind = 'item'";
    let mut items = BTreeMap::new();
    for row in query(conn, sql, Vec::new()).await? {
        if let (position, Entry::Item(id, Some(item))) = Entry::read(&row)? {
            items.insert(id, (item, position));
        }
    }
    Ok(items)
}

/// One work item, as [`items`] has it.
pub async fn item<C: ConnectionTrait>(conn: &C, id: &str) -> Result<Option<(Item, i64)>, Error> {
    let sql = "SELECT position, kind, name, content FROM inputs_now WHERE kind = 'item' AND name = $1";
    let row = query_one(conn, sql, vec![id.into()]).await?;
    match row.as_ref().map(Entry::read).transpose()? {
        Some((position, Entry::Item(_, Some(item)))) => Ok(Some((item, position))),
        _ => Ok(None),
    }
}
