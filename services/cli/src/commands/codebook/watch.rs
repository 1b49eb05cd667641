//! Following a codebook's themes.
use std::time::Duration;

use soundings_proto::themes::v1::{self as proto, watch_themes_response::Update};
use tonic::Code;

use crate::{
    commands::{full_name, theme},
    connection::Connection,
    failure::Outcome,
    output::{self, Format},
};

/// Shows the themes, then each change; connects again when the stream ends, and is then sent all of them again.
pub async fn watch(to: &Connection<'_>, format: Format, codebook: &str, count: Option<usize>) -> Outcome {
    let mut changes = 0;
    let mut known = false;
    loop {
        let request =
            proto::WatchThemesRequest { parent: full_name("codebooks", codebook), show_retired: false };
        match to.codebooks()?.watch_themes(request).await {
            Ok(stream) => {
                let mut stream = stream.into_inner();
                while let Ok(Some(update)) = stream.message().await {
                    known = true;
                    changes += usize::from(matches!(update.update, Some(Update::Change(_))));
                    show(format, &update)?;
                    if count.is_some_and(|count| changes >= count) {
                        return Ok(());
                    }
                }
            }
            Err(status) if known && status.code() == Code::Unavailable => {}
            Err(status) => return Err(status.into()),
        }
        output::note("the stream ended; connecting again");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn show(format: Format, update: &proto::WatchThemesResponse) -> Outcome {
    match format {
        Format::Table | Format::Wide => match &update.update {
            Some(Update::Snapshot(all)) => output::list(format, &all.themes, &theme::columns()),
            Some(Update::Change(change)) => {
                output::text(&format!(
                    "\n{} respondents ({} responses) in {} organisations; {} statements fit no theme\n",
                    change.respondents, change.responses, change.organisations, change.unassigned_statements
                ))?;
                output::list(format, &change.themes, &theme::columns())
            }
            None => Ok(()),
        },
        Format::Yaml => output::value(Format::Yaml, &output::json(update)?),
        _ => output::value(Format::Ndjson, &output::json(update)?),
    }
}
