//! Looking into what a server keeps on disk.
use std::{fs, path::Path};

/// Whether a text stands in any file below a folder.
pub fn holds_marker(folder: &Path, marker: &str) -> bool {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.into_iter().any(|entry| {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            holds_marker(&entry.path(), marker)
        } else {
            let kept = fs::read(entry.path()).unwrap_or_default();
            kept.windows(marker.len()).any(|window| window == marker.as_bytes())
        }
    })
}
