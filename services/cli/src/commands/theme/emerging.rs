//! Themes that emerge from what fits none, and the runs of discovery that find them.
use std::{fmt::Write, pin::pin, time::Duration};

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use soundings_proto::themes::v1::{
    self as proto, emerging_themes_service_client::EmergingThemesServiceClient,
};

use super::word;
use crate::{
    commands::{full_name, last_part},
    connection::{Authorised, Connection, new_request_id},
    failure::Outcome,
    output::{self, Column, Format, column, number, wide},
};

/// How often it is asked how far a run is.
const ASK_EVERY: Duration = Duration::from_millis(300);

/// What to do with emerging themes and discovery.
#[derive(Debug, Subcommand)]
pub enum Emergence {
    /// List themes that emerge from what fits none: what they say, where they come from, how they grow
    Emerging {
        /// The codebook's id.
        codebook: String,
        /// Only this organisation's counts and words.
        #[arg(long, default_value = "")]
        organisation: String,
        /// So many days of growth, the newest.
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i32).range(1..=100))]
        days: i32,
    },
    /// Look for themes in what fits none, now
    Discover {
        /// The codebook's id.
        codebook: String,
        /// Shows the groups and writes nothing.
        #[arg(long)]
        preview: bool,
        /// Looks through all statements, whatever theme they are under.
        #[arg(long, requires = "preview")]
        everything: bool,
        /// Coarser below 1, finer above; without it, what suits their number.
        #[arg(long, value_parser = resolution)]
        resolution: Option<f64>,
        /// Tells how discovery stands, and runs nothing.
        #[arg(long, conflicts_with_all = ["preview", "resolution", "cancel"])]
        status: bool,
        /// Cancels the run that is under way.
        #[arg(long, conflicts_with_all = ["preview", "resolution"])]
        cancel: bool,
    },
}

/// How finely to look, as it may be given.
pub fn resolution(text: &str) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|r| (0.05..=20.0).contains(r)).ok_or_else(|| "give a number from 0.05 to 20".to_owned())
}

fn of<T>(theme: &proto::EmergingTheme, what: impl Fn(&proto::Theme) -> T) -> Option<T> {
    theme.theme.as_ref().map(what)
}

fn near(nearest: &[proto::NeighbouringTheme]) -> String {
    let near = nearest.iter().take(1);
    near.map(|n| format!("{} {:.2}", last_part(&n.theme), f64::from(n.similarity_ppm) / 1e6)).collect()
}

fn columns() -> Vec<Column<proto::EmergingTheme>> {
    vec![
        column("theme", |e| of(e, |theme| last_part(&theme.name)).unwrap_or_default()),
        number("respondents", |e| of(e, |theme| theme.respondents.to_string()).unwrap_or_default()),
        number("organisations", |e| e.organisations.len().to_string()),
        number("mentions", |e| of(e, |theme| theme.mentions.to_string()).unwrap_or_default()),
        column("nearest", |e| near(&e.nearest)),
        column("title", |e| of(e, |theme| theme.title.clone()).unwrap_or_default()),
        wide(number("missed runs", |e| e.missed_runs.to_string())),
        wide(column("found by", |e| if e.discovered { "discovery" } else { "a person" }.to_owned())),
        wide(column("etag", |e| of(e, |theme| theme.etag.clone()).unwrap_or_default())),
    ]
}

fn group_columns() -> Vec<Column<proto::DiscoveredGroup>> {
    vec![
        number("statements", |g| g.statements.to_string()),
        number("distinct", |g| g.distinct_statements.to_string()),
        number("respondents", |g| g.respondents.to_string()),
        number("organisations", |g| g.organisations.to_string()),
        column("sound", |g| if g.sound { "yes" } else { "no" }.to_owned()),
        column("nearest", |g| near(&g.nearest)),
        column("title", |g| g.title.clone()),
        column("theme", |g| last_part(&g.theme)),
        wide(number("density", |g| format!("{:.2}", f64::from(g.density_ppm) / 1e6))),
        wide(number("steadiness", |g| format!("{:.2}", f64::from(g.steadiness_ppm) / 1e6))),
        wide(number("covered", |g| format!("{:.2}", f64::from(g.coverage_ppm) / 1e6))),
        wide(column("keywords", |g| g.keywords.join(", "))),
        wide(column("statement", |g| g.exemplars.first().map(|m| m.text.clone()).unwrap_or_default())),
    ]
}

