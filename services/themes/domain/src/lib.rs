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
//!   themes:                          # at most 500; none yet: []
//!     - id: remote-work
//!       title: Supporting staff whilst they work remotely
//!       description: Equipment, connectivity and wellbeing of staff who work from home.
//!       exemplars:                   # statements that show it, at most 50; a handful already helps much
//!         - Staff need laptops and decent broadband to work from home.
//!       state: approved              # emerging, proposed, approved (if left out: somebody wrote it) or retired
//!       # of a new theme, and seldom written by hand:
//!       kind: subject                # or other, no_reason_given: kept for completeness, listed last
//!       parent: modern-workplace     # the theme it is a part of; two levels at most
//!       scope: {within: false, reason: Schools buy their own.}
//!       need: {status: partly_met, evidence: The broadband programme.}   # unmet, partly_met or met
//!       merged_into: wellbeing       # where a retired theme's statements go
//! ```
//! Loading a file again replaces the words of its themes; a theme keeps what people decided on it since, and a theme
//! that the file no longer names is left as it is. Every other change is a [`Decision`], and every decision an event
//! ([`CodebookEvent`]) that can be replayed and undone.

pub mod audit_sample;
pub mod codebook;
pub mod codebook_event;
pub mod codebook_file;
pub mod decision;
pub mod evidence;
pub mod mention_decision;
pub mod proportion;
pub mod quality;
pub mod signal;
pub mod statement_key;
pub mod tally;
pub mod theme;
pub mod voice;
pub mod withdrawal;
pub mod word_search;

pub use codebook::{Codebook, Place};
pub use codebook_event::{Action, CodebookEvent};
pub use codebook_file::{CodebookFile, FieldViolation, ThemeEntry};
pub use decision::{Decision, Rejection, ThemeDecision};
pub use evidence::Evidence;
pub use mention_decision::{MentionAct, MentionDecision, MentionRejection};
pub use signal::{Signal, ThemeTally};
pub use statement_key::{StatementKey, statement_digest};
pub use tally::{Contribution, TallyChange, TallyMove};
pub use theme::{Need, NeedStatus, Scope, Theme, ThemeKind, ThemeState, Words};
pub use voice::{AnsweredText, VoiceKey, voice_key};
