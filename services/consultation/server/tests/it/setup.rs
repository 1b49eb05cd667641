//! A service on port 0 with a database of its own, and clients with tokens.

use std::{sync::Arc, time::Duration};

use soundings_access::{Credentials, Grant, Role, Settings, SigningKey};
use soundings_chassis::{Clock, Ids, Lifecycle, SystemClock, SystemIds, grpc};
use soundings_consultation::{Config, Running, build};
pub use soundings_harness::{Engine, NatsServer, until};
use soundings_mailbox::{Envelope, outbox, sql};
use soundings_proto::consultation::v1::{
    self as proto, consultation_service_client::ConsultationServiceClient,
};
use tempfile::TempDir;
use tonic::{Code, Status, service::interceptor::InterceptedService, transport::Channel};
use tonic_types::StatusExt;

/// A client with a token.
pub type Client = ConsultationServiceClient<InterceptedService<Channel, Credentials>>;

/// A service that runs, and what it needs.
pub struct World {
    pub running: Running,
    pub config: Config,
    lifecycle: Lifecycle,
    key: SigningKey,
    channel: Channel,
    folder: TempDir,
}

impl World {
    /// A service whose nats-server is not there: it takes everything in all the same.
    pub async fn start(engine: Engine) -> Option<World> {
        World::beside(engine, "nats://127.0.0.1:1").await
    }

    /// A service beside this nats-server.
    pub async fn beside(engine: Engine, nats: &str) -> Option<World> {
        let folder = TempDir::new().unwrap();
        let database = engine.database(folder.path(), "consultation").await?;
        let key_file = folder.path().join("key.pem");
        let config = Config {
            database,
            nats: soundings_jetstream::Config::at(nats),
            access: Settings { signing_key_file: Some(key_file), ..Settings::default() },
            ..Config::default()
        };
        Some(World::again(config, folder).await)
    }

    /// A service on what another one left.
    pub async fn again(config: Config, folder: TempDir) -> World {
        let key = SigningKey::open_or_create(config.access.signing_key_file.as_deref().unwrap()).unwrap();
        let lifecycle = Lifecycle::new();
        let (running, channel) = serve(&config, &lifecycle).await;
        World { running, config, lifecycle, key, channel, folder }
    }

    /// The same with three organisations and an open survey `s`.
    pub async fn open(engine: Engine) -> Option<World> {
        let world = World::start(engine).await?;
        world.furnish().await;
        Some(world)
    }

    /// Registers GLG, EDH and ORK, and opens the survey `s`.
    pub async fn furnish(&self) {
        let mut operator = self.operator();
        for id in ["GLG", "EDH", "ORK"] {
            operator.create_organisation(organisation(id)).await.unwrap();
        }
        operator.create_survey(survey("s", questions())).await.unwrap();
        self.open_survey("s").await;
    }

    /// Opens a survey.
    pub async fn open_survey(&self, id: &str) -> proto::Survey {
        let open = proto::OpenSurveyRequest { name: format!("surveys/{id}"), ..Default::default() };
        self.operator().open_survey(open).await.unwrap().into_inner()
    }

    /// Closes a survey.
    pub async fn close_survey(&self, id: &str) -> proto::Survey {
        let close = proto::CloseSurveyRequest { name: format!("surveys/{id}"), ..Default::default() };
        self.operator().close_survey(close).await.unwrap().into_inner()
    }

    /// Another replica on the same database; it stops with the first.
    pub async fn replica(&self) -> Client {
        let (_, channel) = serve(&self.config, &self.lifecycle).await;
        self.client_on(channel, "operator", &[Role::Operator], None)
    }

    /// A client with a token for these roles.
    pub fn client(&self, subject: &str, roles: &[Role], organisation: Option<&str>) -> Client {
        self.client_on(self.channel.clone(), subject, roles, organisation)
    }

    fn client_on(
        &self,
        channel: Channel,
        subject: &str,
        roles: &[Role],
        organisation: Option<&str>,
    ) -> Client {
        let grant = Grant {
            subject: subject.to_owned(),
            roles: roles.to_vec(),
            organisation: organisation.map(str::to_owned),
            ttl: chrono::Duration::hours(1),
        };
        let token = self.key.issue(&grant, SystemClock.now()).unwrap();
        ConsultationServiceClient::with_interceptor(channel, Credentials::fixed(&token).unwrap())
    }

    /// The operator.
    pub fn operator(&self) -> Client {
        self.client("operator", &[Role::Operator], None)
    }

    /// A respondent of an organisation.
    pub fn respondent(&self, organisation: &str) -> Client {
        self.client(&format!("ann@{organisation}"), &[Role::Respondent], Some(organisation))
    }

    /// Everything in the outbox that waits.
    pub async fn outbox(&self) -> Vec<Envelope> {
        let waiting = outbox::waiting(self.running.runtime.db.read(), 100_000).await.unwrap();
        waiting.into_iter().map(|waiting| waiting.event).collect()
    }

    /// Events of this entity in the outbox.
    pub async fn told_of(&self, entity: &str) -> Vec<Envelope> {
        let part = format!(".{entity}.");
        self.outbox().await.into_iter().filter(|event| event.ty.contains(&part)).collect()
    }

