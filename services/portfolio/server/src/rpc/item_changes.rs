//! What people changed on a work item, field by field.
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use soundings_proto::portfolio::v1 as proto;

use super::messages;
use crate::store::input_log::Past;

/// A step from what the item was before, if it was there, to what it was from then on.
pub fn change(before: Option<&Past>, now: &Past) -> proto::WorkItemChange {
    let (old, new) = (fields(before.and_then(|past| past.content.as_ref())), fields(now.content.as_ref()));
    let named: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let text =
        |fields: &BTreeMap<String, String>, field: &str| fields.get(field).cloned().unwrap_or_default();
    let changed = named.into_iter().filter(|field| old.get(*field) != new.get(*field));
    proto::WorkItemChange {
        etag: now.position.to_string(),
        change_time: Some(messages::timestamp(now.recorded_at)),
        actor: now.actor.clone(),
        removed: now.content.is_none(),
        fields: changed
            .map(|field| proto::FieldChange {
                field: field.clone(),
                before: text(&old, field),
                after: text(&new, field),
            })
            .collect(),
    }
}

/// Every field by its path; what is empty counts as not there.
fn fields(content: Option<&Value>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    content.into_iter().for_each(|content| walk("", content, &mut found));
    found
}

fn walk(path: &str, value: &Value, found: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                walk(&path, value, found);
            }
        }
        Value::Array(values) if values.is_empty() => {}
        Value::String(text) if text.is_empty() => {}
        Value::Bool(false) | Value::Null => {}
        value => drop(found.insert(path.to_owned(), value.to_string())),
    }
}
