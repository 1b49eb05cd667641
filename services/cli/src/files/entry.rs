//! An entry of a file, read as far as it can be: every fault is told, and what it holds besides is kept.
//!
//! The deserializer stops at the first fault. So the smallest part that has the fault by itself is looked for; without it,
//! the entry is read again.
use serde::de::DeserializeOwned;
use serde_norway::{Mapping, Value, from_value};

/// Faults of one entry beyond which nobody reads on.
const MOST: usize = 100;

/// What is wrong: the keys that lead there, and how to mend it.
pub type Wrong = (Vec<String>, String);

/// What an entry says, if that can be told at all, and what is wrong with it. What is missing or cannot be read is taken to
/// be empty, or a number, so that the rest can be looked at.
pub fn read<T: DeserializeOwned>(entry: &Value) -> (Option<T>, Vec<Wrong>) {
    let (mut left, mut wrong) = (entry.clone(), Vec::new());
    // Keys to what was taken out, as they were in the entry.
    let mut without: Vec<Vec<String>> = Vec::new();
    while wrong.len() < MOST {
        let text = match from_value::<T>(left.clone()) {
            Ok(read) => return (Some(read), wrong),
            Err(error) => error.to_string(),
        };
        let culprit = culprit::<T>(&left, &text);
        let path = as_it_was(culprit.as_deref().unwrap_or_default(), &without);
        // What lacks something that was taken out has been told of.
        let lacks = missing(&text).map(|key| [path.as_slice(), &[key.to_owned()]].concat());
        let is_told = lacks.as_ref().is_some_and(|lacks| without.contains(lacks));
        match (culprit, lacks) {
            (Some(culprit), lacks) => {
                take_out(&mut left, &culprit);
                without.push(path.clone());
                if !is_told {
                    wrong.push((lacks.unwrap_or(path), plain(&text)));
                }
            }
            (None, Some(lacks)) => {
                if !is_told {
                    wrong.push((lacks.clone(), plain(&text)));
                }
                if !stand_in::<T>(&mut left, &lacks[0], &text) {
                    break;
                }
            }
            (None, None) => {
                wrong.push((Vec::new(), plain(&text)));
                break;
            }
        }
    }
    (None, wrong)
}

/// Keys as they were before elements of lists were taken out, after which the positions of the others are less.
fn as_it_was(path: &[String], without: &[Vec<String>]) -> Vec<String> {
    let mut was: Vec<String> = Vec::with_capacity(path.len());
    for key in path {
        let mut key = key.clone();
        if let Ok(mut at) = key.parse::<usize>() {
            let gone = without.iter().filter(|gone| gone.len() == was.len() + 1 && gone.starts_with(&was));
            let mut gone: Vec<usize> = gone.filter_map(|gone| gone[was.len()].parse().ok()).collect();
            gone.sort_unstable();
            gone.into_iter().for_each(|gone| at += usize::from(gone <= at));
            key = at.to_string();
        }
        was.push(key);
    }
    was
}

/// The key that a text says is missing.
fn missing(text: &str) -> Option<&str> {
    text.strip_prefix("missing field `")?.split('`').next()
}

/// What is wrong, for who wrote the file.
fn plain(text: &str) -> String {
    let parts = |prefix: &str| text.strip_prefix(prefix).and_then(|rest| rest.split_once(", expected "));
    if missing(text).is_some() {
        return "is missing".to_owned();
    }
    if let Some((_, expected)) = parts("unknown field ") {
        return format!("is no field here; give {expected}");
    }
    let what =
        parts("invalid type: ").or_else(|| parts("invalid value: ")).or_else(|| parts("unknown variant "));
    what.map_or_else(
        || text.to_owned(),
        |(given, expected)| format!("is {}; give {}", in_words(given), in_words(expected)),
    )
}

/// What the deserializer calls something, as people would.
fn in_words(what: &str) -> &str {
    match what {
        "sequence" | "a sequence" => "a list",
        "map" | "a map" => "a set of fields",
        "unit value" => "empty",
        "i32" | "i64" => "a whole number",
        _ if what.starts_with("struct ") => "a set of fields",
        _ => what.strip_prefix("string ").unwrap_or(what),
    }
}

