//! Changes what people decide: portfolios, criteria, work items, scores, links. All or nothing, checked as a whole.
use chrono::{DateTime, Utc};
use prost::Message;
use sea_orm::DatabaseTransaction;
use soundings_chassis::{Problem, trace};
use soundings_mailbox::outbox;
use soundings_portfolio_domain::{Inputs, Item, ThemeState, check::check};

use super::{
    Runtime,
    once::{Mutation, once},
};
use crate::events::outgoing;
use crate::store::input_log::{self, Entry, Origin};

/// What came of a change.
#[derive(Debug, Clone, Copy, Default)]
pub struct Applied {
    /// Things made.
    pub created: i32,
    /// Things replaced by other content.
    pub changed: i32,
    /// Things removed.
    pub removed: i32,
    /// Things that were so already.
    pub unchanged: i32,
    /// The model's version.
    pub model: i64,
    /// The position of the newest entry of the work item that was read: its etag.
    pub item: i64,
}

/// Decides entries from the inputs as they stand, and writes those that change something. `reply` makes the reply of the
/// inputs as they then are; a repeat of the request gets the first one.
pub async fn change<R: Message + Default>(
    runtime: &Runtime,
    mutation: Mutation,
    decide: impl FnOnce(&Inputs) -> Result<Vec<Entry>, Problem>,
    reply: impl FnOnce(&Inputs, Applied) -> R,
) -> Result<R, Problem> {
    let changed = once(runtime, &mutation, input_log::COUNTER, async |tx, now| {
        let (inputs, applied) = write(runtime, &mutation, decide, (tx, now)).await?;
        Ok(reply(&inputs, applied))
    });
    let reply = changed.await?;
    runtime.inputs_changed.notify_one();
    Ok(reply)
}

/// Writes entries within a transaction that holds the log; the inputs as they then are.
pub async fn write(
    runtime: &Runtime,
    mutation: &Mutation,
    decide: impl FnOnce(&Inputs) -> Result<Vec<Entry>, Problem>,
    (tx, now): (&DatabaseTransaction, DateTime<Utc>),
) -> Result<(Inputs, Applied), Problem> {
    let (mut inputs, _, model) = input_log::inputs_at(tx, i64::MAX).await?;
    let mut applied = Applied { model, ..Applied::default() };
    if let Some((id, etag)) = &mutation.read {
        applied.item = input_log::item(tx, id).await?.map_or(0, |(_, position)| position);
        check_etag(etag, applied.item)?;
    }
    let origin = Origin { trace: trace::current(), accepted_at: None, actor: mutation.principal.clone() };
    let (mut entries, mut wrong) = (Vec::new(), Vec::new());
    for entry in decide(&inputs)? {
        if entry.stands(&inputs) {
            applied.unchanged += 1;
            continue;
        }
        *(match (entry.is_gone(), entry.is_there(&inputs)) {
            (true, _) => &mut applied.removed,
            (false, true) => &mut applied.changed,
            (false, false) => &mut applied.created,
        }) += 1;
        check_links(&inputs, &entry, &mut wrong);
        entry.clone().apply(&mut inputs);
        entries.push((entry, origin.clone()));
    }
    wrong.extend(check(&inputs));
    if !wrong.is_empty() {
        return Err(Problem::invalid(wrong));
    }
    if !entries.is_empty() {
        applied.model = input_log::append(tx, &entries, now).await?;
        applied.item = applied.model;
        tell(runtime, tx, &entries, now).await?;
    }
    Ok((inputs, applied))
}

/// Tells of work items that were made, changed or removed.
async fn tell(
    runtime: &Runtime,
    tx: &DatabaseTransaction,
    entries: &[(Entry, Origin)],
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let mut events = Vec::new();
    for (entry, origin) in entries {
        let Entry::Item(id, item) = entry else { continue };
        let source = outgoing::item_source(id);
        let sequence = outbox::allocate(tx, &source).await?;
        let at = (now, origin.trace);
        events.push(outgoing::item_changed(id, item.as_ref(), sequence, runtime.ids.as_ref(), at));
    }
    Ok(outbox::append(tx, &events).await?)
}

/// Refuses what was decided on something older than what stands; an empty etag stands for whatever it is.
pub fn check_etag(etag: &str, position: i64) -> Result<(), Problem> {
    if etag.is_empty() || etag == position.to_string() {
        return Ok(());
    }
    let text = format!("it has changed since it was read (its etag is {position} now): read it again");
    Err(Problem::aborted("STALE_ETAG", text))
}

/// A retired theme takes no new link: nobody speaks for it any more.
pub fn check_links(inputs: &Inputs, entry: &Entry, wrong: &mut Vec<(String, String)>) {
    let Entry::Item(id, Some(item)) = entry else { return };
    let before = inputs.items.get(id);
    for (theme, link) in &item.links {
        let retired = inputs.themes.get(theme).is_some_and(|found| found.state == ThemeState::Retired);
        if retired && before.and_then(|item| item.links.get(theme)) != Some(link) {
            let text = match inputs.goes_to(theme) {
                other if other != theme => format!("{theme} was merged; link {other}, which took its place"),
                _ => format!("{theme} is retired; link the theme that took its place"),
            };
            wrong.push((format!("workItems/{id}.links"), text));
        }
    }
}

/// A work item that is to be changed, or NOT_FOUND.
pub fn item<'a>(inputs: &'a Inputs, id: &str) -> Result<&'a Item, Problem> {
    inputs.items.get(id).ok_or_else(|| no_item(id))
}

/// What to write so that a work item is gone, and its pin with it.
pub fn without_item(inputs: &Inputs, id: &str) -> Vec<Entry> {
    let pin = inputs.pins.contains_key(id).then(|| Entry::Pin(id.to_owned(), None));
    [Entry::Item(id.to_owned(), None)].into_iter().chain(pin).collect()
}

/// There is no such work item.
pub fn no_item(id: &str) -> Problem {
    Problem::not_found("work item", &format!("workItems/{id}"))
}

/// Refuses to let go of a work item that others depend on, naming the first of them.
pub fn check_needless(inputs: &Inputs, id: &str) -> Result<(), Problem> {
    match inputs.items.iter().find(|(_, item)| item.depends_on.contains(id)) {
        Some((other, _)) => {
            let text = format!("workItems/{other} depends on it: change that first");
            Err(Problem::failed_precondition("WORK_ITEM_NEEDED", &format!("workItems/{id}"), text))
        }
        None => Ok(()),
    }
}
