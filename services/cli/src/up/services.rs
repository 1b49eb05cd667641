//! The three services in this process.
use std::{path::Path, sync::Arc};

use serde::{Serialize, de::DeserializeOwned};
use soundings_chassis::{
    Clock, Ids, Lifecycle, SystemClock, SystemIds,
    config::{self, Sources},
    grpc,
};

use super::{addresses::Ports, data_folder::key_file};
use crate::{
    commands::config::prefix,
    connection::Service,
    failure::{Failure, Outcome},
};

/// Starts all three.
pub async fn start(folder: &Path, ports: &Ports, lifecycle: &Lifecycle) -> Outcome {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let ids: Arc<dyn Ids> = Arc::new(SystemIds);
    let addresses = ports.addresses();

    let local = Local { folder, ports, nats: &addresses.nats };
    let consultation: soundings_consultation::Config = local.settings(Service::Consultation, &[])?;
    let themes: soundings_themes::Config =
        local.settings(Service::Themes, &[("consultation", &addresses.consultation)])?;
    let portfolio: soundings_portfolio::Config =
        local.settings(Service::Portfolio, &[("themes", &addresses.themes)])?;

    // One after the other: the first makes the key that all share.
    let listener = grpc::bind(&consultation.listen).await?;
    soundings_consultation::build(consultation, listener, lifecycle, clock.clone(), ids.clone()).await?;
    let listener = grpc::bind(&themes.listen).await?;
    soundings_themes::build(themes, listener, lifecycle, clock.clone(), ids.clone()).await?;
    let listener = grpc::bind(&portfolio.listen).await?;
    soundings_portfolio::build(portfolio, listener, lifecycle, clock, ids).await?;
    Ok(())
}

/// What a service's settings are on one machine.
struct Local<'a> {
    folder: &'a Path,
    ports: &'a Ports,
    nats: &'a str,
}

impl Local<'_> {
    /// A service's settings; what its own variables set, such as another database, holds.
    fn settings<T: Serialize + DeserializeOwned + Default>(
        &self,
        service: Service,
        others: &[(&str, &str)],
    ) -> Outcome<T> {
        let prefix = prefix(service);
        let mut sources = Sources::from_environment(&prefix);
        let port = match service {
            Service::Consultation => self.ports.consultation,
            Service::Themes => self.ports.themes,
            Service::Portfolio => self.ports.portfolio,
        };
        let database = self.folder.join(format!("{}.sqlite", service.name()));
        let mut local = vec![
            ("listen", format!("127.0.0.1:{port}")),
            ("database", format!("sqlite:{}", database.display())),
            ("access.signing_key_file", key_file(self.folder).display().to_string()),
        ];
        local.extend(others.iter().map(|(key, value)| (*key, (*value).to_owned())));
        for (key, value) in local {
            let variable = format!("{prefix}__{}", key.replace('.', "__").to_uppercase());
            if !sources.environment.iter().any(|(name, _)| *name == variable) {
                sources.flags.push((key.to_owned(), value));
            }
        }
        sources.flags.push(("nats.urls".to_owned(), self.nats.to_owned()));
        config::load(&sources).map_err(|error| Failure::usage(error.to_string()))
    }
}
