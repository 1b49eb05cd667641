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
    let model = named(&statement.model_themes);
    let model = if model.is_empty() { "none".to_owned() } else { model };
    _ = writeln!(out, "belongs to {themes}, by {by} (the model: {model})");
    if let Some(short) = &why.short_of {
        _ = writeln!(out, "{}", short_of(short));
    }
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
    if why.theme.is_empty() {
        _ = writeln!(out, "\nNo theme has words to be near to.");
    } else if why.nearest.is_empty() {
        _ = writeln!(
            out,
            "\n{} has no confirmed words that a statement could be near to.",
            last_part(&why.theme)
        );
    } else {
        _ = writeln!(out, "\nWhy {}:", last_part(&why.theme));
    }
    for near in &why.nearest {
        _ = writeln!(out, "  {:+.2}  {}", near.similarity, near.text);
    }
    let words = |words: &[&proto::WordWeight]| {
        words.iter().map(|w| format!("{} {:+.2}", w.word, w.weight)).collect::<Vec<_>>().join(", ")
    };
    let carried: Vec<_> = why.words.iter().filter(|w| w.weight > 0.0).take(WORDS).collect();
    let against: Vec<_> = why.words.iter().rev().filter(|w| w.weight < 0.0).take(WORDS).collect();
    if !carried.is_empty() {
        _ = writeln!(out, "carried by: {}", words(&carried));
    }
    if !against.is_empty() {
        _ = writeln!(out, "against it: {}", words(&against));
    }
    if !why.themes.is_empty() {
        _ = writeln!(out, "\nNearest themes:");
    }
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

/// Why the model gives a statement no theme.
fn short_of(short: &proto::ShortOf) -> String {
    let of = |ppm: i32| f64::from(ppm) / 1e6;
    if short.theme.is_empty() {
        return "the model knows none of its words".to_owned();
    }
    let scored = format!("its nearest theme, {}, scores {:.2}", last_part(&short.theme), of(short.score_ppm));
    if short.score_ppm < short.floor_ppm {
        return format!("{scored}: under the floor of {:.2}", of(short.floor_ppm));
    }
    if short.score_ppm < short.best_ppm.saturating_sub(short.reach_ppm).min(short.clear_ppm) {
        return format!(
            "{scored}: under {:.2}, and more than {:.2} below another statement of the same answer, which scores {:.2}",
            of(short.clear_ppm),
            of(short.reach_ppm),
            of(short.best_ppm)
        );
    }
    format!("{scored}: what was learned from people does not give it that theme")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_statement_without_a_theme_fell_short_of_is_told() {
        let short = |score_ppm, best_ppm| proto::ShortOf {
            theme: "codebooks/cb/themes/cost".into(),
            score_ppm,
            floor_ppm: 150_000,
            best_ppm,
            reach_ppm: 100_000,
            clear_ppm: 220_000,
        };
        let told = |score, best| short_of(&short(score, best));
        assert_eq!(told(120_000, 0), "its nearest theme, cost, scores 0.12: under the floor of 0.15");
        assert!(told(200_000, 640_000).ends_with(
            "under 0.22, and more than 0.10 below another statement of the same answer, which scores 0.64"
        ));
        assert!(told(220_000, 640_000).ends_with("what was learned from people does not give it that theme"));
        let unknown = proto::ShortOf::default();
        assert_eq!(short_of(&unknown), "the model knows none of its words");
    }
}
