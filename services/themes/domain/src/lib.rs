//! The rules of themes: codebooks, voices, tallies. Pure.
//!
//! What the engine finds in a response's free text is a set of themes of a [`Codebook`]; a response's [`Contribution`] to its organisation's tallies
//! is the set of themes it raises under its [`VoiceKey`]; and a [`TallyChange`] moves the tallies from one contribution
//! to the next, so that they always equal a recount.
//!
//! # A codebook file
//! ```yaml
//! codebook:                        # may be left out, with the rest one step to the left
//!   id: refresh-2020                 # [A-Za-z0-9][A-Za-z0-9._~-]{0,62}
//!   title: Business Plan Refresh     # 1 to 200 characters
//!   surveys: [refresh-2020]          # surveys that feed it, by id or as surveys/{id}; at least one
//!   questions: [priorities]          # free-text questions that feed it; left out or empty: all of them
//!   themes:                          # 1 to 500
//!     - id: remote-work
//!       title: Supporting staff whilst they work remotely
//!       description: Equipment, connectivity and wellbeing of staff who work from home.
//!       exemplars:                   # statements that show it, at most 50; a handful already helps much
//!         - Staff need laptops and decent broadband to work from home.
//!       state: approved              # emerging, proposed, approved (if left out: somebody wrote it) or retired
//! ```
//! Loading a file again replaces the words of its themes; a theme keeps the state that people gave it since, and a
//! theme that the file no longer names is left as it is.

pub mod codebook;
pub mod codebook_file;
pub mod signal;
pub mod tally;
pub mod theme;
pub mod voice;

pub use codebook::{Codebook, CodebookChange, Rejection};
pub use codebook_file::{CodebookFile, FieldViolation, ThemeEntry};
pub use signal::{Signal, ThemeTally};
pub use tally::{Contribution, TallyChange, TallyMove};
pub use theme::{Theme, ThemeState};
pub use voice::{AnsweredText, VoiceKey, voice_key};
