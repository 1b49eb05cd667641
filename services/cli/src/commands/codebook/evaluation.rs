//! How well a service gives labelled answers their themes.
use std::path::Path;

use soundings_proto::themes::v1 as proto;
use soundings_themes_engine::evaluate::{Evaluation, Scores, ThemeAgreement};

use crate::{
    commands::{full_name, last_part, themes},
    connection::Connection,
    failure::{Failure, Outcome},
    files,
    output::{self, Format},
};

/// Compares the file's labels with the themes that the service would give.
pub async fn evaluate(to: &Connection<'_>, format: Format, codebook: &str, file: &Path) -> Outcome {
    let name = full_name("codebooks", codebook);
    let rows = files::labelled::read(file, &files::text(file)?)?;
    if rows.is_empty() {
        return Err(Failure::usage(format!("{} holds no labelled answer", file.display())));
    }
    let answer = |row: files::labelled::Labelled| proto::LabelledAnswer {
        text: row.answer.text,
        themes: row.answer.themes.iter().map(|id| format!("{name}/{}", full_name("themes", id))).collect(),
    };
    let answers = rows.into_iter().map(answer).collect();
    let request = proto::EvaluateCodebookRequest { name: name.clone(), answers };
    let found = to.evaluation()?.evaluate_codebook(request).await?.into_inner();
    if format.is_table() {
        output::text(&output::harmless(&themes::shown(&evaluation(&found))))?;
        let learned = match found.learned_version.as_str() {
            "" => String::new(),
            version => format!(" and {version}"),
        };
        output::note(format!(
            "by version {} of the codebook, {}{learned}",
            found.codebook_version, found.model_version
        ));
        return Ok(());
    }
    output::value(format, &output::json(&found)?)
}

fn evaluation(found: &proto::CodebookEvaluation) -> Evaluation {
    let count = |n: i32| usize::try_from(n).unwrap_or_default();
    let of = |theme: &proto::ThemeEvaluation| ThemeAgreement {
        people: count(theme.people),
        model: count(theme.model),
        both: count(theme.both),
    };
    let micro = found.micro.unwrap_or_default();
    Evaluation {
        answers: count(found.answers),
        samples_f1: found.samples_f1,
        samples_interval: (found.samples_f1_low, found.samples_f1_high),
        micro: Scores { precision: micro.precision, recall: micro.recall, f1: micro.f1 },
        macro_f1: found.macro_f1,
        accuracy: found.exact_share,
        themes: found.themes.iter().map(|theme| (last_part(&theme.theme), of(theme))).collect(),
    }
}
