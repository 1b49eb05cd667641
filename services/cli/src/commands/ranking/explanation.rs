//! An explanation as people read it.
use soundings_proto::portfolio::v1 as proto;

use super::{super::last_part, score::Said};
use crate::decimal;

/// Organisations shown under a theme; the rest is summed up in a line.
const ORGANISATIONS: usize = 8;

/// The summary, then the parts, each indented under what it is part of.
pub fn show(explained: &proto::MoveExplanation) -> String {
    let mut text = format!(
        "{}\n\nrevision {} to {}, value {} to {} ({})\n",
        explained.summary,
        explained.from_revision,
        explained.to_revision,
        decimal::show(explained.value_before, 6),
        decimal::show(explained.value_after, 6),
        decimal::signed(explained.value_after - explained.value_before, 6),
    );
    for part in &explained.parts {
        text.push_str(&format!("  {}  {}\n", decimal::signed(part.delta, 6), part.title));
        for theme in &part.themes {
            let pieces: Vec<String> = theme.evidence.iter().map(|name| last_part(name)).collect();
            let evidence = if pieces.is_empty() {
                String::new()
            } else {
                format!(" (evidence {})", pieces.join(" → "))
            };
            let asked = super::score::asked_by(&theme.surveys);
            text.push_str(&format!(
                "      {}  {}{evidence}{asked}\n",
                decimal::signed(theme.delta, 6),
                theme.title
            ));
            text.push_str(&organisations(&theme.organisations));
            for quote in &theme.quotes {
                text.push_str(&format!("          “{}” ({})\n", quote.text, last_part(&quote.organisation)));
            }
        }
    }
    let named = |names: &[String]| names.iter().map(|name| last_part(name)).collect::<Vec<_>>().join(", ");
    if !explained.overtook.is_empty() {
        text.push_str(&format!("overtook {}\n", named(&explained.overtook)));
    }
    if !explained.overtaken_by.is_empty() {
        text.push_str(&format!("overtaken by {}\n", named(&explained.overtaken_by)));
    }
    text
}

fn organisations(parts: &[proto::OrganisationPart]) -> String {
    let mut text = String::new();
    for part in parts.iter().take(ORGANISATIONS) {
        let counts = if part.organisation.is_empty() {
            String::new()
        } else {
            let after = Said {
                raised: part.raised_after,
                answered: part.answered_after,
                against: part.against_after,
                rated: part.rated_after,
                support_ppm: part.support_after_ppm,
            };
            let before = Said {
                raised: part.raised_before,
                answered: part.answered_before,
                against: part.against_before,
                rated: part.rated_before,
                support_ppm: part.support_before_ppm,
            };
            format!(": {}, before {}", super::score::said(after), super::score::said_before(before))
        };
        text.push_str(&format!(
            "          {}  {}{counts}\n",
            decimal::signed(part.delta, 6),
            part.display_name
        ));
    }
    let rest = parts.get(ORGANISATIONS..).unwrap_or_default();
    if !rest.is_empty() {
        let sum: i64 = rest.iter().map(|part| part.delta).sum();
        text.push_str(&format!("          {}  {} more\n", decimal::signed(sum, 6), rest.len()));
    }
    text
}
