//! The dependency rules of ARCHITECTURE.md, read from cargo's own metadata.
use std::collections::BTreeSet;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// What a pure crate may depend on: values, text, hashing, serialisation. No IO, no proto, no runtime.
const PURE: [&str; 14] = [
    "chrono",
    "csv",
    "foldhash",
    "hex",
    "libm",
    "rand",
    "rand_chacha",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "unicode-normalization",
    "unicode-segmentation",
    "uuid",
];

const PLATFORM: [&str; 5] =
    ["soundings-access", "soundings-chassis", "soundings-jetstream", "soundings-mailbox", "soundings-upkeep"];

const SERVERS: [&str; 3] = ["soundings-consultation", "soundings-themes", "soundings-portfolio"];

fn workspace() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml"))
        .no_deps()
        .exec()
        .expect("cargo metadata reads the workspace")
}

fn dependencies(package: &Package) -> BTreeSet<&str> {
    package
        .dependencies
        .iter()
        .filter(|d| d.kind == DependencyKind::Normal)
        .map(|d| d.name.as_str())
        .collect()
}

fn package<'a>(metadata: &'a Metadata, name: &str) -> &'a Package {
    metadata.packages.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no crate named {name}"))
}

#[test]
fn a_domain_crate_depends_on_values_alone() {
    let metadata = workspace();
    let domains: Vec<_> = metadata.packages.iter().filter(|p| p.name.ends_with("-domain")).collect();
    assert_eq!(domains.len(), 3);
    for domain in domains {
        let impure: Vec<_> = dependencies(domain).into_iter().filter(|d| !PURE.contains(d)).collect();
        assert!(impure.is_empty(), "{} depends on {impure:?}", domain.name);
    }
}

#[test]
fn the_themes_engine_depends_on_values_and_its_domain_alone() {
    let metadata = workspace();
    let engine = package(&metadata, "soundings-themes-engine");
    let impure: Vec<_> = dependencies(engine)
        .into_iter()
        .filter(|d| !PURE.contains(d) && !["ndarray", "whatlang", "soundings-themes-domain"].contains(d))
        .collect();
    assert!(impure.is_empty(), "{impure:?}");
}

#[test]
fn only_jetstream_and_the_harness_name_async_nats() {
    let metadata = workspace();
    let naming: BTreeSet<_> = metadata
        .packages
        .iter()
        .filter(|p| dependencies(p).contains("async-nats"))
        .map(|p| p.name.to_string())
        .collect();
    let allowed: BTreeSet<_> = ["soundings-jetstream", "soundings-harness"].map(String::from).into();
    assert!(naming.is_subset(&allowed), "{naming:?}");
    assert!(naming.contains("soundings-jetstream"));
}

#[test]
fn no_service_depends_on_another() {
    let metadata = workspace();
    for server in SERVERS {
        let context = server.trim_start_matches("soundings-");
        for dependency in dependencies(package(&metadata, server)) {
            let foreign = SERVERS
                .iter()
                .filter(|other| **other != server)
                .any(|other| dependency == *other || dependency == format!("{other}-domain"));
            assert!(!foreign, "{context} depends on {dependency}");
        }
    }
}

#[test]
fn the_platform_knows_no_service() {
    let metadata = workspace();
    for name in PLATFORM {
        for dependency in dependencies(package(&metadata, name)) {
            let ours = dependency.starts_with("soundings-");
            let allowed = PLATFORM.contains(&dependency) || dependency == "soundings-proto";
            assert!(!ours || allowed, "{name} depends on {dependency}");
        }
    }
}

#[test]
fn the_contract_depends_on_nothing_of_ours() {
    let metadata = workspace();
    let ours: Vec<_> = dependencies(package(&metadata, "soundings-proto"))
        .into_iter()
        .filter(|d| d.starts_with("soundings-"))
        .collect();
    assert!(ours.is_empty(), "{ours:?}");
}
