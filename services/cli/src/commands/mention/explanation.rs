//! Why a statement is where it is, for people.
use std::fmt::Write;

use soundings_proto::themes::v1 as proto;

use crate::{commands::last_part, commands::theme::word, output};

/// Words that are shown at either end.
const WORDS: usize = 6;

/// The explanation as text.
pub fn show(why: &proto::MentionExplanation) -> String {
    let mut out = String::new();
    let statement = why.statement.clone().unwrap_or_default();
    let named = |themes: &[String]| themes.iter().map(|t| last_part(t)).collect::<Vec<_>>().join(", ");
    _ = writeln!(out, "{:?}", why.text);
    let themes = named(&statement.themes);
    let by = if statement.decided_by.is_empty() { "the model" } else { statement.decided_by.as_str() };
    let themes = if themes.is_empty() { "no theme".to_owned() } else { themes };
    _ = writeln!(out, "belongs to {themes}, by {by} (the model: {})", named(&statement.model_themes));
    if !why.language.is_empty() {
        _ = writeln!(out, "in {}: the model gives it no theme", why.language);
    }
    if why.one_word {
        _ = writeln!(out, "one word: its theme stands on little ground");
    }
    let evidence = if why.evidence_rich { ", brings evidence" } else { "" };
    let (position, act) = (why.position().as_str_name(), why.act().as_str_name());
    let (position, act) = (word(position, "POSITION_"), word(act, "STATEMENT_ACT_"));
    _ = writeln!(out, "position: {position}, act: {act}{evidence}");
    _ = writeln!(out, "\nWhy {}:", last_part(&why.theme));
    for near in &why.nearest {
        _ = writeln!(out, "  {:+.2}  {}", near.similarity, near.text);
    }
    let words = |words: &[&proto::WordWeight]| {
        words.iter().map(|w| format!("{} {:+.2}", w.word, w.weight)).collect::<Vec<_>>().join(", ")
    };
    let carried: Vec<_> = why.words.iter().filter(|w| w.weight > 0.0).take(WORDS).collect();
    let against: Vec<_> = why.words.iter().rev().filter(|w| w.weight < 0.0).take(WORDS).collect();
    _ = writeln!(out, "carried by: {}", words(&carried));
    if !against.is_empty() {
        _ = writeln!(out, "against it: {}", words(&against));
    }
    _ = writeln!(out, "\nNearest themes:");
    for near in &why.themes {
        _ = writeln!(out, "  {:+.2}  {}", near.similarity, last_part(&near.theme));
    }
    if let Some(learned) = &why.learned {
        let verdict = if learned.assigned { "gives it the theme" } else { "does not give it the theme" };
        let all: Vec<_> = learned.words.iter().collect();
        _ = writeln!(
            out,
            "\nWhat was learned decides this theme and {verdict}: probability {:.2}",
            learned.probability
        );
        _ = writeln!(out, "carried by: {}", words(&all));
    }
    if !why.decisions.is_empty() {
        _ = writeln!(out, "\nDecisions:");
    }
    for decision in &why.decisions {
        let when = output::time(decision.create_time.as_ref());
        let (from, to) = (last_part(&decision.from_theme), named(&decision.themes));
        let action = decision.action.replace('_', " ");
        _ = writeln!(out, "  {when}  {}: {action} {from} → {to}  {}", decision.actor, decision.reason);
    }
    _ = writeln!(
        out,
        "\nassigned by {} under version {} of the codebook",
        why.model_version, why.codebook_version
    );
    out
}
