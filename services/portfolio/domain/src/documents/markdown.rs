//! A document as Markdown (CommonMark with tables).
use super::{Block, Document, Table};

/// Writes it.
pub fn write(document: &Document) -> String {
    let mut out = format!("# {}\n\n", plain(&document.title));
    if !document.notice.is_empty() {
        out.push_str(&format!("**{}**\n\n", plain(&document.notice)));
    }
    for block in &document.blocks {
        match block {
            Block::Heading(level, text) => {
                out.push_str(&format!("{} {}\n\n", "#".repeat(usize::from(*level)), plain(text)));
            }
            Block::Paragraph(text) => out.push_str(&format!("{}\n\n", plain(text))),
            Block::List(items) => {
                items.iter().for_each(|item| out.push_str(&format!("- {}\n", plain(item))));
                out.push('\n');
            }
            Block::Facts(facts) => {
                facts.iter().for_each(|(term, text)| {
                    out.push_str(&format!("- **{}:** {}\n", plain(term), plain(text)));
                });
                out.push('\n');
            }
            Block::Quote(text) => out.push_str(&format!("> {}\n\n", plain(text))),
            Block::Table(table) => write_table(table, &mut out),
        }
    }
    out.push_str(&format!("---\n\n{}\n", plain(&document.stamp.sentence())));
    out
}

fn write_table(table: &Table, out: &mut String) {
    out.push_str(&format!("**{}**\n\n", plain(&table.caption)));
    let row =
        |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    out.push_str(&row(&mut table.columns.iter().map(|column| plain(column.title))));
    let rules = table.columns.iter().map(|column| if column.is_number { "---:" } else { "---" }.to_owned());
    out.push_str(&row(&mut { rules }));
    for cells in &table.rows {
        out.push_str(&row(&mut cells.iter().map(|cell| plain(cell))));
    }
    out.push('\n');
}

/// Text that reads as it is: what Markdown or HTML would take for marks is escaped, and line breaks are spaces.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            if "\\`*_{}[]<>#|~&".contains(c) {
                out.push('\\');
            }
            out.push(c);
        }
    }
    // What a line may not begin with.
    let digits = out.bytes().take_while(u8::is_ascii_digit).count();
    let numbered = digits > 0 && [". ", ") "].iter().any(|mark| out[digits..].starts_with(mark));
    if out.starts_with(['-', '+', '=']) {
        out.insert(0, '\\');
    } else if numbered {
        out.insert(digits, '\\');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_no_markup() {
        assert_eq!(plain("a | b\n# c <b>*d*</b>"), "a \\| b \\# c \\<b\\>\\*d\\*\\</b\\>");
        assert_eq!(plain("- no list"), "\\- no list");
        assert_eq!(plain("1. no list"), "1\\. no list");
        assert_eq!(plain("1.50 is no list"), "1.50 is no list");
    }
}
