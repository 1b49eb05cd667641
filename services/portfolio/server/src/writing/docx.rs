//! A document for word processors: headings are headings, so that they make an outline; its bytes depend on the document
//! alone.
use std::io::Cursor;

use docx_rs::{
    AbstractNumbering, AlignmentType, Docx, Footer, IndentLevel, Level, LevelJc, LevelText, LineSpacing,
    NumPages, NumberFormat, Numbering, NumberingId, PageMargin, PageNum, Paragraph, Run, RunFonts, Shading,
    ShdType, SpecialIndentType, Start, Style, StyleType, Table as DocxTable, TableBorder,
    TableBorderPosition, TableBorders, TableCell, TableLayoutType, TableRow, WidthType,
};
use soundings_portfolio_domain::documents::{Block, Document, Table};

/// A4, in twentieths of a point.
const PAGE: (u32, u32) = (11_906, 16_838);
/// Margins on the left and on the right.
const MARGIN: u32 = 1_020;
/// What is left between them.
const TEXT_WIDTH: usize = (PAGE.0 - 2 * MARGIN) as usize;
/// The numbering of lists; 1 is the library's own.
const BULLETS: usize = 2;
const ACCENT: &str = "0B4F8A";

/// Writes it.
///
/// # Errors
/// When the library cannot pack what it built.
pub fn write(document: &Document) -> std::io::Result<Vec<u8>> {
    let mut page = Page { docx: styled(document) };
    page.put("Title", &document.title);
    if !document.notice.is_empty() {
        page.put("Notice", &format!("Note: {}", document.notice));
    }
    page.put("Stamp", &document.stamp.sentence());
    document.blocks.iter().for_each(|block| page.block(block));
    let mut bytes = Cursor::new(Vec::new());
    page.docx.build().pack(&mut bytes).map_err(std::io::Error::other)?;
    Ok(bytes.into_inner())
}

fn styled(document: &Document) -> Docx {
    let style =
        |id: &str, name: &str, size: usize| Style::new(id, StyleType::Paragraph).name(name).size(size);
    let space = |before, after| LineSpacing::new().before(before).after(after);
    let heading = |level: usize, size| {
        let (id, name) = (format!("Heading{level}"), format!("heading {level}"));
        let style = style(&id, &name, size).bold().color(ACCENT).outline_lvl(level - 1);
        style.based_on("Normal").next("Normal").q_format(true).line_spacing(space(360 / level as u32, 120))
    };
    let bullets =
        Level::new(0, Start::new(1), NumberFormat::new("bullet"), LevelText::new("•"), LevelJc::new("left"))
            .indent(Some(500), Some(SpecialIndentType::Hanging(300)), None, None);
    let time = document.stamp.time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let number = Paragraph::new().align(AlignmentType::Right);
    let number = number.add_page_num(PageNum::new()).add_run(Run::new().add_text(" / "));
    Docx::new()
        .created_at(&time)
        .updated_at(&time)
        .page_size(PAGE.0, PAGE.1)
        .page_margin(margins())
        .default_fonts(RunFonts::new().ascii("Arial").hi_ansi("Arial").cs("Arial"))
        .default_size(21)
        .add_style(style("Title", "Title", 44).bold().line_spacing(space(0, 240)))
        .add_style(heading(1, 32))
        .add_style(heading(2, 26))
        .add_style(heading(3, 23))
        .add_style(style("Caption", "caption", 20).bold().line_spacing(space(200, 80)))
        .add_style(style("Quote", "Quote", 21).italic().indent(Some(500), None, None, None))
        .add_style(style("Notice", "Notice", 21).bold().line_spacing(space(0, 160)))
        .add_style(style("Stamp", "Stamp", 17).color("4A5158").line_spacing(space(0, 240)))
        .add_style(style("Cell", "Cell", 18))
        .add_abstract_numbering(AbstractNumbering::new(BULLETS).add_level(bullets))
        .add_numbering(Numbering::new(BULLETS, BULLETS))
        .footer(Footer::new().add_paragraph(number.add_num_pages(NumPages::new())))
}

fn margins() -> PageMargin {
    let side = i32::try_from(MARGIN).unwrap_or(0);
    PageMargin::new().top(1_130).bottom(1_130).left(side).right(side)
}

/// What is written so far.
struct Page {
    docx: Docx,
}

