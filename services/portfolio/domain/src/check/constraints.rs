//! What a plan must keep to: work that must be done, work that excludes other work, and pins. Whatever these ask for
//! together has to be possible; what can never be is refused, naming the items.
use std::collections::BTreeMap;

use crate::Inputs;

/// Longest reason or owner of a pin, in characters.
const LONGEST: usize = 500;

/// Bad fields, each with what is wrong.
pub(crate) fn check(inputs: &Inputs, wrong: &mut Vec<(String, String)>) {
    for (id, item) in &inputs.items {
        for other in &item.excludes {
            let text = if other == id {
                "an item cannot exclude itself".to_owned()
            } else if !inputs.items.contains_key(other) {
                format!("there is no work item {other:?}")
            } else {
                continue;
            };
            wrong.push((format!("workItems/{id}.excludes"), text));
        }
    }
    for (id, pin) in &inputs.pins {
        let mut add = |field: &str, text: &str| wrong.push((format!("pins/{id}.{field}"), text.to_owned()));
        match inputs.items.get(id) {
            None => add("work_item", "there is no such work item"),
            Some(item) if item.mandatory && !pin.held_in => {
                add("decision", "the item is mandatory: it cannot be kept out");
            }
            Some(_) => {}
        }
        for (field, text) in [("reason", &pin.reason), ("owner", &pin.owner)] {
            if text.trim().is_empty() || text.chars().count() > LONGEST {
                add(field, "must be 1 to 500 characters");
            }
        }
    }
    impossible(inputs, wrong);
}

/// Whether a work item is in every plan: because it must be done, or because it is held in.
pub fn is_required(inputs: &Inputs, id: &str) -> bool {
    inputs.items.get(id).is_some_and(|item| item.mandatory)
        || inputs.pins.get(id).is_some_and(|pin| pin.held_in)
}

/// Whether a work item is in no plan, because it is kept out.
pub fn is_kept_out(inputs: &Inputs, id: &str) -> bool {
    inputs.pins.get(id).is_some_and(|pin| !pin.held_in)
}

/// What is asked for and can never be: two items that exclude each other, or an item that another needs and that is kept
/// out. What a required item depends on is required with it.
fn impossible(inputs: &Inputs, wrong: &mut Vec<(String, String)>) {
    // Each with the mandatory or pinned item that it is required by: itself, or what depends on it.
    let mut required: BTreeMap<&str, &str> = BTreeMap::new();
    let roots = inputs.items.keys().map(String::as_str).filter(|id| is_required(inputs, id));
    let mut open: Vec<(&str, &str)> = roots.map(|id| (id, id)).collect();
    open.reverse();
    let whole = open.clone();
    required.extend(whole);
    while let Some((id, root)) = open.pop() {
        for other in inputs.items.get(id).into_iter().flat_map(|item| &item.depends_on) {
            if !required.contains_key(other.as_str()) {
                required.insert(other, root);
                open.push((other, root));
            }
        }
    }
    let why = |id: &str| if inputs.items[id].mandatory { "is mandatory" } else { "is pinned into the plan" };
    let needed = |id: &str| match required[id] {
        root if root == id => why(id).to_owned(),
        root => format!("is needed by {root}, which {}", why(root)),
    };
    for id in required.keys() {
        let Some(item) = inputs.items.get(*id) else { continue };
        if is_kept_out(inputs, id) && !item.mandatory {
            let text = format!("workItems/{id} {}: it cannot be kept out", needed(id));
            wrong.push((format!("pins/{id}.decision"), text));
        }
        let others =
            item.excludes.iter().filter(|other| other != id && required.contains_key(other.as_str()));
        for other in others {
            let text = format!("{id} {} and {other} {}: they exclude each other", needed(id), needed(other));
            wrong.push((format!("workItems/{id}.excludes"), text));
        }
    }
}
