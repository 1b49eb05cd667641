//! An organisation's receipt: what it said → theme → work item → what moved.
use std::collections::BTreeMap;

use super::{
    Block, Column, Document, Stamp, Table,
    document::{heading, paragraph},
    feedback::{self, Heard, Moved},
    figures::{and, counted, percent, signed},
    rated,
};
use crate::{Inputs, Need, ONE, Ranking, ThemeState, demand::Tally, direct::Direct, link::WHOLE};

/// A theme that an organisation's own people raised or answered closed questions on.
struct Own<'a> {
    heard: &'a Heard<'a>,
    tally: Tally,
}

/// Writes a receipt. `quotes` are statements of the organisation's own people by theme, if they are to be shown.
pub fn receipt(
    inputs: &Inputs,
    ranking: &Ranking,
    organisation: &str,
    quotes: &BTreeMap<String, Vec<String>>,
    stamp: Stamp,
    notice: &str,
) -> Document {
    let named =
        inputs.organisations.get(organisation).map(|o| o.display_name.as_str()).filter(|n| !n.is_empty());
    let name = named.unwrap_or(organisation);
    let heard = feedback::heard(inputs, ranking);
    let direct = Direct::of(inputs);
    let tallies = heard
        .iter()
        .map(|heard| Own { heard, tally: direct.tally(inputs, heard.theme, organisation) })
        .filter(|own| own.tally.raised > 0 || own.tally.rated.answers > 0);
    let mut own: Vec<Own<'_>> = tallies.collect();
    let most = |tally: &Tally| std::cmp::Reverse((tally.raised, tally.rated.support_ppm));
    own.sort_by_key(|own| (most(&own.tally), own.heard.theme));
    let moved = feedback::moved(&feedback::without(inputs, organisation), inputs, ranking);
    let mut blocks = said(inputs, organisation, name, &own);
    for theme in &own {
        blocks.extend(followed(inputs, theme, &moved, quotes));
    }
    blocks.extend(rated::items(inputs, ranking, organisation));
    blocks.extend(what_moved(inputs, ranking, &moved));
    blocks.extend(waiting(inputs, ranking, organisation));
    let title = format!("What {name} said, and what came of it");
    Document { title, notice: notice.to_owned(), stamp, blocks }
}

fn said(inputs: &Inputs, organisation: &str, name: &str, own: &[Own<'_>]) -> Vec<Block> {
    let respondents = inputs.respondents_of(organisation);
    let mut blocks = vec![heading(2, "What you said")];
    if respondents == 0 {
        blocks.push(paragraph(format!("No answers of {name} are counted in this ranking yet.")));
        return blocks;
    }
    let respondents = counted(usize::try_from(respondents).unwrap_or(0), "respondent");
    blocks.push(paragraph(format!("Thank you. {respondents} answered for {name}.")));
    if own.is_empty() {
        let text = "Nothing that they said belongs to a theme that counts in this ranking yet.";
        blocks.push(paragraph(text));
        return blocks;
    }
    let row = |own: &Own<'_>| {
        vec![
            own.heard.title.to_owned(),
            rated::in_words(&own.tally),
            (own.heard.organisations - usize::from(own.tally.is_behind())).to_string(),
            own.heard.items.len().to_string(),
        ]
    };
    blocks.push(Block::Table(Table {
        caption: "The themes that you raised".into(),
        columns: vec![
            Column::text("Theme"),
            Column::number("Of your respondents"),
            Column::number("Other organisations that raised it"),
            Column::number("Work items that answer it"),
        ],
        rows: own.iter().map(row).collect(),
    }));
    blocks.push(paragraph(
        "A work item's value is between 0 and 1. Yours is one voice among those of all organisations: it lifts an item where \
         more of your people raised the theme than elsewhere, and lowers it where fewer did.",
    ));
    blocks
}