fn discovery_columns() -> Vec<Column<proto::Discovery>> {
    vec![
        column("codebook", |d| last_part(&d.name)),
        column("state", |d| word(d.state().as_str_name(), "DISCOVERY_STATE_")),
        column("step", |d| word(d.step().as_str_name(), "DISCOVERY_STEP_")),
        number("done", |d| format!("{} %", d.progress_ppm / 10_000)),
        number("runs", |d| d.runs.to_string()),
        column("last run", |d| word(d.outcome().as_str_name(), "DISCOVERY_OUTCOME_")),
        number("groups", |d| d.groups.to_string()),
        number("fit no theme", |d| d.pool.to_string()),
        number("new", |d| d.new_statements.to_string()),
        wide(column("began", |d| output::time(d.start_time.as_ref()))),
        wide(column("ended", |d| output::time(d.end_time.as_ref()))),
        wide(number("waits for", |d| {
            d.settings.map(|s| s.least_new_statements.to_string()).unwrap_or_default()
        })),
    ]
}

/// Emerging themes as people read them.
fn told(themes: &[proto::EmergingTheme]) -> String {
    let mut out = String::new();
    for found in themes {
        let Some(theme) = &found.theme else { continue };
        // Writing into a string cannot fail.
        _ = writeln!(out, "{} - {}", last_part(&theme.name), theme.title);
        let from: Vec<String> = found
            .organisations
            .iter()
            .map(|o| format!("{} {}", last_part(&o.organisation), o.respondents))
            .collect();
        _ = writeln!(out, "  {} respondents: {}", theme.respondents, from.join(", "));
        let days: Vec<String> = found
            .days
            .iter()
            .map(|day| {
                let date: String = output::time(day.start_time.as_ref()).chars().take(10).collect();
                format!("{date} {}", day.responses)
            })
            .collect();
        _ = writeln!(out, "  by day: {}", days.join(", "));
        let near: Vec<String> = found
            .nearest
            .iter()
            .map(|n| {
                let (id, near) = (last_part(&n.theme), f64::from(n.similarity_ppm) / 1e6);
                format!("{id} {near:.2} ({})", n.title)
            })
            .collect();
        if !near.is_empty() {
            _ = writeln!(out, "  nearest: {}", near.join(", "));
        }
        for mention in found.exemplars.iter().filter(|mention| !mention.text.is_empty()) {
            _ = writeln!(
                out,
                "  > {}: {}",
                last_part(&mention.organisation),
                mention.text.replace('\n', " ")
            );
        }
        out.push('\n');
    }
    if out.is_empty() { "no theme emerges\n".to_owned() } else { out }
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Emergence) -> Outcome {
    let mut client = to.emerging()?;
    match command {
        Emergence::Emerging { codebook, organisation, days } => {
            let organisation = match organisation.as_str() {
                "" => String::new(),
                given => full_name("organisations", given),
            };
            let parent = full_name("codebooks", &codebook);
            let page_token = String::new();
            let mut request =
                proto::ListEmergingThemesRequest { parent, organisation, days, page_size: 50, page_token };
            let mut themes = Vec::new();
            loop {
                let page = client.list_emerging_themes(request.clone()).await?.into_inner();
                themes.extend(page.themes);
                if page.next_page_token.is_empty() {
                    break;
                }
                request.page_token = page.next_page_token;
            }
            match format {
                Format::Table => output::text(&output::harmless(&told(&themes))),
                _ => output::list(format, &themes, &columns()),
            }
        }
        Emergence::Discover { codebook, status: true, .. } => {
            let name = full_name("codebooks", &codebook);
            let discovery = client.get_discovery(proto::GetDiscoveryRequest { name }).await?.into_inner();
            output::single(format, &discovery, &discovery_columns())
        }
        Emergence::Discover { codebook, cancel: true, .. } => {
            let name = full_name("codebooks", &codebook);
            let asked = proto::CancelDiscoveryRequest { name };
            let discovery = client.cancel_discovery(asked).await?.into_inner();
            output::single(format, &discovery, &discovery_columns())
        }
        Emergence::Discover { codebook, preview, everything, resolution, .. } => {
            let scope =
                if everything { proto::DiscoveryScope::Everything } else { proto::DiscoveryScope::Pool };
            let request = proto::RunDiscoveryRequest {
                name: full_name("codebooks", &codebook),
                scope: scope.into(),
                resolution: resolution.unwrap_or_default(),
                validate_only: preview,
                request_id: if preview { String::new() } else { new_request_id() },
            };
            let found = discovered(client, request).await?;
            output::list(format, &found.groups, &group_columns())?;
            if format.is_table() {
                output::note(note(&found, preview));
            }
            Ok(())
        }
    }
}

