//! Statements on subjects that no theme covers, and runs of discovery.
#![expect(clippy::unwrap_used, reason = "tests")]

use soundings_chassis::page_token::PageTokens;
use soundings_proto::themes::v1 as proto;
use soundings_proto::themes::v1::emerging_themes_service_server::EmergingThemesService;
use soundings_themes::application::discoveries::Discoveries;
use soundings_themes::rpc::emerging_service::EmergingRpc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use super::{Bench, discovery_settings};

const SUBJECTS: [[&str; 6]; 3] = [
    ["swimming pool", "swimming lessons", "pool water", "changing rooms", "lifeguards", "swimmers"],
    [
        "electric cars",
        "charging points",
        "car chargers",
        "charging bays",
        "electric vehicles",
        "kerbside charging",
    ],
    ["allotments", "allotment plots", "vegetable gardens", "gardeners", "growing food", "garden plots"],
];
const FRAMES: [&str; 5] = [
    "The {a} and the {b} are in a poor state.",
    "{a}, and even more the {b}.",
    "We waited for {a}; {b} too.",
    "There are no {a} and no {b} in town.",
    "{a}: {b}",
];

/// Thirty statements on each of three subjects, none of a theme of the codebook.
pub fn off_topic() -> Vec<String> {
    let mut written = Vec::new();
    for subject in SUBJECTS {
        for (i, a) in subject.iter().enumerate() {
            for (j, b) in subject.iter().enumerate().filter(|(j, _)| *j != i) {
                written.push(FRAMES[(i + j) % FRAMES.len()].replace("{a}", a).replace("{b}", b));
            }
        }
    }
    written
}

impl Bench {
    /// Each text as a response of its own, from five organisations in turn, accepted on this day.
    pub async fn say_each(&self, day: &str, prefix: &str, texts: &[String]) {
        for (n, text) in texts.iter().enumerate() {
            let organisation = ["GLG", "EDH", "ABD", "DND", "FIF"][n % 5];
            self.say_on(day, &format!("{prefix}{n}"), organisation, &[("q", text)]).await;
        }
    }

    /// Runs discovery where it is due; how many codebooks it ran on.
    pub async fn discover(&self) -> usize {
        let ran = self.discoveries.run_due(&CancellationToken::new()).await.unwrap();
        self.reassign().await;
        ran.len()
    }

    /// Another process on the same database: what it remembers is in there.
    pub fn restarted(&mut self) {
        self.discoveries = Discoveries::new(self.runtime.clone(), discovery_settings());
        self.emerging =
            EmergingRpc::new(self.discoveries.clone(), self.runtime.clone(), PageTokens::new("key"));
    }

    /// The emerging themes, as they are listed.
    pub async fn emerging(&self) -> Vec<proto::EmergingTheme> {
        self.emerging_for(None).await
    }

    /// The same, for an analyst bound to this organisation.
    pub async fn emerging_for(&self, organisation: Option<&str>) -> Vec<proto::EmergingTheme> {
        let message =
            proto::ListEmergingThemesRequest { parent: "codebooks/cb".into(), ..Default::default() };
        let request = Self::by_analyst_of(organisation, message);
        self.emerging.list_emerging_themes(request).await.unwrap().into_inner().themes
    }

    /// Their ids, sorted.
    pub async fn emerging_ids(&self) -> Vec<String> {
        let last = |name: &str| name.rsplit('/').next().unwrap().to_owned();
        let mut ids: Vec<String> =
            self.emerging().await.into_iter().map(|e| last(&e.theme.unwrap().name)).collect();
        ids.sort();
        ids
    }

    /// How discovery stands.
    pub async fn discovery(&self) -> proto::Discovery {
        let message = proto::GetDiscoveryRequest { name: "codebooks/cb".into() };
        self.emerging.get_discovery(Self::by_analyst(message)).await.unwrap().into_inner()
    }

    /// Runs discovery on request.
    pub async fn run_discovery(
        &self,
        message: proto::RunDiscoveryRequest,
    ) -> Result<proto::RunDiscoveryResponse, Status> {
        let message = proto::RunDiscoveryRequest { name: "codebooks/cb".into(), ..message };
        let ran = self.emerging.run_discovery(Self::by_analyst(message)).await?.into_inner();
        self.reassign().await;
        Ok(ran)
    }
}
