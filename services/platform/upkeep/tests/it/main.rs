//! Dead letters as an operator meets them, on real databases.
#![expect(clippy::unwrap_used, reason = "tests")]

mod dead_letters;
