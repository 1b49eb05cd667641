//! Writes `docs/reference/` from the contract. Run by `make docs`.
#[path = "../tests/it/reference.rs"]
mod reference;

fn main() -> std::io::Result<()> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("api.md"), reference::api())?;
    std::fs::write(folder.join("events.md"), reference::events())?;
    std::fs::write(folder.join("asyncapi.yaml"), reference::asyncapi())
}
