//! Files of responses: each row becomes a response, or is reported by its line.
use std::{collections::HashMap, io::Read};

use sha2::{Digest, Sha256};

use crate::{Answer, AnswerValue, QuestionKind, Survey, Violations};

/// Most characters of a row's own key.
const KEY_CHARACTERS: usize = 200;

/// How a file is laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// A header row: `organisation`, optional `row_key`, then one column per question id.
    Csv,
    /// A Polis `comments.csv`: its texts answer this question. It has no organisation column, so author A goes to
    /// organisation number A mod N of the N organisations in order of id.
    PolisComments {
        /// The free-text question's id.
        question: String,
    },
}

/// A row that can be submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Line where it starts; the header is line 1.
    pub line: u64,
    /// Stays the same when the file is read again.
    pub key: String,
    /// The organisation's id.
    pub organisation: String,
    /// Unchecked.
    pub answers: Vec<Answer>,
}

/// Why a row stays out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// Line where it starts.
    pub line: u64,
    /// The column at fault, or empty.
    pub field: String,
    /// What is wrong and how to mend it; never the row's text.
    pub description: String,
    /// Whether it was left out on purpose.
    pub skipped: bool,
}

impl Left {
    fn rejected(line: u64, field: &str, description: impl Into<String>) -> Self {
        Left { line, field: field.into(), description: description.into(), skipped: false }
    }

    /// Its organisation is not one that the caller may act for, whether there is such a one or not.
    pub fn no_organisation(line: u64) -> Self {
        Left::rejected(line, "organisation", "is no organisation here: register it first")
    }
}

/// The file has a fault that no row can be read past, such as a missing column.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableFile(pub String);

/// Reads a whole file. `organisations` are all ids, in order of their bytes.
pub fn read(
    layout: &Layout,
    survey: &Survey,
    organisations: &[String],
    file: impl Read,
) -> Result<Vec<Result<Row, Left>>, UnreadableFile> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let headers: Vec<String> = match reader.headers() {
        Ok(headers) => headers.iter().map(|h| h.trim().trim_start_matches('\u{feff}').to_owned()).collect(),
        Err(_) => return Err(UnreadableFile("line 1: the header row is not UTF-8 text".into())),
    };
    let columns: HashMap<&str, usize> = headers.iter().enumerate().map(|(at, h)| (h.as_str(), at)).collect();
    let needed: &[&str] = match layout {
        Layout::Csv => &["organisation"],
        Layout::PolisComments { .. } => &["comment-id", "author-id", "moderated", "comment-body"],
    };
    if let Some(missing) = needed.iter().find(|name| !columns.contains_key(**name)) {
        return Err(UnreadableFile(format!("line 1: there is no column {missing:?} in the header row")));
    }
    if *layout == Layout::Csv {
        let known = |name: &str| {
            ["organisation", "row_key"].contains(&name) || survey.questions.iter().any(|q| q.id == name)
        };
        if let Some(unknown) = headers.iter().find(|name| !known(name)) {
            return Err(UnreadableFile(format!("line 1: column {unknown:?} is no question of this survey")));
        }
    }
    if organisations.is_empty() {
        return Err(UnreadableFile("there are no organisations yet: register them first".into()));
    }
    let mut seen = HashMap::new();
    let mut rows = Vec::new();
    for record in reader.into_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                rows.push(Err(Left::rejected(line, "", "the row is not UTF-8 text: save the file as UTF-8")));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != headers.len() {
            let text = format!("has {} columns; the header row has {}", record.len(), headers.len());
            rows.push(Err(Left::rejected(line, "", text)));
            continue;
        }
        let cell = |name: &str| columns.get(name).and_then(|at| record.get(*at)).unwrap_or_default();
        rows.push(match layout {
            Layout::Csv => csv_row(line, survey, organisations, &headers, &cell, &mut seen),
            Layout::PolisComments { question } => polis_row(line, question, organisations, &cell, &mut seen),
        });
    }
    Ok(rows)
}