/// What became of a theme that the organisation raised.
fn followed(
    inputs: &Inputs,
    own: &Own<'_>,
    moved: &BTreeMap<String, Moved>,
    quotes: &BTreeMap<String, Vec<String>>,
) -> Vec<Block> {
    let mut blocks = vec![heading(2, format!("You said: {}", own.heard.title))];
    let words = quotes.get(own.heard.theme).map(Vec::as_slice).unwrap_or_default();
    if !words.is_empty() {
        blocks.push(paragraph("In your own words:"));
        blocks.extend(words.iter().map(|text| Block::Quote(text.clone())));
    }
    blocks.extend(met(inputs.need(own.heard.theme)).map(paragraph));
    let title = |id: &&str| inputs.items.get(*id).map_or((*id).to_owned(), |item| item.title.clone());
    let complained: Vec<String> = own.heard.complained_of.iter().map(title).collect();
    if !complained.is_empty() {
        blocks.push(paragraph(format!("It is a complaint that counts against {}.", and(&complained))));
    }
    if own.heard.items.is_empty() {
        if inputs.need(own.heard.theme) != Need::Met {
            blocks.push(paragraph("No work item answers this theme yet."));
        }
        return blocks;
    }
    let row = |id: &&str| {
        let item = inputs.items.get(*id)?;
        let moved = moved.get(*id)?;
        let part = moved.themes.get(own.heard.theme).copied().unwrap_or(0);
        let links = item.links.iter().filter(|(said, _)| inputs.goes_to(said) == own.heard.theme);
        let strength = links.map(|(_, link)| link.strength).sum();
        Some(vec![
            item.title.clone(),
            moved.after.to_string(),
            percent(strength, WHOLE, 0),
            signed(part, ONE, 6),
            item.key_actions.clone(),
        ])
    };
    blocks.push(Block::Table(Table {
        caption: format!("What answers “{}”", own.heard.title),
        columns: vec![
            Column::text("Work item"),
            Column::number("Place now"),
            Column::number("How much it answers the theme"),
            Column::number("Change of its value by your answers"),
            Column::text("What is being done"),
        ],
        rows: own.heard.items.iter().filter_map(row).collect(),
    }));
    blocks
}

/// What a reader is told of a need that is met, wholly or in part.
fn met(need: Need) -> Option<&'static str> {
    match need {
        Need::Unmet => None,
        Need::PartlyMet => {
            Some("Something meets a part of this need already, so what was said of it counts by half.")
        }
        Need::Met => Some(
            "This need is met already, so what was said of it lifts no work item any more, and holds none down.",
        ),
    }
}

fn what_moved(inputs: &Inputs, ranking: &Ranking, moved: &BTreeMap<String, Moved>) -> Vec<Block> {
    let places = ranking.items.iter().filter_map(|ranked| Some((&*ranked.id, moved.get(&*ranked.id)?)));
    let changed: Vec<(&str, &Moved)> = places.filter(|(_, moved)| moved.before != moved.after).collect();
    let mut blocks = vec![heading(2, "What your answers moved")];
    if changed.is_empty() {
        let text = "Your answers changed the values of work items, but no item's place: with or without them the order is \
                    the same. They are counted all the same, and may decide the next move.";
        blocks.push(paragraph(text));
        return blocks;
    }
    blocks.push(paragraph(
        "Places with your answers, against those that the same work would have had if everybody had answered but you.",
    ));
    let row = |(id, moved): &(&str, &Moved)| {
        let title = inputs.items.get(*id).map_or(*id, |item| item.title.as_str());
        vec![title.to_owned(), moved.before.to_string(), moved.after.to_string(), signed(moved.delta, ONE, 6)]
    };
    blocks.push(Block::Table(Table {
        caption: "Work items whose place your answers changed".into(),
        columns: vec![
            Column::text("Work item"),
            Column::number("Place without you"),
            Column::number("Place with you"),
            Column::number("Change of value"),
        ],
        rows: changed.iter().map(row).collect(),
    }));
    blocks
}

/// Themes that the organisation raised and that do not count in this ranking yet.
fn waiting(inputs: &Inputs, ranking: &Ranking, organisation: &str) -> Vec<Block> {
    let signals = inputs.signals.values().filter_map(|signals| signals.get(organisation));
    let raised = signals.flat_map(|signal| signal.themes.iter()).filter(|(_, raised)| **raised > 0);
    let waiting =
        raised.filter(|(name, _)| !inputs.counts(ranking.kind, name)).filter_map(|(name, raised)| {
            let theme = inputs.themes.get(name)?;
            let why = match theme.state {
                ThemeState::Retired => "no longer used",
                _ if theme.out_of_scope => "out of scope: the partnership may not act on it",
                ThemeState::Emerging | ThemeState::Proposed | ThemeState::Approved => "not signed off yet",
            };
            let people = counted(usize::try_from(*raised).unwrap_or(0), "respondent");
            Some(format!("{} ({people}): {why}", theme.title))
        });
    let waiting: Vec<String> = waiting.collect();
    if waiting.is_empty() {
        return Vec::new();
    }
    vec![heading(2, "What you said that does not count in this ranking"), Block::List(waiting)]
}
