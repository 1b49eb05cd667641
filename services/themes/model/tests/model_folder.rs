//! Models that an operator gives as a folder.

use std::fs;
use std::path::Path;

use soundings_themes_model::{MODEL_VERSION, Model};

const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];

/// A copy of the embedded model in a folder of its own.
#[expect(clippy::unwrap_used, reason = "the fixture is part of the test")]
fn copy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for file in FILES {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("artefact").join(file);
        fs::copy(from, folder.path().join(file)).unwrap();
    }
    folder
}

#[test]
fn a_folder_is_a_model_and_a_copy_of_the_embedded_one_is_that() {
    let folder = copy();
    let model = Model::from_folder(folder.path()).unwrap();
    assert_eq!(model.version(), MODEL_VERSION);
    fs::write(folder.path().join("config.json"), "{\"normalize\": true, \"note\": \"another\"}").unwrap();
    let other = Model::from_folder(folder.path()).unwrap();
    assert_eq!(other.version().len(), "model-".len() + 12);
    assert_eq!(other.version(), Model::from_folder(folder.path()).unwrap().version(), "the same again");
    assert_eq!(other.encode(&["buses"]), model.encode(&["buses"]));
}

#[test]
fn a_folder_that_is_no_model_is_refused_with_what_to_give() {
    let told = |folder: &Path| Model::from_folder(folder).unwrap_err().to_string();
    let none = tempfile::tempdir().unwrap();
    assert!(told(&none.path().join("nowhere")).contains("model2vec format"));
    for file in FILES {
        let folder = copy();
        fs::remove_file(folder.path().join(file)).unwrap();
        assert!(told(folder.path()).contains(file), "{file} is missing");
        let wrong: [&[u8]; 4] = [b"", b"\xff\xfe\x00", b"{}", b"not at all what it should be"];
        for content in wrong.into_iter().filter(|content| file != "config.json" || *content != b"{}") {
            fs::write(folder.path().join(file), content).unwrap();
            let told = told(folder.path());
            assert!(told.contains("model2vec format"), "{file} {content:?}: {told}");
        }
    }
    // Half of the table, as where a copy was broken off.
    let folder = copy();
    let table = fs::read(folder.path().join("model.safetensors")).unwrap();
    fs::write(folder.path().join("model.safetensors"), &table[..table.len() / 2]).unwrap();
    assert!(told(folder.path()).contains("no readable model"));
}
