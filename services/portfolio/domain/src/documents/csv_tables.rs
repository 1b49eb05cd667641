//! A document's tables as CSV, one after the other: a line with the table's title, its header, its rows, an empty line. The
//! first lines say which document it is and what it was made from.
use super::Document;

/// Writes it. A cell that a spreadsheet would compute is led by an apostrophe.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn write(document: &Document) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record([inert(&document.title)])?;
    writer.write_record([inert(&document.stamp.sentence())])?;
    if !document.notice.is_empty() {
        writer.write_record([inert(&document.notice)])?;
    }
    for table in document.tables() {
        writer.write_record([""])?;
        writer.write_record([inert(&table.caption)])?;
        writer.write_record(table.columns.iter().map(|column| inert(column.title)))?;
        for row in &table.rows {
            writer.write_record(row.iter().map(|cell| inert(cell)))?;
        }
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that a spreadsheet shows and does not compute. A signed number is left as it is.
fn inert(cell: &str) -> String {
    let number = cell.trim_start_matches(['+', '-', '−']);
    let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit() || b".,".contains(&b));
    let computes = cell.starts_with(['=', '+', '-', '@', '\t', '\r']) && !is_number;
    if computes { format!("'{cell}") } else { cell.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn nothing_is_computed() {
        assert_eq!(
            ["=1+1", "+a", "-1,2", "+0.5", "@x", "a"].map(inert),
            ["'=1+1", "'+a", "-1,2", "+0.5", "'@x", "a"]
        );
    }
}
