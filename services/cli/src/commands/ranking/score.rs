//! Where an item's value comes from, as people read it.
use soundings_proto::portfolio::v1 as proto;

use super::super::last_part;
use crate::decimal;

/// Organisations shown under a theme; the rest is summed up in a line.
const ORGANISATIONS: usize = 8;

/// The parts, each indented under what it is part of.
pub fn show(explained: &proto::ScoreExplanation) -> String {
    let mut text = format!(
        "{} {}\n{}, place {}: value {}\n",
        last_part(&explained.work_item),
        explained.title,
        explained.name,
        explained.rank,
        decimal::show(explained.value, 12)
    );
    for part in &explained.parts {
        let missing = if part.missing { ", not scored: the prior stands in" } else { "" };
        text.push_str(&format!(
            "  {}  {} (its value is {}{missing})\n",
            decimal::show(part.part, 12),
            part.title,
            decimal::show(part.value, 4)
        ));
        for theme in &part.themes {
            text.push_str(&format!(
                "      {}  {}{}\n",
                decimal::show(theme.part, 12),
                theme.title,
                weight(theme)
            ));
            text.push_str(&organisations(&theme.organisations));
        }
    }
    text
}

/// How much a theme counts and how its mentions are read, in brackets.
fn weight(theme: &proto::ThemeScore) -> String {
    if theme.strength == 0 {
        return String::new();
    }
    let mut words = vec![format!("strength {}", f64::from(theme.strength) / 1000.0)];
    match theme.reading() {
        proto::LinkReading::Stance => words.push("who speaks against it counts against the item".into()),
        proto::LinkReading::Against => words.push("a complaint: it counts against the item".into()),
        proto::LinkReading::Raised | proto::LinkReading::Unspecified => {}
    }
    if !theme.evidence.is_empty() {
        words.push(format!("by {}", theme.evidence));
    }
    match theme.need_weight {
        _ if theme.theme.is_empty() => {}
        0 => words.push("its need is met, so it counts nothing".into()),
        500 => words.push("a part of its need is met, so it counts by half".into()),
        _ => {}
    }
    format!(" ({})", words.join("; "))
}

/// How many of those who raised a theme spoke against it, if any did.
pub(super) fn against(number: i64) -> String {
    if number == 0 { String::new() } else { format!(" ({number} against)") }
}

fn organisations(parts: &[proto::OrganisationScore]) -> String {
    let mut text = String::new();
    let (own, prior): (Vec<_>, Vec<_>) = parts.iter().partition(|part| !part.organisation.is_empty());
    let mut line = |part: i64, words: String| {
        text.push_str(&format!("          {}  {words}\n", decimal::show(part, 12)));
    };
    for part in own.iter().take(ORGANISATIONS) {
        let words = format!(
            "{}: {} of {} respondents raised it{}",
            part.display_name,
            part.raised,
            part.answered,
            against(part.against)
        );
        line(part.part, words);
    }
    let rest = own.get(ORGANISATIONS..).unwrap_or_default();
    if !rest.is_empty() {
        line(rest.iter().map(|part| part.part).sum(), format!("{} more", rest.len()));
    }
    prior.iter().for_each(|part| line(part.part, part.display_name.clone()));
    text
}
