//! Themes as themefinder writes and reads them: `topic_id`, `topic_label`, `topic_description`, in JSON or CSV.

use serde::{Deserialize, Serialize};
use soundings_proto::themes::v1::ThemesFormat;
use soundings_themes_domain::{Codebook, FieldViolation, ThemeEntry};

use super::codebook_yaml::LARGEST_FILE;

/// One theme of a file. What else it holds is not read.
#[derive(Debug, Serialize, Deserialize)]
struct Topic {
    topic_id: Id,
    topic_label: String,
    #[serde(default)]
    topic_description: String,
}

/// An id, which some files write as a number.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(i64),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum File {
    Alone(Vec<Topic>),
    Wrapped { themes: Vec<Topic> },
}

/// The themes in a file.
///
/// # Errors
/// What is wrong with it.
pub fn read(format: ThemesFormat, content: &str) -> Result<Vec<ThemeEntry>, FieldViolation> {
    let wrong = |description: String| FieldViolation { field: "content".to_owned(), description };
    if content.len() > LARGEST_FILE {
        return Err(wrong(format!("must have at most {LARGEST_FILE} bytes")));
    }
    let topics: Vec<Topic> = match format {
        ThemesFormat::ThemefinderCsv => topics(content).map_err(wrong)?,
        _ => match serde_json::from_str(content) {
            Ok(File::Alone(topics) | File::Wrapped { themes: topics }) => topics,
            Err(error) if error.is_data() => {
                let form = "must be a list of objects with topic_id, topic_label and topic_description";
                return Err(wrong(form.to_owned()));
            }
            Err(error) => return Err(wrong(error.to_string())),
        },
    };
    if topics.is_empty() {
        return Err(wrong("holds no theme".to_owned()));
    }
    let entry = |topic: Topic| ThemeEntry {
        id: match topic.topic_id {
            Id::Text(id) => id.trim().to_owned(),
            Id::Number(id) => id.to_string(),
        },
        title: topic.topic_label,
        description: topic.topic_description,
        ..ThemeEntry::default()
    };
    Ok(topics.into_iter().map(entry).collect())
}

/// The rows of CSV, or what is wrong with them.
fn topics(content: &str) -> Result<Vec<Topic>, String> {
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    for column in ["topic_id", "topic_label"] {
        if !header.iter().any(|name| name == column) {
            return Err(format!(
                "has no column {column}: its first line must name topic_id, topic_label and topic_description"
            ));
        }
    }
    reader.deserialize().collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// The themes in use as a file.
///
/// # Errors
/// None in practice: the writers fail for no text.
pub fn write(format: ThemesFormat, codebook: &Codebook) -> anyhow::Result<String> {
    let topic = |theme: &soundings_themes_domain::Theme| Topic {
        topic_id: Id::Text(theme.id.clone()),
        topic_label: theme.title.clone(),
        topic_description: theme.description.clone(),
    };
    let topics: Vec<Topic> = codebook.themes.iter().filter(|theme| theme.stands()).map(topic).collect();
    if format == ThemesFormat::ThemefinderJson {
        return Ok(serde_json::to_string_pretty(&topics)?);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for topic in &topics {
        writer.serialize(topic)?;
    }
    Ok(String::from_utf8(writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?)?)
}

#[cfg(test)]
mod tests {
    use soundings_proto::themes::v1::ThemesFormat::{ThemefinderCsv, ThemefinderJson};

    use super::*;

    #[test]
    fn both_forms_are_read_whatever_else_they_hold() {
        let json = r#"[{"topic_id": "A", "topic_label": "Cost", "topic_description": "Money", "n": 3}]"#;
        let csv = "n,topic_label,topic_id,topic_description\n3,Cost,A,Money\n";
        let expected = ThemeEntry {
            id: "A".into(),
            title: "Cost".into(),
            description: "Money".into(),
            ..ThemeEntry::default()
        };
        let wrapped = format!("{{\"themes\": {json}}}");
        for (format, content) in [(ThemefinderJson, json), (ThemefinderJson, &wrapped), (ThemefinderCsv, csv)]
        {
            assert_eq!(read(format, content).unwrap(), std::slice::from_ref(&expected));
        }
        let numbered = read(ThemefinderCsv, "topic_id,topic_label\n7,Cost\n").unwrap();
        assert_eq!((numbered[0].id.as_str(), numbered[0].description.as_str()), ("7", ""));
    }

    #[test]
    fn what_is_wrong_is_said() {
        assert!(read(ThemefinderJson, "[{\"topic\": 1}]").unwrap_err().description.contains("topic_label"));
        assert!(read(ThemefinderJson, "[").unwrap_err().description.contains("line 1"));
        for no_column in ["a,b\n1,2\n", "a,b\n", ""] {
            assert!(read(ThemefinderCsv, no_column).unwrap_err().description.contains("topic_id"));
        }
        for nothing in ["[]", "{\"themes\": []}"] {
            assert_eq!(read(ThemefinderJson, nothing).unwrap_err().description, "holds no theme");
        }
        let header = "topic_id,topic_label,topic_description\n";
        assert_eq!(read(ThemefinderCsv, header).unwrap_err().description, "holds no theme");
        let long = "#".repeat(LARGEST_FILE + 1);
        assert!(read(ThemefinderCsv, &long).unwrap_err().description.contains("at most"));
    }
}
