//! Resource names, made and read.
use soundings_chassis::Problem;
use soundings_consultation_domain::id::{RULE, is_id};
use uuid::Uuid;

/// `organisations/{organisation}`.
pub fn organisation(id: &str) -> String {
    format!("organisations/{id}")
}

/// `surveys/{survey}`.
pub fn survey(id: &str) -> String {
    format!("surveys/{id}")
}

/// `surveys/{survey}/responses/{response}`.
pub fn response(survey: &str, id: Uuid) -> String {
    format!("surveys/{survey}/responses/{id}")
}

/// The id in `{collection}/{id}`.
pub fn read(field: &str, collection: &str, name: &str) -> Result<String, Problem> {
    let id = name.strip_prefix(collection).and_then(|rest| rest.strip_prefix('/')).filter(|id| is_id(id));
    id.map(str::to_owned).ok_or_else(|| {
        let what = if name.is_empty() { "is missing".to_owned() } else { format!("is {name:?}") };
        Problem::invalid_field(field, format!("{what}; give {collection}/{{id}}, where the id {RULE}"))
    })
}

/// The ids in `surveys/{survey}/responses/{response}`.
pub fn read_response(field: &str, name: &str) -> Result<(String, Uuid), Problem> {
    let parts = name.strip_prefix("surveys/").and_then(|rest| rest.split_once("/responses/"));
    parts
        .filter(|(survey, _)| is_id(survey))
        .and_then(|(survey, id)| Some((survey.to_owned(), Uuid::parse_str(id).ok()?)))
        .ok_or_else(|| {
            Problem::invalid_field(field, format!("is {name:?}; give surveys/{{survey}}/responses/{{uuid}}"))
        })
}
