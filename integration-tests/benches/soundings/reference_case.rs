//! The reference case, loaded as people load it, and responses like those of its demo.
use std::{path::Path, process::Output, sync::Arc};

use soundings_harness::program;
use soundings_integration_tests::{Clients, Engine, Partnership, until};
use soundings_proto::consultation::v1::{Answer, ChoiceSet, Response, SubmitResponseRequest, answer::Value};

/// Its survey and its codebook.
pub const SURVEY: &str = "refresh-2020";
/// How many councils it has.
pub const COUNCILS: usize = 32;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../services/cli/seed");

/// A partnership that holds the reference case and has ranked it; None without a server of this engine.
pub async fn partnership(engine: Engine) -> anyhow::Result<Option<Partnership>> {
    let Some(partnership) = Partnership::start(engine).await else { return Ok(None) };
    let clients = partnership.clients();
    command(clients, &["seed"]).await?;
    until("first ranking", async || {
        clients.ranking().await.filter(|ranking| ranking.organisations as usize == COUNCILS)
    })
    .await;
    Ok(Some(partnership))
}

/// Registers its councils and opens its survey; of the services only consultation has to run.
pub async fn open_survey(clients: &Clients) -> anyhow::Result<()> {
    command(clients, &["organisation", "import", &format!("{SEED}/councils.csv")]).await?;
    command(clients, &["survey", "create", &format!("{SEED}/survey.yaml"), "--open"]).await
}

/// Loads its codebook; of the services only themes has to run.
pub async fn load_codebook(clients: &Clients) -> anyhow::Result<()> {
    command(clients, &["codebook", "load", &format!("{SEED}/codebook.yaml")]).await
}

/// The `soundings` command against these services.
async fn command(clients: &Clients, arguments: &[&str]) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let token = folder.path().join("token");
    std::fs::write(&token, clients.office_token())?;
    let addresses = clients.addresses();
    let mut command = soundings(folder.path());
    command.arg("--token-file").arg(token);
    for (flag, address) in [
        ("--consultation-url", &addresses.consultation),
        ("--themes-url", &addresses.themes),
        ("--portfolio-url", &addresses.portfolio),
    ] {
        if !address.is_empty() {
            command.args([flag, address]);
        }
    }
    succeeded(&command.args(arguments).output().await?)
}

/// The `soundings` command with a home of its own, and nothing of this process's settings.
pub fn soundings(home: &Path) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(program("soundings"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SOUNDINGS_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", home).kill_on_drop(true);
    command
}

/// An error that says what a command said, unless it went well.
pub fn succeeded(done: &Output) -> anyhow::Result<()> {
    anyhow::ensure!(done.status.success(), "soundings: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

/// Requests without end: the demo's responses over and over, each in words of its own, of the councils in turn.
#[derive(Clone)]
pub struct Requests {
    demo: Arc<Vec<(String, Vec<Answer>)>>,
    made: usize,
}

impl Requests {
    /// From the first one on.
    pub fn new() -> anyhow::Result<Self> {
        let mut reader = csv::Reader::from_path(format!("{SEED}/responses.csv"))?;
        let columns = reader.headers()?.clone();
        let mut demo = Vec::new();
        for row in reader.records() {
            let row = row?;
            let (mut organisation, mut answers) = (String::new(), Vec::new());
            for (column, cell) in columns.iter().zip(&row).filter(|(_, cell)| !cell.trim().is_empty()) {
                match column {
                    "row_key" => {}
                    "organisation" => organisation = format!("organisations/{cell}"),
                    question => answers.push(Answer {
                        question: question.to_owned(),
                        value: Some(value(question, cell)),
                        ..Default::default()
                    }),
                }
            }
            if answers.iter().any(|answer| text_of(answer).is_some()) {
                demo.push((organisation, answers));
            }
        }
        Ok(Requests { demo: Arc::new(demo), made: 0 })
    }

    /// What the demo's responses say, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.demo.iter().flat_map(|(_, answers)| answers).filter_map(text_of)
    }

    /// The next one, of this organisation.
    pub fn of(&mut self, organisation: &str) -> SubmitResponseRequest {
        let response = Response { organisation: organisation.to_owned(), ..self.response() };
        request(response)
    }

    /// The next one.
    pub fn next(&mut self) -> SubmitResponseRequest {
        request(self.response())
    }

    fn response(&mut self) -> Response {
        let (organisation, answers) = &self.demo[self.made % self.demo.len()];
        self.made += 1;
        let mut answers = answers.clone();
        let first = answers.iter_mut().find(|answer| text_of(answer).is_some());
        if let Some(Value::Text(text)) = first.and_then(|answer| answer.value.as_mut()) {
            text.push_str(&format!(" [{}]", self.made));
        }
        Response { organisation: organisation.clone(), answers, ..Default::default() }
    }
}

/// What an answer says in words.
pub fn text_of(answer: &Answer) -> Option<&str> {
    match &answer.value {
        Some(Value::Text(text)) => Some(text),
        _ => None,
    }
}

fn request(response: Response) -> SubmitResponseRequest {
    #[expect(clippy::disallowed_methods, reason = "a front-end makes its own request ids, in order of time")]
    let request_id = uuid::Uuid::now_v7().to_string();
    SubmitResponseRequest { parent: format!("surveys/{SURVEY}"), response: Some(response), request_id }
}

/// By the kinds of the survey's questions.
fn value(question: &str, cell: &str) -> Value {
    match question {
        "workplace" => Value::Choice(cell.to_owned()),
        "support" => Value::Choices(ChoiceSet { ids: cell.split(';').map(str::to_owned).collect() }),
        "confidence" => Value::Rating(cell.parse().unwrap_or_default()),
        _ => Value::Text(cell.to_owned()),
    }
}