impl Page {
    fn put(&mut self, style: &str, text: &str) {
        let paragraph = Paragraph::new().style(style).add_run(Run::new().add_text(clean(text)));
        self.add(paragraph);
    }

    fn add(&mut self, paragraph: Paragraph) {
        self.docx = std::mem::take(&mut self.docx).add_paragraph(paragraph);
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Heading(level, text) => {
                let paragraph = Paragraph::new().style(&format!("Heading{}", level - 1)).keep_next(true);
                self.add(paragraph.add_run(Run::new().add_text(clean(text))));
            }
            Block::Paragraph(text) => {
                let paragraph = plain().line_spacing(LineSpacing::new().after(120));
                self.add(paragraph.add_run(Run::new().add_text(clean(text))));
            }
            Block::List(items) => {
                for item in items {
                    let paragraph = plain().numbering(NumberingId::new(BULLETS), IndentLevel::new(0));
                    self.add(paragraph.add_run(Run::new().add_text(clean(item))));
                }
            }
            Block::Facts(facts) => {
                for (term, text) in facts {
                    let paragraph = plain().line_spacing(LineSpacing::new().after(60));
                    let term = Run::new().add_text(clean(&format!("{term}: "))).bold();
                    self.add(paragraph.add_run(term).add_run(Run::new().add_text(clean(text))));
                }
            }
            Block::Quote(text) => self.put("Quote", text),
            Block::Table(table) => self.table(table),
        }
    }

    fn table(&mut self, table: &Table) {
        let caption = Paragraph::new().style("Caption").keep_next(true);
        self.add(caption.add_run(Run::new().add_text(clean(&table.caption))));
        let headings: Vec<&str> = table.columns.iter().map(|column| column.title).collect();
        let widths = widths(table);
        let mut rows = vec![row(table, &headings, &widths, true)];
        for cells in &table.rows {
            let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
            rows.push(row(table, &cells, &widths, false));
        }
        let made = DocxTable::new(rows).set_grid(widths).width(TEXT_WIDTH, WidthType::Dxa);
        let made = made.layout(TableLayoutType::Fixed).set_borders(lines());
        self.docx = std::mem::take(&mut self.docx).add_table(made);
        // Two tables in a row would become one.
        self.add(plain());
    }
}

fn row(table: &Table, cells: &[&str], widths: &[usize], is_header: bool) -> TableRow {
    let mut made = Vec::with_capacity(cells.len());
    for (at, ((cell, column), width)) in cells.iter().zip(&table.columns).zip(widths).enumerate() {
        let run = Run::new().add_text(clean(cell));
        let run = if is_header || at == 0 { run.bold() } else { run };
        let mut paragraph = Paragraph::new().style("Cell").add_run(run);
        if column.is_number {
            paragraph = paragraph.align(AlignmentType::Right);
        }
        let made_cell = TableCell::new().add_paragraph(paragraph).width(*width, WidthType::Dxa);
        let shade = Shading::new().shd_type(ShdType::Clear).fill("EEF2F6");
        made.push(if is_header { made_cell.shading(shade) } else { made_cell });
    }
    TableRow::new(made).cant_split()
}

/// A paragraph of running text.
fn plain() -> Paragraph {
    Paragraph::new().style("Normal")
}

/// Widths of a table's columns, which fill the width of the text, by the longest of their cells within bounds.
fn widths(table: &Table) -> Vec<usize> {
    let share = |at: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(at));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let heading = table.columns[at].title.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
        longest.max(heading).clamp(12, 34)
    };
    let shares: Vec<usize> = (0..table.columns.len()).map(share).collect();
    let all = shares.iter().sum::<usize>().max(1);
    shares.iter().map(|share| share * TEXT_WIDTH / all).collect()
}

/// Thin grey lines between rows.
fn lines() -> TableBorders {
    let line = |position| TableBorder::new(position).color("B8C0C8").size(4);
    TableBorders::with_empty()
        .set(line(TableBorderPosition::Top))
        .set(line(TableBorderPosition::Bottom))
        .set(line(TableBorderPosition::InsideH))
}

/// Text without the characters that XML cannot hold.
fn clean(text: &str) -> String {
    let shown = |c: char| if c == '\n' || c == '\t' { ' ' } else { c };
    text.chars().map(shown).filter(|c| !c.is_control() && !"\u{fffe}\u{ffff}".contains(*c)).collect()
}
