//! Measures what users wait for.
fn main() {}
