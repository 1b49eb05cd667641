//! A themes service on port 0 that knows only statements and matches, and answers as a test bids it.
use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
};

use soundings_access::{Principal, caller};
use soundings_chassis::{
    Lifecycle, Metrics,
    grpc::{self, Limits, Serving},
};
use soundings_proto::themes::v1::{
    self as proto,
    theme_matching_service_server::{ThemeMatchingService, ThemeMatchingServiceServer},
    themes_service_server::{ThemesService, ThemesServiceServer},
};
use tonic::{Request, Response, Status, service::Routes};

use crate::setup::Ground;

type Reply<T> = Result<Response<T>, Status>;

/// What it does when it is asked for statements.
#[derive(Debug, Clone, Copy)]
pub enum Answer {
    /// Gives statements, separated by `|`, best first; one without words has been withdrawn meanwhile.
    Words(&'static str),
    /// Fails.
    Fault,
    /// Does not come back.
    Silence,
}

/// What it answers by (theme, organisation), and who asked it for what; clones share both.
#[derive(Clone, Default)]
pub struct Themes {
    answers: Arc<Mutex<BTreeMap<(String, String), Answer>>>,
    asked: Arc<Mutex<Vec<(Principal, proto::ListMentionsRequest)>>>,
    near: Arc<Mutex<Vec<(String, proto::ThemeMatch)>>>,
    matched: Arc<Mutex<Vec<(Principal, proto::MatchThemesRequest)>>>,
}

impl Themes {
    /// Starts where the portfolio service will look for it, behind the gate of a real one.
    pub async fn start(ground: &mut Ground, lifecycle: &Lifecycle) -> Themes {
        let themes = Themes::default();
        let serving = Serving {
            service: "soundings.themes.v1.ThemesService",
            routes: Routes::new(ThemesServiceServer::new(themes.clone()))
                .add_service(ThemeMatchingServiceServer::new(themes.clone())),
            descriptors: soundings_proto::DESCRIPTORS,
            unhurried: &[],
            gate: Arc::new(ground.config.access.gate(ground.clock.clone()).unwrap()),
            limits: Limits::default(),
            metrics: Metrics::new(&Default::default(), "themes").unwrap(),
        };
        let listener = grpc::bind("127.0.0.1:0").await.unwrap();
        let address = grpc::serve(serving, listener, lifecycle).await.unwrap();
        ground.config.themes = format!("http://{address}");
        themes
    }

    /// From now on it answers so.
    pub fn answer(&self, theme: &str, organisation: &str, answer: Answer) {
        let key = (format!("codebooks/c/themes/{theme}"), format!("organisations/{organisation}"));
        self.answers.lock().unwrap().insert(key, answer);
    }

    /// From now on texts that begin so are near that theme.
    pub fn near(&self, text: &str, theme: &str, similarity_ppm: i32) {
        let found = proto::ThemeMatch {
            theme: format!("codebooks/c/themes/{theme}"),
            title: format!("Theme {theme}"),
            similarity_ppm,
            sentence: text.to_owned(),
            words: vec!["word".into()],
        };
        self.near.lock().unwrap().push((text.to_owned(), found));
    }

    /// What it was asked to match since the last time, in order.
    pub fn matched(&self) -> Vec<(Principal, proto::MatchThemesRequest)> {
        std::mem::take(&mut self.matched.lock().unwrap())
    }

    /// What it was asked since the last time, in order.
    pub fn asked(&self) -> Vec<(Principal, proto::ListMentionsRequest)> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

fn unasked<T>() -> Reply<T> {
    Err(Status::unimplemented("nobody asks for this here"))
}

#[tonic::async_trait]
impl ThemesService for Themes {
    async fn list_mentions(
        &self,
        request: Request<proto::ListMentionsRequest>,
    ) -> Reply<proto::ListMentionsResponse> {
        let principal = caller(&request)?;
        let request = request.into_inner();
        let (theme, organisation) = (request.theme.clone(), request.organisation.clone());
        self.asked.lock().unwrap().push((principal, request));
        let answer = self.answers.lock().unwrap().get(&(theme.clone(), organisation.clone())).copied();
        let words = match answer {
            Some(Answer::Words(words)) => words,
            Some(Answer::Fault) => return Err(Status::internal("something broke")),
            Some(Answer::Silence) => pending().await,
            None => return Ok(Response::new(proto::ListMentionsResponse::default())),
        };
        let response =
            format!("surveys/s/responses/of-{}", organisation.trim_start_matches("organisations/"));
        let mention = proto::Mention { response, organisation, theme, ..Default::default() };
        let said = words.split('|').map(|text| proto::Mention { text: text.to_owned(), ..mention.clone() });
        Ok(Response::new(proto::ListMentionsResponse { mentions: said.collect(), ..Default::default() }))
    }

    async fn load_codebook(&self, _: Request<proto::LoadCodebookRequest>) -> Reply<proto::Codebook> {
        unasked()
    }

    async fn get_codebook(&self, _: Request<proto::GetCodebookRequest>) -> Reply<proto::Codebook> {
        unasked()
    }

    async fn list_codebooks(
        &self,
        _: Request<proto::ListCodebooksRequest>,
    ) -> Reply<proto::ListCodebooksResponse> {
        unasked()
    }

    async fn list_themes(&self, _: Request<proto::ListThemesRequest>) -> Reply<proto::ListThemesResponse> {
        unasked()
    }

    /// It has every theme but `NONE`.
    async fn get_theme(&self, request: Request<proto::GetThemeRequest>) -> Reply<proto::Theme> {
        let name = request.into_inner().name;
        match name.ends_with("/NONE") {
            true => Err(Status::not_found("there is no such theme")),
            false => Ok(Response::new(proto::Theme { name, ..Default::default() })),
        }
    }

    async fn approve_theme(&self, _: Request<proto::ApproveThemeRequest>) -> Reply<proto::Theme> {
        unasked()
    }

    async fn retire_theme(&self, _: Request<proto::RetireThemeRequest>) -> Reply<proto::Theme> {
        unasked()
    }

    async fn list_signals(&self, _: Request<proto::ListSignalsRequest>) -> Reply<proto::ListSignalsResponse> {
        unasked()
    }
}

#[tonic::async_trait]
impl ThemeMatchingService for Themes {
    async fn match_themes(
        &self,
        request: Request<proto::MatchThemesRequest>,
    ) -> Reply<proto::MatchThemesResponse> {
        let principal = caller(&request)?;
        let request = request.into_inner();
        self.matched.lock().unwrap().push((principal, request.clone()));
        if request.parent != "codebooks/c" {
            return Err(Status::not_found("no such codebook"));
        }
        let near = self.near.lock().unwrap();
        let of = |text: &String| {
            let own = near.iter().filter(|(start, found)| {
                text.starts_with(start.as_str()) && found.similarity_ppm >= request.floor_ppm
            });
            proto::TextMatches { matches: own.map(|(_, found)| found.clone()).collect() }
        };
        let texts = request.texts.iter().map(of).collect();
        Ok(Response::new(proto::MatchThemesResponse { texts, ..Default::default() }))
    }
}
