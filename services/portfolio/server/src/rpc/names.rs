//! Resource names, read.
use soundings_chassis::Problem;

fn is_id(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && text.len() <= 63
        && bytes.all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
}

/// The id in `{collection}/{id}`.
pub fn read(field: &str, collection: &str, name: &str) -> Result<String, Problem> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/')).filter(|id| is_id(id));
    id.map(str::to_owned).ok_or_else(|| {
        let what = if name.is_empty() { "is missing".to_owned() } else { format!("is {name:?}") };
        let rule = "1 to 63 letters, digits, '.', '_', '~' or '-', beginning with a letter or digit";
        Problem::invalid_field(field, format!("{what}; give {collection}/{{id}}, where the id is {rule}"))
    })
}

/// The number in `{collection}/{number}`.
pub fn read_number(field: &str, collection: &str, name: &str) -> Result<i64, Problem> {
    let number = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/'));
    number.and_then(|text| text.parse().ok()).filter(|number| *number > 0).ok_or_else(|| {
        Problem::invalid_field(
            field,
            format!("is {name:?}; give {collection}/{{number}}, such as {collection}/1"),
        )
    })
}

/// A theme's full name, checked.
pub fn read_theme(field: &str, name: &str) -> Result<String, Problem> {
    let parts = name.strip_prefix("codebooks/").and_then(|rest| rest.split_once("/themes/"));
    match parts {
        Some((codebook, theme)) if is_id(codebook) && is_id(theme) => Ok(name.to_owned()),
        _ => {
            let text = format!("is {name:?}; give codebooks/{{codebook}}/themes/{{theme}}");
            Err(Problem::invalid_field(field, text))
        }
    }
}