/// The keys to the smallest part that has this outcome by itself.
fn culprit<T: DeserializeOwned>(entry: &Value, text: &str) -> Option<Vec<String>> {
    let outcome = |tried: Value| from_value::<T>(tried).err().map(|error| error.to_string());
    let has_it = |path: &[String]| {
        let mut alone = entry.clone();
        leave_alone(&mut alone, path);
        if outcome(alone).as_deref() != Some(text) {
            return false;
        }
        let (true, Some(key), Some((_, above))) = (missing(text).is_some(), path.last(), path.split_last())
        else {
            return true;
        };
        // A field that is missing is missing beside every other: what lacks it is gone without the part.
        if !at(entry, above).is_some_and(Value::is_mapping) {
            return true;
        }
        let mut without = entry.clone();
        take_out(&mut without, path);
        outcome(without).is_none_or(|other| other != text && missing(&other) != Some(key))
    };
    let mut path: Vec<String> = Vec::new();
    loop {
        // What has the outcome with nothing in it has it by itself.
        let mut empty = entry.clone();
        leave_nothing(&mut empty, &path);
        if outcome(empty).as_deref() == Some(text) {
            return (!path.is_empty()).then_some(path);
        }
        let within = |key: &String| path.iter().chain([key]).cloned().collect::<Vec<_>>();
        let next = keys(at(entry, &path)?).into_iter().find(|key| has_it(&within(key)));
        match next {
            Some(key) => path.push(key),
            None => return (!path.is_empty()).then_some(path),
        }
    }
}

/// The keys of what holds others; an element's is its position. What numbers a list holds is one thing.
fn keys(value: &Value) -> Vec<String> {
    match value {
        Value::Mapping(mapping) => mapping.keys().filter_map(Value::as_str).map(str::to_owned).collect(),
        Value::Sequence(list) if list.iter().any(|one| one.is_mapping() || one.is_sequence()) => {
            (0..list.len()).map(|n| n.to_string()).collect()
        }
        _ => Vec::new(),
    }
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, key| match value {
        Value::Sequence(list) => list.get(key.parse::<usize>().ok()?),
        _ => value.get(key.as_str()),
    })
}

/// Leaves nothing beside a part, in all that holds it.
fn leave_alone(value: &mut Value, path: &[String]) {
    let Some((key, rest)) = path.split_first() else { return };
    match value {
        Value::Mapping(mapping) => {
            mapping.retain(|other, _| other.as_str() == Some(key));
            mapping.values_mut().for_each(|inner| leave_alone(inner, rest));
        }
        Value::Sequence(list) => {
            let one = key.parse::<usize>().ok().and_then(|n| list.get(n).cloned());
            *list = one.into_iter().collect();
            list.iter_mut().for_each(|inner| leave_alone(inner, rest));
        }
        _ => {}
    }
}

/// Leaves nothing in a part, and nothing beside it.
fn leave_nothing(value: &mut Value, path: &[String]) {
    leave_alone(value, path);
    let mut inner = value;
    for _ in path {
        let next = match inner {
            Value::Mapping(mapping) => mapping.values_mut().next(),
            Value::Sequence(list) => list.first_mut(),
            _ => None,
        };
        match next {
            Some(next) => inner = next,
            None => return,
        }
    }
    match inner {
        Value::Mapping(mapping) => mapping.clear(),
        Value::Sequence(list) => list.clear(),
        _ => {}
    }
}

fn take_out(value: &mut Value, path: &[String]) {
    match (path, value) {
        ([key], Value::Mapping(mapping)) => drop(mapping.shift_remove(key.as_str())),
        ([key], Value::Sequence(list)) => {
            if let Ok(n) = key.parse::<usize>() {
                drop((n < list.len()).then(|| list.remove(n)));
            }
        }
        ([key, rest @ ..], Value::Mapping(mapping)) => {
            if let Some(inner) = mapping.get_mut(key.as_str()) {
                take_out(inner, rest);
            }
        }
        ([key, rest @ ..], Value::Sequence(list)) => {
            if let Some(inner) = key.parse::<usize>().ok().and_then(|n| list.get_mut(n)) {
                take_out(inner, rest);
            }
        }
        _ => {}
    }
}

