//! Theme analysis without a service: text in; statements, themes, names, stance and figures of their accuracy out. Pure:
//! no IO, no clock, and the same bytes from the same input on one thread or many.

pub mod evaluate;
pub mod evidence;
pub mod explain;
pub mod language;
pub mod learned;
pub mod stance;
