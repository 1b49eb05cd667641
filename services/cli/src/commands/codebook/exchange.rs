//! Codebooks and their themes as files.
use clap::ValueEnum;
use soundings_proto::themes::v1 as proto;

use crate::{
    commands::full_name,
    connection::{Connection, new_request_id},
    failure::Outcome,
    output,
};

/// Another tool's file of themes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ThemesFormat {
    /// JSON of themefinder.
    ThemefinderJson,
    /// CSV of themefinder.
    ThemefinderCsv,
}

impl From<ThemesFormat> for i32 {
    fn from(format: ThemesFormat) -> i32 {
        match format {
            ThemesFormat::ThemefinderJson => proto::ThemesFormat::ThemefinderJson.into(),
            ThemesFormat::ThemefinderCsv => proto::ThemesFormat::ThemefinderCsv.into(),
        }
    }
}

/// Writes a codebook, or its themes, to stdout.
pub async fn export(to: &Connection<'_>, codebook: &str, themes: Option<ThemesFormat>) -> Outcome {
    let name = full_name("codebooks", codebook);
    let mut client = to.codebooks()?;
    let content = match themes {
        None => client.export_codebook(proto::ExportCodebookRequest { name }).await?.into_inner().yaml,
        Some(format) => {
            let request = proto::ExportThemesRequest { parent: name, format: format.into() };
            client.export_themes(request).await?.into_inner().content
        }
    };
    let end = if content.ends_with('\n') { "" } else { "\n" };
    output::text(&format!("{content}{end}"))
}

/// Takes themes in.
pub async fn import(
    to: &Connection<'_>,
    codebook: &str,
    content: String,
    format: ThemesFormat,
    validate_only: bool,
    reason: String,
) -> Outcome<proto::Codebook> {
    let request = proto::ImportThemesRequest {
        parent: full_name("codebooks", codebook),
        format: format.into(),
        content,
        validate_only,
        reason,
        request_id: new_request_id(),
    };
    Ok(to.codebooks()?.import_themes(request).await?.into_inner())
}
