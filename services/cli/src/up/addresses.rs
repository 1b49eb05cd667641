//! Where a running `soundings up` is reached; written down for the other commands.
use std::{fs, net::TcpListener, path::Path};

use serde::{Deserialize, Serialize};

use crate::{
    connection::Service,
    failure::{Failure, Kind, Outcome},
};

const FILE: &str = "addresses.json";

/// The first of the four usual ports.
const FIRST: u16 = 7100;

/// A port for each part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// The nats-server's.
    pub nats: u16,
    /// Consultation's.
    pub consultation: u16,
    /// Themes'.
    pub themes: u16,
    /// Portfolio's.
    pub portfolio: u16,
}

impl Ports {
    /// Four ports from `first` on, or any that are free; one that is taken is named.
    pub fn choose(first: u16) -> Outcome<Ports> {
        if first > u16::MAX - 3 {
            return Err(Failure::usage(format!("--port {first} leaves no room for the three that follow")));
        }
        let wanted = |step: u16| if first == 0 { 0 } else { first + step };
        // All are held until all are chosen, so that they differ.
        let held: Vec<TcpListener> = (0..4).map(|step| hold(wanted(step))).collect::<Outcome<_>>()?;
        let ports: Vec<u16> =
            held.iter().map(|listener| Ok(listener.local_addr()?.port())).collect::<Outcome<_>>()?;
        Ok(Ports { nats: ports[0], consultation: ports[1], themes: ports[2], portfolio: ports[3] })
    }

    /// As the other commands use them.
    pub fn addresses(&self) -> Addresses {
        let http = |port: u16| format!("http://127.0.0.1:{port}");
        Addresses {
            nats: format!("nats://127.0.0.1:{}", self.nats),
            consultation: http(self.consultation),
            themes: http(self.themes),
            portfolio: http(self.portfolio),
        }
    }
}

fn hold(port: u16) -> Outcome<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            let text = format!(
                "127.0.0.1:{port} is in use by another program: stop it, or choose other ports with --port"
            );
            Failure::new(Kind::Other, text)
        }
        _ => Failure::new(Kind::Other, format!("cannot listen on 127.0.0.1:{port}: {error}")),
    })
}

/// Where the parts are reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// The NATS server.
    pub nats: String,
    /// Consultation.
    pub consultation: String,
    /// Themes.
    pub themes: String,
    /// Portfolio.
    pub portfolio: String,
}

impl Default for Addresses {
    fn default() -> Self {
        let ports = Ports { nats: FIRST, consultation: FIRST + 1, themes: FIRST + 2, portfolio: FIRST + 3 };
        ports.addresses()
    }
}

impl Addresses {
    /// What was written down under a data folder, if anything.
    pub fn read(folder: &Path) -> Option<Addresses> {
        serde_json::from_str(&fs::read_to_string(folder.join(FILE)).ok()?).ok()
    }

    /// Writes them down.
    pub fn write(&self, folder: &Path) -> Outcome {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        Ok(fs::write(folder.join(FILE), text)?)
    }

    /// Takes the note away.
    pub fn remove(folder: &Path) {
        _ = fs::remove_file(folder.join(FILE));
    }

    /// Where a service is reached.
    pub fn url(self, service: Service) -> String {
        match service {
            Service::Consultation => self.consultation,
            Service::Themes => self.themes,
            Service::Portfolio => self.portfolio,
        }
    }
}
