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
                "      {}  {}{}{}\n",
                decimal::show(theme.part, 12),
                theme.title,
                weight(theme),
                asked_by(&theme.surveys)
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

/// The surveys whose closed questions have a part in it, in brackets, if any has.
pub(super) fn asked_by(surveys: &[String]) -> String {
    let named = surveys.iter().map(|survey| last_part(survey)).collect::<Vec<_>>().join(", ");
    if named.is_empty() { named } else { format!(" (closed questions of {named})") }
}

/// What an organisation's respondents wrote and answered.
#[derive(Clone, Copy)]
pub(super) struct Said {
    pub raised: i64,
    pub answered: i64,
    pub against: i64,
    pub rated: i64,
    /// The sum of the support of all answers, in millionths.
    pub support_ppm: i64,
}

/// The same in words; who did neither raised it 0 of 0 times.
pub(super) fn said(said: Said) -> String {
    in_words(said, " respondents raised it")
}

/// The same where it follows [`said`].
pub(super) fn said_before(before: Said) -> String {
    in_words(before, "")
}

fn in_words(said: Said, raised_it: &str) -> String {
    let Said { raised, answered, against, rated, support_ppm } = said;
    let against = if against == 0 { String::new() } else { format!(" ({against} against)") };
    let wrote = format!("{raised} of {answered}{raised_it}{against}");
    if rated == 0 {
        return wrote;
    }
    let support =
        format!("{:.2} of full support in {rated} answer(s)", support_ppm as f64 / 1e6 / rated as f64);
    if answered == 0 { support } else { format!("{wrote}; {support}") }
}

fn organisations(parts: &[proto::OrganisationScore]) -> String {
    let mut text = String::new();
    let (own, prior): (Vec<_>, Vec<_>) = parts.iter().partition(|part| !part.organisation.is_empty());
    let mut line = |part: i64, words: String| {
        text.push_str(&format!("          {}  {words}\n", decimal::show(part, 12)));
    };
    for part in own.iter().take(ORGANISATIONS) {
        let proto::OrganisationScore { raised, answered, against, rated, support_ppm, .. } = **part;
        let told = said(Said { raised, answered, against, rated, support_ppm });
        let words = format!("{}: {told}", part.display_name);
        line(part.part, words);
    }
    let rest = own.get(ORGANISATIONS..).unwrap_or_default();
    if !rest.is_empty() {
        line(rest.iter().map(|part| part.part).sum(), format!("{} more", rest.len()));
    }
    prior.iter().for_each(|part| line(part.part, part.display_name.clone()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_council_wrote_and_what_it_answered_are_told_apart() {
        let wrote = Said { raised: 1, answered: 4, against: 1, rated: 0, support_ppm: 0 };
        assert_eq!(said(wrote), "1 of 4 respondents raised it (1 against)");
        assert_eq!(said_before(wrote), "1 of 4 (1 against)");
        let rated = Said { raised: 0, answered: 0, against: 0, rated: 2, support_ppm: 1_500_000 };
        assert_eq!(said(rated), "0.75 of full support in 2 answer(s)");
        let both = Said { raised: 1, answered: 4, against: 0, rated: 1, support_ppm: 0 };
        assert_eq!(said(both), "1 of 4 respondents raised it; 0.00 of full support in 1 answer(s)");
    }
}
