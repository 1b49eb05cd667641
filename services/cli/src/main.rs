//! The `soundings` command.
fn main() {}
