//! The contract against what is written of it.
mod reference;

use std::{fs, path::Path};

use pretty_assertions::assert_eq;

fn written(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference").join(name);
    fs::read_to_string(&path).unwrap_or_default()
}

#[test]
fn the_api_reference_says_what_the_proto_files_say() {
    assert_eq!(written("api.md"), reference::api(), "run: make docs");
}

#[test]
fn the_event_reference_says_what_the_table_says() {
    assert_eq!(written("events.md"), reference::events(), "run: make docs");
}

#[test]
fn asyncapi_says_what_the_table_says() {
    assert_eq!(written("asyncapi.yaml"), reference::asyncapi(), "run: make docs");
}
