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
            let strength = f64::from(theme.strength) / 1000.0;
            text.push_str(&format!(
                "      {}  {} (strength {strength})\n",
                decimal::show(theme.part, 12),
                theme.title
            ));
            text.push_str(&organisations(&theme.organisations));
        }
    }
    text
}

fn organisations(parts: &[proto::OrganisationScore]) -> String {
    let mut text = String::new();
    let (own, prior): (Vec<_>, Vec<_>) = parts.iter().partition(|part| !part.organisation.is_empty());
    let mut line = |part: i64, words: String| {
        text.push_str(&format!("          {}  {words}\n", decimal::show(part, 12)));
    };
    for part in own.iter().take(ORGANISATIONS) {
        let words =
            format!("{}: {} of {} respondents raised it", part.display_name, part.raised, part.answered);
        line(part.part, words);
    }
    let rest = own.get(ORGANISATIONS..).unwrap_or_default();
    if !rest.is_empty() {
        line(rest.iter().map(|part| part.part).sum(), format!("{} more", rest.len()));
    }
    prior.iter().for_each(|part| line(part.part, part.display_name.clone()));
    text
}
