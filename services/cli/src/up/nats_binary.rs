//! Finding a nats-server that is new enough.
use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::failure::{Failure, Kind, Outcome};

/// The oldest release with all that is used here.
const FLOOR: (u32, u32) = (2, 12);

/// The one that is named, else the one on the PATH, else the one that `scripts/fetch-tools` has fetched.
pub fn find(named: Option<&Path>) -> Outcome<PathBuf> {
    if let Some(named) = named {
        return match version(named) {
            Some(found) if found >= FLOOR => Ok(named.to_owned()),
            Some(found) => Err(too_old(named, found)),
            None => {
                let text = format!("{} is no nats-server that can be run", named.display());
                Err(Failure::new(Kind::Other, text))
            }
        };
    }
    let on_path = PathBuf::from("nats-server");
    let found = version(&on_path);
    if found.is_some_and(|found| found >= FLOOR) {
        return Ok(on_path);
    }
    let fetched = fetched_places().into_iter().find(|place| version(place).is_some_and(|v| v >= FLOOR));
    fetched.ok_or_else(|| match found {
        Some(found) => too_old(&on_path, found),
        None => Failure::new(
            Kind::Other,
            "there is no nats-server: run scripts/fetch-tools nats-server, put one on the PATH, or name one \
             with --nats-server",
        ),
    })
}

fn too_old(path: &Path, (major, minor): (u32, u32)) -> Failure {
    let text = format!(
        "{} is version {major}.{minor}, but {}.{} or newer is needed: run scripts/fetch-tools nats-server, or \
         name another with --nats-server",
        path.display(),
        FLOOR.0,
        FLOOR.1
    );
    Failure::new(Kind::Other, text)
}

/// `.tools` in this folder, or beside the build that this program comes from.
fn fetched_places() -> Vec<PathBuf> {
    let here = std::env::current_dir().ok();
    let program = std::env::current_exe().ok();
    let above = program.iter().flat_map(|program| program.ancestors().skip(1).map(Path::to_owned));
    here.into_iter().chain(above).map(|folder| folder.join(".tools").join("nats-server")).collect()
}

/// What a program says of itself, such as `nats-server: v2.15.1`.
fn version(program: &Path) -> Option<(u32, u32)> {
    let answer = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8_lossy(&answer.stdout).into_owned();
    let number = text.trim().rsplit(['v', ' ']).next()?.to_owned();
    let mut parts = number.split('.').map(str::parse);
    Some((parts.next()?.ok()?, parts.next()?.ok()?))
}
