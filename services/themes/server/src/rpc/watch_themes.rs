//! Following a codebook's themes: all of them first, then what changed.

use std::collections::BTreeMap;
use std::time::Duration;

use soundings_chassis::Problem;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::watch_themes_response::Update;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::application::Runtime;
use crate::application::theme_figures::ThemeFigures;
use crate::store::codebooks;

/// How often another replica's changes are looked for.
const POLL: Duration = Duration::from_secs(1);
/// Changes that come faster than this are sent together.
const GAP: Duration = Duration::from_millis(100);

/// The stream of updates; it ends with its reader, and at shutdown.
pub fn watch_themes(
    runtime: Runtime,
    stop: CancellationToken,
    codebook: String,
    show_retired: bool,
) -> ReceiverStream<Result<proto::WatchThemesResponse, Status>> {
    let (sender, receiver) = mpsc::channel(16);
    let watch = async move {
        let mut moved = runtime.moved.subscribe();
        let mut sent: Option<proto::ListThemesResponse> = None;
        loop {
            moved.mark_unchanged();
            let update = match listed(&runtime, &codebook, show_retired).await {
                Ok(now) => {
                    let update = match &sent {
                        None => Some(Update::Snapshot(now.clone())),
                        Some(sent) => change(sent, &now).map(Update::Change),
                    };
                    sent = Some(now);
                    update.map(|update| Ok(proto::WatchThemesResponse { update: Some(update) }))
                }
                Err(problem) => Some(Err(Status::from(problem))),
            };
            if let Some(update) = update {
                let failed = update.is_err();
                if sender.send(update).await.is_err() || failed {
                    return;
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sender.closed() => return,
                () = tokio::time::sleep(GAP) => {}
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = sender.closed() => return,
                _ = moved.changed() => {}
                () = tokio::time::sleep(POLL) => {}
            }
        }
    };
    #[expect(clippy::disallowed_methods, reason = "it ends with its stream, and at shutdown")]
    tokio::spawn(watch);
    ReceiverStream::new(receiver)
}

async fn listed(
    runtime: &Runtime,
    codebook: &str,
    show_retired: bool,
) -> Result<proto::ListThemesResponse, Problem> {
    let snapshot = runtime.db.snapshot().await?;
    let book = codebooks::find(&snapshot, codebook, false).await?;
    let book = book.ok_or_else(|| Problem::not_found("codebook", codebook))?;
    Ok(ThemeFigures::read(&snapshot, &book).await?.list(show_retired))
}

/// What differs; none: nothing.
fn change(
    before: &proto::ListThemesResponse,
    after: &proto::ListThemesResponse,
) -> Option<proto::ThemesChange> {
    if before == after {
        return None;
    }
    let was: BTreeMap<&str, &proto::Theme> = before.themes.iter().map(|t| (t.name.as_str(), t)).collect();
    let listed = |name: &str| after.themes.iter().any(|theme| theme.name == name);
    Some(proto::ThemesChange {
        themes: after
            .themes
            .iter()
            .filter(|theme| was.get(theme.name.as_str()) != Some(theme))
            .cloned()
            .collect(),
        removed: was.keys().filter(|name| !listed(name)).map(|name| (*name).to_owned()).collect(),
        respondents: after.respondents,
        responses: after.responses,
        unassigned_statements: after.unassigned_statements,
        organisations: after.organisations,
    })
}
