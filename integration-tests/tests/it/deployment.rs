//! What is written down for operators says what the programs do.
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use pretty_assertions::assert_eq;
use soundings_harness::program;
use tempfile::TempDir;

fn deploy(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy").join(file)
}

/// The command with nothing of this process's settings.
fn soundings() -> Command {
    let mut command = Command::new(program("soundings"));
    command.env_clear();
    command
}

#[test]
fn the_default_settings_are_those_of_the_programs_and_can_be_loaded() {
    for service in ["consultation", "themes", "portfolio"] {
        let file = deploy(&format!("config/{service}.toml"));
        let dumped = soundings().args(["config", "dump", service]).output().unwrap();
        let dumped = String::from_utf8(dumped.stdout).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap_or_default(), dumped, "write it again: make config");
        let checked = soundings().args(["config", "check", service, "--file"]).arg(&file).output().unwrap();
        assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
    }
}

#[test]
fn every_variable_of_the_deployment_is_described_with_its_default() {
    let compose = fs::read_to_string(deploy("compose.yaml")).unwrap();
    let used = compose.split("${").skip(1).map(|rest| rest.split('}').next().unwrap());
    let used: BTreeMap<_, _> = used.map(|variable| variable.split_once(":-").unwrap()).collect();
    let described = fs::read_to_string(deploy(".env.example")).unwrap();
    let lines = described.lines().filter(|line| !line.starts_with('#'));
    let mut described: BTreeMap<_, _> = lines.filter_map(|line| line.split_once('=')).collect();
    assert_eq!(described.remove("COMPOSE_PROFILES"), Some(""), "Compose's own");
    assert_eq!(described, used);
}

#[test]
fn init_makes_every_secret_once_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    let init = |folder: &Path| {
        let mut command = soundings();
        command.args(["admin", "init", "--subscriber", "dashboard,archive", "--folder"]).arg(folder);
        command.output().unwrap()
    };
    let made = |folder: &Path| -> BTreeMap<String, String> {
        let owners =
            fs::read_dir(folder).unwrap().flat_map(|owner| fs::read_dir(owner.unwrap().path()).unwrap());
        let files = owners.map(|file| file.unwrap().path());
        let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
        files.map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
    };
    let done = init(folder.path());
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let first = made(folder.path());
    let of_services = ["consultation", "portfolio", "themes"].map(|service| {
        ["database-password", "jwks.json", "nats.nk", "token"].map(|file| format!("{service}/{file}"))
    });
    let others = [
        "nats/users.conf",
        "operator/archive.nk",
        "operator/dashboard.nk",
        "operator/provision.nk",
        "operator/signing-key.pem",
        "operator/token",
        "postgres/password",
    ];
    let mut expected: Vec<_> = of_services.concat().into_iter().chain(others.map(String::from)).collect();
    expected.sort();
    assert_eq!(first.keys().cloned().collect::<Vec<_>>(), expected);
    for file in first.keys() {
        let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode() & 0o777;
        let shared = file == "postgres/password";
        assert_eq!(mode, if shared { 0o640 } else { 0o600 }, "{file}");
    }
    // No two secrets are alike, and what the NATS server reads holds none.
    let secret = |file: &&String| file.ends_with(".nk") || file.ends_with("password");
    let secrets: Vec<_> = first.keys().filter(secret).map(|file| first[file].trim()).collect();
    let distinct: std::collections::BTreeSet<_> = secrets.iter().collect();
    assert_eq!(distinct.len(), secrets.len());
    assert!(secrets.iter().all(|secret| !first["nats/users.conf"].contains(secret)));

    assert!(init(folder.path()).status.success());
    assert_eq!(made(folder.path()), first, "run again, it changes nothing");

    // Another key that signs: what follows from it is made anew, and nothing else.
    fs::remove_file(folder.path().join("operator/signing-key.pem")).unwrap();
    assert!(init(folder.path()).status.success());
    for (file, text) in made(folder.path()) {
        let follows = file.ends_with("token") || file.ends_with("jwks.json") || file.ends_with(".pem");
        assert_eq!(text != first[&file], follows, "{file}");
    }

    for name in ["themes", "provision", "A", "../x"] {
        let mut refused = soundings();
        refused.args(["admin", "init", "--subscriber", name, "--folder"]).arg(folder.path());
        assert_eq!(refused.output().unwrap().status.code(), Some(2), "{name}");
    }
    fs::write(folder.path().join("operator/archive.nk"), "rubbish").unwrap();
    let spoilt = init(folder.path());
    let said = String::from_utf8_lossy(&spoilt.stderr);
    assert!(!spoilt.status.success() && said.contains("archive.nk: ") && said.lines().count() == 1, "{said}");
}
