//! A document as one page of HTML, made to be read by everyone (WCAG 2.2 AA) and to print as a tagged PDF: a language, a
//! skip link, headings in order, table headers with their scope, captions, nothing told by colour alone.
use super::{Block, Document, Table};

const STYLE: &str = include_str!("html/document.css");

/// Headings that the contents list.
const LISTED: u8 = 2;

/// Writes it. Scripts, images and anything from elsewhere are shut out.
pub fn write(document: &Document) -> String {
    let mut out = String::new();
    out.push_str("<!DOCTYPE html>\n<html lang=\"en-GB\">\n<head>\n<meta charset=\"utf-8\">\n");
    out.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    out.push_str(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n",
    );
    out.push_str(&format!(
        "<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        text(&document.title)
    ));
    out.push_str("<a class=\"skip\" href=\"#content\">Skip to the content</a>\n");
    out.push_str(&format!("<header>\n<h1>{}</h1>\n", text(&document.title)));
    if !document.notice.is_empty() {
        out.push_str(&format!("<p class=\"notice\"><strong>Note:</strong> {}</p>\n", text(&document.notice)));
    }
    out.push_str(&format!("<p class=\"stamp\">{}</p>\n</header>\n", text(&document.stamp.sentence())));
    write_contents(document, &mut out);
    out.push_str("<main id=\"content\" tabindex=\"-1\">\n");
    document.blocks.iter().enumerate().for_each(|(at, block)| write_block(at, block, &mut out));
    out.push_str("</main>\n<footer>\n");
    out.push_str(&format!(
        "<p class=\"stamp\">{}</p>\n</footer>\n</body>\n</html>\n",
        text(&document.stamp.sentence())
    ));
    out
}

fn write_contents(document: &Document, out: &mut String) {
    out.push_str("<nav aria-labelledby=\"contents\">\n<h2 id=\"contents\">Contents</h2>\n<ul>\n");
    for (at, block) in document.blocks.iter().enumerate() {
        if let Block::Heading(LISTED, title) = block {
            out.push_str(&format!("<li><a href=\"#part-{at}\">{}</a></li>\n", text(title)));
        }
    }
    out.push_str("</ul>\n</nav>\n");
}

fn write_block(at: usize, block: &Block, out: &mut String) {
    match block {
        Block::Heading(level, title) => {
            out.push_str(&format!("<h{level} id=\"part-{at}\">{}</h{level}>\n", text(title)));
        }
        Block::Paragraph(words) => out.push_str(&format!("<p>{}</p>\n", text(words))),
        Block::List(items) => {
            out.push_str("<ul>\n");
            items.iter().for_each(|item| out.push_str(&format!("<li>{}</li>\n", text(item))));
            out.push_str("</ul>\n");
        }
        Block::Facts(facts) => {
            out.push_str("<dl>\n");
            for (term, words) in facts {
                out.push_str(&format!("<div><dt>{}</dt><dd>{}</dd></div>\n", text(term), text(words)));
            }
            out.push_str("</dl>\n");
        }
        Block::Quote(words) => out.push_str(&format!("<blockquote><p>{}</p></blockquote>\n", text(words))),
        Block::Table(table) => write_table(at, table, out),
    }
}

fn write_table(at: usize, table: &Table, out: &mut String) {
    // A wide table scrolls by itself, and can be scrolled by keyboard.
    out.push_str(&format!(
        "<div class=\"scroll\" role=\"region\" aria-labelledby=\"table-{at}\" tabindex=\"0\">\n<table>\n\
         <caption id=\"table-{at}\">{}</caption>\n<thead>\n<tr>",
        text(&table.caption)
    ));
    let class = |is_number: bool| if is_number { " class=\"number\"" } else { "" };
    for column in &table.columns {
        out.push_str(&format!("<th scope=\"col\"{}>{}</th>", class(column.is_number), text(column.title)));
    }
    out.push_str("</tr>\n</thead>\n<tbody>\n");
    for row in &table.rows {
        out.push_str("<tr>");
        for (nth, (cell, column)) in row.iter().zip(&table.columns).enumerate() {
            let class = class(column.is_number);
            match nth {
                0 => out.push_str(&format!("<th scope=\"row\"{class}>{}</th>", text(cell))),
                _ => out.push_str(&format!("<td{class}>{}</td>", text(cell))),
            }
        }
        out.push_str("</tr>\n");
    }
    out.push_str("</tbody>\n</table>\n</div>\n");
}

/// Text that is no markup.
fn text(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    for c in words.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\n' | '\t' => out.push(' '),
            c if c.is_control() => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