/// Runs it, with a bar of how far it is.
async fn discovered(
    mut client: EmergingThemesServiceClient<Authorised>,
    request: proto::RunDiscoveryRequest,
) -> Outcome<proto::RunDiscoveryResponse> {
    let style = ProgressStyle::with_template("{msg:<22} {bar:40} {percent:>3} %");
    let bar = ProgressBar::new(100).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    let (name, mut asking) = (request.name.clone(), client.clone());
    let mut run = pin!(client.run_discovery(request));
    let found = loop {
        tokio::select! {
            found = &mut run => break found,
            () = tokio::time::sleep(ASK_EVERY) => {}
        }
        let asked = proto::GetDiscoveryRequest { name: name.clone() };
        // How far it is matters less than that it goes on.
        let Ok(now) = asking.get_discovery(asked).await.map(tonic::Response::into_inner) else { continue };
        bar.set_message(match now.step() {
            proto::DiscoveryStep::Unspecified => "waiting",
            proto::DiscoveryStep::Reading => "reading statements",
            proto::DiscoveryStep::Comparing => "comparing statements",
            proto::DiscoveryStep::Grouping => "looking for groups",
            proto::DiscoveryStep::Naming => "naming them",
        });
        bar.set_position(u64::try_from(now.progress_ppm / 10_000).unwrap_or_default());
    };
    bar.finish_and_clear();
    Ok(found?.into_inner())
}

fn note(found: &proto::RunDiscoveryResponse, preview: bool) -> String {
    let statements = found.statements;
    if preview {
        return format!("{statements} statements; nothing was written");
    }
    let named = |names: &[String]| names.iter().map(|name| last_part(name)).collect::<Vec<_>>().join(", ");
    let mut text = format!("{statements} statements");
    if found.made.is_empty() {
        text += "; no theme emerged: a group emerges when two runs find it sound";
    } else {
        text += &format!("; emerged: {}", named(&found.made));
    }
    if !found.faded.is_empty() {
        text += &format!("; faded: {}", named(&found.faded));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_emerging_theme_is_told_with_where_it_comes_from_and_what_it_says() {
        let found = proto::EmergingTheme {
            theme: Some(proto::Theme {
                name: "codebooks/cb/themes/pool-1".into(),
                title: "Swimming pool".into(),
                respondents: 7,
                ..Default::default()
            }),
            organisations: vec![proto::EmergingOrganisation {
                organisation: "organisations/GLG".into(),
                respondents: 7,
                responses: 9,
            }],
            exemplars: vec![proto::Mention { text: "The pool\nis cold.".into(), ..Default::default() }],
            ..Default::default()
        };
        let text = told(&[found]);
        for part in ["pool-1 - Swimming pool", "7 respondents: GLG 7", "The pool is cold."] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(told(&[]), "no theme emerges\n");
    }

    #[test]
    fn the_note_says_what_a_run_did() {
        let made = vec!["codebooks/cb/themes/pool-1".to_owned()];
        let found = proto::RunDiscoveryResponse { statements: 9, made, ..Default::default() };
        assert_eq!(note(&found, false), "9 statements; emerged: pool-1");
        assert_eq!(note(&found, true), "9 statements; nothing was written");
    }
}
