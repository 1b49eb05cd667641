use std::collections::BTreeMap;

use chrono::DateTime;

use super::*;
use crate::{
    Kind, Organisation, Signal, Theme, ThemeState,
    documents::{Stamp, business_plan::business_plan, csv_tables, markdown, receipt::receipt},
    rank,
    rank::tests::{inputs, item},
};

fn stamp() -> Stamp {
    let (ranking, digest) = ("official", "ab".repeat(32));
    Stamp { ranking, revision: 7, digest, time: DateTime::UNIX_EPOCH, also: String::new() }
}

/// Three items, a theme that GLG and ORK raise, and a title that tries to be markup.
fn heard() -> crate::Inputs {
    let mut inputs = inputs();
    let theme = "codebooks/c/themes/T".to_owned();
    let state = ThemeState::Approved;
    inputs.themes =
        [(theme.clone(), Theme { title: "<b>Data</b> & | more".into(), state, ..Default::default() })].into();
    let signal = |raised| Signal {
        sequence: 1,
        respondents: 10,
        themes: [(theme.clone(), raised)].into(),
        ..Signal::default()
    };
    let signals = [("GLG".to_owned(), signal(9)), ("ORK".to_owned(), signal(2))];
    inputs.signals = [("c".to_owned(), signals.into())].into();
    let named = |name: &str| Organisation { display_name: name.into(), ..Organisation::default() };
    inputs.organisations = [("GLG".to_owned(), named("Glasgow")), ("ORK".to_owned(), named("Orkney"))].into();
    inputs.items.insert("L".into(), item(&[("fit", 10)], &[("codebooks/c/themes/T", 1000)]));
    inputs
}

fn documents() -> Vec<Document> {
    let inputs = heard();
    let ranking = rank(&inputs, Kind::Official);
    let quotes = BTreeMap::from([("codebooks/c/themes/T".to_owned(), vec!["=1+1 <i>said</i>".to_owned()])]);
    vec![
        business_plan(&inputs, &ranking, Some(&[]), stamp(), "Only \"for\" show."),
        receipt(&inputs, &ranking, "GLG", &quotes, stamp(), ""),
        receipt(&inputs, &ranking, "NEW", &BTreeMap::new(), stamp(), ""),
    ]
}

/// The tags of a page in order, without attributes.
fn tags(html: &str) -> Vec<&str> {
    let tags = html.split('<').skip(1).map(|rest| rest.split(['>', ' ', '\n']).next().unwrap());
    tags.filter(|tag| !tag.starts_with('!')).collect()
}

#[test]
fn headings_never_skip_a_level_and_every_tag_closes() {
    for document in documents() {
        let html = write(&document);
        let (mut level, mut open) = (0, Vec::new());
        for tag in tags(&html) {
            match tag.strip_prefix('/') {
                Some(closed) => assert_eq!(open.pop(), Some(closed)),
                None if tag == "meta" => {}
                None => {
                    if let Some(next) = tag.strip_prefix('h').and_then(|n| n.parse::<usize>().ok()) {
                        assert!(next <= level + 1, "h{next} after h{level} in {}", document.title);
                        level = next;
                    }
                    open.push(tag);
                }
            }
        }
        assert!(open.is_empty(), "{open:?}");
        assert_eq!(html.matches("<h1>").count(), 1);
    }
}

#[test]
fn what_people_wrote_is_text_in_every_format() {
    for document in documents() {
        let html = write(&document);
        for markup in ["<b>", "<i>", "<script"] {
            assert!(!html.contains(markup), "{markup} in {}", document.title);
        }
        assert!(!markdown::write(&document).contains("<b>"));
        let csv = String::from_utf8(csv_tables::write(&document).unwrap()).unwrap();
        assert!(csv.lines().all(|line| !line.starts_with(['=', '@'])), "{csv}");
    }
    let receipt = write(&documents()[1]);
    assert!(receipt.contains("<blockquote><p>=1+1 &lt;i&gt;said&lt;/i&gt;</p></blockquote>"));
}

#[test]
fn every_table_has_a_caption_and_headers_with_their_scope() {
    for document in documents() {
        let html = write(&document);
        let count = |what: &str| html.matches(what).count();
        let tables: Vec<_> = document.tables().collect();
        assert_eq!(count("<caption"), tables.len());
        assert_eq!(count("scope=\"col\""), tables.iter().map(|t| t.columns.len()).sum::<usize>());
        assert_eq!(count("scope=\"row\""), tables.iter().map(|t| t.rows.len()).sum::<usize>());
        for table in tables {
            assert!(table.rows.iter().all(|row| row.len() == table.columns.len()), "{}", table.caption);
        }
    }
}

#[test]
fn a_page_says_what_it_was_made_from_and_brings_nothing_from_elsewhere() {
    let html = write(&documents()[0]);
    for told in [
        "lang=\"en-GB\"",
        "revision 7 of the official ranking",
        &"ab".repeat(32),
        "Only &quot;for&quot; show.",
    ] {
        assert!(html.contains(told), "{told}");
    }
    for foreign in ["http:", "https:", "<img", "<link", "<script", "url("] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

#[test]
fn text_stands_out_from_what_is_behind_it() {
    // Each pair of colours that the style sheet puts together; WCAG 2.2 asks for 4.5 to 1.
    let pairs = [
        ("#1a1a1a", "#ffffff"),
        ("#4a5158", "#ffffff"),
        ("#0b4f8a", "#ffffff"),
        ("#0b4f8a", "#eef2f6"),
        ("#1a1a1a", "#fff6e5"),
        ("#1a1a1a", "#ffdd57"),
    ];
    for (ink, paper) in pairs {
        assert!(STYLE.contains(ink) && (paper == "#ffffff" || STYLE.contains(paper)), "{ink} on {paper}");
        let (ink, paper) = (luminance(ink), luminance(paper));
        let contrast = (paper.max(ink) + 0.05) / (paper.min(ink) + 0.05);
        assert!(contrast >= 4.5, "{contrast}");
    }
}

/// Relative luminance of WCAG.
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}
