//! Resource names, made and read.

use soundings_themes_domain::StatementKey;
use soundings_themes_domain::codebook_file::is_id;

/// `codebooks/{codebook}`.
#[must_use]
pub fn codebook(id: &str) -> String {
    format!("codebooks/{id}")
}

/// `codebooks/{codebook}/themes/{theme}`.
#[must_use]
pub fn theme(codebook: &str, id: &str) -> String {
    format!("codebooks/{codebook}/themes/{id}")
}

/// `organisations/{organisation}`.
#[must_use]
pub fn organisation(id: &str) -> String {
    format!("organisations/{id}")
}

/// `surveys/{survey}`.
#[must_use]
pub fn survey(id: &str) -> String {
    format!("surveys/{id}")
}

/// `surveys/{survey}/responses/{response}`.
#[must_use]
pub fn response(survey: &str, id: &str) -> String {
    format!("surveys/{survey}/responses/{id}")
}

/// `codebooks/{codebook}/statements/{response}:{question}:{digest}`.
#[must_use]
pub fn statement(codebook: &str, key: &StatementKey) -> String {
    format!("codebooks/{codebook}/statements/{key}")
}

/// `codebooks/{codebook}/evidence/{evidence}`.
#[must_use]
pub fn evidence(codebook: &str, id: &str) -> String {
    format!("codebooks/{codebook}/evidence/{id}")
}

/// The codebook's id and the statement in a statement's name.
#[must_use]
pub fn statement_in(name: &str) -> Option<(&str, StatementKey)> {
    let (codebook, key) = name.strip_prefix("codebooks/")?.split_once("/statements/")?;
    is_id(codebook).then_some(codebook).zip(StatementKey::parse(key))
}

/// The id in a name of one part, such as `codebooks/{codebook}`.
#[must_use]
pub fn id_in<'a>(name: &'a str, collection: &str) -> Option<&'a str> {
    let id = name.strip_prefix(collection)?.strip_prefix('/')?;
    is_id(id).then_some(id)
}

/// The ids in a name of two parts, such as `codebooks/{codebook}/themes/{theme}`.
#[must_use]
pub fn ids_in<'a>(name: &'a str, outer: &str, inner: &str) -> Option<(&'a str, &'a str)> {
    let (first, rest) = name.strip_prefix(outer)?.strip_prefix('/')?.split_once('/')?;
    let second = id_in(rest, inner)?;
    is_id(first).then_some((first, second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_made_and_nothing_else_is() {
        assert_eq!(id_in(&codebook("a"), "codebooks"), Some("a"));
        assert_eq!(ids_in(&theme("a", "b"), "codebooks", "themes"), Some(("a", "b")));
        assert_eq!(ids_in(&response("s", "r"), "surveys", "responses"), Some(("s", "r")));
        let digest = soundings_themes_domain::statement_digest("words");
        let key = StatementKey { response: "r".into(), question: "q".into(), digest };
        assert_eq!(statement_in(&statement("a", &key)), Some(("a", key)));
        assert_eq!(statement_in("codebooks/a/statements/r:q:short"), None);
        for wrong in ["", "codebooks", "codebooks/", "codebooks/a/b", "themes/a", "codebooks/-a"] {
            assert_eq!(id_in(wrong, "codebooks"), None, "{wrong}");
        }
        for wrong in
            ["codebooks/a/themes", "codebooks/a/themes/", "codebooks//themes/b", "codebooks/a/themes/b/c"]
        {
            assert_eq!(ids_in(wrong, "codebooks", "themes"), None, "{wrong}");
        }
    }
}
