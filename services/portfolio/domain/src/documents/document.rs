//! A document, whatever it will be written as.
use chrono::{DateTime, Utc};

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title.
    pub title: String,
    /// A sentence that readers must see first, such as that the numbers are illustrative; empty: none.
    pub notice: String,
    /// What it was made from.
    pub stamp: Stamp,
    /// What it says, in order. Headings begin at level 2 and never skip one.
    pub blocks: Vec<Block>,
}

/// The revision that a document was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Which ranking: `official` or `provisional`.
    pub ranking: &'static str,
    /// Its number.
    pub revision: i64,
    /// Its digest, SHA-256 in hex.
    pub digest: String,
    /// When it was made.
    pub time: DateTime<Utc>,
    /// What else it was made from, such as a version of the register of benefits; empty: nothing.
    pub also: String,
}

/// A part of a document. Texts are plain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading of level 2 to 4.
    Heading(u8, String),
    /// A paragraph.
    Paragraph(String),
    /// Items without an order.
    List(Vec<String>),
    /// Terms and what is said of them.
    Facts(Vec<(String, String)>),
    /// What somebody wrote.
    Quote(String),
    /// Rows and columns.
    Table(Table),
}

/// A table. The first cell of a row says what the row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, with a cell for each column.
    pub rows: Vec<Vec<String>>,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub title: &'static str,
    /// Whether its cells are numbers.
    pub is_number: bool,
}

impl Column {
    /// Of text.
    pub fn text(title: &'static str) -> Self {
        Column { title, is_number: false }
    }

    /// Of numbers.
    pub fn number(title: &'static str) -> Self {
        Column { title, is_number: true }
    }
}

impl Stamp {
    /// What was made from what, in a sentence.
    pub fn sentence(&self) -> String {
        let time = self.time.format("%-d %B %Y, %H:%M:%S UTC");
        let also = if self.also.is_empty() { String::new() } else { format!(" {}", self.also) };
        format!(
            "Made from revision {} of the {} ranking of {time}, SHA-256 digest {}.{also}",
            self.revision, self.ranking, self.digest
        )
    }
}

impl Document {
    /// The document's tables in order.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Table(table) => Some(table),
            _ => None,
        })
    }
}

/// A heading.
pub(super) fn heading(level: u8, text: impl Into<String>) -> Block {
    Block::Heading(level, text.into())
}

/// A paragraph.
pub(super) fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(text.into())
}

/// Facts, but for those of which nothing is said; None: nothing is said of any.
pub(super) fn facts<const N: usize>(facts: [(&str, String); N]) -> Option<Block> {
    let told: Vec<_> = facts.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect();
    let told: Vec<_> = told.into_iter().map(|(term, text)| (term.to_owned(), text)).collect();
    (!told.is_empty()).then_some(Block::Facts(told))
}
