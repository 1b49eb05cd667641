//! The steps of the model's build script that need neither the network nor a package.

use std::{path::Path, process::Command};

#[test]
fn the_build_scripts_own_tests_pass() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("build/tests_without_packages.py");
    let ran = Command::new("python3").arg("-B").arg(tests).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
