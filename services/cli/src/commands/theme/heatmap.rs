//! A heat map drawn with shades of text. Every cell prints its number too, so that nothing depends on the shade.
use std::{collections::HashMap, fmt::Write};

use soundings_proto::themes::v1 as proto;

use crate::commands::last_part;

/// Characters of a block of organisations; further ones are drawn in blocks below.
const BLOCK: usize = 96;
/// Characters of a theme's id that are shown.
const LABEL: usize = 28;
/// Characters of a cell at least: two of shade, a space, and a number.
const CELL: usize = 8;

/// A shade for a share in millionths of those who answered.
fn shade(share_ppm: i32) -> char {
    match share_ppm {
        ..=0 => ' ',
        1..100_000 => '░',
        100_000..250_000 => '▒',
        250_000..500_000 => '▓',
        _ => '█',
    }
}

fn short(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

/// Draws it: themes down, organisations across, in each cell how many respondents raise the theme, and under them how
/// many answered.
pub fn draw(map: &proto::Heatmap) -> String {
    if map.organisations.is_empty() {
        return "nobody has answered\n".to_owned();
    }
    let cells: HashMap<(&str, &str), &proto::HeatmapCell> =
        map.cells.iter().map(|cell| ((cell.theme.as_str(), cell.organisation.as_str()), cell)).collect();
    let themes: Vec<(String, &proto::HeatmapTheme)> =
        map.themes.iter().map(|theme| (short(&last_part(&theme.theme), LABEL), theme)).collect();
    let label = themes.iter().map(|(id, _)| id.chars().count()).max().unwrap_or(0).max("answered".len());
    let ids: Vec<String> = map.organisations.iter().map(|o| short(&last_part(&o.organisation), 14)).collect();
    let wide = ids.iter().map(|id| id.chars().count() + 1).max().unwrap_or(0).max(CELL);
    let number = wide - 4;
    let mut out = String::new();
    let organisations: Vec<_> = map.organisations.iter().zip(&ids).collect();
    for block in organisations.chunks((BLOCK / wide).max(1)) {
        let heading: String = block.iter().map(|(_, id)| format!("{id:>wide$}")).collect();
        _ = writeln!(out, "{:label$}{heading}{:>CELL$}", "", "all");
        for (id, theme) in &themes {
            let row: String = block
                .iter()
                .map(|(of, _)| {
                    let cell = cells.get(&(theme.theme.as_str(), of.organisation.as_str()));
                    let shade = shade(cell.map_or(0, |cell| cell.share_of_organisation_ppm));
                    let respondents =
                        cell.map_or_else(|| "·".to_owned(), |cell| cell.respondents.to_string());
                    format!(" {shade}{shade} {respondents:>number$}")
                })
                .collect();
            _ = writeln!(out, "{id:label$}{row}{:>CELL$}", theme.respondents);
        }
        let answered: String = block.iter().map(|(of, _)| format!("{:>wide$}", of.respondents)).collect();
        _ = writeln!(out, "{:label$}{answered}{:>CELL$}\n", "answered", map.respondents);
    }
    for (id, theme) in themes.iter().filter(|(_, theme)| !theme.title.is_empty()) {
        _ = writeln!(out, "{id:label$}  {}", theme.title);
    }
    out + "respondents; shades by their share of those who answered: ░ under 10%, ▒ under 25%, ▓ under 50%, █ 50% or more\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(organisations: usize) -> proto::Heatmap {
        let names: Vec<String> = (0..organisations).map(|n| format!("organisations/O{n}")).collect();
        let theme = |id: &str, respondents| proto::HeatmapTheme {
            theme: format!("codebooks/cb/themes/{id}"),
            title: format!("About {id}"),
            respondents,
            ..Default::default()
        };
        let cell = |organisation: &String| proto::HeatmapCell {
            theme: "codebooks/cb/themes/cost".into(),
            organisation: organisation.clone(),
            respondents: 12,
            share_of_organisation_ppm: 300_000,
            ..Default::default()
        };
        proto::Heatmap {
            themes: vec![theme("cost", 12), theme("remote", 0)],
            cells: names.iter().take(1).map(cell).collect(),
            organisations: names
                .into_iter()
                .map(|organisation| proto::HeatmapOrganisation {
                    organisation,
                    respondents: 40,
                    ..Default::default()
                })
                .collect(),
            respondents: 80,
            ..Default::default()
        }
    }

    #[test]
    fn cells_print_their_numbers_beside_their_shade() {
        let drawn = draw(&map(2));
        let lines: Vec<&str> = drawn.lines().map(str::trim_end).collect();
        assert_eq!(lines[0], "              O0      O1     all");
        assert_eq!(lines[1], "cost     ▓▓   12       ·      12");
        assert!(lines.contains(&"remote    About remote"), "{drawn}");
        assert_eq!(lines[2], "remote         ·       ·       0");
        assert_eq!(lines[3], "answered      40      40      80");
    }

    #[test]
    fn many_organisations_go_below_each_other() {
        let drawn = draw(&map(30));
        assert_eq!(drawn.lines().filter(|line| line.starts_with("answered")).count(), 3);
        assert!(drawn.lines().take(4).all(|line| line.chars().count() <= BLOCK + LABEL + CELL));
        assert_eq!(draw(&proto::Heatmap::default()), "nobody has answered\n");
    }
}
