//! Asking before what cannot be taken back.
use std::io::{self, BufRead, IsTerminal, Write};

use crate::failure::{Failure, Outcome};

/// Goes on when `yes` was given on the command line or at the prompt.
pub fn confirm(yes: bool, what: &str) -> Outcome {
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{what} cannot be taken back: give --yes to go on")));
    }
    write!(io::stderr(), "{what}. This cannot be taken back. Go on? [y/N] ")?;
    io::stderr().flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    match answer.trim() {
        "y" | "Y" | "yes" => Ok(()),
        _ => Err(Failure::new(crate::failure::Kind::Other, "nothing was changed")),
    }
}