    /// How often a text stands in what the service keeps of responses, requests and events.
    pub async fn hits(&self, marker: &str) -> usize {
        let db = self.running.runtime.db.read();
        let mut hits = 0;
        for select in [
            "SELECT CAST(answers AS TEXT) AS kept FROM responses",
            "SELECT CAST(row_key AS TEXT) AS kept FROM imported_rows",
        ] {
            for row in sql::query(db, select, vec![]).await.unwrap() {
                hits += usize::from(sql::column::<String>(&row, "kept").unwrap().contains(marker));
            }
        }
        for select in ["SELECT response AS kept FROM requests", "SELECT data AS kept FROM outbox"] {
            for row in sql::query(db, select, vec![]).await.unwrap() {
                let kept: Vec<u8> = sql::column(&row, "kept").unwrap();
                hits += usize::from(holds(&kept, marker));
            }
        }
        hits
    }

    /// Stops the service and waits for it.
    pub async fn stop(self) -> TempDir {
        self.lifecycle.shutdown(Duration::from_secs(10)).await.unwrap();
        self.folder
    }
}

async fn serve(config: &Config, lifecycle: &Lifecycle) -> (Running, Channel) {
    let listener = grpc::bind("127.0.0.1:0").await.unwrap();
    let running = build(config.clone(), listener, lifecycle, Arc::new(SystemClock), Arc::new(SystemIds));
    let running = running.await.unwrap();
    let url = format!("http://{}", running.address);
    (running, Channel::from_shared(url).unwrap().connect().await.unwrap())
}

fn holds(bytes: &[u8], marker: &str) -> bool {
    bytes.windows(marker.len()).any(|window| window == marker.as_bytes())
}

/// A request to register an organisation.
pub fn organisation(id: &str) -> proto::CreateOrganisationRequest {
    proto::CreateOrganisationRequest {
        organisation_id: id.to_owned(),
        organisation: Some(proto::Organisation {
            display_name: format!("{id} Council"),
            kind: proto::OrganisationKind::Council.into(),
            population: 1_000,
            ..Default::default()
        }),
        ..Default::default()
    }
}

/// A request for a draft.
pub fn survey(id: &str, questions: Vec<proto::Question>) -> proto::CreateSurveyRequest {
    let survey = proto::Survey { title: "A survey".into(), questions, ..Default::default() };
    proto::CreateSurveyRequest { survey_id: id.into(), survey: Some(survey), request_id: String::new() }
}

/// One question of each kind: `words`, `one`, `some`, `mark`.
pub fn questions() -> Vec<proto::Question> {
    use proto::question::Kind;
    let choices = || -> Vec<_> {
        ["a", "b", "c"].map(|id| proto::Choice { id: id.into(), label: id.to_uppercase() }).into()
    };
    let question = |id: &str, required, kind| proto::Question {
        id: id.into(),
        prompt: format!("About {id}?"),
        required,
        kind: Some(kind),
        bound_to: String::new(),
    };
    vec![
        question("words", true, Kind::FreeText(proto::FreeTextQuestion { max_characters: 100_000 })),
        question("one", false, Kind::SingleChoice(proto::SingleChoiceQuestion { choices: choices() })),
        question(
            "some",
            false,
            Kind::MultipleChoice(proto::MultipleChoiceQuestion { choices: choices(), max_choices: 2 }),
        ),
        question("mark", false, Kind::Rating(proto::RatingQuestion { lowest: 1, highest: 5 })),
    ]
}

/// An answer in words.
pub fn words(text: &str) -> proto::Answer {
    answer("words", proto::answer::Value::Text(text.into()))
}

/// An answer.
pub fn answer(question: &str, value: proto::answer::Value) -> proto::Answer {
    proto::Answer { question: question.into(), value: Some(value), ..Default::default() }
}

/// A new request id.
pub fn request_id() -> String {
    SystemIds.next().to_string()
}

/// A request to submit a response to the survey `s`.
pub fn submission(organisation: &str, answers: Vec<proto::Answer>) -> proto::SubmitResponseRequest {
    let organisation = format!("organisations/{organisation}");
    proto::SubmitResponseRequest {
        parent: "surveys/s".into(),
        response: Some(proto::Response { organisation, answers, ..Default::default() }),
        request_id: request_id(),
    }
}

/// A request to revise a response.
pub fn revision(name: &str, expected: i64, text: &str) -> proto::ReviseResponseRequest {
    proto::ReviseResponseRequest {
        name: name.into(),
        answers: vec![words(text)],
        expected_revision: expected,
        request_id: request_id(),
    }
}

/// A request to withdraw a response.
pub fn withdrawal(name: &str, expected: i64) -> proto::WithdrawResponseRequest {
    proto::WithdrawResponseRequest {
        name: name.into(),
        expected_revision: expected,
        request_id: request_id(),
    }
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(result: Result<T, Status>) -> Code {
    result.unwrap_err().code()
}

/// The fields that a refusal names.
pub fn fields<T: std::fmt::Debug>(result: Result<T, Status>) -> Vec<String> {
    let status = result.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let details = status.get_error_details();
    assert_eq!(details.error_info().unwrap().domain, "soundings");
    details.bad_request().unwrap().field_violations.iter().map(|v| v.field.clone()).collect()
}
