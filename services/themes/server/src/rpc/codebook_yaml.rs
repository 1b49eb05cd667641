//! A codebook's file: YAML into the domain's [`CodebookFile`].

use soundings_themes_domain::{CodebookFile, FieldViolation};

/// Bytes a file may have.
pub const LARGEST_FILE: usize = 900 * 1024;

/// Reads a file. The codebook may stand at the top or under the key `codebook`.
///
/// # Errors
/// What is wrong, with the line where the parser knows it.
pub fn read(yaml: &str) -> Result<CodebookFile, FieldViolation> {
    let wrong = |description: String| FieldViolation { field: "yaml".to_owned(), description };
    if yaml.len() > LARGEST_FILE {
        return Err(wrong(format!("must have at most {LARGEST_FILE} bytes")));
    }
    // Typed at once wherever possible: only then does an error name its line.
    match serde_norway::from_str::<Wrapped>(yaml) {
        Ok(wrapped) => return Ok(wrapped.codebook),
        Err(error) => {
            let value: serde_norway::Value =
                serde_norway::from_str(yaml).map_err(|error| wrong(error.to_string()))?;
            if !value.is_mapping() {
                let what = if value.is_null() { "is empty" } else { "is no codebook" };
                return Err(wrong(format!("{what}: give id, title, surveys and themes")));
            }
            if value.get("codebook").is_some() {
                return Err(wrong(error.to_string()));
            }
        }
    }
    serde_norway::from_str(yaml).map_err(|error| wrong(error.to_string()))
}

#[derive(serde::Deserialize)]
struct Wrapped {
    codebook: CodebookFile,
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAT: &str = "id: cb\ntitle: A\nsurveys: [s1]\nthemes:\n  - {id: t, title: T, state: approved}\n";

    #[test]
    fn a_codebook_is_read_at_the_top_or_under_its_key() {
        let wrapped = format!("codebook:\n{}", FLAT.lines().map(|l| format!("  {l}\n")).collect::<String>());
        assert_eq!(read(FLAT).unwrap(), read(&wrapped).unwrap());
        assert_eq!(read(FLAT).unwrap().themes[0].state, Some(soundings_themes_domain::ThemeState::Approved));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let unknown = FLAT.replace("title: A", "titel: A");
        assert!(read(&unknown).unwrap_err().description.contains("titel"));
        assert!(read(&FLAT.replace("approved", "agreed")).unwrap_err().description.contains("agreed"));
        assert!(read(": :\n-").is_err());
        let (empty, other) = ("is empty: give id", "is no codebook: give id");
        for (text, told) in [("", empty), ("# nothing\n", empty), ("hello", other), ("- a\n- b", other)] {
            assert!(read(text).unwrap_err().description.starts_with(told), "{text}");
        }
        assert!(read(&"#".repeat(LARGEST_FILE + 1)).unwrap_err().description.contains("at most"));
    }
}