fn csv_row<'a>(
    line: u64,
    survey: &Survey,
    organisations: &[String],
    headers: &[String],
    cell: &dyn Fn(&str) -> &'a str,
    seen: &mut HashMap<String, u32>,
) -> Result<Row, Left> {
    let organisation = cell("organisation").trim().to_owned();
    if organisations.binary_search(&organisation).is_err() {
        return Err(Left::no_organisation(line));
    }
    let mut answers = Vec::new();
    for question in &survey.questions {
        let text = cell(&question.id);
        if text.trim().is_empty() {
            continue;
        }
        let value = match &question.kind {
            QuestionKind::FreeText { .. } => AnswerValue::Text(text.to_owned()),
            QuestionKind::SingleChoice { .. } => AnswerValue::Choice(text.trim().to_owned()),
            QuestionKind::MultipleChoice { .. } => AnswerValue::Choices(
                text.split(';').map(|c| c.trim().to_owned()).filter(|c| !c.is_empty()).collect(),
            ),
            QuestionKind::Rating { .. } => match text.trim().parse() {
                Ok(rating) => AnswerValue::Rating(rating),
                Err(_) => return Err(Left::rejected(line, &question.id, "must be a whole number")),
            },
        };
        answers.push(Answer { question: question.id.clone(), value });
    }
    let given = cell("row_key").trim();
    let key = if given.is_empty() {
        // The same row twice in a file is two responses; the same file twice is not.
        let mut hash = Sha256::new();
        for header in headers {
            let text = cell(header);
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let content = hex::encode(hash.finalize());
        let nth = seen.entry(content.clone()).or_default();
        *nth += 1;
        format!("content:{content}:{nth}")
    } else {
        let mut violations = Violations::default();
        violations.check_length("row_key", given, 1, KEY_CHARACTERS);
        if let Some((field, description)) = violations.0.into_iter().next() {
            return Err(Left::rejected(line, &field, description));
        }
        once("row_key", format!("row:{given}"), line, seen)?
    };
    Ok(Row { line, key, organisation, answers })
}

/// A key that may stand in the file only once.
fn once(field: &str, key: String, line: u64, seen: &mut HashMap<String, u32>) -> Result<String, Left> {
    let nth = seen.entry(key.clone()).or_default();
    *nth += 1;
    if *nth == 1 { Ok(key) } else { Err(Left::rejected(line, field, "stands in the file twice")) }
}

fn polis_row<'a>(
    line: u64,
    question: &str,
    organisations: &[String],
    cell: &dyn Fn(&str) -> &'a str,
    seen: &mut HashMap<String, u32>,
) -> Result<Row, Left> {
    match cell("moderated").trim() {
        "-1" => {
            let description = "was moderated out (moderated is -1)".into();
            return Err(Left { line, field: "moderated".into(), description, skipped: true });
        }
        "0" | "1" => {}
        _ => return Err(Left::rejected(line, "moderated", "must be -1, 0 or 1")),
    }
    let number = |name: &str| {
        let parsed = cell(name).trim().parse::<u64>();
        parsed.map_err(|_| Left::rejected(line, name, "must be a whole number"))
    };
    let (comment, author) = (number("comment-id")?, number("author-id")?);
    let text = cell("comment-body");
    if text.trim().is_empty() {
        return Err(Left::rejected(line, "comment-body", "is empty"));
    }
    let at = usize::try_from(author % organisations.len() as u64).unwrap_or(0);
    let answers = vec![Answer { question: question.to_owned(), value: AnswerValue::Text(text.to_owned()) }];
    let key = once("comment-id", format!("polis:{comment}"), line, seen)?;
    Ok(Row { line, key, organisation: organisations[at].clone(), answers })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Question, SurveyState};

    fn survey() -> Survey {
        let question = |id: &str, kind| Question {
            id: id.into(),
            prompt: id.into(),
            required: false,
            kind,
            bound_to: String::new(),
        };
        Survey {
            id: "s".into(),
            title: "S".into(),
            questions: vec![
                question("words", QuestionKind::FreeText { max_characters: 100 }),
                question("mark", QuestionKind::Rating { lowest: 1, highest: 5 }),
            ],
            state: SurveyState::Open,
            created_at: chrono::DateTime::UNIX_EPOCH,
            opened_at: None,
            closed_at: None,
            version: 1,
        }
    }

    fn organisations() -> Vec<String> {
        ["A", "B", "C"].map(String::from).into()
    }

    #[test]
    fn a_broken_row_is_told_by_its_line_and_the_rest_goes_in() {
        let file = "organisation,words,mark\nA,\"two\nlines\",4\nZ,hi,1\nB,hi,four\nB,hi\nC,ok,\n";
        let rows = read(&Layout::Csv, &survey(), &organisations(), file.as_bytes()).unwrap();
        let lines: Vec<_> =
            rows.iter().map(|r| r.as_ref().map_or_else(|l| (l.line, false), |r| (r.line, true))).collect();
        assert_eq!(lines, [(2, true), (4, false), (5, false), (6, false), (7, true)]);
    }

    #[test]
    fn row_keys_stay_the_same_and_tell_equal_rows_apart() {
        let file = "organisation,words\nA,same\nA,same\nB,same\n";
        let keys = || -> Vec<String> {
            let rows = read(&Layout::Csv, &survey(), &organisations(), file.as_bytes()).unwrap();
            rows.into_iter().map(|r| r.unwrap().key).collect()
        };
        assert_eq!(keys(), keys());
        let distinct: std::collections::HashSet<_> = keys().into_iter().collect();
        assert_eq!(distinct.len(), 3);
    }

    #[test]
    fn a_key_that_is_too_long_or_holds_a_nul_keeps_its_row_out() {
        let (long, longest) = ("k".repeat(201), "k".repeat(200));
        let file = format!("organisation,row_key,words\nA,{long},a\nA,\0,b\nA,{longest},c\n");
        let rows = read(&Layout::Csv, &survey(), &organisations(), file.as_bytes()).unwrap();
        let left: Vec<_> = rows.iter().filter_map(|row| row.as_ref().err()).collect();
        let told: Vec<_> = left.iter().map(|left| (left.line, left.field.as_str())).collect();
        assert_eq!(told, [(2, "row_key"), (3, "row_key")]);
        assert!(left[1].description.contains("NUL"), "{left:?}");
    }

    #[test]
    fn polis_authors_are_spread_over_the_organisations_and_moderated_rows_stay_out() {
        let layout = Layout::PolisComments { question: "words".into() };
        let file = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n\
                    1,x,7,4,0,0,1,yes\n1,x,8,0,0,0,-1,no\n1,x,7,4,0,0,1,again\n";
        let rows = read(&layout, &survey(), &organisations(), file.as_bytes()).unwrap();
        let first = rows[0].as_ref().unwrap();
        assert_eq!((first.key.as_str(), first.organisation.as_str()), ("polis:7", "B"));
        assert!(rows[1].as_ref().unwrap_err().skipped);
        let twice = rows[2].as_ref().unwrap_err();
        assert_eq!((twice.line, twice.field.as_str(), twice.skipped), (4, "comment-id", false));
    }

    #[test]
    fn a_file_without_its_columns_is_refused_whole() {
        let error = read(&Layout::Csv, &survey(), &organisations(), "words\nhi\n".as_bytes()).unwrap_err();
        assert!(error.0.contains("\"organisation\""), "{error}");
        let error =
            read(&Layout::Csv, &survey(), &organisations(), "organisation,else\n".as_bytes()).unwrap_err();
        assert!(error.0.contains("\"else\""), "{error}");
    }
}
