//! Partners, such as councils.
use std::path::PathBuf;

use clap::Subcommand;
use soundings_proto::consultation::v1 as proto;
use tonic::Code;

use super::{full_name, last_part};
use crate::{
    connection::{Connection, new_request_id},
    failure::{Failure, Outcome},
    files,
    output::{self, Column, Format, column, number, wide},
};

/// What to do with organisations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List all
    List,
    /// Show one
    Get {
        /// Its id, such as GLG.
        organisation: String,
    },
    /// Register those of a CSV file (id, name, kind, code, population); those that differ are changed
    Import {
        /// The file.
        file: PathBuf,
    },
}

fn columns() -> Vec<Column<proto::Organisation>> {
    vec![
        column("id", |o| last_part(&o.name)),
        column("name", |o| o.display_name.clone()),
        number("population", |o| o.population.to_string()),
        wide(column("kind", |o| {
            o.kind().as_str_name().trim_start_matches("ORGANISATION_KIND_").to_lowercase()
        })),
        wide(column("code", |o| o.code.clone())),
    ]
}

/// Carries it out.
pub async fn run(to: &Connection<'_>, format: Format, command: Command) -> Outcome {
    match command {
        Command::List => output::list(format, &all(to).await?, &columns()),
        Command::Get { organisation } => {
            let request = proto::GetOrganisationRequest { name: full_name("organisations", &organisation) };
            let found = to.consultation()?.get_organisation(request).await?.into_inner();
            output::single(format, &found, &columns())
        }
        Command::Import { file } => {
            let read = files::organisations::read(&file.display().to_string(), &files::text(&file)?)?;
            let counts = register(to, read).await?;
            output::note(format!("{} registered, {} changed, {} unchanged", counts[0], counts[1], counts[2]));
            Ok(())
        }
    }
}

/// Every organisation, in order of id.
pub async fn all(to: &Connection<'_>) -> Outcome<Vec<proto::Organisation>> {
    let mut client = to.consultation()?;
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = proto::ListOrganisationsRequest { page_size: 1000, page_token };
        let page = client.list_organisations(request).await?.into_inner();
        all.extend(page.organisations);
        if page.next_page_token.is_empty() {
            return Ok(all);
        }
        page_token = page.next_page_token;
    }
}

/// Registers organisations and changes those that differ: how many were registered, changed, unchanged.
pub async fn register(
    to: &Connection<'_>,
    organisations: Vec<(String, proto::Organisation)>,
) -> Outcome<[usize; 3]> {
    let mut client = to.consultation()?;
    let there = all(to).await?;
    let mut counts = [0; 3];
    for (id, mut organisation) in organisations {
        let name = full_name("organisations", &id);
        let known = there.iter().find(|o| o.name == name);
        organisation.name.clone_from(&name);
        let organisation = Some(organisation);
        match known {
            None => {
                let request = proto::CreateOrganisationRequest {
                    organisation_id: id.clone(),
                    organisation,
                    request_id: new_request_id(),
                };
                match client.create_organisation(request).await {
                    Err(status) if status.code() == Code::InvalidArgument => return Err(in_row(&id, status)),
                    other => drop(other?),
                }
                counts[0] += 1;
            }
            Some(known) => {
                let same = |o: &proto::Organisation| proto::Organisation { etag: String::new(), ..o.clone() };
                if organisation.as_ref() == Some(&same(known)) {
                    counts[2] += 1;
                    continue;
                }
                let organisation =
                    organisation.map(|o| proto::Organisation { etag: known.etag.clone(), ..o });
                let request = proto::UpdateOrganisationRequest { organisation, request_id: new_request_id() };
                client.update_organisation(request).await?;
                counts[1] += 1;
            }
        }
    }
    Ok(counts)
}

fn in_row(id: &str, status: tonic::Status) -> Failure {
    Failure::from(status).about(format!("organisation {id}"))
}