/// Puts something in the place of what is missing: the first that is taken.
fn stand_in<T: DeserializeOwned>(entry: &mut Value, key: &str, text: &str) -> bool {
    let Value::Mapping(mapping) = entry else { return false };
    let with = |value: Value| {
        let mut tried = mapping.clone();
        tried.insert(Value::from(key), value);
        Value::Mapping(tried)
    };
    let refusal = |tried: &Value| from_value::<T>(tried.clone()).err().map(|error| error.to_string());
    // Of what can only be one of several words, the refusal of another tells the first.
    let word = refusal(&with(Value::from(""))).and_then(|refusal| {
        let (_, words) = refusal.split_once(", expected ")?;
        words.split('`').nth(1).map(Value::from)
    });
    let stand_ins = [Value::from(""), Value::from(0), Value::Sequence(Vec::new()), Mapping::new().into()];
    let taken = stand_ins
        .into_iter()
        .chain(word)
        .map(with)
        .find(|tried| refusal(tried).is_none_or(|other| missing(&other).is_some() && other != text));
    let is_taken = taken.is_some();
    *entry = taken.unwrap_or(Value::Null);
    is_taken
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Thing {
        id: String,
        size: i32,
        #[serde(default)]
        way: Option<Way>,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Way {
        Up,
        Down,
    }

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Part {
        name: String,
        #[serde(default)]
        count: i32,
    }

    fn read_text(text: &str) -> (Option<Thing>, Vec<(String, String)>) {
        let (thing, wrong) = read(&serde_norway::from_str::<Value>(text).unwrap());
        (thing, wrong.into_iter().map(|(path, text)| (path.join("."), text)).collect())
    }

    #[test]
    fn every_fault_is_told_with_its_keys_and_the_rest_is_kept() {
        let (thing, wrong) = read_text(
            "{id: A, size: abc, way: sideways, colour: red, parts: [{name: x}, {name: y, count: [1]}, {count: 2}, {name: [u]}, {name: z}]}",
        );
        let named: Vec<&str> = wrong.iter().map(|(path, _)| path.as_str()).collect();
        let expected = ["size", "way", "colour", "parts.1.count", "parts.2.name", "parts.3.name"];
        assert_eq!(named, expected, "{wrong:?}");
        let texts: Vec<&str> = wrong.iter().map(|(_, text)| text.as_str()).collect();
        assert_eq!(texts[1], "is `sideways`; give `up` or `down`");
        assert_eq!(
            (texts[0], texts[3]),
            ("is \"abc\"; give a whole number", "is a list; give a whole number")
        );
        assert_eq!((texts[4], texts[5]), ("is missing", "is a list; give a string"));
        let thing = thing.unwrap();
        assert_eq!((thing.id.as_str(), thing.size, thing.way), ("A", 0, None));
        assert_eq!(thing.parts.iter().map(|part| part.name.as_str()).collect::<Vec<_>>(), ["x", "y", "z"]);
    }

    #[test]
    fn everything_that_is_missing_is_told_once() {
        let (thing, wrong) = read_text("{colour: red}");
        let expected = [("colour", "is no field here"), ("id", "is missing"), ("size", "is missing")];
        assert_eq!(wrong.len(), expected.len(), "{wrong:?}");
        for ((path, text), (key, start)) in wrong.iter().zip(expected) {
            assert!(path == key && text.starts_with(start), "{wrong:?}");
        }
        assert!(thing.is_some());
    }

    #[test]
    fn what_is_no_entry_at_all_is_told_and_left_out() {
        let (thing, wrong) = read_text("seven");
        assert_eq!((thing, wrong.len()), (None, 1));
    }
}
