//! A document's tables as a workbook, a sheet each behind a sheet that says what it is. Numbers are numbers; its bytes depend
//! on the document alone.
use chrono::{Datelike, Timelike};
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use soundings_portfolio_domain::documents::{Column, Document, Table};

/// Height of one line, in points.
const HEIGHT: f64 = 15.0;
/// Most characters of a column.
const WIDEST: u32 = 60;
/// Longest name of a sheet.
const NAME: usize = 31;

/// Writes it.
///
/// # Errors
/// When the library refuses what it is given, such as more rows than a sheet holds.
pub fn write(document: &Document) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let time = document.stamp.time;
    let year = u16::try_from(time.year()).unwrap_or(1970);
    let (month, day) = (u8::try_from(time.month()).unwrap_or(1), u8::try_from(time.day()).unwrap_or(1));
    let hour = u16::try_from(time.hour()).unwrap_or(0);
    let minute = u8::try_from(time.minute()).unwrap_or(0);
    let made = ExcelDateTime::from_ymd(year, month, day)?.and_hms(hour, minute, time.second())?;
    workbook.set_properties(&DocProperties::new().set_title(&document.title).set_creation_datetime(&made));
    let names: Vec<String> = document.tables().enumerate().map(|(at, table)| name(at, table)).collect();
    about(workbook.add_worksheet(), document, &names)?;
    for (table, name) in document.tables().zip(&names) {
        sheet(workbook.add_worksheet(), table, name)?;
    }
    workbook.save_to_buffer()
}

fn about(sheet: &mut Worksheet, document: &Document, names: &[String]) -> Result<(), XlsxError> {
    let bold = Format::new().set_bold().set_font_size(14);
    sheet.set_name("About")?.set_column_width(0, 110)?;
    sheet.write_string_with_format(0, 0, &document.title, &bold)?;
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let mut lines = vec![document.stamp.sentence()];
    if !document.notice.is_empty() {
        lines.push(document.notice.clone());
    }
    lines.push("Sheets:".to_owned());
    lines.extend(document.tables().zip(names).map(|(table, name)| format!("{name}: {}", table.caption)));
    for (row, line) in (1..).zip(&lines) {
        sheet.write_string_with_format(row, 0, line, &wrapped)?;
        sheet.set_row_height(row, height(line, 110))?;
    }
    Ok(())
}

fn sheet(sheet: &mut Worksheet, table: &Table, name: &str) -> Result<(), XlsxError> {
    let header = Format::new().set_bold().set_text_wrap().set_background_color(0x00EE_F2F6);
    let header = header.set_border_bottom(FormatBorder::Medium).set_align(FormatAlign::Bottom);
    let cell_format = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    sheet.set_name(name)?;
    sheet.write_string_with_format(0, 0, &table.caption, &Format::new().set_bold())?;
    let widths = widths(table);
    let headings: Vec<&str> = table.columns.iter().map(|column| column.title).collect();
    for (at, (column, width)) in (0..).zip(table.columns.iter().zip(&widths)) {
        sheet.write_string_with_format(1, at, column.title, &header.clone().set_align(side(column)))?;
        sheet.set_column_width(at, u32::try_from(*width + 2).unwrap_or(WIDEST))?;
    }
    sheet.set_row_height(1, tallest(&headings, &widths))?;
    for (row, cells) in (2..).zip(&table.rows) {
        for ((at, cell), column) in (0..).zip(cells).zip(&table.columns) {
            let format = cell_format.clone().set_align(side(column));
            match read(cell).filter(|_| column.is_number) {
                Some((value, shown)) => {
                    sheet.write_number_with_format(row, at, value, &format.set_num_format(shown))?;
                }
                None => drop(sheet.write_string_with_format(row, at, cell, &format)?),
            }
        }
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        sheet.set_row_height(row, tallest(&cells, &widths))?;
    }
    sheet.set_freeze_panes(2, 1)?.set_repeat_rows(0, 1)?;
    sheet.set_landscape().set_paper_size(9).set_print_fit_to_pages(1, 0);
    Ok(())
}

fn side(column: &Column) -> FormatAlign {
    if column.is_number { FormatAlign::Right } else { FormatAlign::Left }
}

/// Widths of a table's columns in characters: of the longest cell, within bounds.
fn widths(table: &Table) -> Vec<usize> {
    let longest = |at: usize| {
        let cells = table.rows.iter().filter_map(|row| row.get(at));
        let longest = cells.map(|cell| cell.chars().count()).max().unwrap_or(0);
        let heading = table.columns[at].title.split(' ').map(|word| word.chars().count()).max().unwrap_or(0);
        longest.max(heading).clamp(9, WIDEST as usize - 2)
    };
    (0..table.columns.len()).map(longest).collect()
}

/// The height of a row: programs differ in whether they find it themselves.
fn tallest(cells: &[&str], widths: &[usize]) -> f64 {
    cells.iter().zip(widths).map(|(cell, width)| height(cell, *width)).fold(HEIGHT, f64::max)
}

/// The height that a text takes in a column of so many characters.
fn height(text: &str, width: usize) -> f64 {
    let lines = text.chars().count().div_ceil(width.max(1)).clamp(1, 20);
    HEIGHT * f64::from(u32::try_from(lines).unwrap_or(1))
}

/// A number as a document writes it, with the format that shows it so; None: it is none, or has a unit.
fn read(cell: &str) -> Option<(f64, String)> {
    let (negative, rest) = match cell.strip_prefix('−') {
        Some(rest) => (true, rest),
        None => (false, cell.strip_prefix('+').unwrap_or(cell)),
    };
    let (pounds, rest) = rest.strip_prefix('£').map_or((false, rest), |rest| (true, rest));
    let (percent, rest) = rest.strip_suffix(" %").map_or((false, rest), |rest| (true, rest));
    let (whole, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let whole: String = whole.split(',').collect();
    if whole.is_empty() || !digits(&whole) || !digits(fraction) {
        return None;
    }
    let value: f64 = format!("{whole}.{fraction}0").parse().ok()?;
    let value = if negative { -value } else { value } / if percent { 100.0 } else { 1.0 };
    let places = if fraction.is_empty() { String::new() } else { format!(".{}", "0".repeat(fraction.len())) };
    let sign = if cell.starts_with('+') { "+" } else { "" };
    let shown =
        format!("{sign}{}#,##0{places}{}", if pounds { "£" } else { "" }, if percent { " %" } else { "" });
    Some((value, shown))
}

/// A sheet's number and as much of what it shows as fits; without the characters that a name may not hold.
fn name(at: usize, table: &Table) -> String {
    let words = table.caption.split([':', ',', '(']).next().unwrap_or_default();
    let words = words.chars().filter(|c| !"[]:*?/\\'“”".contains(*c));
    let name: String = format!("{} ", at + 1).chars().chain(words).take(NAME).collect();
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn numbers_become_numbers_and_other_cells_stay_words() {
        let read = |cell: &str| read(cell);
        assert_eq!(read("1,234.50"), Some((1234.5, "#,##0.00".into())));
        assert_eq!(read("−£600,000"), Some((-600_000.0, "£#,##0".into())));
        assert_eq!(read("33.3 %").map(|(value, _)| (value * 1000.0).round()), Some(333.0));
        assert_eq!(read("+0.05"), Some((0.05, "+#,##0.00".into())));
        for cell in ["", "–", "not measured", "9,600 hours", "4 of 5", "=1+1", "1e5"] {
            assert_eq!(read(cell), None, "{cell}");
        }
    }
}
