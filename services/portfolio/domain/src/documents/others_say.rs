//! What others than respondents say of the themes: an analyst's report, an audit. Shown beside demand, and no part of it.
use super::{
    Block, Column, Table,
    document::{heading, paragraph},
};

/// A piece of external evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// The themes that it speaks for, by full name.
    pub themes: Vec<String>,
    /// Who says it.
    pub source: String,
    /// Where it can be looked up.
    pub citation: String,
    /// When it was said: `YYYY-MM-DD`.
    pub date: String,
    /// The words; may be empty.
    pub quote: String,
    /// 1 an opinion, 2 an example, 3 several examples, 4 a study, 5 studies that agree.
    pub strength: i32,
}

/// The section on it, newest first; none where there is no evidence. `None` stands for evidence that could not be read,
/// which the reader is told.
pub fn others_say(evidence: Option<&[Evidence]>, title: impl Fn(&str) -> String) -> Vec<Block> {
    let heading = heading(3, "What others say of these themes");
    let Some(evidence) = evidence else {
        let text = "External evidence could not be read when this was written, so that none is listed here.";
        return vec![heading, paragraph(text)];
    };
    if evidence.is_empty() {
        return Vec::new();
    }
    let mut newest: Vec<&Evidence> = evidence.iter().collect();
    newest.sort_by(|a, b| {
        (&b.date, &a.source, &a.citation, &a.quote).cmp(&(&a.date, &b.source, &b.citation, &b.quote))
    });
    let row = |piece: &&Evidence| {
        let themes: Vec<String> = piece.themes.iter().map(|name| title(name)).collect();
        vec![
            piece.source.clone(),
            piece.citation.clone(),
            piece.date.clone(),
            strength(piece.strength).to_owned(),
            themes.join("; "),
        ]
    };
    let table = Table {
        caption: "External evidence, newest first".into(),
        columns: ["Source", "Where", "When", "What it is", "Themes"].map(Column::text).into(),
        rows: newest.iter().map(row).collect(),
    };
    let text = "Evidence from outside the consultation. It counts for nothing in council demand.";
    let mut blocks = vec![heading, paragraph(text), Block::Table(table)];
    for piece in newest.iter().filter(|piece| !piece.quote.is_empty()) {
        blocks.push(paragraph(format!("{}:", piece.source)));
        blocks.push(Block::Quote(piece.quote.clone()));
    }
    blocks
}

fn strength(of: i32) -> &'static str {
    match of {
        1 => "an opinion",
        2 => "an example",
        3 => "several examples",
        4 => "a study",
        _ => "studies that agree",
    }
}

#[cfg(test)]
mod tests {
    use pretty_assertions::assert_eq;

    use super::*;

    fn piece(source: &str, date: &str, quote: &str) -> Evidence {
        Evidence {
            themes: vec!["codebooks/c/themes/T".to_owned()],
            source: source.to_owned(),
            citation: "p. 4".to_owned(),
            date: date.to_owned(),
            quote: quote.to_owned(),
            strength: 4,
        }
    }

    #[test]
    fn evidence_is_listed_newest_first_with_its_words_and_never_passed_over_in_silence() {
        let title = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        let pieces = [piece("Audit", "2019-03-01", ""), piece("Gartner", "2020-10-14", "Kit first.")];
        let blocks = others_say(Some(&pieces), title);
        let Block::Table(table) = &blocks[2] else { panic!("{blocks:?}") };
        assert_eq!(table.rows[0], ["Gartner", "p. 4", "2020-10-14", "a study", "T"]);
        assert_eq!(table.rows[1][0], "Audit");
        assert_eq!(blocks[3..], [paragraph("Gartner:"), Block::Quote("Kit first.".to_owned())]);
        assert_eq!(others_say(Some(&[]), title), []);
        assert!(
            matches!(&others_say(None, title)[1], Block::Paragraph(text) if text.contains("could not be read"))
        );
    }
}
